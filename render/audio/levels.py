"""Levels: decibels, RMS, and the fades that joins are made of."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def to_gain(decibels: float) -> np.float32:
    """Decibels to a linear factor."""
    return np.float32(10.0 ** (decibels / 20.0))


def fade_in(length: int) -> NDArray[np.float32]:
    """Equal-power rise from 0 to 1 over ``length`` samples, sampled at their middles."""
    phase = (np.arange(length, dtype=np.float64) + 0.5) / max(length, 1)
    return np.asarray(np.sin(0.5 * np.pi * phase), dtype=np.float32)


def fade_out(length: int) -> NDArray[np.float32]:
    """The mirror of :func:`fade_in`: the squares of both sum to 1."""
    return fade_in(length)[::-1].copy()


def decibels(ratio: float) -> float:
    """A ratio of amplitudes in dB, never below -200."""
    return 20.0 * math.log10(max(ratio, 1e-10))


def rms(audio: NDArray[np.float32]) -> float:
    """Root of the mean square; 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0
