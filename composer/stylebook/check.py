"""Whether a style is whole: what is wrong in its file, what is weak, and what its songs lack."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from composer.stylebook.hearing import hear_weaknesses, small_songs
from composer.stylebook.named import find_style
from composer.stylebook.weaknesses import weaknesses
from composer.stylebook.words import FIELDS
from structure.base.errors import Fault, SpecError
from structure.loading.yaml_reader import write_path


@dataclass(frozen=True)
class StyleCheck:
    """What is wrong and what is weak in a style.

    A style with something wrong cannot be used; of what is weak a listener would complain. ``like`` is the
    style that it builds on, ``says`` what it says itself and ``takes`` what it takes from there. ``songs``
    are those that were planned and heard. ``source`` is its file, or its name.
    """

    name: str
    source: str
    like: str = ""
    says: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()
    wrong: tuple[Fault, ...] = ()
    weak: tuple[Fault, ...] = ()
    songs: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """Return the outcome in a few words."""
        if self.wrong:
            return f"{_count(len(self.wrong), 'fault')}; it cannot be used"
        return f"it can be used, with {_count(len(self.weak), 'weak point')}" if self.weak else "good"

    @property
    def exit_code(self) -> int:
        """Return 0 where nothing was found, 1 for weak points, 2 for faults."""
        return 2 if self.wrong else 1 if self.weak else 0

    def document(self) -> dict[str, Any]:
        """Return the outcome as plain data."""
        return {**asdict(self), "verdict": self.verdict, "exit_code": self.exit_code}


def check_style(name: str | Path) -> StyleCheck:
    """Check a style, by its file or its name.

    Raises SpecError where there is no such style and no such file; faults of a file are in the result.
    """
    try:
        named = find_style(name)
    except SpecError as exc:
        if not Path(name).is_file():
            raise
        return StyleCheck(Path(name).stem.lower(), str(name), wrong=exc.faults)
    says = tuple(said for field, said in FIELDS.items() if field in named.written)
    takes = tuple(said for field, said in FIELDS.items() if field not in named.written)
    found = weaknesses(named.style)
    songs = small_songs(named)
    found += [finding for finding in hear_weaknesses(named.style, songs) if finding not in found]

    weak = []
    for finding in found:  # what a style takes from another one has no line in its file
        closest = named.document.closest(finding.path) if named.document else ()
        line = named.document.lines.get(closest) if named.document and closest else None
        weak.append(Fault(finding.message, write_path(finding.path), line, finding.hint))

    return StyleCheck(
        name=named.name,
        source=named.source or named.name,
        like=named.like,
        says=says,
        takes=takes if named.like else (),
        weak=tuple(weak),
        songs=tuple(song.summary for song in songs),
    )


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
