"""Tonal balance and width: the spectrum of a song in octave bands against a target, and mid against side.

A target is pink-ish: it falls a few dB an octave, as the long-term spectra of recorded music do
(Elowsson and Friberg, "Long-term average spectrum in popular music and its relation to the level of the
percussion", AES 142, 2017), less for loud genres than for acoustic ones. The equaliser that leans
towards it is a minimum-phase FIR filter, smooth from band to band.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from render.audio.cores import count_cores_for, in_order
from render.audio.levels import db_from_power
from render.audio.types import Audio
from structure.presets.mixes import BANDS_HZ

_SEGMENT = 16_384
_ANCHORS_HZ = (125, 4000)
"""The mean of the bands from the one to the other says how loud a target is meant to be."""

_MANY_SEGMENTS = 128
_BATCH = 64
_FLOOR_DB = -120.0
_FILTER_TAPS = 4096

Levels = NDArray[np.float64]
"""Levels in dB, one for each band."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Power spectra of mid (L + R) / 2 and side (L - R) / 2 over a song."""

    hertz: NDArray[np.float64]
    mid: NDArray[np.float64]
    side: NDArray[np.float64]

    def octaves_db(self) -> Levels:
        """Return the levels of both channels together."""
        return self.bands_db(BANDS_HZ)

    def bands_db(self, bands_hz: Iterable[int]) -> Levels:
        """Return the levels in dB of both channels together, in bands.

        They are octaves around :data:`BANDS_HZ`, or thirds of an octave around any other bands.
        """
        both, bands = self.mid + self.side, tuple(bands_hz)
        half = math.sqrt(2.0) if bands == BANDS_HZ else 2.0 ** (1.0 / 6.0)
        levels = []
        for middle in bands:
            inside = (self.hertz >= middle / half) & (self.hertz < middle * half)
            levels.append(db_from_power(float(both[inside].sum()), _FLOOR_DB))
        return np.array(levels)

    def side_to_mid_db(self, above_hz: float = 0.0) -> float:
        """Return the level of the side against the mid; -120 where there is none."""
        heard = self.hertz >= above_hz
        mid, side = float(self.mid[heard].sum()), float(self.side[heard].sum())
        if mid <= 0.0:
            return 0.0
        return max(_FLOOR_DB, db_from_power(side, _FLOOR_DB) - db_from_power(mid, _FLOOR_DB))

    def mono_loss_db(self) -> float:
        """Return what both channels together lose when they are added to one, in dB."""
        mid, side = float(self.mid.sum()), float(self.side.sum())
        return db_from_power((mid + side) / mid) if mid > 0.0 else 0.0

    def filter(self, response: NDArray[np.float64], side_gain: float = 1.0) -> Spectrum:
        """Return the spectrum behind a filter with this power response, and a gain of the side."""
        return Spectrum(self.hertz, self.mid * response, self.side * response * side_gain**2)


def spectrum_of(audio: Audio, sample_rate: int) -> Spectrum:
    """Return long-term spectra of (2, samples) by Welch's method: powers that sum to the mean square.

    Segments do not overlap; of a long song every second one is taken.
    """
    size = min(_SEGMENT, audio.shape[1])
    segments = audio[:, : audio.shape[1] // size * size].reshape(2, -1, size)
    segments = segments[:, :: 2 if segments.shape[1] >= _MANY_SEGMENTS else 1]
    window = np.hanning(size).astype(np.float32)
    weight = float(np.square(window, dtype=np.float64).sum()) * size
    at_once = count_cores_for(segments[0].size)
    mid, side = in_order(
        lambda sign: _mean_power(segments, np.float32(sign), window) / weight, (1.0, -1.0), at_once
    )
    hertz = np.asarray(np.fft.rfftfreq(size, 1.0 / sample_rate), dtype=np.float64)
    return Spectrum(hertz, mid, side)


def _mean_power(
    segments: NDArray[np.float32], sign: np.float32, window: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the mean squared magnitude of the spectra of half the sum of (2, segments, size).

    With a sign of -1, it is half their difference. Both halves of each spectrum are in one.
    """
    total = np.zeros(len(window) // 2 + 1)
    for first in range(0, segments.shape[1], _BATCH):
        left, right = segments[:, first : first + _BATCH]
        spectra = scipy.fft.rfft(np.float32(0.5) * (left + sign * right) * window, axis=1)
        total += np.sum(np.square(spectra.real) + np.square(spectra.imag), axis=0, dtype=np.float64)
    total[1:-1] *= 2.0
    return np.asarray(total / segments.shape[1], dtype=np.float64)


def misses_db(levels: Levels, target: Mapping[int, float]) -> Levels:
    """Return by how many dB each band is above the target.

    Both are first brought to the same mean from 125 Hz to 4 kHz.
    """
    gaps = levels - np.array(list(target.values()))
    anchors = [_ANCHORS_HZ[0] <= band <= _ANCHORS_HZ[1] for band in target]
    return np.asarray(gaps - gaps[anchors].mean(), dtype=np.float64)


def matching_gains_db(levels: Levels, target: Mapping[int, float], share: float, most_db: float) -> Levels:
    """Return gains that go ``share`` of the way to a target, none further than ``most_db``."""
    return np.clip(-share * misses_db(levels, target), -most_db, most_db)


def response_db(
    gains_db: Sequence[float] | Levels, hertz: NDArray[np.float64], bands_hz: Sequence[int] = BANDS_HZ
) -> NDArray[np.float64]:
    """Return the gains of the bands, smooth in between, and level beyond the outermost."""
    octaves = np.log2(np.array(bands_hz, dtype=np.float64))
    curve = scipy.interpolate.PchipInterpolator(octaves, np.asarray(gains_db))
    places = np.log2(np.clip(hertz, bands_hz[0], bands_hz[-1]))
    return np.asarray(curve(places), dtype=np.float64)


def matching_filter(
    gains_db: Sequence[float] | Levels, sample_rate: int, bands_hz: Sequence[int] = BANDS_HZ
) -> NDArray[np.float32]:
    """Return the minimum-phase impulse response of the equaliser with these gains.

    The method is homomorphic (Oppenheim and Schafer, "Discrete-Time Signal Processing", 13).
    """
    size = 4 * _FILTER_TAPS
    hertz = np.asarray(np.fft.rfftfreq(size, 1.0 / sample_rate), dtype=np.float64)
    log_gain = response_db(gains_db, hertz, bands_hz) * math.log(10.0) / 20.0
    cepstrum = np.fft.irfft(log_gain, size)
    cepstrum[1 : size // 2] *= 2.0
    cepstrum[size // 2 + 1 :] = 0.0
    impulse = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), size)[:_FILTER_TAPS]
    fade = np.ones(_FILTER_TAPS)
    fade[_FILTER_TAPS // 2 :] = 0.5 + 0.5 * np.cos(np.pi * np.linspace(0.0, 1.0, _FILTER_TAPS // 2))
    return np.asarray(impulse * fade, dtype=np.float32)
