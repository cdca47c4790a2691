"""How those who have the chords react to a soloist: they answer its rests, and keep out of its runs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.harmony.bars import chord_at
from structure.plans.score import Note, Part

_ANSWERS = 1.18
"""Force of a stroke where the soloist rests, as a share of what is written."""

_RUN = 3
"""Notes of a soloist within a beat from which on strokes between the beats leave it alone."""


def reacting(part: Part, solo: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part that comps for a soloist from ``start`` to ``end``.

    In the soloist's runs only strokes on beats stay; in its rests strokes are stronger. Each chord is still
    struck where it begins. Machines, and parts that do not play chords, stay as they are.
    """
    if part.role != "chords" or not ctx.style.feel.timing_ms:
        return part
    line = sorted(solo.notes, key=lambda note: note.onset)
    onsets = [note.onset for note in line]
    beat = ctx.meter.beat_quarters
    kept = []
    for note in part.notes:
        if not start <= note.onset + EARLY < end:
            kept.append(note)
        elif _count(onsets, note.onset - beat / 2, note.onset + beat / 2) >= _RUN:
            if _is_needed(note, ctx):
                kept.append(note)
        else:
            rests = not _sounds(line, onsets, note.onset, beat / 2)
            kept.append(note.scaled(_ANSWERS) if rests else note)
    return replace(part, notes=tuple(kept))


def _is_needed(note: Note, ctx: SectionContext) -> bool:
    """Return whether a stroke is on a beat, or is the first of its chord."""
    beat = ctx.meter.beat_quarters
    off = (note.onset + EARLY) % beat > 2 * EARLY
    return not off or note.onset - chord_at(ctx.chords, note.onset + EARLY).onset <= EARLY


def _count(onsets: Sequence[Fraction], start: Fraction, end: Fraction) -> int:
    return bisect_left(onsets, end) - bisect_left(onsets, start)


def _sounds(line: Sequence[Note], onsets: Sequence[Fraction], at: Fraction, soon: Fraction) -> bool:
    """Return whether a line has a note at a position, or begins one soon after."""
    following = bisect_left(onsets, at + soon)
    return following > 0 and max(note.end for note in line[max(0, following - 4) : following]) > at
