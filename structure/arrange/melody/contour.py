"""The contour of a line: one climax, and leaps that are followed by a smaller interval back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.melody.dissonance import smooth_pitch
from structure.arrange.melody.intervals import LEAP, WIDEST
from structure.arrange.scales import chord_scale, nearest
from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.plans.score import Note

_WIDEST = 9
"""Semitones to the climax from the note before, at most."""

_ROOM = 3
"""Semitones by which the climax may exceed the section's usual range."""


def with_one_climax(notes: Sequence[Note], ctx: SectionContext, bar: int, ceiling: int) -> list[Note]:
    """Return the notes with the highest of all, heard once, in ``bar``.

    It is on an accent, and long; in fiddle tunes it is rather a note that can rise above all others. Where
    it cannot, others are lowered that reach as high. ``ceiling`` is where the range usually ends.
    """
    inside = [i for i, note in enumerate(notes) if note.onset // ctx.meter.bar_quarters == bar]
    if not inside:
        return list(notes)

    def rise(index: int) -> tuple[bool, int]:
        """Return whether a note can be the highest of all, and how high it is then."""
        pitch = notes[index].pitch
        others = max((note.pitch for i, note in enumerate(notes) if i != index), default=0)
        before = notes[index - 1].pitch if index else others
        chord = chord_at(ctx.chords, notes[index].onset)
        after = notes[index + 1].pitch if index + 1 < len(notes) else before
        reach = min(ceiling + _ROOM, before + _WIDEST, after + WIDEST)
        options = [p for p in range(pitch, reach + 1) if p % 12 in chord.pitch_classes]
        # No higher than it takes: the climax is a step or two above the rest of the section.
        above = [p for p in options if p > others]
        return (True, above[0]) if above else (False, max(options, default=pitch))

    def weight(index: int) -> tuple[bool, bool, bool, Fraction, int]:
        note = notes[index]
        return (
            is_folk and rise(index)[0],
            ctx.is_accented(note.onset),
            index != inside[-1],
            note.duration,
            -index,
        )

    is_folk = ctx.style.tune.like == "folk"
    place = max(inside, key=weight)
    top = rise(place)[1]
    risen = [*notes[:place], replace(notes[place], pitch=top), *notes[place + 1 :]]

    # Notes of its bar beside it come closer where they would leap to it.
    for index in (place - 1, place + 1):
        if index in inside and top - risen[index].pitch >= LEAP:
            raised = [*risen[:index], replace(risen[index], pitch=top - 3), *risen[index + 1 :]]
            risen[index] = replace(risen[index], pitch=smooth_pitch(raised, index, ctx, top - 1))

    lowered = [index for index, note in enumerate(risen) if index != place and note.pitch >= top]
    for index in lowered:
        note = risen[index]
        here = chord_at(ctx.chords, note.onset)
        is_tone = note.pitch % 12 in here.pitch_classes
        tones = here.pitch_classes if is_tone else chord_scale(ctx.key, here)
        risen[index] = replace(note, pitch=nearest(top - 1, tones, top - 12, top - 1))
    for index in lowered if is_folk else ():
        # Several that are lowered would else be one pitch again and again.
        if any(
            0 <= i < len(risen) and risen[i].pitch == risen[index].pitch for i in (index - 1, index + 1)
        ):
            risen[index] = replace(risen[index], pitch=smooth_pitch(risen, index, ctx, top - 1))
    return risen


_BACK = 4
"""Semitones of the widest interval that comes back from a leap."""


def with_recovered_leaps(
    notes: Sequence[Note], ctx: SectionContext, free: Collection[int] = frozenset()
) -> list[Note]:
    """Return the notes with some moved so that leaps are followed by a smaller interval back.

    Only notes move that come from others of their own bar, so that a bar that comes back stays as it was,
    and those of ``free`` bars, which are heard once.
    Notes on accents stay tones of their chord, and the highest stays as it is.
    """
    found = list(notes)
    top = max((note.pitch for note in notes), default=0)
    for index in range(1, len(found) - 1):
        before, note, after = found[index - 1 : index + 2]
        leap, back = note.pitch - before.pitch, after.pitch - note.pitch
        is_recovered = abs(leap) < LEAP or (leap * back <= 0 and abs(back) <= _BACK)
        if is_recovered:
            continue

        # The next note comes back from the leap, if it goes on without another one.
        following = found[index + 2] if index + 2 < len(found) else None
        whole = (note, after) if following is None else (note, after, following)
        is_inside = _are_in_one_bar(whole, ctx) or after.onset // ctx.meter.bar_quarters in free
        if after.pitch < top and is_inside:
            options = [
                pitch
                for pitch in _pitches_near(note.pitch, after, ctx)
                if (pitch - note.pitch) * leap < 0
                and (following is None or abs(following.pitch - pitch) <= _BACK)
            ]
            if options:
                pitch = min(options, key=lambda pitch: (abs(pitch - after.pitch), pitch))
                found[index + 1] = replace(after, pitch=pitch)
                continue

        # Else the note itself is reached and left without a leap.
        if note.pitch < top and _are_in_one_bar((before, note), ctx):
            near = _pitches_near(before.pitch, note, ctx)
            options = [pitch for pitch in near if abs(after.pitch - pitch) <= _BACK]
            if options:
                pitch = min(options, key=lambda pitch: (abs(pitch - note.pitch), pitch))
                found[index] = replace(note, pitch=pitch)
    return found


def _are_in_one_bar(notes: Sequence[Note], ctx: SectionContext) -> bool:
    return len({note.onset // ctx.meter.bar_quarters for note in notes}) == 1


def _pitches_near(pitch: int, note: Note, ctx: SectionContext) -> list[int]:
    """Return the tones of the chord that a note sounds over, within a third of a pitch.

    They are tones of the scale where the chord has none there and the note is on no accent.
    """
    chord = chord_at(ctx.chords, note.onset)
    scale = chord_scale(ctx.key, chord)
    near = [p for p in range(pitch - _BACK, pitch + _BACK + 1) if p % 12 in scale]
    tones = [p for p in near if p % 12 in chord.pitch_classes]
    return tones or ([] if ctx.is_accented(note.onset) else near)
