"""Long filters without feedback, by overlapping blocks of spectra: fast, and in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, next_fast_len, rfft

from render.audio.types import Audio

Spectra = NDArray[np.complex64]

_MOST_SAMPLES = 3 << 18
"""A block of spectra is no longer than this, but for filters that need more."""

_FAINTEST = 2.0**-24
"""What rings on below this, the least that a file of 24 bits can hold, is cut off: it would be the rounding
of louder sound in its block, and what comes after would not be the same each time."""

_TIMES_LONGER = 4
"""How much longer than the filter a block is, at least."""


def convolve(audio: Audio, taps: int, spectra_of: Callable[[int], Spectra]) -> Audio:
    """Return (2, samples) through a filter of so many ``taps``; what rings beyond them is cut off.

    ``audio`` is (1 or 2, samples). ``spectra_of`` gives the spectra of the filter's two channels, padded to
    a size: (2, size // 2 + 1).
    """
    samples = audio.shape[1]
    wet = np.zeros((2, samples), dtype=np.float32)
    # what is silent at the end needs no block of its own
    sounding = int(np.flatnonzero(np.abs(audio).max(axis=0)).max(initial=-1)) + 1
    most = max(_MOST_SAMPLES, _TIMES_LONGER * taps) - taps + 1
    step = -(-sounding // max(1, -(-sounding // most)))  # blocks of one length
    size = next_fast_len(step + taps - 1, real=True)
    for first in range(0, sounding, max(1, step)):
        piece = audio[:, first : min(first + step, sounding)]
        if piece.any():
            end = min(first + size, samples)
            wet[:, first:end] += irfft(rfft(piece, size) * spectra_of(size), size)[:, : end - first]
    rings = np.flatnonzero(np.abs(wet[:, sounding:]).max(axis=0, initial=0.0) >= _FAINTEST)
    wet[:, sounding + int(rings.max(initial=-1)) + 1 :] = 0.0
    return wet
