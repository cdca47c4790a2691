"""Chord progressions: reading them from text and placing them on the bars of a section."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import attrgetter

from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.harmony.chords import Chord, has_other, parse_symbol
from structure.harmony.keys import Key
from structure.harmony.pitch import pitch_class
from structure.harmony.roman import is_numeral, parse_numeral
from structure.plans.score import ChordEvent
from structure.symbols.typed import HOLDS, NO_CHORD, Typed, read_typed

Bar = tuple[Chord, ...]
"""Chords of one bar, which divide it evenly; the same chord again prolongs it."""

_onset = attrgetter("onset")


@lru_cache(maxsize=4096)
def parse_chord(text: str, key: Key) -> Chord:
    """Read a chord symbol, or a roman numeral or a number in ``key``.

    Raises ValueError that names the chord.
    """
    return parse_numeral(text, key) if is_numeral(text) else parse_symbol(text)


def parse_bars(text: str, key: Key) -> tuple[Bar, ...]:
    """Return the chords of each bar of a progression.

    ``|`` or a new line parts the bars; where there is none, dashes, commas and arrows do. Raises ValueError
    that names the chord and the bar (from 1), then, after a semicolon, what is allowed.
    """
    return _parse_written(read_typed(text).bars, key)


def read_written_bars(
    text: str, key: Key, meter: Meter | None = None, bars: int | None = None
) -> tuple[Bar, ...]:
    """Return the chords of each bar of a progression as a user types it for a section.

    The section has ``bars`` bars, any number if None. Where the progression has no bar lines, each chord
    has a bar of its own if there is room for them. Raises ValueError as :func:`parse_bars` does.
    """
    return _parse_written(_spread(read_typed(text), meter or Meter(), bars), key)


def faults_of_chords(text: str, key: Key) -> list[str]:
    """Return what is wrong with each chord of a progression that cannot be read.

    The words are those of :func:`parse_bars`. The same chord is named once.
    """
    found: dict[str, str] = {}
    for number, slots in enumerate(read_typed(text).bars, start=1):
        for slot in slots:
            if slot not in HOLDS and not NO_CHORD.fullmatch(slot) and slot not in found:
                try:
                    parse_chord(slot, key)
                except ValueError as exc:
                    found[slot] = f"bar {number}: {exc}"
    return list(found.values())


def note_on_reading(text: str, bars: int, meter: Meter) -> str:
    """Return how a progression was read where its text leaves something open.

    It may have no bar lines, bars without a chord, or other chords in brackets; "" where it has none of
    these.
    """
    typed = read_typed(text)
    said = []
    slots = [slot for slot in typed.slots if slot not in HOLDS]
    if not typed.has_lines and len(slots) > 1:
        taken = _spread(typed, meter, bars)
        written = " | ".join(" ".join(bar) for bar in taken)
        has_each = all(len(bar) == 1 for bar in taken)
        said.append(
            f"no bar lines, so {'each chord has a bar' if has_each else 'it was read as'}: {written}"
        )
    if any(NO_CHORD.fullmatch(slot) for slot in slots):
        said.append("where it says N.C. the chord before goes on")
    if others := [slot for slot in dict.fromkeys(slots) if has_other(slot)]:
        said.append(f"of {others[0]} the first chord is played")
    return "; ".join(said)


def _spread(typed: Typed, meter: Meter, bars: int | None) -> Sequence[Sequence[str]]:
    """Return the slots of each bar.

    The slots of a line without bar lines have a bar each if ``bars`` has room for them, or a beat each
    where some of them are holds and they fill whole bars.
    """
    slots = typed.slots
    if typed.has_lines or len(slots) < 2:
        return typed.bars
    if any(slot in HOLDS for slot in slots) and "%" not in slots:
        size = meter.beats_per_bar
        fits = len(typed.bars) == 1 and len(slots) % size == 0
        return [slots[at : at + size] for at in range(0, len(slots), size)] if fits else typed.bars
    return [(slot,) for slot in slots] if bars is None or len(slots) <= bars else typed.bars


def _parse_written(written: Sequence[Sequence[str]], key: Key) -> tuple[Bar, ...]:
    bars: list[Bar] = []
    first = next((slot for slots in written for slot in slots if not NO_CHORD.fullmatch(slot)), None)
    for number, slots in enumerate(written, start=1):
        try:
            bars.append(_parse_bar(slots, key, bars[-1] if bars else None, first))
        except ValueError as exc:
            message, _, hint = str(exc).partition("; ")
            raise ValueError(f"bar {number}: {message}; {hint}") from exc
    return tuple(bars)


def _parse_bar(tokens: Sequence[str], key: Key, before: Bar | None, first: str | None) -> Bar:
    """Return the chords of a bar.

    Where it says that there is no chord, the chord before goes on; at the beginning of the progression, its
    ``first`` chord is played. Raises ValueError for a bar that says no chord and has none to repeat.
    """
    if not tokens:
        raise ValueError("it has no chord; write % to repeat the bar before")
    if tokens[0] in HOLDS and before is None:
        raise ValueError(f"{tokens[0]!r} has nothing to repeat; begin with a chord")
    if list(tokens) == ["%"] and before is not None:
        return before
    chords: list[Chord] = []
    for token in tokens:
        held = chords[-1:] or list(before or ())[-1:]
        if NO_CHORD.fullmatch(token):
            if not held and first is None:
                raise ValueError(f"{token!r} alone is no progression; write a chord before or after it")
            chords.append(held[0] if held else parse_chord(str(first), key))
        else:
            chords.append(held[0] if token in HOLDS else parse_chord(token, key))
    return tuple(chords)


def parse_progression(text: str, key: Key, bars: int, meter: Meter) -> tuple[ChordEvent, ...]:
    """Read ``'Am7 | F/C | Gsus4 G7'`` and place it on ``bars`` bars, from the section's first downbeat.

    Several chords in a bar divide it evenly, on beats; a shorter progression is tiled. Where there are no
    bar lines, each chord has a bar. Raises ValueError that names the chord and the bar, or that says by how
    much the progression is too long.
    """
    written = read_written_bars(text, key, meter, bars)
    if len(written) > bars:
        raise ValueError(
            f"{len(written)} bars of chords do not fit into {bars} {'bar' if bars == 1 else 'bars'}; "
            f"give the section bars: {len(written)}, or fewer chords"
        )
    return place_bars([written[i % len(written)] for i in range(bars)], meter)


def place_bars(bars: Sequence[Bar], meter: Meter) -> tuple[ChordEvent, ...]:
    """Return the chord events of consecutive bars: each chord on a beat, or on parts of beats if many.

    The first chords of an uneven division are the longer ones: three in 4/4 last 2, 1 and 1 beats. Raises
    ValueError, which names the bar, where they are too many.
    """
    events: list[ChordEvent] = []
    for index, chords in enumerate(bars):
        count, unit, units = len(chords), meter.beat_quarters, meter.beats_per_bar
        if count > units:
            parts = 3 if meter.is_compound else 2
            unit, units = unit / parts, units * parts
        if count > units:
            raise ValueError(
                f"bar {index + 1}: {count} chords are too many; a bar of {meter} has room for {units}"
            )

        start = index * meter.bar_quarters
        onsets = [start + -(-i * units // count) * unit for i in range(count)]
        ends = [*onsets[1:], start + meter.bar_quarters]
        for position, chord in enumerate(chords):
            if position and chord == chords[position - 1]:
                events[-1] = chord_event(chord, events[-1].onset, ends[position])
            else:
                events.append(chord_event(chord, onsets[position], ends[position]))
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


def chord_at(chords: Sequence[ChordEvent], position: Fraction) -> ChordEvent:
    """Return the chord that sounds at ``position`` (quarters from the section's downbeat)."""
    return chords[max(0, bisect_right(chords, position, key=_onset) - 1)]


def chords_after(chords: Sequence[ChordEvent], position: Fraction) -> Sequence[ChordEvent]:
    """Return the chords that begin later than ``position``, in quarters from the section's downbeat."""
    return chords[bisect_right(chords, position, key=_onset) :]
