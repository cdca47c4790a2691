"""What makes a place larger: a second voice to the melody, chords in octaves, a groove that is busier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.clearance import lowest_over
from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.happening.rising import repeat_note
from structure.arrange.melody.counter import second_voice
from structure.base.exact import Fraction
from structure.base.types import EARLY
from structure.plans.score import Note, Part, in_order

_HIT = Fraction(1, 8)
_ABOVE = 5
"""Semitones above the register of a part up to which it may be doubled."""

_LOWEST = 36
"""The lowest note by which chords are doubled (C2)."""

_SOFTER = 0.82
"""Force of a voice that is added, as a share of the one that it doubles."""

_LEAST = Fraction(1, 2)
"""Quarters of a note that are left of it before a voice on its pitch."""

_ON_BEAT, _BETWEEN, _PASSING = 72, 58, 46
"""Force of strokes that fill up a groove: on beats, half way between them, and in other places."""

_SHAKEN = ("shaker", "tambourine")


def with_harmony(part: Part, melody: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part that has, beside its own notes, a voice below a melody from ``start`` to ``end``.

    The voice lies in thirds, or in sixths where they lie better, in the octave in which the part plays.
    """
    tune = [replace(note, offset=Fraction(0)) for note in melody.notes if _is_inside(note, start, end)]
    if not tune or not part.notes:
        return part
    voice = second_voice(tune, ctx)
    if part is not melody:
        # The voice is as many octaves lower as it needs; notes that are still out of range are left out.
        middle = sorted(note.pitch for note in voice)[len(voice) // 2]
        low, high = REGISTERS[part.role]
        octaves = max(0, -((high - middle) // 12))
        moved = (note.transpose_by(-12 * octaves) for note in voice)
        voice = [note for note in moved if low <= note.pitch <= high + _ABOVE]

    # The part's own notes make way where the voice has the same pitch.
    own = list(part.notes)
    for second in voice:
        kept = []
        for note in own:
            if note.pitch != second.pitch or note.onset >= second.end or note.end <= second.onset:
                kept.append(note)
                continue
            if second.onset - note.onset >= _LEAST:
                kept.append(replace(note, duration=second.onset - note.onset))
            if note.end - second.end >= 2 * _LEAST:
                left = note.end - second.end
                kept.append(replace(note, onset=second.end, duration=left, offset=Fraction(0)))
        own = kept
    return _of(part, [*own, *map(_softer, voice)])


def _softer(note: Note) -> Note:
    return note.scale_velocity(_SOFTER)


def with_octaves(part: Part, start: Fraction, end: Fraction, tune: Sequence[Note] = ()) -> Part:
    """Return a part that doubles its notes an octave above from ``start`` to ``end``.

    Notes are doubled as far as the part has range for. Drums stay as they are. Chords double none that
    would cover a tune: there their lowest note is doubled an octave below.
    """
    if part.role == "drums":
        return part
    high = REGISTERS[part.role][1] + _ABOVE
    line = tune if part.role == "chords" else ()
    inside = [note for note in part.notes if _is_inside(note, start, end)]
    lows = lowest_over([(note.onset, note.end) for note in inside], line)
    at_pitch: dict[int, list[Note]] = {}
    bottoms: dict[Fraction, int] = {}
    for note in inside:
        at_pitch.setdefault(note.pitch, []).append(note)
        bottoms[note.onset] = min(note.pitch, bottoms.get(note.onset, note.pitch))

    added: list[Note] = []
    for note, low in zip(inside, lows, strict=True):
        covers = low is not None and note.pitch + 12 >= low
        if covers and (note.pitch != bottoms[note.onset] or note.pitch - 12 < _LOWEST):
            continue
        double = _softer(note.transpose_by(-12 if covers else 12))
        # A key that is down already, or is struck while the note lasts, is not struck again.
        held = [*at_pitch.get(double.pitch, ()), *(one for one in added[-12:] if one.pitch == double.pitch)]
        ends = double.end
        is_taken = any(other.onset < ends and double.onset < other.end for other in held)
        if double.pitch <= high and not is_taken:
            added.append(double)
    return _of(part, [*part.notes, *added])


def with_drive(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return a part that is busier from ``start`` to ``end``.

    Drums have a shaker or a tambourine as well. Basses repeat what they hold in eighths. Other parts stay
    as they are.
    """
    end, beat = min(end, ctx.figures_end), ctx.meter.beat_quarters
    if part.role == "drums":
        # The percussion is one that the groove does not have yet, and is faster than its cymbals.
        used = {note.pitch for note in part.notes}
        lane = next((lane for lane in _SHAKEN if KEYS[lane] not in used), None)
        if lane is None:
            return _of(part, part.notes)
        count = 3 if ctx.style.swing.swings_eighths else 6 if ctx.meter.is_compound else 4
        shaken = []
        at, place = start, 0
        while at < end:
            force = _ON_BEAT if place == 0 else _BETWEEN if 2 * place == count else _PASSING
            shaken.append(Note(at, _HIT, KEYS[lane], ctx.velocity(force)))
            at, place = at + beat / count, (place + 1) % count
        return _of(part, [*part.notes, *shaken])

    if part.role != "bass":
        return part
    in_threes = ctx.meter.is_compound or ctx.style.swing.swings_eighths
    step = beat / (3 if in_threes else 2)
    notes: list[Note] = []
    for note in part.notes:
        is_long = _is_inside(note, start, end) and note.duration >= 2 * step
        notes += repeat_note(note, step) if is_long else [note]
    return _of(part, notes)


def _is_inside(note: Note, start: Fraction, end: Fraction) -> bool:
    return start <= note.onset + EARLY < end


def _of(part: Part, notes: Sequence[Note]) -> Part:
    return replace(part, notes=tuple(sorted(notes, key=in_order)))
