"""How strongly each bar of a plan is played: by how many, how densely and how hard."""

from __future__ import annotations

import math
from bisect import bisect_right

from structure.base.types import EARLY
from structure.plans.plan import SongPlan


def bar_strengths(plan: SongPlan) -> list[float]:
    """Return a number from 0 to 1 for each bar of the song, 1 for the strongest.

    Each stem adds its mean velocity, times the root of its notes; one that holds a note counts once.
    """
    lines = [plan.grid.quarters_at_bar(bar) for bar in range(plan.visits[-1].end_bar + 1)]
    found = [0.0] * (len(lines) - 1)
    for visit in plan.visits:
        start = lines[visit.place.start_bar]
        for part in visit.music.score.parts.values():
            heard: dict[int, list[int]] = {}
            for note in part.notes:
                first = bisect_right(lines, start + note.onset + EARLY) - 1
                last = bisect_right(lines, start + note.end - EARLY) - 1
                for bar in range(first, min(max(first, last) + 1, visit.end_bar)):
                    heard.setdefault(bar, []).append(note.velocity)
            for bar, velocities in heard.items():
                found[bar] += sum(velocities) / math.sqrt(len(velocities))
    most = max(found, default=0.0) or 1.0
    return [strength / most for strength in found]
