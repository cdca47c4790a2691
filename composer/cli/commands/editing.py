"""Commands that edit specs, and say and take back what was edited: ``transpose``, ``history``, ``undo`` and
``redo``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from composer.cli.commands.shared import SongArgument, app


@app.command()
def transpose(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="A YAML file, or a song's folder.")],
    key: Annotated[
        str | None,
        typer.Argument(metavar="KEY", help="The new key, or its tonic alone; the song's if left out."),
    ] = None,
    old: Annotated[
        str | None,
        typer.Option("--from", metavar="KEY", help="The key of the chords now; the song's if left out."),
    ] = None,
) -> None:
    """Move a spec to another key: `key:`, and all chords that are written in letters.

    Roman numerals follow the key by themselves. Where `key:` was changed already and the chords were not,
    --from names the key that they are still in. Comments and layout stay.
    """
    from composer.project import MoveChords, Project

    project = Project.open(spec)
    now = old or project.plan.key
    edit = MoveChords(now, _with_mode(key or project.plan.key, now))
    before = project.text
    project.apply(edit)
    if project.text == before:
        typer.echo(f"{spec}: nothing to move from {edit.old} to {edit.new}")
        return
    typer.echo(f"{spec}: from {edit.old} to {edit.new}")
    for line in _changed_lines(before, project.text):
        typer.echo(f"  {line}")


@app.command()
def history(song: SongArgument) -> None:
    """List the edits of a song's spec, the last one at the end; `undo` takes that one back.

    Edits are those that `transpose`, `keep` and other commands make. What you type in the file yourself is
    not among them.
    """
    from composer.project import Project, describe_edit

    project = Project.open(song)
    for number, edit in enumerate(project.history, 1):
        typer.echo(f"{number:3d}  {describe_edit(edit)}")
    for edit in project.undone:
        typer.echo(f"  -  {describe_edit(edit)} (taken back; redo does it again)")
    if not project.history and not project.undone:
        typer.echo(f"{song}: no edits")


@app.command()
def undo(song: SongArgument) -> None:
    """Take back the last edit of a song's spec: the file has its bytes of before again."""
    from composer.project import Project, describe_edit

    typer.echo(f"{song}: taken back: {describe_edit(Project.open(song).undo())}")


@app.command()
def redo(song: SongArgument) -> None:
    """Do the edit again that was taken back last."""
    from composer.project import Project, describe_edit

    typer.echo(f"{song}: done again: {describe_edit(Project.open(song).redo())}")


def _with_mode(key: str, old: str) -> str:
    """A key with the mode of the old one, where it is a tonic alone."""
    return f"{key} {' '.join(old.split()[1:])}".strip() if re.fullmatch(r"[A-Ga-g][#b♯♭]?", key) else key


def _changed_lines(before: str, after: str) -> list[str]:
    """The lines of a text that another one does not have."""
    old = set(before.splitlines())
    return [line.strip() for line in after.splitlines() if line not in old]
