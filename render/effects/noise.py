"""Shape noise in time and frequency: what all effects are made of.

Arrays are float32 or float64 (samples,), mono; ``place`` is where in a sound a moment lies, 0 … 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import scipy
from numpy.typing import NDArray

from render.audio.stft import Samples, Spectra, hann, istft, stft_chunks

Floats = NDArray[np.float64]

Shape = Callable[[Floats, Floats], Floats]
"""From places (frames, 1) and hertz (bins,) to gains (frames, bins)."""

_N_FFT, _HOP = 2048, 512


def shape_noise(noise: Samples, sample_rate: int, shape: Shape) -> Samples:
    """Return noise whose spectrum moves as ``shape`` says, as long as it was."""
    padded = np.pad(noise, (_N_FFT, _N_FFT + -len(noise) % _HOP))
    window = hann(_N_FFT)
    count = (len(padded) - _N_FFT) // _HOP + 1
    hertz = np.asarray(np.fft.rfftfreq(_N_FFT, 1.0 / sample_rate), dtype=np.float64)

    def shape_frames() -> Iterator[Spectra]:
        first = 0
        for spectra in stft_chunks(padded, _N_FFT, _HOP, window):
            middles = (first + np.arange(len(spectra))) * _HOP + _N_FFT / 2 - _N_FFT
            places = np.asarray(np.clip(middles / max(1, len(noise)), 0.0, 1.0)[:, None], dtype=np.float64)
            first += len(spectra)
            yield (spectra * shape(places, hertz)).astype(np.complex64)

    return istft(shape_frames(), _HOP, window, count)[_N_FFT : _N_FFT + len(noise)]


def below(hertz: Floats, cutoff: Floats | float) -> Floats:
    """Return the gains of a low-pass of 24 dB an octave; ``cutoff`` is one for each moment, or for all."""
    return np.asarray(1.0 / (1.0 + (hertz / cutoff) ** 4))


def above(hertz: Floats, cutoff: float) -> Floats:
    """Return the gains of a high-pass of 24 dB an octave."""
    ratio = (np.maximum(hertz, 1e-3) / cutoff) ** 4
    return np.asarray(ratio / (1.0 + ratio))


def around(hertz: Floats, middle: Floats, octaves: float) -> Floats:
    """Return the gains of a band around a moving middle; it is down by 4 dB ``octaves`` from there."""
    return np.asarray(np.exp(-0.5 * (np.log2(np.maximum(hertz, 1.0) / middle) / octaves) ** 2))


def pass_band(noise: Samples, sample_rate: int, low_hz: float, high_hz: float) -> Floats:
    """Return what lies between two frequencies, by filters of 12 dB an octave."""
    sections = scipy.signal.butter(2, (low_hz, high_hz), "bandpass", fs=sample_rate, output="sos")
    return np.asarray(scipy.signal.sosfilt(sections, noise.astype(np.float64)))


def places(n_samples: int) -> Floats:
    """Return the place of each of some samples, from 0 to just below 1."""
    return np.arange(n_samples) / max(1, n_samples)


def glide(start_hz: float, end_hz: float, place: Floats) -> Floats:
    """Return a frequency that goes from one to another, evenly in octaves."""
    return np.asarray(start_hz * (end_hz / start_hz) ** place)


def tone(hertz: Floats, sample_rate: int, partials: int = 1) -> Floats:
    """Return a tone of a moving pitch; its partials fall by 6 dB an octave, and stop at half the rate."""
    phase = 2.0 * np.pi * np.cumsum(hertz) / sample_rate
    found = np.zeros(len(hertz))
    for partial in range(1, partials + 1):
        heard = partial * hertz < 0.45 * sample_rate
        found += np.where(heard, np.sin(partial * phase) / partial, 0.0)
    return found


def fade(audio: Floats, sample_rate: int, in_s: float = 0.0, out_s: float = 0.0) -> Floats:
    """Return audio that comes out of silence, and ends in it."""
    found = np.array(audio, dtype=np.float64)
    for seconds, is_end in ((in_s, False), (out_s, True)):
        count = min(round(seconds * sample_rate), len(found))
        if count:
            ramp = np.sin(0.5 * np.pi * np.arange(count) / count)
            part = slice(len(found) - count, None) if is_end else slice(count)
            found[part] *= ramp[::-1] if is_end else ramp
    return found
