"""Key and tempo that change at a place, as wishes say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from structure.base.grid import Grid, Span
from structure.base.labels import kind_of
from structure.forms.places import Layout
from structure.specs.wishes import LAST, When, Wish, Wishes

_STEP_UP = 2
"""Semitones of a change of key of which nobody says how far it goes."""

_FURTHEST = 12

_SLOWER, _FASTER = Fraction(4, 5), Fraction(5, 4)
"""Share of the song's tempo in a place that is slow, or fast."""

_RAMP_BARS = 2
"""Bars of a ritardando or an accelerando."""

_RAMP_STEP = Fraction(1, 2)
"""Quarters of one step of a ramp."""

_HELD_BACK, _PUSHED = Fraction(13, 20), Fraction(27, 20)
"""Share of the tempo at the end of a ritardando, and of an accelerando."""

_SLOWEST, _FASTEST = Fraction(20), Fraction(400)
"""Beats a minute beyond which no change of tempo leads."""


def lifts(wishes: Wishes, layout: Layout, last_refrain: int) -> list[int]:
    """Return the semitones by which each visit lies above its section's own key.

    A change lasts to the end of the song, save in a section that does not return and is not the last
    refrain. Where no place is said, the last refrain rises.
    """
    found = [0] * len(layout.names)
    for wish in wishes.wishes:
        if wish.kind != "key" or wish.what not in ("up", "down", "change") or wish.polarity == "avoid":
            continue
        size = int(wish.amount) if wish.amount else _STEP_UP
        size = min(size, _FURTHEST) * (-1 if wish.what == "down" else 1)
        for visit in _lifted(wish, layout, last_refrain):
            found[visit] = max(-_FURTHEST, min(_FURTHEST, found[visit] + size))
    return found


def _lifted(wish: Wish, layout: Layout, last_refrain: int) -> Sequence[int]:
    every = range(len(layout.names))
    if wish.when is not None and wish.when.edge != "end":
        line = layout.line(wish.when, wish.where)
        return [i for i in every if line is not None and layout.starts[i] + 1 > line]
    if wish.where.section is None:
        return [i for i in every if i >= last_refrain]
    visits = layout.visits(wish.where)
    if not visits:
        return ()
    first = visits[-1]
    if wish.where.visit == LAST or first == last_refrain or layout.names.count(layout.names[first]) > 1:
        return [i for i in every if i >= first]
    return [first]


def asked_key(wishes: Wishes, name: str) -> str | None:
    """Return the key that is asked for in all visits of a section, None where none is."""
    return next(
        (
            wish.what
            for wish in wishes.wishes
            if wish.kind == "key"
            and wish.polarity == "want"
            and wish.when is None
            and wish.where.visit is None
            and wish.where.section is not None
            and kind_of(wish.where.section) == kind_of(name)
            and wish.what[:1].isupper()
        ),
        None,
    )


def changed_grid(grid: Grid, wishes: Wishes, layout: Layout) -> Grid:
    """Return a steady grid with the tempi that places are to have, and with ramps in steps of an eighth."""
    bar = grid.meter.bar_quarters
    tempi = [(bar * start, tempo) for start, tempo in _tempi_of_places(grid, wishes, layout)]
    base = grid.spans[0].quarters_per_minute
    found = [span for span in grid.spans if span.start == 0]
    for at, share in tempi:
        found = [span for span in found if span.start < at] + [Span(at, _bounded(base * share), grid.meter)]
    for start, end, last in _ramps(wishes, layout):
        found = _with_ramp(found, bar * start, bar * end, last, grid, bar * layout.end)
    kept = [span for i, span in enumerate(found) if i == 0 or not span.goes_on(found[i - 1])]
    return Grid(tuple(kept), grid.sample_rate) if len(kept) > 1 else grid


def _bounded(quarters_per_minute: Fraction) -> Fraction:
    return min(max(quarters_per_minute, _SLOWEST), _FASTEST)


def _tempi_of_places(grid: Grid, wishes: Wishes, layout: Layout) -> Iterator[tuple[int, Fraction]]:
    """The bars at which the tempo changes, in order, and the share of the song's that it then has."""
    shares = [Fraction(1)] * layout.end
    for wish in wishes.wishes:
        is_placed = wish.where.section is not None or wish.when is not None
        share = (
            _share(wish, grid) if wish.kind == "tempo" and wish.polarity != "avoid" and is_placed else None
        )
        for bar in layout.bars_for(wish) if share is not None else ():
            shares[bar] = share or shares[bar]
    for bar, share in enumerate(shares):
        if (bar and share != shares[bar - 1]) or (not bar and share != 1):
            yield bar, share


def _share(wish: Wish, grid: Grid) -> Fraction | None:
    if wish.what == "bpm" and wish.amount:
        return Fraction(str(wish.amount)) / grid.tempo_bpm
    return {"slow": _SLOWER, "fast": _FASTER}.get(wish.what)


def _ramps(wishes: Wishes, layout: Layout) -> Iterator[tuple[int, int, Fraction]]:
    """First bar, bar after the last, and share of the tempo at the end, of each ramp."""
    for wish in wishes.wishes:
        if (
            wish.kind != "event"
            or wish.what not in ("ritardando", "accelerando")
            or wish.polarity == "avoid"
        ):
            continue
        last = _HELD_BACK if wish.what == "ritardando" else _PUSHED
        whole = wish.when is None and wish.where.section is None
        line = layout.end if whole else layout.line(wish.when or When(edge="end"), wish.where)
        if line is None or line == 0:
            continue
        bars = int(wish.amount) if wish.amount else _RAMP_BARS
        yield (0 if whole and wish.what == "accelerando" else max(0, line - bars)), line, last


def _with_ramp(
    spans: Sequence[Span], start: Fraction, end: Fraction, last: Fraction, grid: Grid, song_end: Fraction
) -> list[Span]:
    """The spans with a staircase from the tempo at ``start`` to ``last`` of it, and the old tempo after."""
    before = [span for span in spans if span.start < start]
    at_start = next(span for span in reversed(spans) if span.start <= start)
    at_end = next(span for span in reversed(spans) if span.start <= end)
    step = max(_RAMP_STEP, grid.meter.bar_quarters * ((end - start) // (64 * _RAMP_STEP)) / 4)
    count = int((end - start) // step)
    ramp = [
        Span(
            start + n * step,
            _bounded(at_start.quarters_per_minute * (1 + (last - 1) * Fraction(n + 1, count))),
            grid.meter,
        )
        for n in range(count)
    ]
    after = [Span(end, at_end.quarters_per_minute, grid.meter)] if end < song_end else []
    return [*before, *ramp, *after, *(span for span in spans if span.start > end)]
