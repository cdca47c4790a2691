"""What MusicXML calls a chord: one of its kinds, and degrees that are added, altered or left out.

It is found from the chord's intervals, so that every quality that is ever read can be written. The kinds
and the meaning of degrees are those of the MusicXML 4.0 schema: a degree that is added counts from the
scale of a dominant chord, whose seventh is minor.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from structure.base.datafiles import read_data

_ADDED = {1: (9, -1), 2: (9, 0), 5: (11, 0), 6: (11, 1), 7: (5, 0), 8: (13, -1), 9: (13, 0),
          10: (7, 0), 11: (7, 1)}  # fmt: skip
"""Degree and alteration of a tone that is added, by semitones above the root."""

_LEFT_OUT = {2: 9, 3: 3, 4: 3, 5: 11, 6: 5, 7: 5, 8: 5, 9: 6, 10: 7, 11: 7}
_FIFTHS = {6: -1, 8: 1}
_SILENT = 0.3
"""What it costs that a kind holds a tone that players leave out of it anyway; a degree costs 1."""

_NO_THIRD = 1.5
"""What it costs besides that a third is taken away: such a chord is a suspended one first."""


@dataclass(frozen=True, slots=True)
class Degree:
    """A tone by which a chord differs from its kind."""

    value: int
    alter: int
    type: Literal["add", "alter", "subtract"]


@dataclass(frozen=True, slots=True)
class ChordKind:
    """A value of MusicXML's ``kind``, and the degrees that make it the chord."""

    name: str
    degrees: tuple[Degree, ...]


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    tones: frozenset[int]
    omitted: frozenset[int]
    """Tones that players leave out without saying so."""


def chord_kind(intervals: Iterable[int]) -> ChordKind:
    """Return the kind that is nearest to a chord; ``intervals`` are semitones above the root."""
    return _nearest(tuple(sorted({step % 12 for step in intervals} | {0})))


@cache
def _nearest(tones: tuple[int, ...]) -> ChordKind:
    """Return the kind that costs least, with the degrees that it needs for some tones."""
    wanted = frozenset(tones)
    found: list[tuple[float, ChordKind]] = []
    for known in _kinds():
        added = sorted(wanted - known.tones, key=lambda tone: _degree_added(tone, wanted).value)
        missing = known.tones - wanted
        cost = _SILENT * len(missing & known.omitted)
        degrees: list[Degree] = []
        lost = sorted(missing - known.omitted)
        fifth = next((tone for tone in added if tone in _FIFTHS), None)
        if 7 in missing and fifth is not None:
            # Another fifth takes the place of the kind's own.
            degrees.append(Degree(5, _FIFTHS[fifth], "alter"))
            added.remove(fifth)
            cost += 1 - (_SILENT if 7 in known.omitted else 0)
            lost = [tone for tone in lost if tone != 7]
        degrees += [Degree(_LEFT_OUT[tone], 0, "subtract") for tone in lost]
        degrees += [_degree_added(tone, wanted) for tone in added]
        cost += _NO_THIRD * sum(tone in (3, 4) for tone in lost)
        found.append((cost + len(lost) + len(added), ChordKind(known.name, tuple(degrees))))
    return min(found, key=lambda one: one[0])[1]


@cache
def _kinds() -> Sequence[_Known]:
    rows = read_data("chord_kinds.yaml")
    return [
        _Known(name, frozenset(row["tones"]), frozenset(row.get("omitted", ())))
        for name, row in rows.items()
    ]


def _degree_added(tone: int, tones: frozenset[int]) -> Degree:
    """Return a tone as a degree; a minor third beside a major one is a raised ninth."""
    if tone in (3, 4):
        value, alter = (9, 1) if tone == 3 and 4 in tones else (3, tone - 4)
    else:
        value, alter = _ADDED[tone]
    return Degree(value, alter, "add")
