"""Commands that edit specs, and say and take back what was edited: ``transpose``, ``history``, ``undo`` and
``redo``."""

from __future__ import annotations

import difflib
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import SongArgument, StrictOption, app, clip_cache
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.project import Project, Worded


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


@app.command()
def edit(
    song: SongArgument,
    words: Annotated[
        str, typer.Argument(metavar="WORDS", help='Such as "second verse without drums, chorus up a tone".')
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing, also at a terminal.")] = False,
    render: Annotated[
        bool | None,
        typer.Option(
            "--render/--no-render",
            help="Render what changed; left out, a song's folder is and a spec is not.",
        ),
    ] = None,
    strict: StrictOption = False,
    cache: Annotated[Path | None, typer.Option(help="Folder of the clip cache.")] = None,
) -> None:
    """Change a song in words: the wishes become edits of its YAML, whose comments stay.

    Shows the changed lines, what the next render makes and which bars stay byte-identical. A wish that
    cannot be met, or words that nobody understands, are named. `undo` takes the edit back.
    """
    from composer.cli.display.tables import changes_said
    from composer.project import Project

    project = Project.open(song)
    worded = project.edit_in_words(words)
    _tell(worded)
    if strict and not worded.is_whole:
        raise UsageError(f"{song}: not all of this can be done, so nothing is changed", field="words")
    if worded.edit is None:
        raise UsageError(f"{song}: nothing is changed", field="words")
    after = worded.edit.apply(project.text, str(project.path))
    for line in _diff(project.text, after, project.path.name):
        typer.echo(line)
    for line in changes_said(project.preview(worded.edit)):
        typer.echo(line)
    if dry_run:
        return
    if not yes and _is_terminal() and not typer.confirm("change it?", default=True):
        return
    project.apply(worded.edit)
    typer.echo(f"{project.path}: changed; `ritornello undo {song}` takes it back")
    if render is True or (render is None and _is_rendered(project)):
        _render(project, cache)


def _is_rendered(project: Project) -> bool:
    return project.path.parent == project.folder


def _tell(worded: Worded) -> None:
    """Say what became of each wish."""
    for said in worded.obeyed:
        typer.echo(f"done: {said}")
    for said, why in worded.impossible:
        typer.echo(f"impossible: {said}: {why}", err=True)
    for said in worded.unread:
        typer.echo(f"not understood: {said}", err=True)


def _diff(before: str, after: str, name: str) -> list[str]:
    """Return the lines of a spec that change, as a unified diff."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, n=0, lineterm="")
    return list(lines)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _render(project: Project, cache: Path | None) -> None:
    from composer.cli.display.progress import progress_display

    with progress_display(quiet=False) as progress:
        made = project.render(cache=clip_cache(cache, no_cache=False), progress=progress).result()
    typer.echo(f"{made}: rendered")
