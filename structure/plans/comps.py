"""Comps: a stem that takes some bars of a visit from one of its takes, and others from another one.

Takes are joined at bar lines. What one holds over a join ends there. What the next one holds over it begins
there, where enough of it is left to be heard; drums are not struck again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Annotated

from pydantic import Field

from structure.base.codec import Stored
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import EARLY, PITCHLESS
from structure.plans.score import Control, Note, Part, SectionScore, in_order

_LEAST = Fraction(1, 4)
"""Quarters of a note that must be left behind a join for it to begin there."""


@dataclass(frozen=True, slots=True)
class CompBars(Stored):
    """Bars of a visit, from ``first``, counted from 0, up to ``end``, that a stem has from one take.

    ``notes`` and ``sound`` are the numbers of the take. ``part`` is what the stem plays in it in the whole
    visit, as it is heard from ``first`` on.
    """

    first: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    notes: Annotated[int, Field(ge=1)]
    sound: Annotated[int, Field(ge=1)]
    part: Part


def bar_lines(meters: Sequence[Meter]) -> tuple[Fraction, ...]:
    """Return where bars of these metres begin, in quarters, and where the last one ends."""
    return tuple(accumulate((meter.bar_quarters for meter in meters), initial=Fraction(0)))


def split_held_notes(part: Part, start: Fraction) -> Part:
    """Return a part whose notes that are held over ``start`` end there, and begin there again."""
    if not any(_is_held(note, start) for note in part.notes):
        return part
    notes: list[Note] = []
    for note in part.notes:
        if not _is_held(note, start):
            notes.append(note)
            continue
        notes.append(note.move_to(note.onset, start - note.onset))
        if part.role not in PITCHLESS and note.end - start >= _LEAST:
            notes.append(replace(note.move_to(start, note.end - start), bend=()))
    return replace(part, notes=tuple(sorted(notes, key=in_order)))


def _is_held(note: Note, start: Fraction) -> bool:
    """Return whether a note begins before a place and ends behind it."""
    return note.onset + EARLY < start < note.end


def join_parts(pieces: Sequence[tuple[Fraction, Fraction, Part]]) -> Part:
    """Return one part that plays several in turn.

    Each piece is a first quarter, an end and a part, as :func:`split_held_notes` has them.
    """
    notes: list[Note] = []
    controls: dict[int, list[tuple[Fraction, int]]] = {}
    for start, end, part in pieces:
        inside = (note for note in part.notes if start <= note.onset + EARLY < end)
        notes += [
            note if note.end <= end else note.move_to(note.onset, end - note.onset) for note in inside
        ]

        known = {control.controller: control.points for control in part.controls}
        for controller in sorted({*controls, *known}):
            moves = known.get(controller, ())
            points = controls.setdefault(controller, [])
            # what joins another piece begins with the value that held there
            if start > 0 and not any(at == start for at, _ in moves):
                points.append((start, next((value for at, value in reversed(moves) if at < start), 0)))
            points += [(at, value) for at, value in moves if start <= at < end]
    return Part(
        pieces[0][2].role,
        tuple(sorted(notes, key=in_order)),
        tuple(Control(controller, tuple(points)) for controller, points in controls.items() if points),
    )


Segments = Sequence[tuple[int, int, SectionScore]]
"""A visit's score in several takes, each from its first bar, counted from 0, up to its end."""


def join_scores(segments: Segments, lines: Sequence[Fraction]) -> SectionScore:
    """Return one score of several. What a stem plays alike on both sides of a join is not cut there.

    ``lines`` are those of :func:`bar_lines`.
    """
    parts: dict[str, Part] = {}
    for name in dict.fromkeys(name for _, _, score in segments for name in score.parts):
        runs: list[tuple[int, int, Part]] = []
        for first, end, score in segments:
            part = _part(segments, score, name)
            if runs and runs[-1][2] == part:
                runs[-1] = (runs[-1][0], end, part)
            else:
                runs.append((first, end, part))

        parts[name] = runs[0][2]
        if len(runs) > 1:
            parts[name] = join_parts(
                [
                    (lines[first], lines[end], split_held_notes(part, lines[first]))
                    for first, end, part in runs
                ]
            )
    return replace(segments[0][2], parts={name: part for name, part in parts.items() if part.notes})


def comp_of(
    segments: Segments, takes: Sequence[tuple[int, int]], name: str, lines: Sequence[Fraction]
) -> tuple[CompBars, ...]:
    """Return which bars a stem has from which take; neighbours of one take are joined.

    ``takes`` are those of its notes and of its sound in each segment.
    """
    found: list[CompBars] = []
    for (first, end, score), (notes, sound) in zip(segments, takes, strict=True):
        if found and (found[-1].notes, found[-1].sound) == (notes, sound):
            found[-1] = replace(found[-1], end=end)
        else:
            part = split_held_notes(_part(segments, score, name), lines[first])
            found.append(CompBars(first, end, notes, sound, part))
    return tuple(found)


def _part(segments: Segments, score: SectionScore, name: str) -> Part:
    """Return the part of a stem; an empty one where it is silent in this take and plays in another."""
    known = score.parts.get(name)
    if known is not None:
        return known
    return replace(next(other.parts[name] for _, _, other in segments if name in other.parts), notes=())
