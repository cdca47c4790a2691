"""Define the commands that edit specs, show edits and take them back.

They are ``transpose``, ``history``, ``undo`` and ``redo``.
"""

from __future__ import annotations

import difflib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from composer.cli.commands.shared import (
    CacheOption,
    SongArgument,
    StrictOption,
    app,
    clip_cache,
    end_where_checks_fail,
)
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.folder.song import SongFolder
    from composer.project import Edit, Project, Worded


@command(app)
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
    *,
    output: Output,
) -> None:
    """Move a spec to another key: `key:`, and all chords that are written in letters.

    Roman numerals follow the key by themselves. Where `key:` was changed already and the chords were not,
    --from names the key that they are still in. Comments and layout stay.
    """
    from composer.project import MoveChords, Project

    project = Project.open(spec)
    now = project.plan.key if old is None else old
    then = project.plan.key if key is None else key
    if re.fullmatch(r"[A-Ga-g][#b♯♭]?", then):  # a tonic alone has the mode of the old key
        then = f"{then} {' '.join(now.split()[1:])}".strip()
    edit = MoveChords(now, then)
    before = project.text
    project.apply(edit)

    had = set(before.splitlines())
    lines = [line.strip() for line in project.text.splitlines() if line not in had]
    output.document({"file": str(project.path), "from": edit.old, "to": edit.new, "lines": lines})
    if project.text == before:
        output.line(f"{spec}: nothing to move from {edit.old} to {edit.new}")
        return
    output.line(f"{spec}: from {edit.old} to {edit.new}")
    for line in lines:
        output.line(f"  {line}")


@command(app)
def history(song: SongArgument, *, output: Output) -> None:
    """List the edits of a song's spec, the last one at the end; `undo` takes that one back.

    Edits are those that `transpose`, `keep` and other commands make. What you type in the file yourself is
    not among them.
    """
    from composer.project import Project, describe_edit

    project = Project.open(song)
    made = [describe_edit(edit) for edit in project.history]
    undone = [describe_edit(edit) for edit in project.edits_to_redo]
    output.document({"file": str(project.path), "edits": made, "undone": undone})
    for number, said in enumerate(made, 1):
        output.line(f"{number:3d}  {said}")
    for said in undone:
        output.line(f"  -  {said} (taken back; redo does it again)")
    if not made and not undone:
        output.line(f"{song}: no edits")


@command(app)
def undo(song: SongArgument, *, output: Output) -> None:
    """Take back the last edit of a song's spec: the file has its bytes of before again."""
    _step(song, lambda project: project.undo(), "undone", "taken back", output)


@command(app)
def redo(song: SongArgument, *, output: Output) -> None:
    """Do the edit again that was taken back last."""
    _step(song, lambda project: project.redo(), "redone", "done again", output)


def _step(song: Path, go: Callable[[Project], Edit], key: str, words: str, output: Output) -> None:
    """Go one edit back or forth, and say which it was."""
    from composer.project import Project, describe_edit

    project = Project.open(song)
    said = describe_edit(go(project))
    output.document({"file": str(project.path), key: said})
    output.line(f"{song}: {words}: {said}")


@command(app)
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
    cache: CacheOption = None,
    *,
    output: Output,
) -> None:
    """Change a song in words: the wishes become edits of its YAML, whose comments stay.

    Shows the changed lines, what the next render makes and which bars stay byte-identical. A wish that
    cannot be met, or words that nobody understands, are named. `undo` takes the edit back.
    """
    from composer.cli.display.tables import describe_changes
    from composer.project import Project

    project = Project.open(song)
    worded = project.edit_in_words(words)
    _tell(worded, output)
    if strict and not worded.is_whole:
        raise UsageError(f"{song}: not all of this can be done, so nothing is changed", field="words")
    if worded.edit is None:
        raise UsageError(f"{song}: nothing is changed", field="words")
    after = worded.edit.apply(project.text, str(project.path))
    old, new, name = project.text.splitlines(), after.splitlines(), project.path.name
    lines = list(difflib.unified_diff(old, new, name, name, n=0, lineterm=""))
    changes = project.preview(worded.edit)
    for line in (*lines, *describe_changes(changes)):
        output.line(line)

    asks = output.talks and not yes and sys.stdin.isatty() and sys.stdout.isatty()
    is_wanted = not dry_run and (not asks or typer.confirm("change it?", default=True))
    made: SongFolder | None = None
    if is_wanted:
        project.apply(worded.edit)
        output.line(f"{project.path}: changed; `ritornello undo {song}` takes it back")
        is_rendered = project.path.parent == project.folder
        if render is True or (render is None and is_rendered):
            made = _render(project, cache, output)
    output.document(
        {
            "file": str(project.path),
            "changed": is_wanted,
            "done": list(worded.obeyed),
            "impossible": [{"wish": said, "why": why} for said, why in worded.impossible],
            "not_understood": list(worded.unread),
            "lines": lines,
            "changes": changes.document(),
            "rendered": None if made is None else str(made.path),
        }
    )
    if made is not None:
        end_where_checks_fail(made.path, made.report["checks"])


def _tell(worded: Worded, output: Output) -> None:
    """Say what became of each wish."""
    for said in worded.obeyed:
        output.line(f"done: {said}")
    for said, why in worded.impossible:
        output.note(f"impossible: {said}: {why}")
    for said in worded.unread:
        output.note(f"not understood: {said}")


def _render(project: Project, cache: str | None, output: Output) -> SongFolder:
    from composer.base.pace import Expected
    from composer.cli.display.progress import progress_display

    with progress_display(quiet=not output.talks, expected=[Expected.of_song(project.plan)]) as progress:
        made = project.render(cache=clip_cache(cache, no_cache=False), progress=progress).result()
    output.line(f"{made.path}: rendered")
    return made
