"""``ritornello mixes``, ``remaster`` and ``album``: presets, masters for other places, albums."""

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
    from composer.cli.display.catalogue import list_mixes

    show_list(list_mixes(), output)


@command(app)
def remaster(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    preset: Annotated[
        str | None,
        typer.Option(help="streaming, club, broadcast, film, vinyl, or reference with --reference."),
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


@command(app)
def album(
    songs: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Folders of songs, in their order.")
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder to make.")] = Path("album"),
    title: Annotated[
        str | None, typer.Option(help="The album's; that of the songs' credits, if any.")
    ] = None,
    gap: Annotated[float, typer.Option(metavar="SECONDS", help="Silence between songs.")] = 2.0,
    preset: Annotated[
        str | None,
        typer.Option(help="Master each song again: streaming, club, broadcast, film or vinyl."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an older album.")] = False,
    *,
    output: Output,
) -> None:
    """Put songs together as an album: levelled FLAC tracks, a CD's image with CUE sheet, a track list."""
    from composer.cli.display.progress import progress_display
    from composer.handover.album import make_album, track_list

    with progress_display(quiet=not output.talks) as progress:
        made = make_album(
            songs, out, title, gap_s=gap, preset=preset, replace_older=force, progress=progress
        )
    output.document(
        {
            "folder": str(made.folder),
            "title": made.title,
            "tracks": [
                {
                    "number": track.number,
                    "title": track.plan.title,
                    "file": track.file,
                    "start_sample": track.start,
                    "samples": track.samples,
                    "gain_db": track.gain_db,
                    "loudness_lufs": track.loudness.integrated_lufs,
                }
                for track in made.tracks
            ],
        }
    )
    output.line(track_list(made.title, made.tracks).rstrip("\n"))
    output.line(str(made.folder))
