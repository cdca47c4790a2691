"""Bars that bring downbeats to the moments of a picture, before tempi do the rest.

A song is planned first as if there were no picture. Then each moment takes the downbeat that costs least:
sections begin there if they can, become longer or shorter by whole bars, and a bar before it may have beats
more or less. What is left is for the tempo between two moments. The cheapest way for all of them together
is found by dynamic programming. What lies between two moments is fitted by itself, so that a recut leaves
the other stretches as they were.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import accumulate

WIDEST = 0.35
"""The logarithm of the most that a tempo is changed by: 1.42 times as fast, or 0.70."""

_ODD_BAR = 1.2
_NEAR = 12.0
"""Seconds by which a moment and the downbeat of the plan that it takes may at least lie apart."""

_FAR = 0.3
"""And as a share of the moment's time."""

_EASY = 0.02
"""A logarithm of tempi that nobody hears."""

_WORST = math.inf


@dataclass(frozen=True, slots=True)
class Stretch:
    """A visit as it is planned: its bars, the seconds of a bar and the beats in it.

    ``most`` is the most beats that a bar of it may have. ``is_firm`` says that its bars are given and stay.
    """

    bars: int
    bar_s: float
    beats: int
    most: int
    is_firm: bool = False

    @property
    def beat_s(self) -> float:
        """Return the seconds of one beat."""
        return self.bar_s / self.beats


@dataclass(frozen=True, slots=True)
class OddBar:
    """A bar of a visit, both counted from 0, that has more or fewer ``beats`` than the others."""

    visit: int
    bar: int
    beats: int


@dataclass(frozen=True, slots=True)
class HitFit:
    """What brings downbeats to moments: the bars of each visit, and bars with a beat more or less.

    ``downbeats`` holds for each moment the bar of the song that begins there, counted from 0; None where no
    bar can begin there.
    """

    bars: tuple[int, ...]
    odd: tuple[OddBar, ...]
    downbeats: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """Bars of one visit between two moments.

    ``ends`` says that the visit ends with them; only such bars can become more or fewer.
    """

    visit: int
    bars: int
    ends: bool


@dataclass(frozen=True, slots=True)
class _Way:
    """How the pieces between two moments are met, and what it costs."""

    cost: float
    bars: tuple[int, ...] = ()
    odd: int = 0


def fit_hits(visits: Sequence[Stretch], hits: Sequence[float], end_s: float | None = None) -> HitFit:
    """Return the bars that bring downbeats to ``hits`` (seconds, ascending) in a song of ``end_s`` seconds.

    Where not all can be met, those go first that come soonest after the one before them, or the start.
    """
    met = list(range(len(hits)))
    while met:
        found = _Fitting(tuple(visits), tuple(hits[i] for i in met), end_s).solve()
        if found is not None:
            downbeats: list[int | None] = [None] * len(hits)
            for i, bar in zip(met, found.downbeats, strict=True):
                downbeats[i] = bar
            return replace(found, downbeats=tuple(downbeats))
        times = [hits[i] for i in met]
        gaps = [after - before for before, after in zip([0.0, *times], times, strict=False)]
        del met[gaps.index(min(gaps))]
    return HitFit(tuple(visit.bars for visit in visits), (), (None,) * len(hits))


class _Fitting:
    """The search. A place is a downbeat of the plan, counted from 0."""

    def __init__(self, visits: tuple[Stretch, ...], hits: tuple[float, ...], end_s: float | None) -> None:
        self._visits, self._hits, self._end_s = visits, hits, end_s
        self._starts = tuple(accumulate((visit.bars for visit in visits), initial=0))
        self._owner = [i for i, visit in enumerate(visits) for _ in range(visit.bars)]
        self._lines = tuple(accumulate((visits[i].bar_s for i in self._owner), initial=0.0))
        self._met = lru_cache(maxsize=None)(self._way)

    def solve(self) -> HitFit | None:
        """Return the cheapest way for all moments; None where there is none."""
        costs: dict[int, float] = {0: 0.0}
        back: list[dict[int, int]] = []
        before = 0.0
        for hit in self._hits:
            reached: dict[int, float] = {}
            came: dict[int, int] = {}
            for place in self._near(hit):
                ways = (
                    (cost + self._met(start, place, round(hit - before, 6)).cost, start)
                    for start, cost in costs.items()
                    if start < place
                )
                cost, start = min(ways, default=(_WORST, 0))
                if cost < _WORST:
                    reached[place], came[place] = cost + self._place_cost(place), start
            if not reached:
                return None
            costs, before = reached, hit
            back.append(came)
        rests = {place: cost + self._rest(place, before).cost for place, cost in costs.items()}
        last = min(rests, key=lambda place: (rests[place], place))
        places = [last]
        for came in reversed(back):
            places.append(came[places[-1]])
        return self._write_fit(places[::-1]) if rests[last] < _WORST else None

    def _near(self, hit: float) -> Iterator[int]:
        """Yield the downbeats of the plan that a moment may take, the last bar line excepted."""
        scale = max(1.0, hit / (0.9 * self._lines[-1]))  # a plan that is too short is stretched
        reach = max(_NEAR, _FAR * hit)
        for place in range(1, len(self._owner)):
            if abs(self._lines[place] * scale - hit) <= reach:
                yield place

    def _place_cost(self, place: int) -> float:
        """Return what it costs that a moment is not where a section begins."""
        offset = place - self._starts[self._owner[place]]
        if offset == 0:
            return 0.0
        return 2.0 if offset % 4 == 0 else 2.5 if offset % 2 == 0 else 3.0

    def _pieces(self, start: int, end: int) -> list[_Piece]:
        found = []
        for visit in range(self._owner[start], self._owner[end - 1] + 1):
            first, last = max(start, self._starts[visit]), min(end, self._starts[visit + 1])
            found.append(_Piece(visit, last - first, last == self._starts[visit + 1]))
        return found

    def _way(self, start: int, end: int, seconds: float) -> _Way:
        """Return the cheapest way to make the bars from one place to another last ``seconds``."""
        planned = self._lines[end] - self._lines[start]
        if not 0.4 * seconds - _NEAR / 2 <= planned <= 2.2 * seconds + _NEAR / 2:
            return _Way(_WORST)
        pieces = self._pieces(start, end)
        last = self._visits[pieces[-1].visit]
        missing = (seconds - planned) / max(
            (self._visits[piece.visit].bar_s for piece in pieces if piece.ends), default=last.bar_s
        )
        best = _Way(_WORST)
        for more in {math.floor(missing), math.ceil(missing), 0}:
            bars, cost = self._stretch(pieces, more)
            if cost >= best.cost:
                continue
            lasts = sum(n * self._visits[p.visit].bar_s for n, p in zip(bars, pieces, strict=True))
            for odd in self._odd_bars(last, (seconds - lasts) / last.beat_s):
                # The tempo does the rest, as far as it may change.
                played = lasts + odd * last.beat_s
                change = abs(math.log(played / seconds)) if played > 0 else _WORST
                if change > WIDEST:
                    continue
                whole = cost + 120.0 * max(0.0, change - _EASY) ** 2
                whole += _ODD_BAR + 0.1 * abs(odd) if odd else 0.0
                if whole < best.cost:
                    best = _Way(whole, bars, odd)
        return best

    def _rest(self, start: int, before: float) -> _Way:
        """Return the bars after the last moment: as planned, or as many as a given length takes."""
        pieces = self._pieces(start, len(self._owner))
        planned = tuple(piece.bars for piece in pieces)
        if self._end_s is None:
            return _Way(0.0, planned)
        missing = self._end_s - before - (self._lines[-1] - self._lines[start])
        bars, cost = self._stretch(pieces, round(missing / self._visits[-1].bar_s))
        return _Way(cost, bars) if cost < _WORST else _Way(4.0 + abs(missing), planned)

    def _odd_bars(self, visit: Stretch, missing: float) -> set[int]:
        """Return by how many beats the last bar may be longer or shorter where ``missing`` are missing."""
        choices = {0, math.floor(missing), math.ceil(missing)}
        return {n for n in choices if 2 <= visit.beats + n <= min(visit.most, visit.beats * 3 // 2)}

    def _stretch(self, pieces: Sequence[_Piece], more: int) -> tuple[tuple[int, ...], float]:
        """Return the bars of the pieces with ``more`` bars added where it costs least, and the cost.

        ``more`` is below 0 where bars are to be taken away.
        """
        bars = [piece.bars for piece in pieces]
        spent = 0.0
        while more:
            step = int(math.copysign(2 if abs(more) > 1 else 1, more))
            costs = [
                (self._bars_cost(piece, n + step) - self._bars_cost(piece, n), i)
                for i, (piece, n) in enumerate(zip(pieces, bars, strict=True))
                if piece.ends and not self._visits[piece.visit].is_firm and n + step >= 1
            ]
            if not costs:
                return tuple(bars), _WORST
            cost, i = min(costs)
            bars[i] += step
            spent += cost
            more -= step
        return tuple(bars), spent

    def _bars_cost(self, piece: _Piece, bars: int) -> float:
        """Return what it costs that a piece has so many bars."""
        visit = self._visits[piece.visit]
        whole = visit.bars - piece.bars + bars
        odd = 0.0 if whole % 4 == 0 else 0.4 if whole % 2 == 0 else 1.0
        usual = 0.0 if visit.bars % 4 == 0 else 0.4 if visit.bars % 2 == 0 else 1.0
        short = 2.0 if whole < min(2, visit.bars) else 0.0
        return max(0.0, odd - usual) + 2.0 * abs(math.log2(whole / visit.bars)) + short

    def _write_fit(self, places: Sequence[int]) -> HitFit:
        """Return the bars of all visits, by the places that the moments take; the first is the start."""
        bars = [0] * len(self._visits)
        odd: list[OddBar] = []
        downbeats: list[int] = []
        times = (0.0, *self._hits)
        for i, start in enumerate(places):
            if i + 1 < len(places):
                pieces = self._pieces(start, places[i + 1])
                way = self._met(start, places[i + 1], round(times[i + 1] - times[i], 6))
            else:
                pieces, way = self._pieces(start, len(self._owner)), self._rest(start, times[-1])
            for piece, n in zip(pieces, way.bars, strict=True):
                bars[piece.visit] += n
            if way.odd:
                visit = pieces[-1].visit
                odd.append(OddBar(visit, bars[visit] - 1, self._visits[visit].beats + way.odd))
            downbeats.append(sum(bars))
        return HitFit(tuple(bars), tuple(odd), tuple(downbeats[:-1]))
