"""Sibilance kept in bounds: the treble gives way where it is loud against the whole song.

A cutting lathe cannot follow strong treble, and its head heats up. The treble is split off by a filter
without phase, so that both parts sum to the song again. Its gain moves on blocks of about a millisecond,
down before what is too loud, as the limiter's does.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import firwin, oaconvolve

from render.audio.levels import db_from_gain, gain_from_db
from render.audio.loudness import measure_lufs
from render.audio.types import Audio
from render.mixing.limiter import limiter_gains, scale_blocks

TREBLE_HZ = 6000.0
_TAPS = 511
_BLOCK_S = 0.001
_LEVEL_S = 0.01
"""The treble's level is that of this much of it."""


def treble_of(audio: Audio, sample_rate: int) -> Audio:
    """Return what of (2, samples) lies above :data:`TREBLE_HZ`, in time with it."""
    return in_time(audio, firwin(_TAPS, TREBLE_HZ, pass_zero=False, fs=sample_rate).astype(np.float32))


def in_time(audio: Audio, kernel: NDArray[np.floating]) -> Audio:
    """Return (channels, samples) behind a symmetric filter of an odd number of taps, without its delay."""
    delay = len(kernel) // 2
    padded = np.pad(audio, ((0, 0), (0, delay)))
    return np.asarray(oaconvolve(padded, kernel[None], axes=1)[:, delay:][:, : audio.shape[1]])


def treble_levels(treble: Audio, sample_rate: int) -> tuple[np.ndarray, int]:
    """Return the level of the treble in blocks, the louder channel's, over 10 ms; and a block's samples."""
    block = max(1, round(_BLOCK_S * sample_rate))
    power = np.square(np.pad(treble, ((0, 0), (0, -treble.shape[1] % block))))
    blocks = power.reshape(2, -1, block).mean(axis=2, dtype=np.float64).max(axis=0)
    smooth = uniform_filter1d(blocks, max(1, round(_LEVEL_S / _BLOCK_S)), mode="nearest")
    return np.sqrt(np.maximum(smooth, 0.0)), block


def soften_treble(audio: Audio, most_db: float, sample_rate: int) -> tuple[Audio, float]:
    """Return (2, samples) with softened treble, and by how many dB it gave way at most.

    The treble is at most ``most_db`` above the loudness of the whole, as levels in 10 ms.
    """
    loudness = measure_lufs(audio, sample_rate)
    if not math.isfinite(loudness):
        return audio, 0.0
    treble = treble_of(audio, sample_rate)
    levels, block = treble_levels(treble, sample_rate)
    edges = limiter_gains(levels, gain_from_db(loudness + most_db), block, sample_rate)
    softened = audio + scale_blocks(treble, edges - 1.0, block)
    return softened, max(0.0, -db_from_gain(float(edges.min())))
