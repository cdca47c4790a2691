"""The pitch of a phrase in time: from note to note without steps, with a vibrato that comes late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from render.voice.score import SungSyllable

Values = NDArray[np.float64]

_GLIDE_S = 0.07
"""How long a voice takes from one pitch to the next; it arrives as the vowel begins."""

_ARRIVES_S = 0.03
"""How long after the note's beginning its pitch is reached."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a singer goes from note to note. Depths are in semitones, times in seconds."""

    vibrato: float = 0.28
    vibrato_hz: float = 5.5
    vibrato_after_s: float = 0.32
    scoop: float = 0.7
    scoop_s: float = 0.09
    scoops: float = 0.35
    """How many of the longer notes are begun from below."""


def pitch_curve(
    phrase: Sequence[SungSyllable], times: Values, manner: Manner, rng: np.random.Generator
) -> Values:
    """Return the pitch of a phrase at some times, as MIDI numbers with fractions."""
    notes = [note for syllable in phrase for note in syllable.notes]
    curve = np.full(len(times), notes[0].pitch, dtype=np.float64)
    for one, other in pairwise(notes):
        glide = min(_GLIDE_S, 0.5 * (other.end_s - other.start_s), 0.5 * (one.end_s - one.start_s))
        begin = other.start_s + _ARRIVES_S - glide
        share = np.clip((times - begin) / max(glide, 1e-3), 0.0, 1.0)
        curve += (other.pitch - one.pitch) * (0.5 - 0.5 * np.cos(np.pi * share))
    for syllable in phrase:
        first = syllable.notes[0]
        long = syllable.end_s - syllable.start_s
        if long > 0.3 and first.stress > 0 and rng.random() < manner.scoops:
            since = times - first.start_s
            inside = (since > -0.1) & (since < manner.scoop_s)
            curve[inside] -= manner.scoop * (1.0 - np.clip(since[inside] / manner.scoop_s, 0.0, 1.0)) ** 2
    for note in notes:
        if note.end_s - note.start_s > 0.45:
            rate = manner.vibrato_hz * (1.0 + 0.06 * rng.standard_normal())
            since = times - note.start_s
            inside = (since > manner.vibrato_after_s) & (times < note.end_s)
            swings = since[inside] - manner.vibrato_after_s
            rises = np.clip(swings / 0.35, 0.0, 1.0)
            fades = np.clip((note.end_s - times[inside]) / 0.08, 0.0, 1.0)
            curve[inside] += manner.vibrato * rises * fades * np.sin(2.0 * np.pi * rate * swings)
    return curve


def to_hertz(pitch: Values) -> Values:
    """Turn MIDI numbers into Hz."""
    return np.asarray(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))
