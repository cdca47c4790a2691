"""The contour of a line: one climax, and leaps that are followed by a smaller interval back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.melody.dissonance import smooth_pitch
from structure.arrange.melody.lines import LEAP
from structure.arrange.scales import chord_scale, nearest
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_WIDEST = 9
"""Semitones to the climax from the notes around it, at most."""

_ROOM = 3
"""Semitones by which the climax may exceed the section's usual range."""


def with_one_climax(notes: Sequence[Note], ctx: SectionContext, bar: int, ceiling: int) -> list[Note]:
    """Return the notes with the highest of all, heard once, in ``bar``, on its longest accented note.

    Others that reach as high are lowered to the next tone that fits. ``ceiling`` is where the range usually
    ends.
    """
    inside = [i for i, note in enumerate(notes) if note.onset // ctx.meter.bar_quarters == bar]
    if not inside:
        return list(notes)

    def weight(index: int) -> tuple[bool, bool, Fraction, int]:
        note = notes[index]
        return ctx.is_accented(note.onset), index != inside[-1], note.duration, -index

    place = max(inside, key=weight)
    others = max((note.pitch for i, note in enumerate(notes) if i != place), default=0)
    chord = chord_at(ctx.chords, notes[place].onset)
    before = notes[place - 1].pitch if place else others
    reach = min(ceiling + _ROOM, before + _WIDEST)
    options = [p for p in range(notes[place].pitch, reach + 1) if p % 12 in chord.pitch_classes]
    above = [p for p in options if p > others]
    # No higher than it takes: the climax is a step or two above the rest of the section.
    top = above[0] if above else max(options, default=notes[place].pitch)
    risen = [*notes[:place], replace(notes[place], pitch=top), *notes[place + 1 :]]
    _led_to(risen, place, bar, ctx)
    return [
        note if i == place or note.pitch < top else _lowered(note, top, ctx) for i, note in enumerate(risen)
    ]


def _led_to(notes: list[Note], place: int, bar: int, ctx: SectionContext) -> None:
    """Bring the notes of the same bar beside the climax closer where they would leap to it."""
    top = notes[place].pitch
    for index in (place - 1, place + 1):
        inside = 0 <= index < len(notes) and notes[index].onset // ctx.meter.bar_quarters == bar
        if inside and top - notes[index].pitch >= LEAP:
            raised = [*notes[:index], replace(notes[index], pitch=top - 3), *notes[index + 1 :]]
            notes[index] = replace(notes[index], pitch=smooth_pitch(raised, index, ctx, top - 1))


def _lowered(note: Note, top: int, ctx: SectionContext) -> Note:
    chord = chord_at(ctx.chords, note.onset)
    fits = note.pitch % 12 in chord.pitch_classes
    tones = chord.pitch_classes if fits else chord_scale(ctx.key, chord)
    return replace(note, pitch=nearest(top - 1, tones, top - 12, top - 1))


_BACK = 4
"""Semitones of the widest interval that comes back from a leap."""


def with_recovered_leaps(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the notes with some moved so that leaps are followed by a smaller interval back.

    Only notes between others of their own bar move, so that a bar that comes back stays as it was. Notes
    on accents stay tones of their chord, and the highest stays as it is.
    """
    found = list(notes)
    top = max((note.pitch for note in notes), default=0)
    for index in range(1, len(found) - 1):
        before, note, after = found[index - 1 : index + 2]
        if _is_recovered(before, note, after) or not _are_in_one_bar((before, note, after), ctx):
            continue
        following = found[index + 2] if index + 2 < len(found) else None
        pitch = None
        if after.pitch < top and (following is None or _are_in_one_bar((after, following), ctx)):
            pitch = _back_from(before, note, after, following, ctx)
        if pitch is not None:
            found[index + 1] = replace(after, pitch=pitch)
        elif note.pitch < top and (pitch := _between(before, note, after, ctx)) is not None:
            found[index] = replace(note, pitch=pitch)
    return found


def _is_recovered(before: Note, note: Note, after: Note) -> bool:
    """Return whether there is no leap to a note, or a smaller interval back after it."""
    leap, back = note.pitch - before.pitch, after.pitch - note.pitch
    return abs(leap) < LEAP or (leap * back <= 0 and abs(back) <= _BACK)


def _are_in_one_bar(notes: Sequence[Note], ctx: SectionContext) -> bool:
    return len({note.onset // ctx.meter.bar_quarters for note in notes}) == 1


def _back_from(
    before: Note, note: Note, after: Note, following: Note | None, ctx: SectionContext
) -> int | None:
    """Return the pitch nearest to a note that comes back from a leap and goes on without another one."""
    options = [
        pitch
        for pitch in _pitches_near(note.pitch, after, ctx)
        if (pitch - note.pitch) * (note.pitch - before.pitch) < 0
        and (following is None or abs(following.pitch - pitch) <= _BACK)
    ]
    return min(options, key=lambda pitch: (abs(pitch - after.pitch), pitch), default=None)


def _between(before: Note, note: Note, after: Note, ctx: SectionContext) -> int | None:
    """Return the pitch nearest to a note that is reached and left without a leap."""
    options = [
        pitch for pitch in _pitches_near(before.pitch, note, ctx) if abs(after.pitch - pitch) <= _BACK
    ]
    return min(options, key=lambda pitch: (abs(pitch - note.pitch), pitch), default=None)


def _pitches_near(pitch: int, note: Note, ctx: SectionContext) -> list[int]:
    """Return the tones of the chord that a note sounds over, within a third of a pitch.

    They are tones of the scale where the chord has none there and the note is on no accent.
    """
    chord = chord_at(ctx.chords, note.onset)
    scale = chord_scale(ctx.key, chord)
    near = [p for p in range(pitch - _BACK, pitch + _BACK + 1) if p % 12 in scale]
    tones = [p for p in near if p % 12 in chord.pitch_classes]
    return tones or ([] if ctx.is_accented(note.onset) else near)
