"""Tempi that bring bar lines to given times: between two of them, all tempi change by one factor."""

from __future__ import annotations

from collections.abc import Sequence

from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.tempo.steps import grid_of, meters_of, replace_steps, steps_of, tempo_at

_FINEST = 1_000_000
"""Greatest denominator of a tempo; over a minute that is far less than a sample."""

Pin = tuple[Fraction, Fraction]
"""A place in quarters from bar 1, and the seconds at which it is to be."""


def apply_pins(grid: Grid, pins: Sequence[Pin], end: Fraction) -> Grid:
    """Return a grid in which each pin (ascending in both) lies at its time.

    ``end`` is the song's last bar line. After the last pin, and within a stretch from one to the next,
    tempi keep their proportions.
    """
    steps, before, since = steps_of(grid), Fraction(0), Fraction(0)
    for pin, seconds in pins:
        places = [before, *(place for place, _ in steps if before < place < pin)]
        tempi = [tempo_at(steps, place) for place in places]
        lengths = [after - place for place, after in zip(places, [*places[1:], pin], strict=True)]
        lasts = sum((n * 60 / tempo for n, tempo in zip(lengths, tempi, strict=True)), Fraction(0))

        factor = lasts / (seconds - since)
        scaled = [Fraction((tempo * factor).limit_denominator(_FINEST)) for tempo in tempi]
        steps = replace_steps(steps, before, pin, tuple(zip(places, scaled, strict=True)))
        before, since = pin, seconds  # as asked: what is rounded here must not move the next stretch
    return grid if not pins else grid_of(steps, meters_of(grid), end, grid.sample_rate)
