"""``ritornello diff``: what changed between two songs."""

from __future__ import annotations

from typing import Annotated

import typer

from composer.cli.commands.shared import app, console_for

_SONG = "A rendered folder, a song.lock, or a spec."


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

    one, other = read_compared(before), read_compared(after)
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
