"""How strongly each bar of a plan is played: by how many, how densely and how hard."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache

from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.plan import SongPlan


def bar_strengths(plan: SongPlan) -> list[float]:
    """Return a number from 0 to 1 for each bar of the song, 1 for the strongest.

    Each stem adds its mean velocity, times the root of its notes; one that holds a note counts once.
    """
    lines = [plan.grid.quarters_at_bar(bar) for bar in range(plan.visits[-1].end_bar + 1)]
    found = [0.0] * (len(lines) - 1)
    for visit in plan.visits:
        bar_at = _bar_finder(lines, lines[visit.place.start_bar])
        for part in visit.music.score.parts.values():
            heard: dict[int, list[int]] = {}
            for note in part.notes:
                first, last = bar_at(note.onset + EARLY), bar_at(note.end - EARLY)
                for bar in range(first, min(max(first, last) + 1, visit.end_bar)):
                    heard.setdefault(bar, []).append(note.velocity)
            for bar, velocities in heard.items():
                found[bar] += sum(velocities) / math.sqrt(len(velocities))
    most = max(found, default=0.0) or 1.0
    return [strength / most for strength in found]


def _bar_finder(lines: Sequence[Fraction], start: Fraction) -> Callable[[Fraction], int]:
    """Return what finds the bar of a place, in quarters from ``start``; notes share their places."""

    @cache
    def find(place: Fraction) -> int:
        return bisect_right(lines, start + place) - 1

    return find
