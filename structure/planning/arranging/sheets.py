"""Who plays how in each bar of a passage: the sheet that shapes are written on, and its events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from structure.base.types import EventKind
from structure.planning.arranging.scene import Member, Passage, Scene
from structure.plans.events import WHOLE_BAND, Event

State = Literal["out", "thin", "hold", "full"]
"""What one does in a bar: rest, play less, hold chords, or play as ever."""

_ATTENDING: tuple[EventKind, ...] = ("enter", "leave", "rest")
"""Events after which nobody else decides when a stem plays in the passage."""

_BRIEF: tuple[EventKind, ...] = ("shot", "impact", "stop", "fill", "pickup")
"""Events that last a bar where nothing else is said; others last to the end of the passage."""

_ALOOF: tuple[EventKind, ...] = ("ritardando", "accelerando", "fermata", "meter", "fade", "solo")
"""Events beside which others may come and go."""

_END = 2
"""Bars at the end of a song in which all who are there play."""

_CROWD = 3
"""Accompanying stems from which on two of them play in every bar; of fewer one does."""

_SPARE = 0.1
"""Share of the bars that those who are asked for have beyond what they need."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The states of each stem of a passage; one that is not here plays throughout."""

    lines: tuple[tuple[str, tuple[State, ...]], ...] = ()

    def states(self, name: str) -> tuple[State, ...] | None:
        """Return the states of a stem in each bar, None for one that plays throughout."""
        return dict(self.lines).get(name)

    def written(self, name: str, bars: Iterable[int], state: State, length: int) -> Sheet:
        """Return the sheet with a state of a stem in some bars, counted from 0, of ``length``."""
        lines = dict(self.lines)
        states = list(lines.get(name, ("full",) * length))
        for bar in bars:
            states[bar] = state
        lines[name] = tuple(states)
        return Sheet(tuple(lines.items()))


def asked_out(passage: Passage, name: str) -> set[int]:
    """Return the bars in which what is asked for silences a stem that plays in a passage."""
    out: set[int] = set()
    turns = [(event.bar - 1, event) for event in passage.asked_of(name) if event.do in _ATTENDING]
    for bar, event in sorted(turns, key=lambda turn: turn[0]):
        end = passage.bars if event.bars is None else bar + event.bars
        if event.do == "enter":
            out |= set(range(bar))
            out |= set(range(end, passage.bars)) if event.bars is not None else set()
        elif event.do == "leave":
            out |= set(range(bar, end))
        else:
            out |= set(range(bar, bar + (event.bars or 1)))
    return out


def free_bars(passage: Passage, member: Member) -> set[int]:
    """Return the bars in which the arranger may decide what a stem does."""
    asked = passage.asked_of(member.name)
    if not passage.is_open or member.role == "lead" or any(event.do in _ATTENDING for event in asked):
        return set()
    found = set(range(passage.bars - _END if passage.is_last else passage.bars))
    for event in passage.asked:
        if event.do in _ALOOF or event.stem not in (member.name, WHOLE_BAND):
            continue
        usual = 1 if event.do in _BRIEF else passage.bars
        found -= set(range(event.bar - 1, event.bar - 1 + (event.bars or usual)))
    return found - passage.kept.get(member.name, frozenset())


def state_of(passage: Passage, sheet: Sheet, name: str, bar: int) -> State:
    """Return what a stem of the song does in a bar of a passage."""
    if name not in passage.members or bar in asked_out(passage, name):
        return "out"
    states = sheet.states(name)
    return "full" if states is None else states[bar]


def is_playable(scene: Scene, passage: Passage, sheet: Sheet) -> bool:
    """Return whether a sheet keeps to what is free, silences nobody throughout, and leaves enough who play
    in every bar."""
    playing = scene.accompanying(passage)
    for name, states in sheet.lines:
        changed = {bar for bar, state in enumerate(states) if state != "full"}
        if name not in passage.members or not changed <= free_bars(passage, scene.member(name)):
            return False
        if set(states) == {"out"}:
            return False
    needed = min(len(playing), 2 if len(playing) >= _CROWD and _has_tune(scene, passage) else 1)
    return all(_heard(playing, passage, sheet, bar) >= needed for bar in range(passage.bars))


def _has_tune(scene: Scene, passage: Passage) -> bool:
    return any(member.role == "lead" for member in scene.playing(passage))


def _heard(playing: Iterable[Member], passage: Passage, sheet: Sheet, bar: int) -> int:
    return sum(state_of(passage, sheet, member.name, bar) != "out" for member in playing)


def fitted(scene: Scene, passage: Passage, sheet: Sheet) -> Sheet:
    """Return what a passage can have of the sheet of its section: the lines of those who play in it, where
    nothing else is asked of them; nothing where too few would be left."""
    lines = tuple(
        (name, states)
        for name, states in sheet.lines
        if is_playable(scene, passage, Sheet(((name, states),)))
    )
    found = Sheet(lines)
    return found if is_playable(scene, passage, found) else Sheet()


def are_heard(scene: Scene, sheets: Iterable[Sheet]) -> bool:
    """Return whether all who are asked for still play in enough bars of the song."""
    pairs = list(zip(scene.passages, sheets, strict=True))
    for member in scene.members:
        share = member.share + _SPARE if member.share else 0.0
        open_to = [pair for pair in pairs if member.name not in pair[0].closed]
        heard = sum(_bars_of(member.name, passage, sheet) for passage, sheet in open_to)
        if share and heard < share * sum(passage.bars for passage, _ in open_to):
            return False
    return True


def _bars_of(name: str, passage: Passage, sheet: Sheet) -> int:
    if name not in passage.members:
        return 0
    states = sheet.states(name)
    rests = 0 if states is None else sum(state == "out" for state in states)
    return passage.bars - rests - len(asked_out(passage, name))


def events_of(sheet: Sheet) -> list[Event]:
    """Return the events that a sheet is made of, in the order of their bars."""
    found = [event for name, states in sheet.lines for event in _line_events(name, states)]
    return sorted(found, key=lambda event: event.bar)


def _line_events(name: str, states: tuple[State, ...]) -> Iterator[Event]:
    bar, length = 1, len(states)
    for state, run in groupby(states):
        bars = len(list(run))
        last = bar + bars > length
        if state == "out" and bar == 1:
            yield Event(bar + bars, "enter", name)
        elif state == "out" and last:
            yield Event(bar, "leave", name)
        elif state == "out":
            yield Event(bar, "rest", name, bars=bars)
        elif state in ("thin", "hold"):
            yield replace(Event(bar, state, name), bars=None if last else bars)
        bar += bars
