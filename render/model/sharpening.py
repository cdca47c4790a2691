"""Attacks and rests as sharp as the score knows them.

The painter draws what it does not know by chance, and so the level of a frame near an attack too: the rise
is then early, late or uneven. The sketch knows how each note begins, to a fraction of a frame. So near an
attack a painted frame keeps its colour and gets the course of the sketch's level.

Where no note sounds and hardly any sound is asked for, what is left of windows that reach too far, and of
rounding, is faded to silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.model.features import CENTRE_DB, FLOOR_DB, SCALE_DB, MelLayout
from render.model.playing.notes import NoteTable

Float = NDArray[np.float32]

_BEFORE, _AFTER, _LEAVING = 5, 8, 4
"""Frames before an attack, against which it is heard, frames after it in which a sound rises, and those in
which the painted level takes over again."""

_QUICK, _SWELL_DB = 4, 3.0
"""A sound that is still to rise by so much behind so many frames swells: a bow, a breath or a voice."""

_KEPT = 0.5
_MOST_GAIN_DB = 24.0
_SILENCE = 10.0 ** (FLOOR_DB / 10.0)

REST_DB = -66.0
"""Asked level of a frame, a sine of amplitude 1 being 0, below which it is at rest."""

_FADE_S = 0.02
_SHORTEST_REST_S = 0.08


def _measure_level_db(mel: Float) -> Float:
    """Return the level of each frame of a scaled log-mel (frames, n_mels) in dB: (frames,)."""
    return np.asarray(10.0 * np.log10(_measure_power(mel) + _SILENCE), dtype=np.float32)


def _measure_power(mel: Float) -> Float:
    """Return the power of each frame of a scaled log-mel (frames, n_mels): (frames,)."""
    decibels = mel * np.float32(SCALE_DB) + np.float32(CENTRE_DB)
    return np.asarray((10.0 ** (decibels / np.float32(10.0))).sum(axis=1), dtype=np.float32)


def find_attack_gains(mel: Float, sketch: Float, notes: NoteTable, layout: MelLayout) -> Float:
    """Return the gain in dB that gives each painted frame near an attack its level: (frames,).

    Both mels are scaled log-mels (frames, n_mels). An attack rises as the sketch does. Where it was painted
    louder than it is drawn, it keeps half of that, so that it still stands out from what sounds before.
    Frames before an attack only become softer. Sounds that the sketch lets swell are left as painted.
    """
    painted, drawn = _measure_level_db(mel), _measure_level_db(sketch)
    gains, nearest = np.zeros_like(painted), np.zeros_like(painted)
    onsets = np.unique(notes.start[notes.start < len(mel) * layout.hop]) / layout.hop
    attacks = [onset for onset in onsets if not _swells(drawn, int(np.floor(onset)))]
    for onset in attacks:
        at = int(np.floor(onset))
        near = slice(max(0, at), max(0, at + _AFTER + _LEAVING + 2))
        left = np.clip((_AFTER + _LEAVING - np.arange(len(mel))[near] + onset) / _LEAVING, 0.0, 1.0)
        rise = slice(near.start, max(0, at + _AFTER + 1))
        louder = max(0.0, painted[rise].max(initial=-np.inf) - drawn[rise].max(initial=-np.inf))
        gain = left * (drawn[near] + _KEPT * louder - painted[near])
        is_nearer = left > nearest[near]
        gains[near][is_nearer], nearest[near][is_nearer] = gain[is_nearer], left[is_nearer]
    for onset in attacks:
        at = int(np.floor(onset))
        before = slice(max(0, at - _BEFORE), max(0, at))
        gains[before] = np.minimum(0.0, drawn[before] - painted[before])
    return np.asarray(gains.clip(-_MOST_GAIN_DB, _MOST_GAIN_DB), dtype=np.float32)


def _swells(drawn: Float, at: int) -> bool:
    """Return whether a sound that begins at a frame goes on to rise after its first frames."""
    first, later = (
        drawn[max(0, at) : max(0, at + _QUICK)],
        drawn[max(0, at) : max(0, at + _AFTER + _LEAVING)],
    )
    return len(first) == 0 or bool(later.max() - first.max() > _SWELL_DB)


def find_rests(mel: Float, notes: NoteTable, layout: MelLayout, n_samples: int) -> list[tuple[int, int]]:
    """Return the spans of samples in which no note sounds and hardly any sound is asked for.

    A frame that is at rest says so of what its window hears most of, its middle half.
    """
    sounds = np.zeros(n_samples + 1, dtype=np.int32)
    for starts, step in ((notes.start, 1), (notes.end, -1)):
        np.add.at(sounds, np.clip(starts, 0, n_samples), step)
    free = np.cumsum(sounds)[:n_samples] == 0
    reach = layout.n_fft // 4
    for frame in np.flatnonzero(_measure_power(mel) >= 10.0 ** (REST_DB / 10.0)).tolist():
        free[max(0, frame * layout.hop - reach) : frame * layout.hop + reach] = False
    edges = np.flatnonzero(np.diff(free.astype(np.int8), prepend=0, append=0))
    shortest = int(_SHORTEST_REST_S * layout.sample_rate)
    return [(begin, end) for begin, end in edges.reshape(-1, 2).tolist() if end - begin >= shortest]


def silence_rests(audio: Float, rests: list[tuple[int, int]], sample_rate: int) -> None:
    """Fade the rests of a clip (samples,) to silence, in place.

    A rest begins and ends with a fade of its own, so nothing outside of it changes.
    """
    size = int(_FADE_S * sample_rate)
    fade = (0.5 + 0.5 * np.cos(np.pi * (np.arange(size) + 0.5) / size)).astype(np.float32)
    for begin, end in rests:
        first, last = begin, end
        if begin > 0:
            audio[begin : begin + size] *= fade
            first += size
        if end < len(audio):
            audio[end - size : end] *= fade[::-1]
            last -= size
        audio[first:last] = 0.0
