"""Notes that are foreign to the chord: how they come and go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.scales import chord_scale, may_last
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at, chords_after
from structure.plans.score import Note

LOW, HIGH = REGISTERS["lead"]
_STEP = 2
_EIGHTH = Fraction(1, 2)
"""An eighth note, in quarters; in 7/8 and the like it is the beat, and a beat may be suspended."""


def resolve_dissonances(
    notes: Sequence[Note], ctx: SectionContext, *, keep_highest: bool = False
) -> list[Note]:
    """Return the notes with each foreign one that does not go on by step moved to a tone of its chord.

    It takes the closest tone. With ``keep_highest`` none is moved as high as the highest note.
    """
    found = list(notes)
    limit = max((note.pitch for note in notes), default=HIGH) - 1 if keep_highest else HIGH
    for index in range(len(found) - 1, -1, -1):
        note = found[index]
        follows = found[index + 1] if index + 1 < len(found) else None
        if note.pitch % 12 not in chord_at(ctx.chords, note.onset).pitch_classes and not _goes_on(
            note, follows
        ):
            found[index] = replace(note, pitch=smooth_pitch(found, index, ctx, limit))
    return found


def _goes_on(note: Note, follows: Note | None) -> bool:
    """Return whether the next note follows at once and by step."""
    return (
        follows is not None and 0 < abs(follows.pitch - note.pitch) <= _STEP and follows.onset <= note.end
    )


_AWKWARD = {4: 0.9, 6: 4.0, 10: 2.0, 11: 5.0}
"""What it costs to sing a major third, which lines seldom have, a tritone, and sevenths."""

_SMALL = 4
"""Semitones of the widest interval that is no leap."""


def smooth_pitch(notes: Sequence[Note], index: int, ctx: SectionContext, limit: int) -> int:
    """Return the pitch close to where a note was that leaps least from and to its neighbours.

    It is ``limit`` at most, and a tone of its chord, or off the accents a tone of the scale that goes on by
    step. A repetition is second choice.
    """
    note, chord = notes[index], chord_at(ctx.chords, notes[index].onset)
    around = [notes[i].pitch for i in (index - 1, index + 1) if 0 <= i < len(notes)]
    follows = notes[index + 1] if index + 1 < len(notes) else None
    starts_chord, is_short = note.onset == chord.onset, note.duration <= ctx.meter.beat_quarters
    is_light = not ctx.is_accented(note.onset) and not starts_chord and is_short
    passing = chord_scale(ctx.key, chord) if is_light else frozenset()

    def cost(pitch: int) -> tuple[float, int]:
        leaps = sum(
            2.0 * max(0, abs(pitch - other) - _SMALL) + _AWKWARD.get(abs(pitch - other), 0.0)
            for other in around
        )
        return abs(pitch - note.pitch) + leaps + 1.5 * (pitch in around), pitch

    options = [
        pitch
        for pitch in range(max(LOW, note.pitch - 9), min(limit, note.pitch + 9) + 1)
        if pitch % 12 in chord.pitch_classes
        or (pitch % 12 in passing and _goes_on(note.at_pitch(pitch), follows))
    ]
    return min(options, key=cost, default=note.pitch)


def with_suspensions(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the notes with some of a beat or more, under which the chord changes, held back.

    A tone of the old chord a step above, heard just before, sounds again on the beat and then steps down to
    where the line was going. It is never the highest note.
    """
    top = max((note.pitch for note in notes), default=HIGH)
    found: list[Note] = []
    for note in notes:
        held = _suspension(found, note, ctx, top)
        if held is not None:
            symbol = chord_at(ctx.chords, note.onset).symbol
            point = ctx.rng("suspension", ctx.style.name, note.pitch, symbol).random()
            held = held if point < ctx.style.suspensions else None
        if held is None:
            found.append(note)
            continue
        delay = _delay(note, ctx)
        found[-1] = replace(found[-1], pitch=held)
        found.append(Note(note.onset, delay, held, note.velocity))
        later = note.duration - delay
        found.append(Note(note.onset + delay, later, note.pitch, max(1, note.velocity - 10)))
    return found


def _delay(note: Note, ctx: SectionContext) -> Fraction:
    """Return how long a suspension lasts: a beat, or half of a note that is shorter than two."""
    return min(ctx.meter.beat_quarters, middle_of(note.duration, ctx))


def middle_of(duration: Fraction, ctx: SectionContext) -> Fraction:
    """Return where a note of more than a sixteenth is split, in quarters: about halfway.

    The place is on an eighth if the note is a beat long or if eighths swing, else on a sixteenth. Both
    parts have a length.
    """
    if ctx.style.swing.swings_eighths and duration > _EIGHTH:
        return Fraction(math.ceil(duration), 2)
    unit = _EIGHTH if duration >= 2 * _EIGHTH else _EIGHTH / 2
    return max(unit, duration / 2 // unit * unit) if duration > unit else duration / 2


def _suspension(before: Sequence[Note], note: Note, ctx: SectionContext, top: int) -> int | None:
    """Return the pitch from which a long note can be suspended.

    None where the note before it cannot take such a pitch.
    """
    new = chord_at(ctx.chords, note.onset)
    has_room = note.duration >= ctx.meter.beat_quarters and note.onset + _delay(note, ctx) < new.end
    is_accented = ctx.is_accented(note.onset)
    if not before or not has_room or not is_accented or before[-1].end != note.onset or note.pitch >= top:
        return None
    last = before[-1]
    old = chord_at(ctx.chords, last.onset)
    if last.pitch >= top or note.pitch % 12 not in new.pitch_classes:
        return None

    # The last note may become another where that needs no leap and leaves no foreign note alone.
    earlier = before[-2] if len(before) > 1 else last
    stands = earlier is last or earlier.pitch % 12 in chord_at(ctx.chords, earlier.onset).pitch_classes
    for held in (note.pitch + 1, note.pitch + 2):
        is_foreign = held % 12 in old.pitch_classes and held % 12 not in new.pitch_classes
        is_near = abs(held - last.pitch) <= _SMALL
        is_near = is_near and abs(held - earlier.pitch) <= (_SMALL if stands else _STEP)
        if is_foreign and held < top and (held == last.pitch or is_near):
            return held
    return None


def without_clashes(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the notes cut where a chord begins against which they rub."""
    cleared = []
    for note in notes:
        whole = note.end
        end = whole
        for chord in chords_after(ctx.chords, note.onset):
            if chord.onset >= whole:
                break
            if not may_last(note.pitch, ctx.key, chord):
                end = chord.onset
                break
        cleared.append(note if end == whole else note.move_to(note.onset, end - note.onset))
    return cleared


def leans(note: Note, ctx: SectionContext) -> bool:
    """Return whether a note on an accent is foreign to its chord: it is held until it resolves."""
    chord = chord_at(ctx.chords, note.onset)
    return ctx.is_accented(note.onset) and note.pitch % 12 not in chord.pitch_classes
