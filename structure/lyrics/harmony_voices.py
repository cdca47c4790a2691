"""What backing voices sing: with the lead, a third or a sixth from it, or one long tone a chord."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.harmony.bars import chord_at
from structure.harmony.keys import Key
from structure.lyrics.passage import BEAT, Passage
from structure.lyrics.voices import VoiceRange, Wordless
from structure.plans.score import Note, Syllable

_AWAY = tuple(sign * (step + octave) for sign in (-1, 1) for octave in (0, 12) for step in (3, 4, 8, 9))
"""Thirds and sixths from the lead, in semitones, also an octave wider."""

_SOFTER = 0.85
_OOH_VELOCITY = 66
_RELEASE = Fraction(1, 4)


def beside_lead(lead: Sequence[Note], key: Key, passage: Passage, voice: VoiceRange) -> list[Note]:
    """Return the lead's notes with their words, each a third or a sixth of its key or chord away.

    The line lies where the voice sings at ease, below the lead if it can, and goes with it rather than
    leaps. A third or a sixth may be an octave wider.
    """
    scale = set(key.scale)
    costs: list[dict[int, float]] = []
    came: list[dict[int, int]] = []
    for number, note in enumerate(lead):
        tones = chord_at(passage.chords, note.onset).pitch_classes
        weight = 1.0 if note.duration >= 1 or passage.weight(note.onset) >= BEAT else 0.5
        costs.append({})
        came.append({})
        for away in _AWAY:
            pitch = note.pitch + away
            cost = weight * _out_of_place(pitch, scale, tones)
            cost += max(0, voice.low - pitch, pitch - voice.high)
            cost += 0.05 * abs(pitch - (voice.low + voice.high) / 2) + (0.4 if away > 0 else 0.0)
            cost += 0.5 if abs(away) > 12 else 0.0
            if number:
                by = note.pitch - lead[number - 1].pitch
                total, before = min(
                    (costs[-2][one] + 0.15 * abs(pitch - one - by), one) for one in costs[-2]
                )
                cost, came[-1][pitch] = cost + total, before
            costs[-1][pitch] = cost
    found: list[Note] = []
    for number in reversed(range(len(lead))):
        pitch = came[number + 1][found[-1].pitch] if found else min(costs[-1], key=costs[-1].__getitem__)
        found.append(replace(lead[number].scale_velocity(_SOFTER), pitch=pitch))
    return found[::-1]


def _out_of_place(pitch: int, scale: Collection[int], tones: Collection[int]) -> float:
    """Return how badly a tone sounds over a chord: not at all one of its own, worst what rubs on one."""
    if pitch % 12 in tones:
        return 0.0
    rubs = any((pitch + by) % 12 in tones for by in (-1, 1))
    return (1.0 if pitch % 12 in scale else 4.0) + (1.0 if rubs else 0.0)


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
