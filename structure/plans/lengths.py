"""Visits that are shorter or longer than their section: which of its bars they play.

All end as their section ends. A shorter one plays its last bars; a longer one plays it again and again, and
its last bars once more where it is not a whole number of times as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.events import BRIEF, Event
from structure.plans.score import ChordEvent, Part, SectionScore, in_order

_SHORTEST = Fraction(1, 960)

Span = tuple[Fraction, Fraction]
Window = tuple[int, int]
"""The first bar of a section that is played, from 0, and the bar after the last."""


def windows(section: int, bars: int) -> tuple[Window, ...]:
    """Return the bars of a section of ``section`` bars that a visit of ``bars`` bars plays, in order."""
    whole, rest = divmod(bars, section)
    last = [(section - rest, section)] if rest else []
    return (*[(0, section)] * whole, *last)


def move_events(events: Sequence[Event], section: int, bars: int) -> tuple[Event, ...]:
    """Return the events of a section where they come in a visit of ``bars`` bars, in its order.

    One that lasts to the end of its section lasts to the end of the passage that plays the section.
    """
    if section == bars:
        return tuple(events)
    found: list[Event] = []
    at = 0
    for start, stop in windows(section, bars):
        is_last = at + stop - start == bars
        for event in events:
            if start < event.bar <= stop:
                lasts = event.bars
                if lasts is None and not is_last and event.do not in BRIEF:
                    lasts = stop + 1 - event.bar
                found.append(replace(event, bar=event.bar + at - start, bars=lasts))
        at += stop - start
    return tuple(found)


def of_length(score: SectionScore, plain: SectionScore, bars: int, bar: Fraction) -> SectionScore:
    """Return the score of a visit of ``bars`` bars, each ``bar`` quarters long.

    Its last bars are those of ``score``; what comes before a last whole time is of ``plain``, the same
    section where it neither ends a song nor turns to another key.
    """
    places = windows(score.bars, bars)
    sources = [plain] * (len(places) - 1) + [score]
    parts: dict[str, Part] = {}
    chords: list[ChordEvent] = []
    at = 0
    for source, (first_bar, last_bar) in zip(sources, places, strict=True):
        start, stop, by = first_bar * bar, last_bar * bar, (at - first_bar) * bar
        for chord in source.chords:
            onset, end = max(chord.onset, start), min(chord.end, stop)
            if onset < end:
                chords.append(replace(chord, onset=onset + by, duration=end - onset))

        for name, part in source.parts.items():
            before = parts.get(name, Part(part.role, ()))
            notes = list(before.notes)
            for note in part.notes:
                if start <= note.onset + EARLY < stop:
                    onset = max(note.onset, start)
                    lasts = max(min(note.end, stop) - onset, _SHORTEST)
                    notes.append(note.move_to(onset + by, lasts))
            controls = list(before.controls)
            for control in part.controls:
                points = tuple(
                    (place + by, value) for place, value in control.points if start <= place < stop
                )
                if points:
                    controls.append(replace(control, points=points))
            parts[name] = Part(part.role, tuple(sorted(notes, key=in_order)), tuple(controls))
        at += last_bar - first_bar
    kept = {name: part for name, part in parts.items() if part.notes}
    return SectionScore(bars, tuple(chords), kept)
