"""Drums whose pulse is changed after they are written: half time and double time, and fills."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from structure.arrange.drums import KEYS
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.types import EARLY
from structure.plans.score import Note, Part

BACKBEATS = frozenset(KEYS[lane] for lane in ("snare", "rim", "clap")) | {40}
"""Keys that keep the backbeat."""

_KICK = KEYS["kick"]
_HIT = Fraction(1, 8)
_BACKBEAT = 104
_ROLL, _OFFBEAT, _STRONG = 84, 76, 108
_DOWN = ("snare", "tom_high", "tom_mid", "tom_low")
"""Lanes of a fill, in turn."""


def with_half_time(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums that feel half as fast from ``start`` to ``end``: one backbeat a bar, on three.

    Metres of two beats have it on the first beat of every second bar, others on their middle beat.
    """
    bar, beat = meter.bar_quarters, meter.beat_quarters
    inside = [note for note in notes if start <= note.onset + EARLY < end]
    kept = [note for note in notes if not start <= note.onset + EARLY < end]
    for note in inside:
        # Backbeats give way, and so do kicks on beats other than the first.
        place = (note.onset + EARLY) % bar
        is_later_kick = note.pitch == _KICK and place % beat < 2 * EARLY and place >= beat
        if note.pitch not in BACKBEATS and not is_later_kick:
            kept.append(note)

    backbeats = [note for note in inside if note.pitch in BACKBEATS]
    key = max(backbeats, key=lambda note: (note.velocity, note.pitch)).pitch if backbeats else KEYS["snare"]
    force = max((note.velocity for note in backbeats), default=_BACKBEAT)
    played = {(note.onset + EARLY) // bar for note in inside}
    for number in range(int(start // bar), int(-(-end // bar))):
        if meter.beats_per_bar == 2 and number % 2 == 0:
            continue
        into = {1: 1, 2: 0}.get(meter.beats_per_bar, 2) * beat
        at = number * bar + into
        if start <= at < end and number in played:
            kept.append(Note(at, _HIT, key, force))
    return kept


def with_double_time(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums that feel twice as fast from ``start`` to ``end``.

    Each bar has the groove of one bar twice, at double speed. Hits that would come faster than sixteenths
    are left out.

    Drums that then have less than a backbeat a beat get one on the second half of each.
    """
    bar, beat = meter.bar_quarters, meter.beat_quarters
    step = beat / 2
    kept = [note for note in notes if not start <= note.onset + EARLY < end]
    hits: dict[tuple[Fraction, int], Note] = {}
    for note in notes:
        at = note.onset + EARLY
        exact = note.onset % bar if at % bar >= EARLY else Fraction(0)
        place = step * round(exact / step)
        if not start <= at < end or abs(place - exact) > 3 * EARLY:
            continue
        first = at // bar * bar
        for half in (Fraction(0), bar / 2):
            onset = first + half + place / 2
            if start <= onset < end:
                hits[onset, note.pitch] = replace(note, onset=onset, offset=Fraction(0))

    if hits and sum(pitch in BACKBEATS for _, pitch in hits) < (end - start) / beat:
        for number in range(int(start // beat), int(-(-end // beat))):
            onset = number * beat + beat / 2
            hits[onset, KEYS["snare"]] = Note(onset, _HIT, KEYS["snare"], _OFFBEAT)
    return [*kept, *hits.values()]


def with_fill(notes: Sequence[Note], start: Fraction, end: Fraction, meter: Meter) -> list[Note]:
    """Return drums that leave their groove from ``start`` to ``end`` for a fill over kicks on the beats.

    The fill has eighths on the snare, then in the last bar sixteenths from the snare down the toms.
    """
    beat, last = meter.beat_quarters, max(start, end - meter.bar_quarters)
    found = []
    for note in notes:
        is_inside = start <= note.onset + EARLY < end
        is_pulse = note.pitch == _KICK and (note.onset + EARLY) % beat < 2 * EARLY
        if not is_inside or is_pulse:
            found.append(note)
    at = start
    while at < end:
        share = (at - last) / (end - last) if at > last else Fraction(0)
        lane = _DOWN[int(share * len(_DOWN))]
        found.append(Note(at, _HIT, KEYS[lane], _STRONG if (at - start) % beat == 0 else _ROLL))
        at += beat / 4 if at >= last else beat / 2
    return found


def without_key(
    parts: Mapping[str, Part], key: int, bars: Collection[int], meter: Meter
) -> dict[str, Part]:
    """Return parts whose drums do not strike a key in some bars, counted from 0."""
    found = dict(parts)
    for name, part in parts.items():
        if part.role == "drums":
            notes = (
                n
                for n in part.notes
                if n.pitch != key or (n.onset + EARLY) // meter.bar_quarters not in bars
            )
            found[name] = replace(part, notes=tuple(notes))
    return {name: part for name, part in found.items() if part.notes}
