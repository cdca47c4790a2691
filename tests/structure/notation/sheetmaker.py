"""Plans with a melody written out by hand, for tests of what is notated."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from structure.base.grid import Grid, Meter
from structure.harmony.chords import parse_symbol
from structure.harmony.pitch import pitch_class
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from tests.builders import make_plan, make_visit

Tune = Sequence[tuple[Any, Any, int]]
"""Onset and length in quarters, and MIDI pitch."""


def chord_events(text: str, meter: Meter) -> tuple[ChordEvent, ...]:
    """``"Am | F G"``: bars parted by ``|``, whose chords share them evenly."""
    events = []
    for bar, symbols in enumerate(text.split("|")):
        names = symbols.split()
        length = meter.bar_quarters / len(names)
        for place, name in enumerate(names):
            chord = parse_symbol(name)
            onset = bar * meter.bar_quarters + place * length
            root, bass = pitch_class(chord.root), pitch_class(chord.bass)
            events.append(ChordEvent(chord.symbol, onset, length, root, bass, chord.pitch_classes))
    return tuple(events)


def section(chords: str, meter: Meter, **tunes: Tune) -> SectionScore:
    """A section with the parts of the leads that are named."""
    bars = len(chords.split("|"))
    parts = {
        stem: Part(
            "lead", tuple(Note(Fraction(at), Fraction(length), pitch, 90) for at, length, pitch in tune)
        )
        for stem, tune in tunes.items()
    }
    return SectionScore(bars, chord_events(chords, meter), parts)


def sheet_plan(
    form: Sequence[tuple[str, SectionScore]],
    *,
    meter: str = "4/4",
    key: str = "C major",
    keys: Sequence[str] | None = None,
    genre: str = "pop",
    tempo: float = 120.0,
    title: str = "By Hand",
) -> SongPlan:
    """A plan whose visits are the given sections; ``keys`` are theirs where they differ from ``key``."""
    metre, names = Meter.parse(meter), [name for name, _ in form]
    stems = tuple(dict.fromkeys(stem for _, score in form for stem in score.parts)) or ("lead",)
    visits: list[Visit] = []
    for order, (name, score) in enumerate(form):
        visits.append(
            make_visit(
                name,
                score,
                index=names[: order + 1].count(name),
                start_bar=visits[-1].end_bar if visits else 0,
                key=keys[order] if keys else key,
            )
        )
    return make_plan(
        visits,
        [StemPlan(stem, "lead", "flute", "", 0.0, 0.0, 0.1) for stem in stems],
        Grid.steady(tempo, metre),
        title=title,
        genre=genre,
        key=key,
    )
