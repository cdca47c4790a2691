"""A build: it begins with little, and gets denser and higher up to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.happening.backbeat import BACKBEATS
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.sampling import pick_weighted
from structure.base.types import EARLY
from structure.plans.score import Note, Part, in_order

_HIT = Fraction(1, 8)
_KICK = KEYS["kick"]
_TIMPANI = KEYS["timpani"]
_TOMS = frozenset(KEYS[lane] for lane in ("tom_low", "tom_mid", "tom_high"))
_ACCENT, _ROLL = 100, 84
_QUARTERS = 4
"""Parts of a build, each denser than the one before."""


def with_rise(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part that gets denser and higher from ``start`` to ``end``; its force is left as it is.

    Drums roll faster and faster; players of harmony go from bar lines to beats to all that they have, and
    from chords as they lie to ones that lie higher. A melody stays what it is.
    """
    if part.role == "lead" or start >= end:
        return part
    if part.role == "drums":
        notes = _rolled(part.notes, start, end, ctx)
    else:
        notes = _gathering(part.notes, start, end, ctx)
        notes = (
            _driven(notes, start, end, ctx) if part.role == "bass" else _climbing(notes, start, end, part)
        )
    return replace(part, notes=tuple(sorted(notes, key=in_order)))


def _stage(onset: Fraction, start: Fraction, end: Fraction) -> int | None:
    """Return which quarter of a build a time lies in, from 0; None outside."""
    at = onset + EARLY
    return int(_QUARTERS * (at - start) / (end - start)) if start <= at < end else None


def _steps(meter: Meter) -> tuple[Fraction, ...]:
    """Return how far strokes of a roll lie apart in each quarter of a build, in quarters."""
    beat = meter.beat_quarters
    if meter.is_compound:
        return beat, beat, beat / 3, beat / 6
    return 2 * beat, beat, beat / 2, beat / 4


def _rolled(notes: Sequence[Note], start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return drums with a roll in the place of backbeats and toms."""
    kept = []
    for note in notes:
        stage = _stage(note.onset, start, end)
        gives_way = note.pitch in BACKBEATS or note.pitch in _TOMS
        if stage is None or (not gives_way and _is_kept(note, stage, ctx.meter)):
            kept.append(note)
    lane = _lane(notes, ctx)
    steps, at = _steps(ctx.meter), start
    while at < end:
        stage = _stage(at, start, end) or 0
        is_on_beat = at % ctx.meter.beat_quarters == 0
        kept.append(Note(at, _HIT, lane, _ACCENT if is_on_beat else _ROLL))
        at += steps[stage]
    return kept


def _is_kept(note: Note, stage: int, meter: Meter) -> bool:
    """Return whether a kick or a cymbal is struck.

    In the first quarter of a build only kicks are, on every second beat where the bar has an even number.
    In the second all on beats are, then all.
    """
    if stage >= 2:
        return True
    every = 2 if stage == 0 and meter.beats_per_bar % 2 == 0 else 1
    is_pulse = (note.onset + EARLY) % (every * meter.beat_quarters) < 2 * EARLY
    return is_pulse and (note.pitch == _KICK or stage == 1)


def _lane(notes: Sequence[Note], ctx: SectionContext) -> int:
    """Return the key that rolls: timpani in an orchestra without a kit, else one of the style's."""
    if notes and all(note.pitch != _KICK for note in notes) and any(n.pitch == _TIMPANI for n in notes):
        return _TIMPANI
    return KEYS[pick_weighted(ctx.rng("roll"), ctx.style.gestures.rolls)]


def _gathering(notes: Sequence[Note], start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return the notes on bar lines in the first quarter, those on beats in the second, then all."""
    meter = ctx.meter
    steps = (meter.bar_quarters, meter.beat_quarters)
    kept = []
    for note in notes:
        stage = _stage(note.onset, start, end)
        is_early = stage is not None and stage < 2
        if not is_early or (note.onset + EARLY) % steps[stage or 0] < 2 * EARLY:
            kept.append(note)
    return kept


def _driven(notes: Sequence[Note], start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return a bass that repeats what it holds in eighths in the last quarter of the rise."""
    step = ctx.meter.beat_quarters / (3 if ctx.meter.is_compound else 2)
    return [
        piece
        for note in notes
        for piece in (repeated(note, step) if _stage(note.onset, start, end) == 3 else [note])
    ]


def repeated(note: Note, step: Fraction) -> list[Note]:
    """Return a note struck again and again for as long as it lasts."""
    count = max(1, int(note.duration // step))
    last = note.duration - (count - 1) * step
    return [
        replace(note, onset=note.onset + i * step, duration=last if i == count - 1 else step)
        for i in range(count)
    ]


def _climbing(notes: Sequence[Note], start: Fraction, end: Fraction, part: Part) -> list[Note]:
    """Return chords and figures whose lowest notes move up by an octave as the time goes on.

    In each quarter of the time but the first another third of them moves up. They stay in the range of the
    part.
    """
    ceiling = min(REGISTERS[part.role][1], max((note.pitch for note in part.notes), default=0))
    pitches = sorted(note.pitch for note in notes if _stage(note.onset, start, end) is not None)
    taken = {(note.onset, note.pitch) for note in notes}
    found = []
    for note in notes:
        stage = _stage(note.onset, start, end)
        higher = note.transposed(12) if note.pitch + 12 <= ceiling else note
        line = pitches[min(len(pitches) - 1, len(pitches) * stage // 3)] if stage else 0
        rises = stage and (stage == 3 or note.pitch < line) and (note.onset, higher.pitch) not in taken
        found.append(higher if rises else note)
        taken.add((note.onset, found[-1].pitch))
    return found
