"""Define ``takes`` and ``keep``, which show other ways to play a section and choose one.

They do the same for other titles, chords and forms.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from composer.base.what import Played, What, Written
from composer.cli.commands.shared import CacheOption, SongArgument, app, clip_cache, console_for
from composer.cli.display.output import Output, command
from structure.base.errors import UsageError

if TYPE_CHECKING:
    from composer.project import Take

WhatOption = Annotated[
    What,
    typer.Option(
        help="What is to be another take: the notes of a stem, the sound of the same notes, or both; the "
        "title or the form of the song; the chords of a section."
    ),
]
_PLAYED: tuple[What, ...] = ("both", "notes", "sound")


@command(app)
def takes(
    song: SongArgument,
    section: Annotated[
        str | None, typer.Option(metavar="NAME", help="The section, such as chorus.")
    ] = None,
    stem: Annotated[str | None, typer.Option(metavar="NAME", help="The stem, such as lead.")] = None,
    count: Annotated[int, typer.Option(min=1, max=64, help="How many takes beside the song's own.")] = 4,
    what: WhatOption = "both",
    audition: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Write the section with each take, and the band around it, as WAV files of one loudness.",
        ),
    ] = None,
    cache: CacheOption = None,
    *,
    output: Output,
) -> None:
    """Show other ways to play or write a part of a song, and how each differs.

    These are other ways in which a stem can play a section, other chords of a section, or other titles and
    forms of the song.

    Nothing of the song changes; `keep` chooses one. A take is a number that always gives the same, so none
    is ever lost.
    """
    from composer.cli.display.progress import progress_display
    from composer.project import Project, find_alternatives, find_takes
    from composer.project import audition as write_takes

    project, place, name = Project.open(song), section or "", stem or ""
    _check_names(what, section, stem, audition)
    files: dict[int, Path] = {}
    if what in _PLAYED:
        found = find_takes(project, place, name, count, cast(Played, what))
    else:
        found = find_alternatives(project, cast(Written, what), count, place)
    if audition is not None:
        clips = clip_cache(cache, no_cache=False)
        with progress_display(quiet=not output.talks) as progress:
            files = write_takes(project, found, place, name, audition, cache=clips, progress=progress)
    if output.as_json:
        rows = [take.document() | ({"file": str(files[take.number])} if files else {}) for take in found]
        named = {"section": section, "stem": stem}
        told = {key: value for key, value in named.items() if value is not None}
        output.document({**told, "takes": rows})
    if not output.talks:
        return
    _show(found, files)
    own = next(take.number for take in found if take.is_current)
    other = next(take.number for take in found if not take.is_current)
    suffix = "" if what == "both" else f" --what {what}"
    words = " ".join(["ritornello keep", str(song), *filter(None, (section, stem)), str(other)])
    has = f"take {own}" if own else "one of your own"
    typer.echo(f"the song has {has}; choose another: {words}{suffix}")


def _check_names(what: What, section: str | None, stem: str | None, audition: Path | None) -> None:
    """Raise UsageError where a section or a stem is missing, or says nothing."""
    wanted = {"--section": what in (*_PLAYED, "chords"), "--stem": what in _PLAYED}
    for option, given in (("--section", section), ("--stem", stem)):
        if wanted[option] and given is None:
            raise UsageError(f"takes of {what} need {option}", field=option.strip("-"))
        if not wanted[option] and given is not None:
            raise UsageError(f"takes of the {what} have no {option}", field=option.strip("-"))
    if audition is not None and what not in _PLAYED:
        raise UsageError("only takes of a stem are written as sound", field="audition")


def _show(found: list[Take], files: dict[int, Path]) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    table.add_column("Take", justify="right", no_wrap=True)
    if has_values := any(take.value for take in found):
        table.add_column(found[0].what.capitalize(), ratio=1)
    table.add_column("How it differs", ratio=1)
    if files:
        table.add_column("File", no_wrap=True)
    for take in found:
        row = [str(take.number), *([escape(take.value)] if has_values else []), take.differs]
        table.add_row(*row, *([str(files[take.number])] if files else []))
    console_for().print(table)


@command(app)
def keep(
    song: SongArgument,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[SECTION] [STEM] TAKE",
            help="Section, stem and number of the take; for chords a section and a number, for a title or "
            "a form a number alone.",
        ),
    ],
    what: WhatOption = "both",
    *,
    output: Output,
) -> None:
    """Choose a take: it is written into the song's spec, whose comments stay. `undo` takes it back.

    Says which clips the next render makes, and that all others stay as they are.
    """
    from composer.cli.display.tables import describe_changes
    from composer.project import Project, describe_edit, keep_alternative, keep_take

    *names, number = words
    needed = 2 if what in _PLAYED else int(what == "chords")
    if len(names) != needed or not number.isdecimal() or not 1 <= int(number) <= 9999:
        wanted = " ".join([*("SECTION", "STEM")[:needed], "TAKE"])
        raise UsageError(
            f"a take of {what} is named by {wanted}, not by {' '.join(words)!r}",
            field="take",
            hint=f"`ritornello takes` lists them; TAKE is a number, 1 to 9999: keep {song} {wanted}",
        )
    project = Project.open(song)
    if what in _PLAYED:
        edit = keep_take(project, names[0], names[1], int(number), cast(Played, what))
    else:
        edit = keep_alternative(project, cast(Written, what), int(number), *names)
    changes = project.preview(edit)
    project.apply(edit)
    said = describe_edit(edit)
    output.document({"file": str(project.path), "edit": said, "changes": changes.document()})
    for line in (f"{project.path}: {said}", *describe_changes(changes)):
        output.line(line)
