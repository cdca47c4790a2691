"""Another sample rate for a hand-over, by soxr at its highest quality."""

from __future__ import annotations

import numpy as np
import soxr

from render.audio.types import Audio
from structure.base.grid import resampled_length


def resample(audio: Audio, from_hz: int, to_hz: int) -> Audio:
    """(channels, samples) at another rate; the same array where the rate stays.

    It is linear, so that stems which sum to a mix still do, and without delay. The length is that of the
    grid at the new rate.
    """
    if from_hz == to_hz:
        return audio
    length = resampled_length(audio.shape[1], from_hz, to_hz)
    out = soxr.resample(audio.T.astype(np.float64), from_hz, to_hz, quality="VHQ").T[:, :length]
    out = np.pad(out, ((0, 0), (0, length - out.shape[1])))
    return np.ascontiguousarray(out, dtype=np.float32)
