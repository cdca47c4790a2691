"""What wishes ask to happen inside the visits of a song, as events on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from structure.base.types import EventKind
from structure.forms.places import Layout
from structure.planning.attendance import is_pulse, melodies_of, solo_visit, soloist_of, traded_bars
from structure.planning.called import stems_called
from structure.planning.dynamics import Swell
from structure.planning.stems import PlannedStem
from structure.planning.visit_plan import VisitPlan
from structure.plans.events import Event
from structure.specs.wishes import When, Wish, Wishes

_LONGEST_FADE = 16
"""Bars of a fade in a section that is longer."""

_LONG_STOP, _SHORT_STOP = 2, 1
"""Beats of silence before a bar line, in bars of four beats or more and in others."""

_WINDOWS: Mapping[str, EventKind] = {"build": "build", "stop_time": "stop_time"}
"""Events that last over the bars of their place."""

_PULSES: tuple[EventKind, ...] = ("half_time", "double_time")
"""Events that change the pulse of the drums, which may be wished for as grooves too."""

Placed = tuple[int, Event]
"""A visit, from 0, and what happens in it."""


def with_happenings(
    visits: Sequence[VisitPlan],
    wishes: Wishes,
    stems: Sequence[PlannedStem],
    layout: Layout,
    stretches: Sequence[Swell],
) -> list[VisitPlan]:
    """Return the visits with the events that wishes ask for; entries and rests are no part of them."""
    found = list(visits)
    placed = [event for wish in wishes.wishes for event in _events(wish, stems, layout)]
    placed += [event for swell in stretches for event in _swelling(swell, found, layout)]
    for visit, event in placed:
        if event not in found[visit].events:
            found[visit] = replace(found[visit], events=(*found[visit].events, event))
    return found


def ends_without_hold(wishes: Wishes) -> bool:
    """Return whether a song fades out or stops short, so that no last chord is held."""
    return any(
        wish.kind == "event"
        and wish.polarity == "want"
        and wish.what in ("stop", "fade")
        and wish.where.section is None
        and (wish.when is None or wish.when.edge == "end")
        for wish in wishes.wishes
    )


def _events(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    for kind in _PULSES:
        if is_pulse(wish, kind):
            yield from _windows(kind, "all", layout.bars_for(wish), layout)
    if wish.kind != "event" or wish.polarity != "want":
        return
    if wish.what in _WINDOWS and (wish.where.section or wish.when):
        yield from _windows(_WINDOWS[wish.what], "all", layout.bars_for(wish), layout)
    elif wish.what == "fade":
        yield from _fade(wish, layout)
    elif wish.what == "stop":
        yield from _stop(wish, layout)
    elif wish.what == "solo":
        visit, soloist = solo_visit(wish, layout), soloist_of(wish, stems)
        if visit is not None and soloist is not None:
            yield visit, Event(1, "solo", soloist)
    elif wish.what == "double":
        yield from _doubling(wish, stems, layout)
    elif wish.what in ("answer", "trade"):
        melodies = melodies_of(wish, stems)
        if len(melodies) > 1:
            kind: EventKind = "answer" if wish.what == "answer" else "trade"
            yield from _windows(kind, melodies[1], traded_bars(wish, layout), layout)


def _doubling(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    called = stems_called(wish.where.stem, stems) if wish.where.stem else ()
    leads = [stem.plan.name for stem in stems if stem.plan.role == "lead"]
    doubler = next((name for name in called if name != (leads or [""])[0]), "all")
    yield from _windows("double", doubler, layout.bars_for(wish), layout)


def _windows(kind: EventKind, stem: str, bars: Sequence[int], layout: Layout) -> Iterator[Placed]:
    """An event in each visit that has some of the bars."""
    for visit in range(len(layout.names)):
        own = layout.bars_of(visit)
        inside = [bar for bar in bars if bar in own]
        if inside:
            lasts = None if inside[-1] == own.stop - 1 else inside[-1] + 1 - inside[0]
            yield visit, Event(inside[0] + 1 - own.start, kind, stem, bars=lasts)


def _fade(wish: Wish, layout: Layout) -> Iterator[Placed]:
    """In over the first section, or out over the last, or over the place that is named."""
    if wish.where.section is not None:
        visits = layout.visits(wish.where)
    elif wish.when is not None and wish.when.edge == "start":
        bars = layout.bars_of(0)
        yield 0, Event(1, "fade", bars=min(len(bars), _LONGEST_FADE))
        return
    else:
        visits = [len(layout.names) - 1]
    for visit in visits:
        bars = layout.bars_of(visit)
        yield visit, Event(max(1, len(bars) + 1 - _LONGEST_FADE), "fade")


def _stop(wish: Wish, layout: Layout) -> Iterator[Placed]:
    """All stop just before a bar line; at the end of the song after a last stroke on one."""
    if wish.when is None and wish.where.section is None:
        line: int | None = layout.end
    else:
        line = layout.line(wish.when or When(edge="end"), wish.where)
    if line is None or line == 0:
        return
    visit = layout.visit_at(line - 1)
    bar = line - layout.starts[visit]
    beats = layout.grid.meter.beats_per_bar
    silence = _LONG_STOP if beats >= 2 * _LONG_STOP else _SHORT_STOP
    beat = min(2, beats) if line == layout.end else beats + 1 - silence
    yield visit, Event(bar, "stop", beat=Fraction(beat))


def _swelling(swell: Swell, visits: Sequence[VisitPlan], layout: Layout) -> Iterator[Placed]:
    """A crescendo within one visit, or its players who leave one by one."""
    visit = layout.visit_at(swell.start)
    own = layout.bars_of(visit)
    if swell.end > own.stop:
        return
    first, length = swell.start - own.start, swell.end - swell.start
    if not swell.falls:
        yield visit, Event(first + 1, "build", bars=None if swell.end == own.stop else length)
        return
    leaving = [stem.plan.name for stem in visits[visit].stems][: max(1, len(visits[visit].stems) - 1)]
    for n, name in enumerate(leaving):
        bar = first + 1 + length // 3 + n * max(1, length // (3 * len(leaving)))
        if length >= 3 and bar <= first + length:
            yield visit, Event(bar, "leave", name)
