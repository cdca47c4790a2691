"""Visits that are shorter or longer than their section: which of its bars they play.

All end as their section ends. A shorter one plays its last bars; a longer one plays it again and again, and
its last bars once more where it is not a whole number of times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.events import BRIEF, Event
from structure.plans.score import ChordEvent, Control, Note, Part, SectionScore, in_order

_SHORTEST = Fraction(1, 960)

Span = tuple[Fraction, Fraction]
Window = tuple[int, int]
"""The first bar of a section that is played, from 0, and the bar after the last."""


def windows(section: int, bars: int) -> tuple[Window, ...]:
    """Return the bars of a section of ``section`` bars that a visit of ``bars`` bars plays, in order."""
    whole, rest = divmod(bars, section)
    last = [(section - rest, section)] if rest else []
    return (*[(0, section)] * whole, *last)


def moved_events(events: Sequence[Event], section: int, bars: int) -> tuple[Event, ...]:
    """Return the events of a section where they come in a visit of ``bars`` bars, in its order."""
    if section == bars:
        return tuple(events)
    found: list[Event] = []
    at = 0
    for start, stop in windows(section, bars):
        inside = [event for event in events if start < event.bar <= stop]
        found += [_moved(event, at - start, stop, is_last=at + stop - start == bars) for event in inside]
        at += stop - start
    return tuple(found)


def _moved(event: Event, by: int, stop: int, *, is_last: bool) -> Event:
    """Return an event some bars later.

    One that lasts to the end of its section is to last up to the bar ``stop``, unless ``is_last``.
    """
    lasts = event.bars
    if lasts is None and not is_last and event.do not in BRIEF:
        lasts = stop + 1 - event.bar
    return replace(event, bar=event.bar + by, bars=lasts)


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
    for source, (start, stop) in zip(sources, places, strict=True):
        span, by = (start * bar, stop * bar), (at - start) * bar
        chords += _chords(source.chords, span, by)
        for name, part in source.parts.items():
            before = parts.get(name, Part(part.role, ()))
            parts[name] = _joined(before, part, span, by)
        at += stop - start
    kept = {name: part for name, part in parts.items() if part.notes}
    return SectionScore(bars, tuple(chords), kept)


def _chords(chords: Sequence[ChordEvent], span: Span, by: Fraction) -> Iterator[ChordEvent]:
    for chord in chords:
        start, end = max(chord.onset, span[0]), min(chord.end, span[1])
        if start < end:
            yield replace(chord, onset=start + by, duration=end - start)


def _joined(before: Part, part: Part, span: Span, by: Fraction) -> Part:
    """Return a part, followed by what another one plays in a span, moved by some quarters."""
    notes = (*before.notes, *_notes(part.notes, span, by))
    controls = (*before.controls, *_controls(part.controls, span, by))
    return Part(part.role, tuple(sorted(notes, key=in_order)), controls)


def _notes(notes: Sequence[Note], span: Span, by: Fraction) -> Iterator[Note]:
    for note in notes:
        if span[0] <= note.onset + EARLY and note.onset + EARLY < span[1]:
            onset = max(note.onset, span[0])
            lasts = max(min(note.end, span[1]) - onset, _SHORTEST)
            yield note.placed(onset + by, lasts)


def _controls(controls: Sequence[Control], span: Span, by: Fraction) -> Iterator[Control]:
    for control in controls:
        points = tuple((at + by, value) for at, value in control.points if span[0] <= at < span[1])
        if points:
            yield replace(control, points=points)
