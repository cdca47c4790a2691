"""The frame of each visit, and the grid that they make one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter
from structure.plans.events import Event
from structure.tempo.steps import (
    grid_of,
    limit_tempo,
    meters_of,
    replace_steps,
    steps_of,
    tempo_at,
    with_ramp,
)

_HELD_BACK, _PUSHED = Fraction(13, 20), Fraction(27, 20)
"""Share of the tempo at the end of a ritardando, and of an accelerando, where nobody says."""

_PULSES = {Fraction(1), Fraction(3, 2)}
"""Beats, in quarters, that last equally long where one follows the other."""

_HELD = Fraction(1, 2)
"""Share of the tempo under a fermata: its beat lasts twice as long."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Metre, tempo and length of a visit. ``is_tempo_given`` says that the user wrote the tempo.

    ``events`` are what happens in it; only those that change its metre or its tempo count here.
    """

    bars: int
    meter: Meter
    quarters_per_minute: Fraction
    is_tempo_given: bool = False
    events: tuple[Event, ...] = ()

    @property
    def meters(self) -> tuple[Meter, ...]:
        """Return the metre of every bar."""
        found = [self.meter] * self.bars
        for event in self.events:
            if event.do == "meter" and event.meter is not None:
                for bar in range(event.bar - 1, min(self.bars, event.bar - 1 + (event.bars or 1))):
                    found[bar] = event.meter
        return tuple(found)

    @property
    def tempo_bpm(self) -> Fraction:
        """Return the beats a minute."""
        return self.quarters_per_minute / self.meter.beat_quarters


def frame_tempo(song: Grid, meter: Meter, tempo_bpm: float | None) -> Fraction:
    """Return the quarters a minute of a section in ``meter``.

    Where its tempo is left out, a dotted quarter of 6/8 is as long as a quarter of 4/4, and between other
    metres a quarter stays a quarter.
    """
    if tempo_bpm is not None:
        return Fraction(str(tempo_bpm)) * meter.beat_quarters
    first = song.spans[0]
    if {first.meter.beat_quarters, meter.beat_quarters} == _PULSES:
        return limit_tempo(first.tempo_bpm * meter.beat_quarters)
    return first.quarters_per_minute


def build_written_grid(frames: Sequence[Frame], sample_rate: int) -> Grid:
    """Return the grid of visits one after another, without what happens inside them save their metres."""
    steps: list[tuple[Fraction, Fraction]] = []
    meters: list[tuple[Fraction, Meter]] = []
    place = Fraction(0)
    for frame in frames:
        steps.append((place, frame.quarters_per_minute))
        for meter in frame.meters:
            if not meters or meter != meters[-1][1]:
                meters.append((place, meter))
            place += meter.bar_quarters
    return grid_of(tuple(steps), meters, place, sample_rate)


def with_moments(grid: Grid, frames: Sequence[Frame]) -> Grid:
    """Return a grid with the ritardandi, accelerandi and fermatas of the visits' events.

    ``frames`` has one frame for each visit, in order. A fermata halves the tempo for one beat.
    """
    steps, first = steps_of(grid), 0
    for frame in frames:
        # Ramps come first: a fermata holds what they lead to.
        events = [event for event in frame.events if event.do in ("ritardando", "accelerando")]
        events += [event for event in frame.events if event.do == "fermata"]
        for event in events:
            downbeat = grid.quarters_at_bar(first + event.bar - 1)
            beat = grid.span_at(downbeat).meter.beat_quarters
            start = downbeat + (event.beat - 1) * beat
            last = frame.bars if event.bars is None else min(frame.bars, event.bar - 1 + event.bars)
            stop = start + beat if event.do == "fermata" else grid.quarters_at_bar(first + last)
            if start >= stop:
                continue

            if event.do == "fermata":
                places = [start, *(place for place, _ in steps if start < place < stop)]
                held = tuple((place, limit_tempo(tempo_at(steps, place) * _HELD)) for place in places)
                steps = replace_steps(steps, start, stop, held)
            else:
                share = _HELD_BACK if event.do == "ritardando" else _PUSHED
                if event.tempo is not None:
                    share = event.tempo * frame.meter.beat_quarters / tempo_at(steps, start)
                steps = with_ramp(steps, start, stop, share)
        first += frame.bars
    end = grid.quarters_at_bar(first)
    return grid if steps == steps_of(grid) else grid_of(steps, meters_of(grid), end, grid.sample_rate)
