"""How those who have the chords react to a soloist: they answer its rests, and keep out of its runs."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.harmony.bars import chord_at
from structure.plans.score import Part

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
        at = note.onset
        if not start <= at + EARLY < end:
            kept.append(note)
            continue

        before, following = bisect_left(onsets, at - beat / 2), bisect_left(onsets, at + beat / 2)
        if following - before >= _RUN:
            is_on_beat = (at + EARLY) % beat <= 2 * EARLY
            if is_on_beat or at - chord_at(ctx.chords, at + EARLY).onset <= EARLY:
                kept.append(note)
        else:
            latest = max((other.end for other in line[max(0, following - 4) : following]), default=at)
            kept.append(note if latest > at else note.scale_velocity(_ANSWERS))
    return replace(part, notes=tuple(kept))
