"""Second melodies: a voice that goes with the first, or one that answers it."""

from __future__ import annotations

from collections.abc import Sequence

from structure.arrange.context import REGISTERS, SectionContext
from structure.arrange.melody.dissonance import without_clashes
from structure.arrange.scales import chord_scale, nearest, step
from structure.harmony.bars import chord_at
from structure.plans.score import Note

LOW, HIGH = REGISTERS["lead"]
_CENTRE = 64
_SHORTEST_GAP_BEATS = 2
"""Beats that the melody must hold or rest for the counter-melody to speak."""


def second_voice(melody: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return a voice in thirds below the melody, or in sixths where a third would leave the register."""
    voice = []
    for note in melody:
        chord = chord_at(ctx.chords, note.onset)
        is_strong = ctx.is_accented(note.onset) or note.onset == chord.onset
        scale = chord_scale(ctx.key, chord)
        allowed = chord.pitch_classes if is_strong else scale
        below = step(note.pitch, -2, scale)
        options = [p for p in range(LOW, HIGH + 1) if p % 12 in allowed and p != note.pitch]
        pitch = min(options, key=lambda p: (abs(p - below) if p < note.pitch else 4 + p - note.pitch, p))
        voice.append(Note(note.onset, note.duration, pitch, max(1, note.velocity - 10)))
    return without_clashes(voice, ctx)


def counter_melody(melody: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return an answer to the melody while it holds or rests, below it.

    It goes from one tone of the chord to the next, against the direction in which the melody went.
    """
    found: list[Note] = []
    pitch = _CENTRE
    beat = ctx.meter.beat_quarters
    end_of_song = ctx.figures_end
    for index, note in enumerate(melody):
        if ctx.ends_song and note.onset >= end_of_song:
            break
        following = melody[index + 1].onset if index + 1 < len(melody) else end_of_song
        start = -(-(note.onset + beat / 2) // beat) * beat
        end = min(following // beat * beat, end_of_song)
        if end - start < _SHORTEST_GAP_BEATS * beat:
            continue

        falls = index > 0 and note.pitch < melody[index - 1].pitch
        onset, direction = start, 1 if falls else -1
        top = max(LOW + 3, min(note.pitch - 3, HIGH))
        low = min(52, top - 11)  # an octave, so that there is a tone below the melody
        while end - onset >= beat:
            chord = chord_at(ctx.chords, onset)
            scale = chord_scale(ctx.key, chord)
            is_first = onset in (start, chord.onset)
            moved = pitch if is_first else step(nearest(pitch, scale, 48, HIGH), direction, scale)
            pitch = nearest(moved, chord.pitch_classes if is_first else scale, low, top)
            found.append(Note(onset, beat, pitch, ctx.velocity(74)))
            onset += beat
    return without_clashes(settle_runs(found, ctx), ctx)


def settle_runs(notes: Sequence[Note], ctx: SectionContext) -> list[Note]:
    """Return the notes with the last of each run on a tone of its chord, where it rests."""
    found = []
    for index, note in enumerate(notes):
        is_last = index + 1 == len(notes) or notes[index + 1].onset > note.end
        tones = chord_at(ctx.chords, note.onset).pitch_classes
        pitch = nearest(note.pitch, tones, 52, HIGH) if is_last else note.pitch
        found.append(Note(note.onset, note.duration, pitch, note.velocity))
    return found
