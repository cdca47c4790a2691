"""A build: it begins with little, and gets denser and higher up to its end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.happening.backbeat import BACKBEATS
from structure.base.exact import Fraction
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
        notes = _add_roll(part.notes, start, end, ctx)
        return replace(part, notes=tuple(sorted(notes, key=in_order)))

    # At first there is only what begins on bar lines, then what begins on beats, then all.
    steps = (ctx.meter.bar_quarters, ctx.meter.beat_quarters)
    kept = []
    for note in part.notes:
        stage = _stage(note.onset, start, end)
        is_early = stage is not None and stage < 2
        if not is_early or (note.onset + EARLY) % steps[stage or 0] < 2 * EARLY:
            kept.append(note)

    notes = []
    if part.role == "bass":
        # In the last quarter a bass repeats in eighths what it holds.
        eighth = ctx.meter.beat_quarters / (3 if ctx.meter.is_compound else 2)
        for note in kept:
            notes += repeat_note(note, eighth) if _stage(note.onset, start, end) == 3 else [note]
    else:
        # In each quarter but the first another third of the notes moves up by an octave, the lowest first.
        ceiling = min(REGISTERS[part.role][1], max((note.pitch for note in part.notes), default=0))
        pitches = sorted(note.pitch for note in kept if _stage(note.onset, start, end) is not None)
        taken = {(note.onset, note.pitch) for note in kept}
        for note in kept:
            stage = _stage(note.onset, start, end)
            higher = note.transpose_by(12) if note.pitch + 12 <= ceiling else note
            line = pitches[min(len(pitches) - 1, len(pitches) * stage // 3)] if stage else 0
            rises = stage and (stage == 3 or note.pitch < line) and (note.onset, higher.pitch) not in taken
            notes.append(higher if rises else note)
            taken.add((note.onset, notes[-1].pitch))
    return replace(part, notes=tuple(sorted(notes, key=in_order)))


def _stage(onset: Fraction, start: Fraction, end: Fraction) -> int | None:
    """Return which quarter of a build a time lies in, from 0; None outside."""
    at = onset + EARLY
    return int(_QUARTERS * (at - start) / (end - start)) if start <= at < end else None


def _add_roll(notes: Sequence[Note], start: Fraction, end: Fraction, ctx: SectionContext) -> list[Note]:
    """Return drums with a roll in the place of backbeats and toms, which gets faster each quarter of it.

    In the first quarter only kicks are left, on every second beat where the bar has an even number. In the
    second all that is struck on beats is left, then all.
    """
    meter, beat = ctx.meter, ctx.meter.beat_quarters
    kept = []
    for note in notes:
        stage = _stage(note.onset, start, end)
        every = 2 if stage == 0 and meter.beats_per_bar % 2 == 0 else 1
        is_pulse = (note.onset + EARLY) % (every * beat) < 2 * EARLY
        stays = {0: is_pulse and note.pitch == _KICK, 1: is_pulse}.get(stage or 0, True)
        if stage is None or (stays and note.pitch not in BACKBEATS and note.pitch not in _TOMS):
            kept.append(note)

    # An orchestra without a kit rolls its timpani.
    keys = {note.pitch for note in notes}
    if _TIMPANI in keys and _KICK not in keys:
        key = _TIMPANI
    else:
        key = KEYS[pick_weighted(ctx.rng("roll"), ctx.style.gestures.rolls)]

    at = start
    steps = (beat, beat, beat / 3, beat / 6) if meter.is_compound else (2 * beat, beat, beat / 2, beat / 4)
    while at < end:
        kept.append(Note(at, _HIT, key, _ACCENT if at % beat == 0 else _ROLL))
        at += steps[_stage(at, start, end) or 0]
    return kept


def repeat_note(note: Note, step: Fraction) -> list[Note]:
    """Return a note struck again and again for as long as it lasts."""
    count = max(1, int(note.duration // step))
    last = note.duration - (count - 1) * step
    return [
        replace(note, onset=note.onset + i * step, duration=last if i == count - 1 else step)
        for i in range(count)
    ]
