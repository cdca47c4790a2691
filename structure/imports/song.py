"""What is read from a file of music, whatever its format.

Positions and lengths are exact fractions of quarter notes. Position 0 is a bar line: where a file begins
with a pickup, the first bar is filled up with a rest, and :attr:`ImportedSong.pickup` says how much of it
sounds. No position is negative.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from structure.base.exact import Fraction
from structure.base.types import Exact, Role


@dataclass(frozen=True, slots=True, order=True)
class ImportedNote:
    """One note as it stands in the file: ``velocity`` is 1 to 127.

    ``confidence`` is below 1 where it was heard in a recording and may be another.
    """

    start: Exact
    pitch: int
    length: Exact
    velocity: int = 80
    confidence: float = 1.0

    @property
    def end(self) -> Fraction:
        """Return where it ends, in quarters."""
        return self.start + self.length


@dataclass(frozen=True, slots=True)
class ImportedPart:
    """What one player or one track has, in the order of starts, then of pitches.

    ``name`` is the file's own, or one made up; no two parts of a song share one. ``program`` is a General
    MIDI program from 0, None where the file has none. Of drums, pitches are General MIDI's drum keys.
    """

    name: str
    role: Role
    program: int | None
    notes: tuple[ImportedNote, ...]


@dataclass(frozen=True, slots=True)
class ImportedTempo:
    """A tempo from ``start`` on, in quarters a minute."""

    start: Exact
    quarters_per_minute: Exact


@dataclass(frozen=True, slots=True)
class ImportedMeter:
    """A time signature from ``start`` on; any that a file may have, also ones that no song of ours may."""

    start: Exact
    numerator: int
    denominator: int

    @property
    def bar_quarters(self) -> Fraction:
        """Return the length of a bar, in quarters."""
        return Fraction(4 * self.numerator, self.denominator)

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class ImportedKey:
    """A key from ``start`` on, by a name that :func:`structure.harmony.keys.parse_key` reads."""

    start: Exact
    name: str


@dataclass(frozen=True, slots=True)
class ImportedChord:
    """A chord from ``start`` to the next one. An empty ``symbol`` says that there is none (N.C.)."""

    start: Exact
    symbol: str


@dataclass(frozen=True, slots=True)
class ImportedSection:
    """A stretch of the song.

    Stretches that share a ``name`` are the same music. ``label`` is the file's word for the stretch, empty
    where it has none.
    """

    start: Exact
    end: Exact
    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ImportedLyric:
    """A line of words, or a syllable with its hyphen, and where it is sung.

    ``ends_line`` tells the last of a line.
    """

    start: Exact
    text: str
    ends_line: bool = False


@dataclass(frozen=True, slots=True)
class Guess:
    """What the file does not say and was worked out: the field, its value in words, and from what."""

    field: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What could not be taken from the file: where, and what was done instead."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


@dataclass(frozen=True)
class ImportedSong:
    """A song as a file has it, and what was guessed to complete it.

    ``tempi``, ``metres`` and ``keys`` begin at 0 where they are not empty; ``format`` is a word such as
    ``MIDI``. ``pickup`` counts the quarters that sound before the first downbeat, which is then that of
    the second bar.
    """

    path: Path
    format: str
    title: str = ""
    parts: tuple[ImportedPart, ...] = ()
    tempi: tuple[ImportedTempo, ...] = ()
    metres: tuple[ImportedMeter, ...] = ()
    keys: tuple[ImportedKey, ...] = ()
    chords: tuple[ImportedChord, ...] = ()
    sections: tuple[ImportedSection, ...] = ()
    lyrics: tuple[ImportedLyric, ...] = ()
    pickup: Exact = field(default=Fraction(0))
    end: Exact = field(default=Fraction(0))
    style: str = ""
    guesses: tuple[Guess, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def key(self) -> str:
        """Return the name of the key at the start; empty where there is none."""
        return self.keys[0].name if self.keys else ""

    @property
    def bar_lines(self) -> tuple[Fraction, ...]:
        """Return where each bar begins, and last where the last one ends, at or after ``end``.

        A change of metre always begins a bar.
        """
        lines: list[Fraction] = []
        at, known = Fraction(0), self.metres or (ImportedMeter(Fraction(0), 4, 4),)
        for index, metre in enumerate(known):
            until = known[index + 1].start if index + 1 < len(known) else None
            while at < self.end if until is None else at < until:
                lines.append(at)
                at += metre.bar_quarters
            at = at if until is None else until
        return (*lines, at)

    @property
    def bars(self) -> int:
        """Return how many bars there are; the last is counted whole."""
        return len(self.bar_lines) - 1

    def part(self, name: str) -> ImportedPart | None:
        """Return the part of a name, whatever its case; None where there is none."""
        wanted = name.strip().casefold()
        return next((part for part in self.parts if part.name.strip().casefold() == wanted), None)

    def notes_of_bars(self, name: str, from_bar: int, bars: int) -> tuple[ImportedNote, ...]:
        """Return the notes of a part that begin in some bars, counted from the first bar's line.

        ``from_bar`` counts from 1. A note that goes on past the last bar keeps its length.
        """
        lines, part = self.bar_lines, self.part(name)
        first = lines[min(from_bar - 1, len(lines) - 1)]
        last = lines[min(from_bar - 1 + bars, len(lines) - 1)]
        inside = (note for note in part.notes if first <= note.start < last) if part else ()
        return tuple(replace(note, start=note.start - first) for note in inside)
