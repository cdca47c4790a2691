"""``ritornello mixes`` and ``ritornello remaster``: presets, and masters for other places."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, show_list
from composer.cli.display.output import Output, command
from structure.base.errors import ExistsError


@command(app)
def mixes(*, output: Output) -> None:
    """List the mixes that `mix: {preset: …}` may name."""
    from composer.cli.display.catalogue import known_mixes

    show_list(known_mixes(), output)


@command(app)
def remaster(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    preset: Annotated[
        str | None, typer.Option(help="streaming, club, broadcast, or reference with --reference.")
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A recording to follow in loudness, spectrum and width."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="WAV file to write; DIR/master-<preset>.wav if left out."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    *,
    output: Output,
) -> None:
    """Master a rendered song again for another place, without rendering it."""
    from dataclasses import asdict

    from composer.folder.remaster import master_spec
    from composer.folder.remaster import remaster as master_again

    path = out or folder / f"master-{master_spec(preset, reference).preset}.wav"
    if path.exists() and not force:
        raise ExistsError(f"{path} exists already", path=path, hint="--force replaces it")
    made = master_again(folder, preset, reference, path, replace=force)
    output.document({**asdict(made), "path": str(made.path)})
    output.line(
        f"{made.path}: {made.loudness_lufs:.1f} LUFS, range {made.range_lu:.1f} LU, "
        f"{made.true_peak_dbtp:.1f} dBTP, limited by {made.limited_db:.1f} dB at most"
        + (f", peaks clipped by up to {made.clipped_db:.1f} dB" if made.clipped_db else "")
    )
