"""Leaps that a line does not come back from, mended where a note of the same bar can give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.melody.lines import LEAP
from structure.arrange.scales import chord_scale
from structure.harmony.bars import chord_at
from structure.plans.score import Note

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
    """Return the tones of the chord that a note sounds over, within a third of a pitch; of the scale where
    there is none and the note is on no accent."""
    chord = chord_at(ctx.chords, note.onset)
    scale = chord_scale(ctx.key, chord)
    near = [p for p in range(pitch - _BACK, pitch + _BACK + 1) if p % 12 in scale]
    tones = [p for p in near if p % 12 in chord.pitch_classes]
    return tones or ([] if ctx.is_accented(note.onset) else near)
