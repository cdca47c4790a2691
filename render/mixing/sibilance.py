"""Sibilance kept in bounds: the treble gives way where it is too loud, in a song or in a voice.

A cutting lathe cannot follow strong treble, and its head heats up; hisses of a voice sting. The treble is
split off by a filter without phase, so that both parts sum to the song again. Its gain moves on blocks of
about a millisecond, down before what is too loud, as the limiter's does.
"""

from __future__ import annotations

import math

import numpy as np
import scipy
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from render.mixing.limiter import limiter_gains, scale_blocks

TREBLE_HZ = 6000.0
_TAPS = 511
_BLOCK_S = 0.001
_LEVEL_S = 0.01
"""The treble's level is that of this much of it."""


def in_time(audio: Audio, kernel: NDArray[np.floating]) -> Audio:
    """Return (channels, samples) behind a symmetric filter of an odd number of taps, without its delay."""
    delay = len(kernel) // 2
    padded = np.pad(audio, ((0, 0), (0, delay)))
    return np.asarray(scipy.signal.oaconvolve(padded, kernel[None], axes=1)[:, delay:][:, : audio.shape[1]])


def treble_levels(
    audio: Audio, sample_rate: int, above_hz: float = TREBLE_HZ
) -> tuple[Audio, NDArray[np.float64], int]:
    """Return what of (channels, samples) lies above a frequency, its levels, and a block's samples.

    It is in time with the audio. The levels are those of blocks, the louder channel's, over 10 ms.
    """
    kernel = scipy.signal.firwin(_TAPS, above_hz, pass_zero=False, fs=sample_rate).astype(np.float32)
    treble = in_time(audio, kernel)
    block = max(1, round(_BLOCK_S * sample_rate))
    power = np.square(np.pad(treble, ((0, 0), (0, -treble.shape[1] % block))))
    blocks = power.reshape(len(power), -1, block).mean(axis=2, dtype=np.float64).max(axis=0)
    smooth = scipy.ndimage.uniform_filter1d(blocks, max(1, round(_LEVEL_S / _BLOCK_S)), mode="nearest")
    return treble, np.sqrt(np.maximum(smooth, 0.0)), block


def soften_treble(
    audio: Audio,
    most_db: float,
    sample_rate: int,
    *,
    above_hz: float = TREBLE_HZ,
    ratio: float = math.inf,
) -> Audio:
    """Return (channels, samples) whose treble, as levels in 10 ms, is at most ``most_db``.

    With a ``ratio``, one of so many decibels of what is too much stays.
    """
    if not math.isfinite(most_db):
        return audio
    treble, levels, block = treble_levels(audio, sample_rate, above_hz)
    too_much = np.maximum(levels / gain_from_db(most_db), 1.0) ** (1.0 - 1.0 / ratio)
    if too_much.max(initial=1.0) == 1.0:
        return audio
    edges = limiter_gains(too_much, 1.0, block, sample_rate)
    return audio + scale_blocks(treble, edges - 1.0, block)
