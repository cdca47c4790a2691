"""Curves of the mix as DAWs hold them: (sample, value) with straight lines in between.

Levels are exact. Filters are those of the DAW, at the frequencies of ours; sends are what moves above the
stem's usual one, since that stays in its sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

import numpy as np

from render.mixing.moves import RAMP_S, curve_values, gains_of, span_of
from structure.base.grid import Grid
from structure.plans.curves import OPEN_HZ, SHUT_HZ, Curve, Parameter

Points = tuple[tuple[int, float], ...]

FILTERS: tuple[Parameter, ...] = ("low_pass_hz", "high_pass_hz")
SENDS: tuple[Parameter, ...] = ("reverb", "delay")
REMADE: frozenset[Parameter] = frozenset({*FILTERS, *SENDS})
"""What projects move by themselves besides levels; stems without that have to be mixed again."""

NEUTRAL: dict[Parameter, float] = {"low_pass_hz": OPEN_HZ, "high_pass_hz": SHUT_HZ}
"""Where a filter lets everything through."""

_STEP_S = 0.0625
_LEAST_GAIN = 0.01


def level_points(curves: Sequence[Curve], grid: Grid, samples: int) -> Points:
    """Return the gains of a stem's curves of levels, from its first sample to its end.

    The levels are followed down to -40 dB; what lies below is left in the sound.
    """
    whole = np.ones(samples + 1)
    places = {0, samples}
    for curve in curves:
        first, last = span_of(curve, grid, samples)
        if curve.parameter == "gain_db" and last > first:
            whole[first:last] *= gains_of(curve, grid, first, last)
            places |= {*_places(first, last, grid), max(0, first - 1), last - 1}
    return tuple((place, max(float(whole[place]), _LEAST_GAIN)) for place in sorted(places))


def filter_points(
    curves: Sequence[Curve], parameter: Literal["low_pass_hz", "high_pass_hz"], grid: Grid, samples: int
) -> Points:
    """Return how a filter of a stem moves, in Hz; () where it does not.

    It comes from where it lets everything through, and goes back there, within 10 ms at each end. Of two
    curves in one place, the one that takes more counts.
    """
    furthest = min if parameter == "low_pass_hz" else max
    found = dict(_moving(curves, parameter, NEUTRAL[parameter], grid, samples, furthest))
    return _whole(found, NEUTRAL[parameter], samples)


def send_points(
    curves: Sequence[Curve], parameter: Literal["reverb", "delay"], usual: float, grid: Grid, samples: int
) -> Points:
    """Return what a stem sends above the ``usual``, from 0 to 1; () where that never moves."""
    found = dict(_moving(curves, parameter, usual, grid, samples, max))
    return _whole({place: max(0.0, value - usual) for place, value in found.items()}, 0.0, samples)


def _moving(
    curves: Sequence[Curve],
    parameter: Parameter,
    neutral: float,
    grid: Grid,
    samples: int,
    furthest: Callable[[Iterable[float]], float],
) -> Iterator[tuple[int, float]]:
    """Yield where the curves of a parameter are, at all places where one of them has a point."""
    whole = [(curve, *span_of(curve, grid, samples)) for curve in curves if curve.parameter == parameter]
    spans = [(curve, first, last) for curve, first, last in whole if last > first]
    for place in sorted({place for _, first, last in spans for place in _places(first, last, grid)}):
        here = [
            float(curve_values(curve, grid, place, place + 1)[0])
            for curve, first, last in spans
            if first < place < last
        ]
        yield place, furthest([neutral, *here])


def _places(first: int, last: int, grid: Grid) -> set[int]:
    """Return where a curve needs points: its ends, 10 ms inside of them, and steps in between."""
    ramp, step = (round(seconds * grid.sample_rate) for seconds in (RAMP_S, _STEP_S))
    inside = {min(first + ramp, last), max(first, last - ramp)}
    return inside | {first, last, *range(first + step, last, step)}


def _whole(found: dict[int, float], neutral: float, samples: int) -> Points:
    """Return points from the first sample to the end; () where nothing moves."""
    if all(value == neutral for value in found.values()):
        return ()
    return tuple(sorted({0: neutral, samples: neutral, **found}.items()))
