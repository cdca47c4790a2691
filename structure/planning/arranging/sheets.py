"""Who plays how in each bar of a passage: the sheet that shapes are written on, and its events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from structure.base.types import EventKind
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import BRIEF, WHOLE_BAND, Event

State = Literal["out", "thin", "hold", "full"]
"""What one does in a bar: rest, play less, hold chords, or play as ever."""

_ATTENDING: tuple[EventKind, ...] = ("enter", "leave", "rest")
"""Events after which nobody else decides when a stem plays in the passage."""

_ALOOF: tuple[EventKind, ...] = (
    "ritardando",
    "accelerando",
    "fermata",
    "meter",
    "fade",
    "solo",
    "harmony",
    "octaves",
    "busier",
)
"""Events beside which others may come and go."""

_DRUMMERS: tuple[EventKind, ...] = ("half_time", "double_time", "fill")
"""Events of drums, beside which all others may come and go."""

_END = 2
"""Bars at the end of a song in which all who are there play."""

_CROWD = 3
"""Accompanying stems from which on two of them play in every bar; of fewer, and of an exact ensemble, one
does."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The states of each stem of a passage; one that is not here plays throughout."""

    lines: tuple[tuple[str, tuple[State, ...]], ...] = ()

    def states(self, name: str) -> tuple[State, ...] | None:
        """Return the states of a stem in each bar, None for one that plays throughout."""
        return dict(self.lines).get(name)

    def write_states(self, name: str, bars: Iterable[int], state: State, length: int) -> Sheet:
        """Return the sheet with a state of a stem in some bars, counted from 0, of ``length``."""
        lines = dict(self.lines)
        states = list(lines.get(name) or plain(length))
        for bar in bars:
            states[bar] = state
        lines[name] = tuple(states)
        return Sheet(tuple(lines.items()))


def plain(bars: int) -> tuple[State, ...]:
    """Return the states of one who plays as ever."""
    full: State = "full"
    return (full,) * bars


def find_silent_bars(passage: Passage, name: str) -> set[int]:
    """Return the bars in which what is asked for silences a stem that plays in a passage."""
    return bars_out(passage.find_asked(name), passage.bars)


def bars_out(events: Iterable[Event], bars: int) -> set[int]:
    """Return the bars in which entries, exits and rests of one stem silence it, of ``bars`` in all."""
    out: set[int] = set()
    turns = [(event.bar - 1, event) for event in events if event.do in _ATTENDING]
    for bar, event in sorted(turns, key=lambda turn: turn[0]):
        end = bars if event.bars is None else bar + event.bars
        if event.do == "enter":
            out |= set(range(bar))
            out |= set(range(end, bars)) if event.bars is not None else set()
        elif event.do == "leave":
            out |= set(range(bar, end))
        else:
            out |= set(range(bar, bar + (event.bars or 1)))
    return out


def free_bars(passage: Passage, member: Member) -> set[int]:
    """Return the bars in which the arranger may decide what a stem does.

    There are none where all come in together, after a pickup in the first bar.
    """
    asked = passage.find_asked(member.name)
    if any(event.do == "pickup" and event.bar == 1 for event in passage.asked):
        return set()
    if not passage.is_open or member.role == "lead" or any(event.do in _ATTENDING for event in asked):
        return set()
    if any(event.do == "answer" and event.stem == member.name for event in passage.events):
        return set()
    found = set(range(passage.bars - _END if passage.is_last else passage.bars))
    for event in passage.asked:
        is_others = event.do in _DRUMMERS and member.role != "drums"
        if is_others or event.do in _ALOOF or event.stem not in (member.name, WHOLE_BAND):
            continue
        usual = 1 if event.do in BRIEF else passage.bars
        found -= set(range(event.bar - 1, event.bar - 1 + (event.bars or usual)))
    if member.role == "drums":
        # Drums play throughout the arranger's own builds.
        for event in passage.events:
            if event.do == "build":
                found -= set(range(event.bar - 1, event.bar - 1 + (event.bars or passage.bars)))
    return found - passage.kept.get(member.name, frozenset())


def state_of(passage: Passage, sheet: Sheet, name: str, bar: int) -> State:
    """Return what a stem of the song does in a bar of a passage."""
    if name not in passage.members or bar in find_silent_bars(passage, name):
        return "out"
    states = sheet.states(name)
    return "full" if states is None else states[bar]


def has_enough(scene: Scene, passage: Passage, sheet: Sheet) -> bool:
    """Return whether a sheet leaves enough who play in every bar of a passage."""
    playing = scene.accompanying(passage)
    has_tune = any(member.role == "lead" for member in scene.playing(passage))
    is_crowd = has_tune and len(playing) >= _CROWD and not all(member.always for member in playing)
    needed = min(len(playing), 2 if is_crowd else 1)
    return all(
        sum(state_of(passage, sheet, member.name, bar) != "out" for member in playing) >= needed
        for bar in range(passage.bars)
    )


def fit_line(passage: Passage, member: Member, states: tuple[State, ...], *, may_rest: bool) -> Sheet:
    """Return a line of a stem as a passage can have it.

    It is plain where something else is asked of the stem. It has less instead of rests where the stem is to
    be heard, or would never be.
    """
    if passage.is_last:
        states = (*states[:-_END], *plain(min(_END, len(states))))
    if not may_rest or set(states) == {"out"}:
        states = tuple(less(member) if state == "out" else state for state in states)
    changed = {bar for bar, state in enumerate(states) if state != "full"}
    if not changed or not changed <= free_bars(passage, member):
        return Sheet()
    return Sheet(((member.name, states),))


def less(member: Member) -> State:
    """Return how a stem plays less: who has chords holds them, or strikes fewer where they are short.

    One that keeps on plays no less.
    """
    if member.keeps_on:
        return "full"
    return "hold" if member.role in ("bass", "chords") and not member.is_short else "thin"


def events_of(sheet: Sheet) -> list[Event]:
    """Return the events that a sheet is made of, in the order of their bars."""
    found: list[Event] = []
    for name, states in sheet.lines:
        bar = 1
        for state, run in groupby(states):
            bars = len(list(run))
            is_last = bar + bars > len(states)
            if state == "out" and bar == 1:
                found.append(Event(bar + bars, "enter", name))
            elif state == "out" and is_last:
                found.append(Event(bar, "leave", name))
            elif state == "out":
                found.append(Event(bar, "rest", name, bars=bars))
            elif state in ("thin", "hold"):
                found.append(replace(Event(bar, state, name), bars=None if is_last else bars))
            bar += bars
    return sorted(found, key=lambda event: event.bar)
