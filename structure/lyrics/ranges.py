"""Tunes in the range of a voice: one octave for all of a song, and what is still beyond it brought near."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from structure.harmony.bars import chord_at
from structure.lyrics.passage import Passage
from structure.lyrics.voices import VoiceRange
from structure.plans.score import Note

_OCTAVES = (0, -12, 12, -24, 24)


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
    """Return a phrase in the range of a voice: an octave away as a whole where that brings it in, and
    single notes on the nearest tone of their chord in range."""
    if not notes:
        return []

    def out(by: int) -> int:
        return sum(max(0, voice.low - n.pitch - by, n.pitch + by - voice.high) for n in notes)

    by = min((0, -12, 12), key=lambda octave: (out(octave) + (4 if octave else 0), abs(octave)))
    return [note.at_pitch(_nearest(note.pitch + by, note, voice, passage)) for note in notes]


def _nearest(pitch: int, note: Note, voice: VoiceRange, passage: Passage) -> int:
    if voice.low <= pitch <= voice.high:
        return pitch
    tones = chord_at(passage.chords, note.onset).pitch_classes
    inside = range(voice.low, voice.high + 1)
    able = [one for one in inside if one % 12 in tones] or list(inside)
    return min(able, key=lambda one: (abs(one - pitch), one))
