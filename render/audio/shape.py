"""The shape of audio: its rate, width and length, and joins between two takes of one clip."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import soxr

from render.audio.levels import rms
from render.audio.types import Audio
from structure.base.grid import count_resampled

if TYPE_CHECKING:
    import torch

_NARROW_STEPS = 64
"""Widths are rounded to such a part, so that clips that differ little are as wide as each other."""

JOIN_S = 0.030
"""How long a join between kept and repainted audio takes; it ends where the new audio begins."""


def resample(audio: Audio, from_hz: int, to_hz: int) -> Audio:
    """Return (channels, samples) at another rate by soxr at its highest quality; the same array at its own.

    It is linear, so that stems which sum to a mix still do, and without delay. The length is that of the
    grid at the new rate.
    """
    if from_hz == to_hz:
        return audio
    length = count_resampled(audio.shape[1], from_hz, to_hz)
    resampled = soxr.resample(audio.T.astype(np.float64), from_hz, to_hz, quality="VHQ").T
    return fit_length(resampled, length)


def fit_length(audio: Audio, n_samples: int) -> Audio:
    """Cut (channels, samples), or fill it up with silence, to a length."""
    short = max(0, n_samples - audio.shape[1])
    return np.ascontiguousarray(np.pad(audio[:, :n_samples], ((0, 0), (0, short))), dtype=np.float32)


def fit_width(audio: Audio, channels: int) -> Audio:
    """Return (1 or 2, samples) with 1 or 2 channels: doubled, or their mean."""
    if len(audio) == channels:
        return audio
    return np.repeat(audio, 2, axis=0) if channels == 2 else audio.mean(axis=0, keepdims=True)


def narrow(audio: Audio, most: float) -> None:
    """Turn the side of (2, samples) down, in place, to at most ``most`` of the power of the middle.

    The sum of both channels stays as it is.
    """
    # without BLAS, whose sums depend on how many cores there are
    powers = np.einsum("is,js->ij", audio, audio, optimize=False)
    both, across = float(np.trace(powers)), 2.0 * float(powers[0, 1])
    mid, side = both + across, both - across
    if side <= most * mid or side <= 0.0:
        return
    factor = math.floor(_NARROW_STEPS * math.sqrt(most * max(mid, 0.0) / side)) / _NARROW_STEPS
    excess = np.float32(0.5 * (1.0 - factor)) * (audio[0] - audio[1])
    audio[0] -= excess
    audio[1] += excess


def as_tensor(audio: Audio, dtype: torch.dtype) -> torch.Tensor:
    """Return (channels, samples) as a torch tensor of a precision."""
    import torch  # the renderer uses the others, and plans are made without torch

    return torch.from_numpy(np.ascontiguousarray(audio)).to(dtype)


def splice(kept: Audio, made: Audio, ranges: Iterable[tuple[int, int]], sample_rate: int) -> Audio:
    """Return ``kept`` (…, samples) with what lies in ``ranges`` from ``made``, which has the same shape.

    A join ends on the range's first or last sample, so that an attack there is whole. Gains have equal
    power, less where the two sides agree and would add up to more (Fink, Holters and Zölzer,
    "Signal-matched power-complementary cross-fading", DAFx 2016). Raises ValueError where the shapes
    differ.
    """
    if kept.shape != made.shape:
        raise ValueError(f"audio of the shape {made.shape} cannot be joined with {kept.shape}")
    n_samples = kept.shape[-1]
    joined: list[tuple[int, int]] = []
    for first, end in sorted((max(0, first), min(end, n_samples)) for first, end in ranges):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((first, end))

    result, earliest = kept.copy(), 0
    for first, end in joined:
        result[..., first:end] = made[..., first:end]
        for at, before, after in ((first, kept, made), (end, made, kept)):
            begin = max(earliest, at - round(JOIN_S * sample_rate))
            if begin < at < n_samples:
                part = slice(begin, at)
                result[..., part] = _crossfade(before[..., part], after[..., part])
            earliest = at
    return result


def _crossfade(before: Audio, after: Audio) -> Audio:
    size = before.shape[-1]
    phase = (np.arange(size, dtype=np.float32) + np.float32(0.5)) * np.float32(np.pi / 2 / size)
    falling, rising = np.cos(phase), np.sin(phase)
    power = math.sqrt(float((before**2).sum()) * float((after**2).sum()))
    likeness = max(0.0, float((before * after).sum()) / power) if power > 0.0 else 0.0
    mixed = (before * falling + after * rising) / np.sqrt(1.0 + 2.0 * falling * rising * likeness)
    return np.asarray(mixed, dtype=np.float32)


def level_gain(kept: Audio, made: Audio) -> np.float32:
    """Return the gain that brings one clip to the RMS of another; 1 where either is silent."""
    levels = [rms(kept), rms(made)]
    return np.float32(levels[0] / levels[1]) if min(levels) > 1e-6 else np.float32(1.0)
