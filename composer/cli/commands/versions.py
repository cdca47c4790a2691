"""Commands that compare songs, and bring older versions of one back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import DIFFERS, app, console_for
from composer.cli.display.output import Output, command
from structure.base.errors import FolderError, UsageError
from structure.base.names import PLAN


@command(app)
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
    *,
    output: Output,
) -> None:
    """List the versions of a song that renders have replaced, with their sizes; bring one back.

    Sound that versions share is stored once. `diff DIR@2 DIR` compares a version with the song, and
    `verify DIR --against 2` checks what was left alone of it.
    """
    from rich.filesize import decimal

    from composer.history.versions import FOLDER, disk_use, list_versions, prune_versions, restore_version

    if restore is not None and prune:
        raise UsageError("--restore and --prune exclude each other", field="--prune")
    if out is not None and restore is None:
        raise UsageError("--out goes with --restore NUMBER", field="--out")
    if not song.is_dir():
        raise FolderError(f"{song} is not a folder", path=song)
    if not any((song / name).exists() for name in (PLAN, FOLDER)):
        raise FolderError(f"{song} holds no song: {PLAN} does not exist", path=song)
    if restore is not None:
        folder = restore_version(song, restore, out)
        output.document({"restored": restore, "folder": str(folder)})
        output.line(f"{folder}: version {restore} of {song}, as it was")
        return
    if prune:
        gone, freed = prune_versions(song, keep)
        output.document({"removed": gone, "freed_bytes": freed})
        output.line(
            f"{song}: removed {len(gone)} version{'s' * (len(gone) != 1)}, {decimal(freed)} are free"
        )
        return
    found = list_versions(song)
    output.document({"versions": [one.document() for one in found], "bytes": disk_use(song)})
    if not found:
        output.line(f"{song}: no older versions")
    if not found or not output.talks:
        return
    from composer.cli.display.tables import versions_table

    console_for().print(versions_table(found))
    output.line(f"{decimal(disk_use(song))} in all")


_SONG = "A rendered folder, a song.lock, a spec, or FOLDER@3 for a version of a song."


@command(app)
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help=_SONG)],
    after: Annotated[str, typer.Argument(metavar="B", help=_SONG)],
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 where something differs.")
    ] = False,
    *,
    output: Output,
) -> None:
    """Show what changed from song A to song B: spec, plan, clips, loudness and files."""
    from composer.history.diff import changes, count_kept_clips, notes, read_compared, summary
    from composer.history.versions import song_or_version

    with (
        song_or_version(before, audio=False) as first,
        song_or_version(after, audio=False) as second,
    ):
        one = replace(read_compared(str(first)), name=before)
        other = replace(read_compared(str(second)), name=after)
    found = changes(one, other)
    if output.as_json:
        output.document(summary(one, other))
    if not found:
        output.line("no difference")
    elif output.talks:
        from composer.cli.display.tables import changes_table, describe_kept_clips

        console_for().print(changes_table(found))
        typer.echo(f"clips kept: {describe_kept_clips(count_kept_clips(one, other))}")
        for note in notes(one, other):
            typer.echo(f"note: {note}")
    if found and exit_code:
        raise typer.Exit(DIFFERS)
