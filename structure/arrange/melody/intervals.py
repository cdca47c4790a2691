"""How likely intervals are in a song: after the one before, and with what may come next in mind."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

from structure.arrange.melody.counts import tune_counts
from structure.arrange.melody.habits import TuneHabits
from structure.presets.tunes import TuneStyle

LEAP = 5
"""Semitones from which on an interval is a leap and is answered by a step back."""

WIDEST = 12
"""Semitones of the widest interval."""

_SMOOTH = 0.004
_STEP, _THIRD = 2, 4
_TURN, _FAR_AFTER_LEAP = 0.01, 0.003
"""How likely an interval is after a leap that goes on in its direction, and one of more than a third."""

_REPEATED_FOREIGN, _LEFT_FOREIGN = 0.15, 0.01
"""How likely a note that is foreign to its chord is repeated, and left by more than a step."""

_BENT = {
    "pop": {0: 0.62, 1: 0.66, 3: 1.5, 4: 0.26, 5: 1.25, 6: 0.01, 7: 1.7, 10: 0.8, 11: 0.15, 12: 7.0},
    "folk": {
        **{-12: 6.0, -8: 6.0, -7: 1.4, -5: 1.0, -4: 1.3, -3: 1.55, -2: 1.0, -1: 1.6, 0: 0.35},
        **{1: 1.7, 2: 1.1, 3: 1.1, 4: 0.95, 5: 1.4, 7: 1.4, 8: 5.0, 12: 4.0},
    },
}
"""What the rules make of intervals is made up for: tones of the chord alone repeat too often, and leap by
thirds."""

_AGAIN = {"pop": (1.0, 1.0), "folk": (0.5, 2.2)}
"""How much rather than usual a pitch is repeated after a short note, and after one of a beat or more.

Fiddles play quarters again, and seldom eighths.
"""

_TURNS, _ROCKS = {"pop": 1.0, "folk": 0.6}, {"pop": 0.6, "folk": 0.3}
"""How much rather than usual a line goes back to the pitch from which it came, and does so a second time:
it would rock between two notes."""

_LOOKS_AHEAD = {"pop": False, "folk": True}
"""Whether a line has the next note in mind. Sung tunes that have move little and repeat much."""

_TONES = 12
_RARE = 40.0
"""What follows one interval counts for so many times that two were heard."""


class Intervals:
    """Knows how likely each interval is after each, in a song of some habits."""

    def __init__(self, habits: TuneHabits, tune: TuneStyle) -> None:
        counts = tune_counts(tune.like)
        sums: dict[int, int] = {}
        for steps in counts.steps.values():
            for interval, count in steps.items():
                sums[interval] = sums.get(interval, 0) + count
        everything = sum(sums.values())

        weights: dict[int, float] = {}
        bent = _BENT[tune.like]
        for step in range(-WIDEST, WIDEST + 1):
            # What the song has of an interval, against all tunes of its kind.
            own, mean = habits.figures.get(f"interval_{step}"), sums.get(step, 0) / everything
            tilt = 1.0 if own is None else (own + _SMOOTH) / (mean + _SMOOTH)
            times = tune.repeats if not step else tune.leaps if abs(step) >= LEAP else 1.0
            weights[step] = tilt * times * bent.get(step, bent.get(abs(step), 1.0))
        self._weights = weights
        self._again = _AGAIN[tune.like]
        self.looks_ahead = _LOOKS_AHEAD[tune.like]
        self._counts = counts
        self._rows: dict[int, dict[int, float]] = {
            before: {
                step: (counts.steps.get(before, {}).get(step, 0) + 0.5) * weight
                for step, weight in weights.items()
            }
            for before in weights
        }
        for before, row in self._rows.items():
            if before:
                row[-before] *= _TURNS[tune.like]
        self._turns, self._rocks = _TURNS[tune.like], _ROCKS[tune.like]
        self._runs: dict[tuple[int, int], Mapping[int, float]] = {}
        self._onward = {
            (before, is_foreign): _sum_by_tone(row, before, is_foreign=is_foreign)
            for before, row in self._rows.items()
            for is_foreign in (False, True)
        }

    def after(self, before: int, earlier: int | None = None) -> Mapping[int, float]:
        """Return how likely each interval is after one, and after the one before that, before the rules."""
        before = _clip(before)
        if earlier is None:
            return self._rows[before]
        pair = _clip(earlier), before
        if pair not in self._runs:
            found = self._counts.runs.get(pair)
            row = dict(self._rows[before]) if found is None else self._mix_run(before, found)
            if before and pair[0] == -before:
                row[-before] *= self._rocks
            self._runs[pair] = row
        return self._runs[pair]

    def _mix_run(self, before: int, found: Mapping[int, int]) -> dict[int, float]:
        """Return what follows two intervals, with what follows the second alone where that is rare."""
        steps = self._counts.steps[before]
        share = _RARE / sum(steps.values())
        row = {
            step: (found.get(step, 0) + share * steps.get(step, 0) + _SMOOTH) * weight
            for step, weight in self._weights.items()
        }
        if before:
            row[-before] *= self._turns
        return row

    def again(self, *, after_beat: bool) -> float:
        """Return how much rather than usual a pitch is repeated after a note of a beat or a shorter one."""
        return self._again[after_beat]

    def going_on(self, interval: int, pitch: int, following: Collection[int], *, is_foreign: bool) -> float:
        """Return how likely a line that comes by an interval to a pitch goes on to one of some tones.

        That is the share of what it would rather do. A line which soon has to be elsewhere thus sets out in
        time, and does not turn round at the last moment. It is 1 for tunes that do not look ahead.
        """
        if not self.looks_ahead:
            return 1.0
        shares = self._onward[_clip(interval), is_foreign]
        return sum(shares[(tone - pitch) % _TONES] for tone in following)


def keep_manners(before: int, interval: int, *, was_foreign: bool) -> float:
    """Return how well an interval keeps the rules: foreign notes go on by step, leaps are filled."""
    share = 1.0
    if was_foreign:
        share *= 1.0 if 0 < abs(interval) <= _STEP else _LEFT_FOREIGN if interval else _REPEATED_FOREIGN
    if abs(before) >= LEAP:
        share *= _TURN if interval * before > 0 else 1.0
        share *= _FAR_AFTER_LEAP if abs(interval) > _THIRD else 1.0
    return share


@lru_cache(maxsize=128)
def intervals_of(habits: TuneHabits, tune: TuneStyle) -> Intervals:
    """Return the intervals of a song of some habits."""
    return Intervals(habits, tune)


def _clip(interval: int) -> int:
    return max(-WIDEST, min(WIDEST, interval))


def _sum_by_tone(row: Mapping[int, float], before: int, *, is_foreign: bool) -> tuple[float, ...]:
    """Return the shares of intervals by their semitones up to the next tone of a class, 0 … 11.

    They are shares of all intervals that a line would make without regard to the rules of foreign notes.
    """
    sums = [0.0] * _TONES
    total = 0.0
    for interval, weight in row.items():
        total += weight * keep_manners(before, interval, was_foreign=False)
        sums[interval % _TONES] += weight * keep_manners(before, interval, was_foreign=is_foreign)
    return tuple(value / total for value in sums)
