"""Parts that are written in bars of one metre, with some of the bars in another.

A shorter bar is cut off at its end. A longer one goes on: drums, bass and arpeggio play the end of the bar
again, all others hold what they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import EARLY, Role
from structure.plans.score import Note, SectionScore, in_order

_GOING_ON: tuple[Role, ...] = ("drums", "bass", "arpeggio")
"""Roles that fill a longer bar with strokes of their own."""


@dataclass(frozen=True, slots=True)
class _Bars:
    """Bars of ``length`` quarters as they are written.

    ``starts`` are their starts in the section, in quarters, and its end.
    """

    length: Fraction
    starts: tuple[Fraction, ...]

    def lasts(self, bar: int) -> Fraction:
        """Return how many quarters a bar has in the section."""
        return self.starts[bar + 1] - self.starts[bar]

    def at(self, place: Fraction) -> tuple[int, Fraction]:
        """Return the bar of a written place, and the quarters since its downbeat; the end is in no bar."""
        bar = min(int(place // self.length), len(self.starts) - 1)
        return bar, place - bar * self.length

    def move(self, place: Fraction) -> Fraction:
        """Return where a written place lies in the section, at the latest at the end of its bar."""
        bar, rest = self.at(place)
        return (
            self.starts[bar]
            if bar + 1 == len(self.starts)
            else self.starts[bar] + min(rest, self.lasts(bar))
        )


def with_odd_bars(score: SectionScore, meter: Meter, meters: Sequence[Meter]) -> SectionScore:
    """Return a score that is written in ``meter`` with the bars in their own ``meters``."""
    if all(one == meter for one in meters):
        return score
    starts = accumulate((one.bar_quarters for one in meters), initial=Fraction(0))
    bars = _Bars(meter.bar_quarters, tuple(starts))

    # Chords that begin in their bars last up to the next.
    kept = []
    for chord in score.chords:
        bar, rest = bars.at(chord.onset)
        if bar + 1 < len(bars.starts) and rest < bars.lasts(bar):
            kept.append(chord)
    places = [*(bars.move(chord.onset) for chord in kept), bars.starts[-1]]
    chords = tuple(
        replace(chord, onset=start, duration=end - start)
        for chord, start, end in zip(kept, places, places[1:], strict=False)
    )

    parts = {}
    for name, part in score.parts.items():
        goes_on = part.role in _GOING_ON
        moved = [one for note in part.notes for one in _notes(note, bars, goes_on=goes_on)]
        notes = []
        struck_again: dict[int, Fraction] = {}
        for note in sorted(moved, key=in_order, reverse=True):
            # No note sounds on when its pitch is struck again.
            end = min(note.end, struck_again.get(note.pitch, note.end))
            if end > note.onset:
                notes.append(replace(note, duration=end - note.onset))
                struck_again[note.pitch] = note.onset
        controls = tuple(
            replace(control, points=tuple((bars.move(at), value) for at, value in control.points))
            for control in part.controls
        )
        if notes:
            parts[name] = replace(part, notes=tuple(sorted(notes, key=in_order)), controls=controls)
    return replace(score, chords=chords, parts=parts)


def _notes(note: Note, bars: _Bars, *, goes_on: bool) -> Iterator[Note]:
    """Yield a note in its bar, if it begins there, and again where the bar goes on."""
    bar, rest = bars.at(note.onset + EARLY)
    rest -= EARLY
    if bar + 1 == len(bars.starts) or rest >= bars.lasts(bar) - EARLY:
        return
    onset, end = bars.starts[bar] + rest, bars.move(note.end)
    more = bars.lasts(bar) - bars.length
    if more > 0 and goes_on and note.end <= (bar + 1) * bars.length:
        end = onset + note.duration
    yield replace(note, onset=onset, duration=max(end - onset, min(note.duration, EARLY)))
    if more <= 0 or not goes_on:
        return
    shift = min(more, bars.length)
    again = rest + shift
    while again < bars.lasts(bar):
        if again >= bars.length:
            begins = bars.starts[bar] + again
            length = min(note.duration, bars.starts[bar + 1] - begins)
            yield note.move_to(begins, length)
        again += bars.length
