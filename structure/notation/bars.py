"""Where the bars of a section lie, and its notes as they are written in bars of several metres."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from structure.arrange.swing import remove_swing
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter
from structure.notation.rhythm import as_written
from structure.plans.score import Note, in_order
from structure.presets.styles import Swing

_SIXTEENTH = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Bar:
    """Where a bar lies, in quarters from the section's downbeat, and its metre."""

    start: Fraction
    meter: Meter

    @property
    def end(self) -> Fraction:
        """Return the next bar line."""
        return self.start + self.meter.bar_quarters


def bar_places(grid: Grid, bars: int) -> list[Bar]:
    """Return the bars of a section whose grid counts from its downbeat."""
    starts = [grid.quarters_at_bar(bar) for bar in range(bars)]
    return [Bar(start, grid.span_at(start).meter) for start in starts]


def bar_at(places: Sequence[Bar], position: Fraction) -> int:
    """Return the index of the bar that a position lies in."""
    return bisect_right(places, position, key=lambda place: place.start) - 1


def notate(places: Sequence[Bar], notes: Sequence[Note], swing: Swing) -> list[Note]:
    """Return the notes as they are written, those that begin in bars of one metre by the rules of it.

    A note that is held into another metre ends there on a sixteenth, at the latest where its pitch is
    struck again.
    """
    end = places[-1].end
    found: list[Note] = []
    for meter, run in groupby(places, key=lambda place: place.meter):
        bars = list(run)
        start = bars[0].start
        inside = [
            replace(note, onset=note.onset - start)
            for note in notes
            if (start <= note.onset or start == 0) and (note.onset < bars[-1].end or bars[-1].end == end)
        ]
        written = as_written(remove_swing(inside, swing, meter), meter, end - start)
        found += [replace(note, onset=note.onset + start) for note in written]
    if len({place.meter for place in places}) == 1:
        return found

    # the ends of notes fit the bars of another metre that they reach into
    struck_again: dict[int, Fraction] = {}
    fitting = []
    for note in sorted(found, key=in_order, reverse=True):
        first, last = places[bar_at(places, note.onset)], places[bar_at(places, note.end)]
        until = note.end
        if last.meter != first.meter:
            until = last.start + (until - last.start) // _SIXTEENTH * _SIXTEENTH
        until = min(until, struck_again.get(note.pitch, until))
        if until > note.onset:
            fitting.append(replace(note, duration=until - note.onset))
        struck_again[note.pitch] = note.onset
    return fitting[::-1]
