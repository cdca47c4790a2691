"""A soft clipper before the limiter, for masters as loud as dance records.

A limiter that has to take many dB off every drum turns down all that sounds with it for as long as it
holds: what it gains in level it loses between the hits, and it brings soft sections up to loud ones. A
clipper touches a peak only while it lasts. Its curve is straight up to a knee and then a hyperbolic
tangent; it works four times oversampled, so that most of what it adds above the band does not fold back.
"""

from __future__ import annotations

import numpy as np
import scipy

from render.audio.types import Audio

KNEE = 0.7
"""Share of the threshold below which nothing changes."""

_OVERSAMPLING = 4
_CONTEXT = 64
_CHUNK_SAMPLES = 1 << 17


def soft_clipped(audio: Audio, threshold: float) -> Audio:
    """Return (channels, samples) whose magnitude tends to ``threshold`` where it would exceed it.

    Overtones beyond the band are cut off, so that a high tone driven hard keeps up to 4/π of it. Samples
    well away from any above the knee are returned as they are.
    """
    clipped = audio.copy()
    n_samples = audio.shape[1]
    for first in range(0, n_samples, _CHUNK_SAMPLES):
        last = min(first + _CHUNK_SAMPLES, n_samples)
        start = max(0, first - _CONTEXT)
        near = audio[:, start : last + _CONTEXT]

        # a polyphase filter and not shape.resample: whole factors, in chunks that meet without a seam
        fine = scipy.signal.resample_poly(near, _OVERSAMPLING, 1, axis=1)
        over = np.abs(fine) / np.float32(threshold) - np.float32(KNEE)
        loud = over > 0.0
        if not loud.any():
            continue

        room = np.float32(1.0 - KNEE)
        cut = np.zeros_like(fine)
        cut[loud] = (room * np.tanh(over[loud] / room) - over[loud]) * np.float32(threshold)
        change = scipy.signal.resample_poly(np.copysign(cut, -fine), 1, _OVERSAMPLING, axis=1).astype(
            np.float32
        )
        clipped[:, first:last] += change[:, first - start : last - start]
    return clipped
