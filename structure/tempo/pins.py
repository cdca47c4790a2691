"""Tempi that bring bar lines to given times: between two of them, all tempi change by one factor."""

from __future__ import annotations

from collections.abc import Sequence

from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.tempo.steps import Steps, grid_of, meters_of, replaced, steps_of, tempo_at

_FINEST = 1_000_000
"""Greatest denominator of a tempo; over a minute that is far less than a sample."""

Pin = tuple[Fraction, Fraction]
"""A place in quarters from bar 1, and the seconds at which it is to be."""


def pinned(grid: Grid, pins: Sequence[Pin], end: Fraction) -> Grid:
    """Return a grid in which each pin (ascending in both) lies at its time.

    ``end`` is the song's last bar line. After the last pin, and within a stretch from one to the next,
    tempi keep their proportions.
    """
    steps, before, since = steps_of(grid), Fraction(0), Fraction(0)
    for place, seconds in pins:
        steps = _scaled(steps, before, place, seconds - since)
        before, since = place, seconds  # as asked: what is rounded here must not move the next stretch
    return grid if not pins else grid_of(steps, meters_of(grid), end, grid.sample_rate)


def _scaled(steps: Steps, start: Fraction, end: Fraction, seconds: Fraction) -> Steps:
    """Return the steps with those from ``start`` to ``end`` scaled to last ``seconds``."""
    factor = _lasts(steps, start, end) / seconds
    inside = tuple(
        (place, Fraction((tempo * factor).limit_denominator(_FINEST)))
        for place, tempo, _ in _inside(steps, start, end)
    )
    return replaced(steps, start, end, inside)


def _lasts(steps: Steps, start: Fraction, end: Fraction) -> Fraction:
    """Return the seconds from one place to another."""
    return sum((length * 60 / tempo for _, tempo, length in _inside(steps, start, end)), Fraction(0))


def _inside(steps: Steps, start: Fraction, end: Fraction) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Place, tempo and length of each step from ``start`` to ``end``."""
    places = [start, *(place for place, _ in steps if start < place < end)]
    return [
        (place, tempo_at(steps, place), following - place)
        for place, following in zip(places, [*places[1:], end], strict=True)
    ]
