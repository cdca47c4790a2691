"""What a picture shows of a sound: its envelope and its spectrum on a logarithmic frequency axis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import SILENCE_DB, db_from_power
from render.audio.stft import spectra_at
from render.audio.types import Audio

_WINDOW = 8192
"""Samples a spectrum looks at: 186 ms at 44.1 kHz, enough to part semitones from 90 Hz up."""

_BLOCK = 256
"""Spectra computed together, to bound the memory."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Lowest, highest and RMS sample of each of equally long slices; arrays ``(slices,)``, full scale 1."""

    low: NDArray[np.float32]
    high: NDArray[np.float32]
    rms: NDArray[np.float32]


def envelope(audio: Audio, slices: int) -> Envelope:
    """Return the envelope of ``(channels, samples)`` over all channels; silence may pad the last slice."""
    width = max(1, -(-audio.shape[1] // slices))
    padded = np.zeros((audio.shape[0], width * slices), np.float32)
    padded[:, : audio.shape[1]] = audio
    cut = padded.reshape(audio.shape[0], slices, width)
    power = np.einsum("csw,csw->s", cut, cut) / (audio.shape[0] * width)
    return Envelope(cut.min(axis=(0, 2)), cut.max(axis=(0, 2)), np.sqrt(power))


def log_spectrogram(
    audio: Audio, sample_rate: int, columns: int, rows: int, low_hz: float, high_hz: float
) -> NDArray[np.float32]:
    """Return power in bands of equal width in octaves, in dB, ``(rows, columns)``, the lowest band first.

    Bands share the power of the FFT bins that they cover in part, so that no band is empty however narrow.
    Pink noise gives one level in all bands.
    """
    mono = np.pad(audio.mean(axis=0), _WINDOW // 2)
    starts = np.linspace(0, mono.size - _WINDOW, columns).astype(np.int64)
    edges = np.geomspace(low_hz, high_hz, rows + 1) * _WINDOW / sample_rate + 0.5
    bands = []
    for spectra in spectra_at(mono, starts, _WINDOW, np.hanning(_WINDOW), _BLOCK):
        power = spectra.real**2 + spectra.imag**2
        total = np.zeros((power.shape[0], power.shape[1] + 1))
        np.cumsum(power, axis=1, out=total[:, 1:])

        # the power below each edge; bin k reaches from k to k + 1
        whole = np.minimum(edges.astype(np.int64), power.shape[1] - 1)
        part = edges - whole
        below = total[:, whole] * (1 - part) + total[:, whole + 1] * part
        bands.append(np.diff(below, axis=1).astype(np.float32))
    return db_from_power(np.concatenate(bands).T, SILENCE_DB)
