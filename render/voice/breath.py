"""The breath that a singer takes before a phrase: air through an open mouth, which rises."""

from __future__ import annotations

import numpy as np
import scipy

from render.voice.kokoro import Floats

_LEAST_S, _MOST_S = 0.16, 0.42
_BEFORE_S = 0.04
"""Between breath and voice nothing is heard."""

_LEVEL = 0.045
"""How strong it is beside the phrase (both root mean squares). Twice as strong it is heard as an F."""

_MOUTH = ((900.0, 1900.0, 1.0), (2400.0, 3600.0, 0.7), (4200.0, 7000.0, 0.35))
"""Bands in which an open mouth lets air sound, in Hz, and how much."""


def breath(free_s: float, seed: int, rate: int) -> Floats:
    """Return a breath at a sample rate for a phrase of unit level, with the silence behind it.

    It takes as long as ``free_s`` seconds let it; where they are too few, it is empty. The same seed has
    the same breath.
    """
    long = min(_MOST_S, 0.7 * free_s - _BEFORE_S)
    if long < _LEAST_S:
        return np.zeros(0, np.float32)
    count = round(long * rate)
    air = np.random.default_rng(seed & 0x7FFFFFFF).standard_normal(count)
    heard = np.zeros(count)
    for low, high, share in _MOUTH:
        band = scipy.signal.sosfilt(
            scipy.signal.butter(1, (low, high), "bandpass", fs=rate, output="sos"), air
        )
        heard += share * band / np.sqrt(np.mean(np.square(band)))
    at = np.linspace(0.0, 1.0, count)
    heard *= np.sin(0.5 * np.pi * at) ** 1.5 * np.clip((1.0 - at) / 0.2, 0.0, 1.0)
    heard *= _LEVEL / np.sqrt(np.mean(np.square(heard)))
    return np.concatenate([heard, np.zeros(round(_BEFORE_S * rate))]).astype(np.float32)
