"""Tempi as steps: lists of places and of the quarters a minute that hold from there on."""

from __future__ import annotations

from collections.abc import Sequence

from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter, Span

SLOWEST, FASTEST = Fraction(20), Fraction(400)
"""Quarters a minute beyond which no change of tempo leads."""

EIGHTH = Fraction(1, 2)
"""Quarters of one step of a ramp."""

Steps = tuple[tuple[Fraction, Fraction], ...]
"""Places, in quarters from bar 1, and the quarters a minute that hold from there on; in order, from 0."""


def limit_tempo(quarters_per_minute: Fraction) -> Fraction:
    """Return a tempo within what a song may have."""
    return min(max(quarters_per_minute, SLOWEST), FASTEST)


def steps_of(grid: Grid) -> Steps:
    """Return the tempi of a grid."""
    return tuple((span.start, span.quarters_per_minute) for span in grid.spans)


def tempo_at(steps: Steps, place: Fraction) -> Fraction:
    """Return the quarters a minute that hold at a place."""
    return next(tempo for start, tempo in reversed(steps) if start <= place)


def replace_steps(steps: Steps, start: Fraction, end: Fraction, inside: Steps) -> Steps:
    """Return the steps with others from ``start`` to ``end``."""
    before = tuple(step for step in steps if step[0] < start)
    after = tuple(step for step in steps if step[0] > end)
    return (*before, *inside, (end, tempo_at(steps, end)), *after)


def with_ramp(
    steps: Steps, start: Fraction, end: Fraction, last: Fraction, step: Fraction = EIGHTH
) -> Steps:
    """Return the steps with a staircase from the tempo at ``start`` to ``last`` times that tempo.

    After ``end``, what held there holds again. ``step`` is the length of a stair in quarters; the last may
    be longer.
    """
    tempo = tempo_at(steps, start)
    count = max(1, int((end - start) // step))
    ramp = tuple(
        (start + n * step, limit_tempo(tempo * (1 + (last - 1) * Fraction(n + 1, count))))
        for n in range(count)
    )
    return replace_steps(steps, start, end, ramp)


def grid_of(
    steps: Steps, meters: Sequence[tuple[Fraction, Meter]], end: Fraction, sample_rate: int
) -> Grid:
    """Return the grid of tempi and of ``meters``, which hold from their places on.

    Nothing begins at the end of the song.
    """
    places = sorted({place for place, _ in (*steps, *meters) if place < end})
    spans: list[Span] = []
    for place in places:
        meter = next(meter for start, meter in reversed(meters) if start <= place)
        span = Span(place, tempo_at(steps, place), meter)
        if not spans or not span.goes_on(spans[-1]):
            spans.append(span)
    return Grid(tuple(spans), sample_rate)


def meters_of(grid: Grid) -> list[tuple[Fraction, Meter]]:
    """Return the metres of a grid, from their places on."""
    return [(span.start, span.meter) for span in grid.spans]
