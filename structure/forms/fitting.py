"""Section lengths that add up to a song's length, to the bar.

Each section identity may last any of some numbers of bars, each at a cost; an identity that the song
visits n times spends n times its bars. The cheapest lengths that spend exactly the song's bars are found
by dynamic programming over the bars spent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Choice:
    """An identity's lengths: ``costs`` maps bars to a cost; it is visited ``visits`` times."""

    visits: int
    costs: dict[int, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """Bars of each identity, and what they cost together."""

    bars: tuple[int, ...]
    cost: float


def fit_bars(choices: Sequence[Choice], total: int) -> Fit | None:
    """The cheapest lengths with ``sum(visits * bars) == total``; None where there are none.

    Of equally cheap ones, the same are taken on every machine.
    """
    best = np.full(total + 1, np.inf)
    best[0] = 0.0
    taken: list[NDArray[np.int64]] = []
    for choice in choices:
        cheapest = np.full(total + 1, np.inf)
        lengths = np.zeros(total + 1, dtype=np.int64)
        for bars, cost in sorted(choice.costs.items()):
            spent = choice.visits * bars
            if spent > total:
                continue
            costs = best[: total + 1 - spent] + choice.visits * cost
            better = costs < cheapest[spent:] - 1e-9
            cheapest[spent:][better] = costs[better]
            lengths[spent:][better] = bars
        best = cheapest
        taken.append(lengths)
    if not np.isfinite(best[total]):
        return None
    found: list[int] = []
    rest = total
    for choice, lengths in zip(reversed(choices), reversed(taken), strict=True):
        found.append(int(lengths[rest]))
        rest -= choice.visits * found[-1]
    return Fit(tuple(reversed(found)), float(best[total]))


def oddness(bars: int) -> float:
    """Cost of a length that is not in fours, or not even in twos."""
    return 0.0 if bars % 4 == 0 else 0.6 if bars % 2 == 0 else 1.5
