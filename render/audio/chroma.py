"""Pitch in audio: how far it is from concert pitch, and how strongly each pitch class sounds.

Spectral peaks carry both. A peak's frequency comes from a parabola through the log magnitudes of its bin
and the two beside it (Smith and Serra, "PARSHL", ICMC 1987); its deviation from the nearest semitone of
440 Hz for A4 says how the sound is tuned, and its pitch class gets its magnitude (Gómez, "Tonal Description
of Music Audio Signals", 2006, section 3.4: harmonic pitch class profiles). How well such classes suit each
key is told by Krumhansl's profiles ("Cognitive Foundations of Musical Pitch", 1990).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.stft import hann, spectra_at

FRAME_S = 0.37
HOP_S = 0.093
LOWEST_HZ = 60.0
HIGHEST_HZ = 2100.0
_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
_COMPRESSION = 0.5
_FLOOR_DB = -60.0
"""Peaks this far below the frame's highest are left out."""

_CONCERT_A_HZ = 440.0
_LEAST_AGREEMENT = 0.15
_HARMONICS = 6
_HARMONIC_SHARE = 0.6
"""What a peak counts for the pitch of which it is a harmonic, against that of the harmonic before it."""

_CHUNK_FRAMES = 64

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Peaks:
    """Spectral peaks of all frames.

    Each has its frame number, its pitch in semitones as MIDI counts, and its weight, which is the magnitude
    to the power of a half.
    """

    frames: NDArray[np.int64]
    pitches: Floats
    weights: Floats
    n_frames: int
    hop: int


def spectral_peaks(mono: NDArray[np.float32], sample_rate: int) -> Peaks:
    """Return the peaks of (samples,), in frames whose middles are a hop apart, the first at sample 0."""
    size = 1 << round(np.log2(FRAME_S * sample_rate))
    hop = round(HOP_S * sample_rate)
    n_frames = 1 + len(mono) // hop
    padded = np.pad(mono, (size // 2, size + hop))
    starts = hop * np.arange(n_frames)
    low, high = (round(hz * size / sample_rate) for hz in (LOWEST_HZ, HIGHEST_HZ))
    found: list[tuple[NDArray[np.int64], Floats, Floats]] = []
    for chunk, spectra in enumerate(spectra_at(padded, starts, size, hann(size), _CHUNK_FRAMES)):
        # the local maxima of each frame's magnitudes, but those far below its highest
        magnitudes = np.abs(spectra[:, low - 1 : high + 2])
        middle = magnitudes[:, 1:-1]
        highest = magnitudes.max(axis=1, keepdims=True)
        loud = middle > np.maximum(highest * gain_from_db(_FLOOR_DB), 1e-6)
        is_peak = loud & (middle > magnitudes[:, :-2]) & (middle >= magnitudes[:, 2:])
        rows, columns = np.nonzero(is_peak)

        # between bins: at the top of the parabola through each and its neighbours
        before, at, after = (np.log(magnitudes[rows, columns + k] + 1e-12) for k in range(3))
        curvature = before - 2.0 * at + after
        offset = np.where(curvature < 0.0, 0.5 * (before - after) / np.minimum(curvature, -1e-12), 0.0)
        bins = np.asarray(columns + 1 + offset, dtype=np.float64)
        pitches = 69.0 + 12.0 * np.log2((bins + low - 1) * sample_rate / size / _CONCERT_A_HZ)
        in_song = np.asarray(rows, dtype=np.int64) + chunk * _CHUNK_FRAMES
        found.append((in_song, pitches, np.exp(at) ** _COMPRESSION))

    frames, pitches, weights = (np.concatenate(part) for part in zip(*found, strict=True))
    return Peaks(frames, pitches, weights, n_frames, hop)


def tuning_cents(peaks: Peaks) -> float | None:
    """Return how far the sound is above concert pitch, -50 to 50 cents.

    It is the circular mean of the peaks' distances from their semitones. None without peaks, and where they
    favour no tuning.
    """
    total = float(peaks.weights.sum())
    if total <= 0.0:
        return None
    turned = np.sum(peaks.weights * np.exp(2j * np.pi * peaks.pitches)) / total
    if abs(turned) < _LEAST_AGREEMENT:
        return None
    return float(100.0 * np.angle(turned) / (2.0 * np.pi))


def chroma(peaks: Peaks) -> Floats:
    """Return the weight of each pitch class from C in each frame: (frames, 12).

    A peak counts for the pitch that it is, and less for those of which it may be a harmonic. It counts the
    less the further it is from a semitone, and nothing half-way.
    """
    found = np.zeros((peaks.n_frames, 12))
    for harmonic in range(1, _HARMONICS + 1):
        pitches = peaks.pitches - 12.0 * np.log2(harmonic)
        classes = np.rint(pitches).astype(np.int64)
        closeness = np.cos(np.pi * (pitches - classes)) ** 2
        weights = peaks.weights * closeness * _HARMONIC_SHARE ** (harmonic - 1)
        np.add.at(found, (peaks.frames, classes % 12), weights)
    return found


def key_scores(classes: NDArray[np.floating[Any]]) -> dict[tuple[int, str], float]:
    """Return the correlation of the weights of the pitch classes from C, (12,), with each key's profile.

    The scores are by tonic and family ("major", "minor"); not a number where all classes weigh the same.
    """
    return {
        (tonic, family): float(np.corrcoef(np.roll(profile, tonic), classes)[0, 1])
        for tonic in range(12)
        for family, profile in _PROFILES.items()
    }
