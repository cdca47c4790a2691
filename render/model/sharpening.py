"""Attacks and rests as sharp as the score knows them.

The painter draws what it does not know by chance, and so the level of a frame near an attack too: the rise
is then early, late or uneven. The sketch knows how each note begins, to a fraction of a frame. So near an
attack a painted frame keeps its colour and gets the sketch's level.

Where no note sounds and hardly any sound is asked for, what is left of windows that reach too far, and of
rounding, is faded to silence.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from render.model.features import CENTRE_DB, FLOOR_DB, SCALE_DB, MelLayout
from render.model.notes import NoteTable

Float = NDArray[np.float32]

_BEFORE, _AFTER, _LEAVING = 5, 8, 4
"""Frames before an attack, against which it is heard, frames after it in which a sound rises, and those in
which the painted level takes over again."""

_MOST_SHIFT_DB = 24.0
_SILENCE = 10.0 ** (FLOOR_DB / 10.0)

REST_DB = -66.0
"""Asked level of a frame, a sine of amplitude 1 being 0, below which it is at rest."""

_FADE_S = 0.02
_SHORTEST_REST_S = 0.08


def _measure_power(mel: Float) -> Float:
    """Return the power of each frame of a scaled log-mel (frames, n_mels): (frames,)."""
    decibels = mel * np.float32(SCALE_DB) + np.float32(CENTRE_DB)
    return np.asarray((10.0 ** (decibels / np.float32(10.0))).sum(axis=1), dtype=np.float32)


def find_attack_frames(
    notes: NoteTable, layout: MelLayout, n_frames: int
) -> tuple[Float, NDArray[np.bool_]]:
    """Return how far each frame belongs to an attack, 0…1, and which lie before one: two of (frames,)."""
    shares = np.zeros(n_frames, dtype=np.float32)
    before = np.zeros(n_frames, dtype=np.bool_)
    frame = np.arange(n_frames)
    for onset in np.unique(notes.start) / layout.hop:
        at = int(np.floor(onset))
        before[max(0, at - _BEFORE) : max(0, at)] = True
        near = slice(max(0, at), max(0, at + _AFTER + _LEAVING + 2))
        left = (_AFTER + _LEAVING - (frame[near] - onset)) / _LEAVING
        np.maximum(shares[near], np.clip(left, 0.0, 1.0), out=shares[near])
    shares[before] = 1.0
    return shares, before


def sharpen_attacks(mel: Float, sketch: Float, shares: Float, before: NDArray[np.bool_]) -> Float:
    """Give frames of a painted mel the level of the sketch by ``shares`` (frames,), and keep their colour.

    Those that lie ``before`` (frames,) an attack may become softer, but not louder. Both mels are scaled
    log-mels (frames, n_mels), and so is what is returned.
    """
    ratio = (_measure_power(sketch) + _SILENCE) / (_measure_power(mel) + _SILENCE)
    shift = np.clip(10.0 * np.log10(ratio), -_MOST_SHIFT_DB, _MOST_SHIFT_DB) / SCALE_DB
    shift = np.where(before, np.minimum(shift, 0.0), shift)
    return np.asarray(mel + (shares * shift)[:, None], dtype=np.float32)


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
