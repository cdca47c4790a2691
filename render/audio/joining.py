"""Two takes of one clip joined, so that the joins are not heard."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Ranges = Sequence[tuple[int, int]]

JOIN_SAMPLES = 1323
"""30 ms: how long a join between kept and repainted audio takes; it ends where the new audio begins."""


def spliced(kept: Float, made: Float, repaint: Ranges) -> Float:
    """``kept`` (…, samples) with what lies in ``repaint`` from ``made``.

    A join ends on the range's first or last sample, so that an attack there is whole. Gains have equal
    power, less where the two sides agree and would add up to more (Fink, Holters and Zölzer,
    "Signal-matched power-complementary cross-fading", DAFx 2016).
    """
    result = kept.copy()
    n_samples = kept.shape[-1]
    for first, end in repaint:
        result[..., first:end] = made[..., first:end]
        for at, before, after in ((first, kept, made), (end, made, kept)):
            begin = max(0, at - JOIN_SAMPLES)
            if begin < at < n_samples:
                part = slice(begin, at)
                result[..., part] = _faded(before[..., part], after[..., part])
    return result


def _faded(before: Float, after: Float) -> Float:
    size = before.shape[-1]
    phase = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / size)
    falling, rising = np.cos(phase), np.sin(phase)
    power = math.sqrt(float((before**2).sum()) * float((after**2).sum()))
    likeness = max(0.0, float((before * after).sum()) / power) if power > 0.0 else 0.0
    mixed = (before * falling + after * rising) / np.sqrt(1.0 + 2.0 * falling * rising * likeness)
    return np.asarray(mixed, dtype=np.float32)
