"""``ritornello takes`` and ``keep``: other ways to play a section, and the choice of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from composer.cli.commands.shared import SongArgument, app, clip_cache, console_for

if TYPE_CHECKING:
    from composer.project import Take

What = Literal["both", "notes", "sound"]
WhatOption = Annotated[
    What, typer.Option(help="What is to be another take: the notes, the sound of the same notes, or both.")
]


@app.command()
def takes(
    song: SongArgument,
    section: Annotated[str, typer.Option(metavar="NAME", help="The section, such as chorus.")],
    stem: Annotated[str, typer.Option(metavar="NAME", help="The stem, such as lead.")],
    count: Annotated[int, typer.Option(min=1, max=64, help="How many takes beside the song's own.")] = 4,
    what: WhatOption = "both",
    audition: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the section with each take, and the band around it, as WAV files of one loudness.",
        ),
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of the clip cache.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show other ways in which a stem can play a section, and how each differs from what the song has.

    Nothing of the song changes; `keep` chooses one. A take is a number that always gives the same, so none
    is ever lost.
    """
    from composer.cli.display.progress import progress_display
    from composer.project import Project, find_takes
    from composer.project import audition as write_takes
    from structure.base.jsonfile import dumps

    project = Project.open(song)
    found = find_takes(project, section, stem, count, what)
    files: dict[int, Path] = {}
    if audition is not None:
        clips = clip_cache(cache, no_cache=False)
        with progress_display(quiet=as_json) as progress:
            files = write_takes(project, found, section, stem, audition, cache=clips, progress=progress)
    if as_json:
        rows = [take.document() | ({"file": str(files[take.number])} if files else {}) for take in found]
        typer.echo(dumps({"section": section, "stem": stem, "takes": rows}), nl=False)
        return
    _show(found, files)
    own = next(take.number for take in found if take.is_current)
    other = next(take.number for take in found if not take.is_current)
    suffix = "" if what == "both" else f" --what {what}"
    command = f"ritornello keep {song} {section} {stem} {other}{suffix}"
    typer.echo(f"the song has take {own}; choose another: {command}")


def _show(found: list[Take], files: dict[int, Path]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Take", justify="right", no_wrap=True)
    table.add_column("How it differs", ratio=1)
    if files:
        table.add_column("File", no_wrap=True)
    for take in found:
        row = [str(take.number), take.differs]
        table.add_row(*row, *([str(files[take.number])] if files else []))
    console_for().print(table)


@app.command()
def keep(
    song: SongArgument,
    section: Annotated[str, typer.Argument(metavar="SECTION", help="The section, such as chorus.")],
    stem: Annotated[str, typer.Argument(metavar="STEM", help="The stem, such as lead.")],
    take: Annotated[int, typer.Argument(metavar="TAKE", min=1, max=9999, help="The number of the take.")],
    what: WhatOption = "both",
) -> None:
    """Choose a take: it is written into the song's spec, whose comments stay. `undo` takes it back.

    Says which clips the next render makes, and that all others stay as they are.
    """
    from composer.cli.display.tables import changes_said
    from composer.project import Project, describe_edit, keep_take

    project = Project.open(song)
    edit = keep_take(project, section, stem, take, what)
    changes = project.preview(edit)
    project.apply(edit)
    typer.echo(f"{project.path}: {describe_edit(edit)}")
    for line in changes_said(changes):
        typer.echo(line)
