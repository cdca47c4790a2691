"""Section lengths that add up to a song's length, to the bar.

Each section identity may last any of some numbers of bars, each at a cost; an identity that the song
visits n times spends n times its bars. The cheapest lengths that spend exactly the song's bars are found
by dynamic programming over the bars spent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Choice:
    """An identity's lengths: ``costs`` maps bars to a cost; it is visited ``visits`` times."""

    visits: int
    costs: Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Fit:
    """Bars of each identity, and what they cost together."""

    bars: tuple[int, ...]
    cost: float


_BROKEN_BLOCK = 2.0
"""Cost of a length that is not made of whole blocks."""

_FAR = 0.05
"""Cost of a bar that the last part of a song is longer or shorter than it is to be."""


def fit_bars(choices: Sequence[Choice], total: int) -> Fit | None:
    """Return the cheapest lengths with ``sum(visits * bars) == total``; None where there are none.

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


def fit_parts(
    choices: Sequence[tuple[tuple[int, ...], dict[int, float]]], totals: Sequence[int], spare: int = 0
) -> Fit | None:
    """Return the cheapest lengths where each part of the song has a total of its own.

    A choice has the visits of its identity in each part, and the cost of each length. The last part may be
    ``spare`` bars longer or shorter, the nearer the better. None where there are no such lengths.
    """
    shape = (*(total + 1 for total in totals[:-1]), totals[-1] + spare + 1)
    best = np.full(shape, np.inf)
    best[(0,) * len(shape)] = 0.0
    taken: list[NDArray[np.int64]] = []
    for visits, costs in choices:
        cheapest = np.full(shape, np.inf)
        lengths = np.zeros(shape, dtype=np.int64)
        for bars, cost in sorted(costs.items()):
            spent = [bars * number for number in visits]
            if any(bars_spent >= size for bars_spent, size in zip(spent, shape, strict=True)):
                continue
            before = tuple(slice(0, size - n) for size, n in zip(shape, spent, strict=True))
            after = tuple(slice(n, size) for size, n in zip(shape, spent, strict=True))
            found = best[before] + sum(visits) * cost
            better = found < cheapest[after] - 1e-9
            cheapest[after][better] = found[better]
            lengths[after][better] = bars
        best = cheapest
        taken.append(lengths)
    ends = sorted(range(-min(spare, totals[-1] - 1), spare + 1), key=abs)
    reached = [(*totals[:-1], totals[-1] + more) for more in ends]
    left = min(reached, key=lambda at: float(best[at]) + _FAR * abs(at[-1] - totals[-1]))
    if not np.isfinite(best[left]):
        return None
    cost, found_bars = float(best[left]), list[int]()
    for (visits, _), lengths in zip(reversed(choices), reversed(taken), strict=True):
        bars = int(lengths[left])
        found_bars.append(bars)
        left = tuple(n - bars * number for n, number in zip(left, visits, strict=True))
    return Fit(tuple(reversed(found_bars)), cost)


def oddness(bars: int, blocks: int = 1) -> float:
    """Return the cost of a length that is not in fours, or not even in twos, or not in whole ``blocks``."""
    odd = 0.0 if bars % 4 == 0 else 0.6 if bars % 2 == 0 else 1.5
    return odd + _BROKEN_BLOCK * (bars % blocks > 0)
