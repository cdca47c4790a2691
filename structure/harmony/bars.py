"""Chord progressions: reading them from text and placing them on the bars of a section."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.harmony.chords import Chord, parse_symbol
from structure.harmony.keys import Key
from structure.harmony.pitch import pitch_class
from structure.harmony.roman import is_numeral, parse_numeral
from structure.plans.score import ChordEvent

_HOLD = ("%", "/", ".")
"""A bar of ``%`` alone repeats the bar before it; inside a bar these signs prolong a chord."""

Bar = tuple[Chord, ...]
"""Chords of one bar, which divide it evenly; the same chord again prolongs it."""

_onset = attrgetter("onset")


@lru_cache(maxsize=4096)
def parse_chord(text: str, key: Key) -> Chord:
    """Read a chord symbol, or a roman numeral in ``key``. Raises ValueError that names the chord."""
    return parse_numeral(text, key) if is_numeral(text) else parse_symbol(text)


def parse_bars(text: str, key: Key) -> tuple[Bar, ...]:
    """Chords of each bar of a progression; ``|`` or a new line parts the bars.

    Raises ValueError that names the chord and the bar (from 1), then, after a semicolon, what is allowed.
    """
    lines = [line.strip().strip("|") for line in text.strip().splitlines()]
    written = re.split(r"\|+", "|".join(line for line in lines if line.strip()))
    bars: list[Bar] = []
    for number, content in enumerate(written, start=1):
        try:
            bars.append(_parse_bar(content.split(), key, bars[-1] if bars else None))
        except ValueError as exc:
            message, _, hint = str(exc).partition("; ")
            raise ValueError(f"bar {number}: {message}; {hint}") from exc
    return tuple(bars)


def _parse_bar(tokens: Sequence[str], key: Key, before: Bar | None) -> Bar:
    if not tokens:
        raise ValueError("it has no chord; write % to repeat the bar before")
    if tokens[0] in _HOLD and before is None:
        raise ValueError(f"{tokens[0]!r} has nothing to repeat; begin with a chord")
    if list(tokens) == ["%"] and before is not None:
        return before
    chords: list[Chord] = []
    for token in tokens:
        held = chords[-1:] or list(before or ())[-1:]
        chords.append(held[0] if token in _HOLD else parse_chord(token, key))
    return tuple(chords)


def parse_progression(text: str, key: Key, bars: int, meter: Meter) -> tuple[ChordEvent, ...]:
    """Read ``'Am7 | F/C | Gsus4 G7'`` and place it on ``bars`` bars, from the section's first downbeat.

    Several chords in a bar divide it evenly, on beats; a shorter progression is tiled. Raises ValueError
    that names the chord and the bar, or that says by how much the progression is too long.
    """
    written = parse_bars(text, key)
    if len(written) > bars:
        raise ValueError(
            f"{len(written)} bars of chords do not fit into {bars} {'bar' if bars == 1 else 'bars'}; "
            f"give the section bars: {len(written)}, or fewer chords"
        )
    return place_bars([written[i % len(written)] for i in range(bars)], meter)


def place_bars(bars: Sequence[Bar], meter: Meter) -> tuple[ChordEvent, ...]:
    """Chord events of consecutive bars."""
    events: list[ChordEvent] = []
    for index, chords in enumerate(bars):
        start = index * meter.bar_quarters
        onsets = [*_onsets(len(chords), meter, index + 1), meter.bar_quarters]
        for position, chord in enumerate(chords):
            onset, end = start + onsets[position], start + onsets[position + 1]
            if position and chord == chords[position - 1]:
                events[-1] = chord_event(chord, events[-1].onset, end)
            else:
                events.append(chord_event(chord, onset, end))
    return tuple(events)


def chord_event(chord: Chord, onset: Fraction, end: Fraction) -> ChordEvent:
    """Return a chord in its place, in quarters."""
    return ChordEvent(
        symbol=chord.symbol,
        onset=onset,
        duration=end - onset,
        root=pitch_class(chord.root),
        bass=pitch_class(chord.bass),
        pitch_classes=chord.pitch_classes,
    )


def _onsets(count: int, meter: Meter, number: int) -> list[Fraction]:
    """Where ``count`` chords of a bar begin, in quarters: on beats, or on their parts where they are many.

    The first chords of an uneven division are the longer ones: three in 4/4 last 2, 1 and 1 beats.
    """
    unit, units = meter.beat_quarters, meter.beats_per_bar
    if count > units:
        parts = 3 if meter.is_compound else 2
        unit, units = unit / parts, units * parts
    if count > units:
        raise ValueError(
            f"bar {number}: {count} chords are too many; a bar of {meter} has room for {units}"
        )
    return [-(-i * units // count) * unit for i in range(count)]


def chord_at(chords: Sequence[ChordEvent], position: Fraction) -> ChordEvent:
    """The chord that sounds at ``position`` (quarters from the section's downbeat)."""
    return chords[max(0, bisect_right(chords, position, key=_onset) - 1)]


def chords_after(chords: Sequence[ChordEvent], position: Fraction) -> Sequence[ChordEvent]:
    """The chords that begin later than ``position``, in quarters from the section's downbeat."""
    return chords[bisect_right(chords, position, key=_onset) :]
