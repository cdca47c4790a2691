"""How a player varies a figure from bar to bar: a few small changes, which are a habit of the song.

A song has a small stock of changed forms of each figure, the same in all of its sections. A section plays
the written form and forms of the stock in an order of its own: its second phrase begins like its first, and
phrases end with something new.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from structure.arrange.context import SectionContext
from structure.arrange.figures import Event, Figure, FigureSet, bar_events, load_figures
from structure.base.exact import Fraction
from structure.base.sampling import pick, pick_weighted
from structure.base.types import Role

Edit = Literal["push", "delay", "drop", "add"]
"""A change of a bar: a note on a beat comes early, a note comes late, is left out, or is added."""

_PHRASE = 4
_STOCK = 9
"""Changed forms of a figure that a song has."""

_TURN = 0.85
"""How often the last bar of a phrase is changed, where a style varies its bars at all often."""

_AGAIN = 0.55
"""How often a bar of the second phrase is like that of the first."""

_TWICE = 0.5
"""How often a form has a second change."""

_WANTED = 3.0
"""How much likelier a note is added where another part plays with it."""

_SOFTER = {"X": "x", "B": "u", "8": "R", "3": "R", "7": "R"}
"""The sign of a note that is added, by the sign of the note in whose place it is."""

Bar = list[Event]


@dataclass(frozen=True)
class _Room:
    """Where in the section a bar lies, in quarters.

    Notes at the places ``fixed`` stay, and there may be more at those ``wanted``. ``step`` is an eighth, or
    a sixteenth where the figure has some.
    """

    start: Fraction
    end: Fraction
    beat: Fraction
    step: Fraction
    fixed: Collection[Fraction]
    wanted: Collection[Fraction]


def load_chosen_figures(role: Role, names: Mapping[str, str]) -> FigureSet:
    """Return the figures of a role by their names, for each base metre."""
    known = load_figures(role)
    return {base: Figure.of(base, known[name]["pattern"]) for base, name in names.items()}


def vary_events(
    role: Role,
    names: Mapping[str, str],
    ctx: SectionContext,
    stem: str,
    wanted: Collection[Fraction] = (),
) -> list[Event]:
    """Return the signs of a figure over a section, with the bars changed that the style would change.

    ``names`` are those of the figure for each base metre. Notes are rather added at the places ``wanted``,
    in quarters from the section's downbeat.
    """
    known = [load_figures(role)[name] for name in names.values()]
    edits = [edit for edit in _EDITS if all(edit in figure.get("edits", _EDITS) for figure in known)]
    who = (role, stem, *names.values())
    amount = ctx.style.variety.get(role, 0.0) if edits else 0.0
    rng = ctx.habit(*who, "taste")
    taste = {edit: 0.25 + 1.5 * rng.random() ** 2 for edit in edits}

    figures = load_chosen_figures(role, names)
    beat, length = ctx.meter.beat_quarters, ctx.meter.bar_quarters
    half = beat / 3 if ctx.meter.is_compound else beat / 2
    fixed = frozenset(chord.onset for chord in ctx.chords)
    found: list[Event] = []
    for index, form in enumerate(bar_forms(ctx, amount, who)):
        bar = bar_events(figures, ctx.meter, index)
        if form:
            is_fine = not ctx.meter.is_compound and any(event.onset % half for event in bar)
            step = half / 2 if is_fine else half
            room = _Room(index * length, (index + 1) * length, beat, step, fixed, wanted)
            bar = _change_bar(bar, form, room, ctx, taste, who)
        found += bar
    return found


def bar_forms(ctx: SectionContext, amount: float, who: Sequence[str]) -> list[int]:
    """Return the form of each bar of a section: 0 is as written, others are of the song's stock."""
    if amount <= 0:
        return [0] * ctx.bars
    rng = ctx.rng(*who, "forms")
    forms: list[int] = []
    for index in range(ctx.bars):
        is_turn = index % _PHRASE == _PHRASE - 1
        point, again = rng.random(), rng.random()
        form = 1 + int(rng.random() ** 1.3 * _STOCK)
        if index % (2 * _PHRASE) >= _PHRASE and not is_turn and again < _AGAIN:
            forms.append(forms[index - _PHRASE])
        else:
            chance = max(amount, _TURN * min(1.0, 2 * amount)) if is_turn else amount
            forms.append(form if point < chance else 0)
    return forms


def _change_bar(
    bar: Bar, form: int, room: _Room, ctx: SectionContext, taste: Mapping[Edit, float], who: Sequence[str]
) -> Bar:
    """Return a bar with the changes of one form of the stock, as far as it bears them."""
    if not bar:
        return bar
    rng = ctx.habit(*who, form)
    for _ in range(2 if rng.random() < _TWICE else 1):
        first = pick_weighted(rng, taste)
        for edit in (first, *(own for own in taste if own != first)):
            changed = _EDITS[edit](bar, room, rng)
            if changed is not None:
                bar = changed
                break
    return bar


def _push(bar: Bar, room: _Room, rng: random.Random) -> Bar | None:
    onsets = {event.onset for event in bar}
    able = [
        event
        for event in _movable(bar, room)
        if event.onset % room.beat == 0
        and event.onset - room.step > room.start
        and event.onset - room.step not in onsets
    ]
    if not able:
        return None
    note = pick(rng, able)
    moved = replace(note, onset=note.onset - room.step, duration=note.duration + room.step)
    return _in_place(moved, [event for event in bar if event is not note])


def _delay(bar: Bar, room: _Room, rng: random.Random) -> Bar | None:
    able = [event for event in _movable(bar, room) if event.duration >= 2 * room.step]
    if not able:
        return None
    note = pick(rng, able)
    moved = replace(note, onset=note.onset + room.step, duration=note.duration - room.step)
    return _in_place(moved, _hold_to(note.onset, moved.onset, bar, note))


def _drop(bar: Bar, room: _Room, rng: random.Random) -> Bar | None:
    able = _movable(bar, room)
    if len(bar) < 3 or not able:
        return None
    note = pick(rng, able)
    return _hold_to(note.onset, note.onset + note.duration, bar, note)


def _add(bar: Bar, room: _Room, rng: random.Random) -> Bar | None:
    """Return a bar with a note added within a held one or in a rest, late in the bar rather than early.

    None where there is no place for it.
    """
    onsets = {event.onset for event in bar}
    count = int((room.end - room.start) / room.step)
    free = [at for k in range(1, count) if (at := room.start + k * room.step) not in onsets]
    if not free:
        return None
    length = room.end - room.start
    place = pick_weighted(
        rng, {at: 1.0 + _WANTED * (at in room.wanted) + float((at - room.start) / length) for at in free}
    )
    before = next((event for event in reversed(bar) if event.onset < place), bar[0])
    end = before.onset + before.duration
    end = min([end if end > place else place + room.step, *(at for at in onsets if at > place)])
    return _in_place(Event(place, end - place, _SOFTER.get(before.sign, before.sign)), bar)


def _movable(bar: Bar, room: _Room) -> list[Event]:
    """Return the notes that may move: not the first beat, and not where a chord begins."""
    return [event for event in bar if event.onset != room.start and event.onset not in room.fixed]


def _hold_to(old: Fraction, new: Fraction, bar: Bar, without: Event) -> Bar:
    """Return a bar without one note; what was held up to ``old`` is held up to ``new``."""
    return [
        replace(event, duration=new - event.onset) if event.onset + event.duration == old else event
        for event in bar
        if event is not without
    ]


def _in_place(note: Event, others: Bar) -> Bar:
    """Return the notes with one more; what sounds where it begins ends there."""
    cut = [
        replace(event, duration=note.onset - event.onset)
        if event.onset < note.onset < event.onset + event.duration
        else event
        for event in others
    ]
    return sorted([*cut, note], key=lambda event: event.onset)


_EDITS: Mapping[Edit, Callable[[Bar, _Room, random.Random], Bar | None]] = {
    "push": _push,
    "delay": _delay,
    "drop": _drop,
    "add": _add,
}
