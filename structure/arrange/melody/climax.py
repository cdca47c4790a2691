"""One highest note in a section: the point to which its melody rises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.melody.dissonance import smooth_pitch
from structure.arrange.scales import chord_scale, nearest
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_LEAP = 5
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
        if inside and top - notes[index].pitch >= _LEAP:
            raised = [*notes[:index], replace(notes[index], pitch=top - 3), *notes[index + 1 :]]
            notes[index] = replace(notes[index], pitch=smooth_pitch(raised, index, ctx, top - 1))


def _lowered(note: Note, top: int, ctx: SectionContext) -> Note:
    chord = chord_at(ctx.chords, note.onset)
    fits = note.pitch % 12 in chord.pitch_classes
    tones = chord.pitch_classes if fits else chord_scale(ctx.key, chord)
    return replace(note, pitch=nearest(top - 1, tones, top - 12, top - 1))
