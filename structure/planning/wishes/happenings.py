"""What wishes ask to happen inside the visits of a song, as events on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.labels import REFRAINS
from structure.base.types import EventKind
from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.players.called import stems_called
from structure.planning.players.stems import PlannedStem
from structure.planning.players.visit_plan import VisitPlan
from structure.planning.wishes.attendance import (
    bars_held,
    find_traded_bars,
    is_pulse,
    melodies_of,
    solo_visit,
    soloist_of,
)
from structure.planning.wishes.dynamics import Swell, bars_building, is_break
from structure.plans.events import Event
from structure.specs.wishes import When, Wish, Wishes, is_loop, is_song_wide

_LONGEST_FADE = 16
"""Bars of a fade in a section that is longer."""

_LONG_STOP, _SHORT_STOP = 2, 1
"""Beats of silence before a bar line, in bars of four beats or more and in others."""

_STOPPED = ("bridge", "solo", "instrumental", "verse", "head")
"""Kinds of section in which a band plays stop time where nobody says when, the likeliest first."""

_TRADERS = ("drums", "bass", "chords")
"""Who trades with a melody where no other has one."""

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
    placed: list[Placed] = []
    for wish in wishes.wishes:
        for pulse in _PULSES:
            if is_pulse(wish, pulse):
                placed += _windows(pulse, "all", layout.bars_for(wish), layout)
        if wish.kind == "event" and wish.polarity == "want":
            placed += _place_events(wish, stems, layout)

    # A crescendo that lies in one visit is a build; the players of one that falls leave one by one.
    for swell in stretches:
        visit = layout.visit_at(swell.start)
        own, length = layout.bars_of(visit), swell.end - swell.start
        first = swell.start + 1 - own.start
        if swell.end > own.stop:
            continue
        if not swell.falls:
            bars = None if swell.end == own.stop else length
            placed.append((visit, Event(first, "build", bars=bars)))
            continue
        leaving = [stem.plan.name for stem in visits[visit].stems]
        leaving = leaving[: max(1, len(leaving) - 1)]
        for n, name in enumerate(leaving):
            bar = first + length // 3 + n * max(1, length // (3 * len(leaving)))
            if length >= 3 and bar < first + length:
                placed.append((visit, Event(bar, "leave", name)))

    # Who has a solo does not trade in it.
    found = list(visits)
    solos = {visit for visit, event in placed if event.do == "solo"}
    placed = [(visit, event) for visit, event in placed if event.do != "trade" or visit not in solos]
    for visit, event in placed:
        if event not in found[visit].events:
            found[visit] = replace(found[visit], events=(*found[visit].events, event))
    return found


def ends_without_hold(wishes: Wishes) -> bool:
    """Return whether a song holds no last chord: it fades out, stops short, ends on shots or goes round."""
    return is_loop(wishes) or any(
        wish.kind == "event"
        and wish.polarity == "want"
        and (wish.what in ("stop", "fade") or (wish.what == "shot" and wish.when is not None))
        and wish.where.section is None
        and (wish.when is None or wish.when.edge == "end")
        for wish in wishes.wishes
    )


def _place_events(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield the events that a wish asks for, each with its visit."""
    if wish.what in _BAND:
        yield from _BAND[wish.what](wish, stems, layout)
    elif wish.what == "push":
        yield from _windows("push", "all", layout.bars_for(wish), layout)
    elif wish.what == "double":
        called = stems_called(wish.where.stem, stems) if wish.where.stem else ()
        leads = [stem.plan.name for stem in stems if stem.plan.role == "lead"]
        doubler = next((name for name in called if name not in leads[:1]), "all")
        yield from _windows("double", doubler, layout.bars_for(wish), layout)
    elif wish.what == "stop" or (wish.what == "rest" and is_break(wish)):
        # All stop just before a bar line, or at the end of the song after a last stroke on one.
        line = layout.end if is_song_wide(wish) else layout.line(wish.when or When(edge="end"), wish.where)
        if line is not None and line > 0:
            visit = layout.visit_at(line - 1)
            beats = layout.meter_at(line - 1).beats_per_bar
            silence = _LONG_STOP if beats >= 2 * _LONG_STOP else _SHORT_STOP
            beat = min(2, beats) if line == layout.end else beats + 1 - silence
            yield visit, Event(line - layout.starts[visit], "stop", beat=Fraction(beat))
            if line == layout.end and beat > 1:
                # Who plays between the beats alone strikes with the others, so that all end together.
                yield visit, Event(line - layout.starts[visit], "shot")
    elif wish.what == "fade":
        yield from _fade(wish, layout)
    elif wish.what == "tag":
        # The last line is played again as often as the wish says.
        visit = len(layout.names) - 1
        for n in range(max(1, int(wish.amount or 2) - 1)):
            yield visit, Event(max(1, len(layout.bars_of(visit)) - n), "tag")
    elif wish.what == "solo":
        place, soloist = solo_visit(wish, layout), soloist_of(wish, stems)
        if place is not None and soloist is not None:
            yield place, Event(1, "solo", soloist)


def _turns(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield the calls and answers of two melodies.

    A trade may also be between a melody and a player who has none.
    """
    melodies = melodies_of(wish, stems)
    kind: EventKind = "answer"
    if wish.what == "trade":
        kind = "trade"
        melodies += [s.plan.name for role in _TRADERS for s in stems if s.plan.role == role]
    if len(melodies) > 1:
        yield from _windows(kind, melodies[1], find_traded_bars(wish, layout), layout)


def _lines(wish: Wish, layout: Layout) -> list[int]:
    """Return the bar lines before which something happens, counted in bars from the song's start.

    For a time that names a place, these are the starts of its visits, or for ``after`` the end of its
    first. For any other time it is the line of that time; for a time at a bar, the line after the bar. For
    a section alone, these are the ends of its visits. Without time and section, these are the starts of the
    refrains, or of all visits but the first where there are no refrains. The song's own start is never one.
    """
    when = wish.when
    if when is not None and when.place is not None and when.relation != "after":
        lines = [layout.starts[visit] for visit in layout.visits(when.place)]
    elif when is not None:
        line = layout.line(when, wish.where)
        is_in_bar = when.bar is not None and when.relation == "at"
        lines = [] if line is None else [line + is_in_bar]
    elif wish.where.section is not None:
        lines = [layout.starts[visit + 1] for visit in layout.visits(wish.where)]
    else:
        lines = [layout.starts[i] for i, name in enumerate(layout.names) if section_kind(name) in REFRAINS]
        lines = lines or list(layout.starts[1:-1])
    return [line for line in lines if 0 < line <= layout.end]


def _fill(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield fills in the last bar before each line, or in as many bars as a fill lasts.

    The melody fills where nobody drums.
    """
    pitched = [stem for stem in stems if stem.plan.role != "drums"]
    called = stems_called(wish.where.stem, pitched) if wish.where.stem else ()
    if not called and len(pitched) == len(stems):
        called = tuple(stem.plan.name for stem in stems if stem.plan.role == "lead")
    for line in _lines(wish, layout):
        visit = layout.visit_at(line - 1)
        bars = min(int(wish.amount or 1), line - layout.starts[visit])
        yield visit, Event(line - bars + 1 - layout.starts[visit], "fill", (*called, "all")[0], bars=bars)


def _build(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield the builds up to a place or over one: of who is named, else of all."""
    if is_song_wide(wish):
        return
    for name in stems_called(wish.where.stem, stems) if wish.where.stem else ("all",):
        yield from _windows("build", name, bars_building(wish, layout), layout)


def _fermata(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield the events that let all hold the bars before each line.

    A fermata also waits on the last beat. Stems that are named hold the bars of the wish instead. Nothing
    is added at the end of the song, which is held anyway.
    """
    called = stems_called(wish.where.stem, stems) if wish.where.stem else ()
    if called:
        for name in called:
            yield from _windows("hold", name, bars_held(wish, layout), layout)
        return
    is_at_end = wish.where.section is None and (wish.when is None or wish.when.edge == "end")
    for line in () if is_at_end else _lines(wish, layout):
        visit = layout.visit_at(line - 1)
        bars = min(int(wish.amount or 1), line - layout.starts[visit])
        bar = line - bars + 1 - layout.starts[visit]
        yield visit, Event(bar, "hold", bars=bars)
        if wish.what == "hold":
            # Melodies move over what all hold, save where holding is all that is asked for.
            for name in (stem.plan.name for stem in stems if stem.plan.role == "lead"):
                yield visit, Event(bar, "hold", name, bars=bars)
        if wish.what == "fermata":
            beat = Fraction(layout.meter_at(line - 1).beats_per_bar)
            yield visit, Event(line - layout.starts[visit], "fermata", beat=beat)


def _shot(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield the short strokes that a wish asks for.

    A stem that is named strikes on the first beat of all bars of the place. All players strike once at the
    start of the place. Where no place is given, they strike in the middle of each section that leads to a
    refrain. At the end of a place, or of the song, they strike as often as the wish says.
    """
    called = stems_called(wish.where.stem, stems) if wish.where.stem else ()
    if called:
        for name in called:
            for visit, event in _windows("shot", name, layout.bars_for(wish), layout):
                rest = len(layout.bars_of(visit)) + 1 - event.bar
                yield visit, replace(event, bars=event.bars or rest)
        return
    if wish.when is not None and wish.when.edge == "end":
        for visit in layout.visits(wish.where) if wish.where.section else [len(layout.names) - 1]:
            beats = layout.meter_at(layout.bars_of(visit)[-1]).beats_per_bar
            for beat in range(1, min(int(wish.amount or 1), max(1, beats - 1)) + 1):
                yield visit, Event(len(layout.bars_of(visit)), "shot", beat=Fraction(beat))
    elif is_song_wide(wish):
        for visit in {layout.visit_at(line - 1): None for line in _lines(wish, layout)}:
            yield visit, Event((len(layout.bars_of(visit)) + 1) // 2, "shot")
    elif bars := layout.bars_for(wish):
        visit = layout.visit_at(bars[0])
        yield visit, Event(bars[0] + 1 - layout.starts[visit], "shot")


def _stop_time(wish: Wish, _stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield stop time over the bars of the place, or of the last section of the likeliest kind.

    It is in such a section where no place is said.
    """
    bars = layout.bars_for(wish)
    if is_song_wide(wish):
        kinds = [section_kind(name) for name in layout.names]
        likely = (i for kind in _STOPPED for i in reversed(range(len(kinds))) if kinds[i] == kind)
        bars = list(layout.bars_of(next(likely, 0)))
    yield from _windows("stop_time", "all", bars, layout)


def _pickup(wish: Wish, stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield a pickup before a place, or in the first bar of the song where none is before it."""
    line = layout.line(wish.when or When(edge="start"), wish.where)
    if line is None:
        return
    visit = layout.visit_at(max(0, line - 1))
    leads = [stem.plan.name for stem in stems if stem.plan.role == "lead"]
    # A band without any melody leads up with its bass.
    pitched = [stem.plan.name for stem in stems if stem.plan.role not in ("lead", "drums")]
    leader = leads or (pitched if len(pitched) == 1 else ["all"])
    yield visit, Event(max(1, line - layout.starts[visit]), "pickup", leader[0])


def _impact(wish: Wish, _stems: Sequence[PlannedStem], layout: Layout) -> Iterator[Placed]:
    """Yield an impact on the first beat of each visit of a place.

    Where no place is said, refrains begin with one, and the song ends on one.
    """
    if wish.when is not None:
        lines = [layout.line(wish.when, wish.where)]
    else:
        visits = layout.visits(wish.where)
        if wish.where.section is None:
            visits = [visit for visit in visits if section_kind(layout.names[visit]) in REFRAINS]
        lines = [layout.starts[visit] for visit in visits]
        lines += [layout.end] if wish.where.section is None else []
    for line in (line for line in lines if line is not None):
        bar = min(line, layout.end - 1)
        visit = layout.visit_at(bar)
        yield visit, Event(bar + 1 - layout.starts[visit], "impact")


def _windows(kind: EventKind, stem: str, bars: Sequence[int], layout: Layout) -> Iterator[Placed]:
    """Yield an event in each visit that has some of the bars."""
    for visit in range(len(layout.names)):
        own = layout.bars_of(visit)
        inside = [bar for bar in bars if bar in own]
        if inside:
            lasts = None if inside[-1] == own.stop - 1 else inside[-1] + 1 - inside[0]
            yield visit, Event(inside[0] + 1 - own.start, kind, stem, bars=lasts)


def _fade(wish: Wish, layout: Layout) -> Iterator[Placed]:
    """Yield a fade: in over the first section, out over the last, or out over the place that is named."""
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


_BAND: Mapping[str, Callable[[Wish, Sequence[PlannedStem], Layout], Iterator[Placed]]] = {
    "answer": _turns,
    "trade": _turns,
    "fill": _fill,
    "build": _build,
    "fermata": _fermata,
    "hold": _fermata,
    "shot": _shot,
    "stop_time": _stop_time,
    "pickup": _pickup,
    "impact": _impact,
}
"""Events of several players, and where each of them is."""
