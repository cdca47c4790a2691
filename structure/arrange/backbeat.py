"""Drums whose pulse is changed after they are written: half time, and a roll that builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from structure.arrange.drums import KEYS
from structure.arrange.swing import NOTATED
from structure.base.grid import Meter
from structure.plans.score import Note

_BACKBEATS = frozenset(KEYS[lane] for lane in ("snare", "rim", "clap")) | {40}
_KICK = KEYS["kick"]
_HIT = Fraction(1, 8)
_EARLY = Fraction(1, 40)
_FINEST_DOUBLED = 4
"""Denominator of a sixteenth, in quarters."""

_BACKBEAT = 104
_ROLL = 84


def with_half_time(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums that feel half as fast from ``start`` to ``end``: one backbeat a bar, on three.

    Metres of two beats have it on the first beat of every second bar, others on their middle beat.
    """
    bar = meter.bar_quarters
    inside = [note for note in notes if start <= note.onset + _EARLY < end]
    kept = [note for note in notes if not start <= note.onset + _EARLY < end]
    backbeats = [note for note in inside if note.pitch in _BACKBEATS]
    key = max(backbeats, key=lambda note: (note.velocity, note.pitch)).pitch if backbeats else KEYS["snare"]
    force = max((note.velocity for note in backbeats), default=_BACKBEAT)
    kept += [note for note in inside if not _gives_way(note, meter)]
    for number in range(int(start // bar), int(-(-end // bar))):
        at = _slow_backbeat(number, meter)
        if at is not None and start <= at < end and any(_is_in_bar(note, number, bar) for note in inside):
            kept.append(Note(at, _HIT, key, force))
    return kept


def with_double_time(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums that feel twice as fast from ``start`` to ``end``: each bar twice within its time.

    What would lie between sixteenths is left out.
    """
    bar, half = meter.bar_quarters, meter.bar_quarters / 2
    kept = []
    for note in notes:
        if not start <= note.onset + _EARLY < end:
            kept.append(note)
            continue
        downbeat = (note.onset + _EARLY) // bar * bar
        place = (note.onset - downbeat) / 2
        if (round(2 * place / NOTATED) * NOTATED / 2).denominator > _FINEST_DOUBLED:
            continue
        for again in (downbeat + place, downbeat + half + place):
            if start <= again + _EARLY < end:
                kept.append(replace(note, onset=again, duration=min(note.duration, half)))
    return kept


def _slow_backbeat(bar: int, meter: Meter) -> Fraction | None:
    """Where the backbeat of a bar, counted from 0, lies in half time; None where there is none."""
    if meter.beats_per_bar == 2:
        return bar * meter.bar_quarters if bar % 2 else None
    return bar * meter.bar_quarters + (2 if meter.beats_per_bar > 2 else 1) * meter.beat_quarters


def _is_in_bar(note: Note, number: int, bar: Fraction) -> bool:
    return (note.onset + _EARLY) // bar == number


def _gives_way(note: Note, meter: Meter) -> bool:
    """Whether half time leaves a hit out: backbeats, and kicks on beats other than the first."""
    if note.pitch in _BACKBEATS:
        return True
    place = (note.onset + _EARLY) % meter.bar_quarters
    on_beat = place % meter.beat_quarters < 2 * _EARLY
    return note.pitch == _KICK and on_beat and place >= meter.beat_quarters


def with_roll(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums with a snare that rolls in quarters, then eighths, then sixteenths from ``start`` to
    ``end``; the groove's own backbeat gives way to it."""
    kept = [note for note in notes if not (start <= note.onset + _EARLY < end and note.pitch in _BACKBEATS)]
    beat, at = meter.beat_quarters, start
    while at < end:
        done = float((at - start) / (end - start))
        kept.append(Note(at, _HIT, KEYS["snare"], _ROLL))
        at += beat if done < 0.5 else beat / 2 if done < 0.75 else beat / 4
    return kept
