"""Tunes in the range of a voice: an octave for all of a song, steps of the scale for what is beyond."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from structure.harmony.bars import chord_at
from structure.lyrics.passage import BEAT, Passage
from structure.lyrics.setting import in_chord
from structure.lyrics.voices import VoiceRange
from structure.plans.score import Note

_OCTAVES = (0, -12, 12, -24, 24)
_STEPS = (0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6)


def octave_for(pitches: Iterable[int], voice: VoiceRange) -> int:
    """Return the octaves, in semitones, by which a song's tune lies best in a voice."""
    heard = sorted(pitches)

    def beyond(by: int) -> tuple[float, int]:
        out = sum(max(0, voice.low - p - by, p + by - voice.high) for p in heard)
        middle = (voice.low + voice.high) / 2
        far = sum(abs(p + by - middle) for p in heard)
        return out + 0.05 * far, abs(by)

    return min(_OCTAVES, key=beyond)


def within_range(notes: Sequence[Note], voice: VoiceRange, passage: Passage) -> list[Note]:
    """Return what is sung in a section in the range of a voice.

    Where it lies beyond, all of it moves by steps of the scale, so that it keeps its shape, and its long
    notes stay in their chords; single notes that are still beyond go to the nearest tone of their chord.
    """
    scale = sorted(passage.scale) or list(range(12))
    pitches = [12 * octave + tone for octave in range(11) for tone in scale]
    places = {
        pitch: min(range(len(pitches)), key=lambda i: (abs(pitches[i] - pitch), i))
        for pitch in {note.pitch for note in notes}
    }
    moved: dict[int, list[int]] = {0: [note.pitch for note in notes]}
    for steps in _STEPS[1:]:
        moved[steps] = []
        for note in notes:
            place = places[note.pitch] + steps
            pitch = pitches[max(0, min(len(pitches) - 1, place))]
            if note.duration >= 1 and passage.weight(note.onset) >= BEAT:
                pitch = in_chord(pitch, passage, note.onset)
            moved[steps].append(pitch)

    def out(steps: int) -> int:
        return sum(max(0, voice.low - pitch, pitch - voice.high) for pitch in moved[steps])

    best = min(_STEPS, key=lambda steps: (out(steps), abs(steps)))
    inside = range(voice.low, voice.high + 1)
    found = []
    for note, pitch in zip(notes, moved[best], strict=True):
        nearest = pitch
        if pitch not in inside:
            tones = chord_at(passage.chords, note.onset).pitch_classes
            able = [one for one in inside if one % 12 in tones] or list(inside)
            nearest = min(able, key=lambda one: (abs(one - pitch), one))
        found.append(note.at_pitch(nearest))
    return found
