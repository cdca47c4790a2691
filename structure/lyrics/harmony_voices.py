"""What backing voices sing: with the lead, a third or a sixth below it, or one long tone a chord."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.harmony.keys import Key
from structure.lyrics.passage import Passage
from structure.lyrics.voices import VoiceRange, Wordless
from structure.plans.score import Note, Syllable

_BELOW = (3, 4, 5, 8, 9, 6, 7)
"""Semitones below the lead, the sweetest first."""

_SOFTER = 0.85
_OOH_VELOCITY = 66
_RELEASE = Fraction(1, 4)


def below_lead(lead: Sequence[Note], key: Key, passage: Passage, voice: VoiceRange) -> list[Note]:
    """Return the lead's notes with their words, each at a tone of its chord or key below it."""
    scale = set(key.scale)
    found = []
    for note in lead:
        tones = chord_at(passage.chords, note.onset).pitch_classes
        able = [note.pitch - down for down in _BELOW]
        inside = [pitch for pitch in able if pitch >= voice.low] or [able[0]]
        pitch = next(
            (one for one in inside[:5] if one % 12 in tones),
            next((one for one in inside if one % 12 in scale), inside[0]),
        )
        found.append(replace(note.scale_velocity(_SOFTER), pitch=pitch))
    return found


def long_tones(passage: Passage, voice: VoiceRange, place: int, sings: Wordless) -> list[Note]:
    """Return a tone of each chord, near the one before; ``place`` counts the backing voices from 0."""
    found: list[Note] = []
    goal = voice.low + (voice.high - voice.low) // 2 + (4, -1, -6)[place % 3]
    for chord in passage.chords:
        near = [p for p in range(voice.low, voice.high + 1) if p % 12 in chord.pitch_classes]
        before = found[-1].pitch if found else goal
        pitch = min(near, key=lambda p: (abs(p - before) + 0.4 * abs(p - goal), p))
        length = chord.duration - min(_RELEASE, chord.duration / 4)
        sung = Syllable(sings.strong[len(found) % len(sings.strong)])
        found.append(Note(chord.onset, length, pitch, _OOH_VELOCITY, syllable=sung))
    return found
