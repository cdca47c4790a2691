"""Notes that the user gives: what of a section is given before the rest is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS, Role
from structure.plans.score import ChordEvent, Note, in_order

Stretch = tuple[int, int]
"""Bars from 0, with the first bar after them."""


@dataclass(frozen=True, slots=True)
class GivenPart:
    """The notes that a stem is given, in quarters from the section's downbeat, and the bars that they fill.

    ``amount`` is how far they are varied; 0 keeps them note for note. One that ``is_replaced`` is not
    played: what is written in its place goes in its manner.
    """

    stem: str
    role: Role
    notes: tuple[Note, ...]
    stretches: tuple[Stretch, ...]
    amount: float = 0.0
    is_replaced: bool = False

    @property
    def is_kept(self) -> bool:
        """Return whether its notes stay as they are."""
        return not self.is_replaced and self.amount == 0.0

    def fills(self, bars: int) -> bool:
        """Return whether nothing is left to write in a section of so many bars."""
        return not self.is_replaced and self.stretches == ((0, bars),)

    def lay_over(self, notes: Sequence[Note], bar: Fraction) -> tuple[Note, ...]:
        """Return other notes with its own in the bars that it fills; ``bar`` is a bar's quarters.

        A note that begins before such bars ends where they begin.
        """
        spans = [(start * bar, end * bar) for start, end in self.stretches]
        around = []
        for note in notes:
            if any(first <= note.onset < last for first, last in spans):
                continue
            end = min((first for first, _ in spans if note.onset < first), default=note.end)
            around.append(note if note.end <= end else note.move_to(note.onset, end - note.onset))
        return tuple(sorted((*around, *self.notes), key=in_order))


@dataclass(frozen=True, slots=True)
class Given:
    """What is given of a section, laid on so many ``bars``: parts, and chords where a file has some.

    ``phrase_from`` is the bar in which phrases begin to count, 1 after a bar with a pickup alone.
    """

    bars: int
    parts: tuple[GivenPart, ...]
    chords: tuple[ChordEvent, ...] = ()
    phrase_from: int = 0

    def part(self, stem: str) -> GivenPart | None:
        """Return the part of a stem that plays it, if there is one."""
        return next((one for one in self.parts if one.stem == stem and not one.is_replaced), None)

    @property
    def parts_with_pitch(self) -> tuple[GivenPart, ...]:
        """Return the parts that have pitches."""
        return tuple(one for one in self.parts if one.role not in PITCHLESS)


@dataclass(frozen=True, slots=True)
class Manner:
    """How given tunes go, for sections that have none: the habits of one song.

    ``meter`` is the base metre in which they were counted, ``figures`` what :mod:`structure.data.tunes`
    counts of single songs. ``words`` are the rhythms of bars, in sixteenths, and how often each comes;
    ``shapes`` the scale steps from note to note of the bars that have a rhythm.
    """

    meter: str
    figures: tuple[tuple[str, float], ...]
    words: tuple[tuple[tuple[int, ...], int], ...]
    shapes: tuple[tuple[tuple[int, ...], tuple[tuple[int, ...], ...]], ...]
    span: float
