"""Notes that colour a line as a style does: approaches from a semitone below, blue notes, leanings.

They take the place of other notes, so that rhythm and harmony stay as they are, and a bar that comes back
is coloured alike. On accents stand leanings alone, which step down into their chord.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.scales import chord_scale, step
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note

_NEAR = 4
"""Semitones of the widest interval to a note that colours."""


def colour_notes(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the notes with some of them coloured; the highest stays as it is."""
    tune = ctx.style.tune
    if not tune.approaches and not tune.blue_notes and not tune.leanings:
        return list(notes)
    top = max((note.pitch for note in notes), default=0)
    found = list(notes)
    for index in range(1, len(found) - 1):
        before, note, after = found[index - 1 : index + 2]
        chord = chord_at(ctx.chords, note.onset)
        if note.pitch >= top:
            continue
        if len({n.onset // ctx.meter.bar_quarters for n in (before, note, after)}) > 1:
            continue  # a bar that comes back may stand between others
        if before.pitch % 12 not in chord_at(ctx.chords, before.onset).pitch_classes:
            continue  # what is foreign resolves on it
        if ctx.is_accented(note.onset) or note.onset == chord.onset:
            pitch = _leaning(before, note, after, chord, ctx)
        else:
            pitch = _colour(before, note, after, chord, ctx)
        if pitch is not None and pitch < top and abs(pitch - before.pitch) <= _NEAR:
            found[index] = replace(note, pitch=pitch)
    return found


def _colour(before: Note, note: Note, after: Note, chord: ChordEvent, ctx: SectionContext) -> int | None:
    """Return the pitch that a note takes, or None where it stays as it is."""
    tune, beat = ctx.style.tune, ctx.meter.beat_quarters
    place = note.onset % ctx.meter.bar_quarters
    draw = ctx.rng("colour", str(place), note.pitch, after.pitch, before.pitch, chord.symbol).random()
    follows_soon = after.onset - note.onset <= beat
    goes_home = after.pitch % 12 in chord_at(ctx.chords, after.onset).pitch_classes
    is_short = follows_soon and 2 * (after.onset - note.onset) <= beat
    if is_short and goes_home and 0 < abs(after.pitch - note.pitch) <= 2 and draw < tune.approaches:
        return after.pitch - 1

    # The major third and the major seventh of the key are sung flat.
    is_bent = (note.pitch - ctx.key.root) % 12 in (4, 11)
    if follows_soon and is_bent and -_NEAR <= after.pitch - note.pitch < -1:
        return note.pitch - 1 if draw < tune.blue_notes else None

    on_beat = note.onset % beat == 0
    if on_beat and follows_soon and goes_home and after.pitch <= note.pitch and draw < tune.leanings:
        return step(after.pitch, 1, chord_scale(ctx.key, chord))
    return None


def _leaning(before: Note, note: Note, after: Note, chord: ChordEvent, ctx: SectionContext) -> int | None:
    """Return the accented pitch from which a note steps down into a chord that goes on.

    None where the note stays as it is.
    """
    tones = chord.pitch_classes
    above = step(after.pitch, 1, chord_scale(ctx.key, chord))
    is_free = after.onset < chord.end and after.pitch % 12 in tones and above % 12 not in tones
    follows_soon = after.onset - note.onset <= ctx.meter.beat_quarters and after.onset <= note.end
    lies_well = abs(after.pitch - note.pitch) <= _NEAR and above - after.pitch <= _STEP
    if not (is_free and follows_soon and lies_well):
        return None
    place = note.onset % ctx.meter.bar_quarters
    draw = ctx.rng("leaning", str(place), note.pitch, after.pitch, before.pitch, chord.symbol).random()
    return above if draw < _ACCENTED * ctx.style.tune.leanings else None


_STEP = 2
"""Semitones of the widest step."""

_ACCENTED = 0.7
"""Share of the leanings on weak beats that accented ones have, of those that could be."""
