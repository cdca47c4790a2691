"""Commands that compare songs, and bring older versions of one back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for
from structure.base.errors import UsageError


@app.command()
def versions(
    song: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a rendered song.")],
    restore: Annotated[
        int | None,
        typer.Option(
            metavar="NUMBER", help="Bring a version back. The song as it is becomes a version itself."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="With --restore: a new folder for it; the song stays.")
    ] = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove old versions, but the newest.")] = False,
    keep: Annotated[int, typer.Option(min=0, help="With --prune: how many stay.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the versions of a song that renders have replaced, with their sizes; bring one back.

    Sound that versions share is stored once. `diff DIR@2 DIR` compares a version with the song, and
    `verify DIR --against 2` checks what was left alone of it.
    """
    from rich.filesize import decimal

    from composer.history.versions import disk_use, list_versions, prune_versions, restore_version
    from structure.base.jsonfile import dumps

    if restore is not None and prune:
        raise UsageError("--restore and --prune exclude each other", field="--prune")
    if out is not None and restore is None:
        raise UsageError("--out goes with --restore NUMBER", field="--out")
    if restore is not None:
        folder = restore_version(song, restore, out)
        typer.echo(f"{folder}: version {restore} of {song}, as it was")
        return
    if prune:
        gone, freed = prune_versions(song, keep)
        typer.echo(
            f"{song}: removed {len(gone)} version{'s' * (len(gone) != 1)}, {decimal(freed)} are free"
        )
        return
    found = list_versions(song)
    if as_json:
        document = {"versions": [one.document() for one in found], "bytes": disk_use(song)}
        typer.echo(dumps(document), nl=False)
        return
    if not found:
        typer.echo(f"{song}: no older versions")
        return
    from composer.cli.display.tables import versions_table

    console_for().print(versions_table(found))
    typer.echo(f"{decimal(disk_use(song))} in all")


_SONG = "A rendered folder, a song.lock, a spec, or FOLDER@3 for a version of a song."


@app.command()
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help=_SONG)],
    after: Annotated[str, typer.Argument(metavar="B", help=_SONG)],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something differs.")
    ] = False,
) -> None:
    """Show what changed from song A to song B: spec, plan, clips, loudness and files."""
    from composer.history.diff import changes, kept_clips, notes, read_compared, summary
    from composer.history.versions import song_or_version

    with (
        song_or_version(before, audio=False) as first,
        song_or_version(after, audio=False) as second,
    ):
        one = replace(read_compared(str(first)), name=before)
        other = replace(read_compared(str(second)), name=after)
    found = changes(one, other)
    if as_json:
        from structure.base.jsonfile import dumps

        typer.echo(dumps(summary(one, other)), nl=False)
    elif not found:
        typer.echo("no difference")
    else:
        from composer.cli.display.tables import changes_table, kept_clips_said

        console_for().print(changes_table(found))
        typer.echo(f"clips kept: {kept_clips_said(kept_clips(one, other))}")
        for note in notes(one, other):
            typer.echo(f"note: {note}")
    if found and exit_code:
        raise typer.Exit(1)
