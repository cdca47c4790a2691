"""The shape of audio: its rate, width and length."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly

from render.audio.levels import rms
from render.audio.types import Audio

if TYPE_CHECKING:
    import torch

SPLICE_S = 0.010
"""Crossfade between kept and repainted audio."""


def at_rate(audio: Audio, rate: int, wanted: int) -> Audio:
    """Audio (channels, samples) at another sample rate, by a polyphase filter."""
    if rate == wanted:
        return audio
    ratio = Fraction(wanted, rate)
    return np.asarray(resample_poly(audio, ratio.numerator, ratio.denominator, axis=1), dtype=np.float32)


def of_length(audio: Audio, n_samples: int) -> Audio:
    """Audio cut, or filled with silence, to a length."""
    short = max(0, n_samples - audio.shape[1])
    return np.ascontiguousarray(np.pad(audio[:, :n_samples], ((0, 0), (0, short))), dtype=np.float32)


def of_width(audio: Audio, channels: int) -> Audio:
    """Audio with 1 or 2 channels."""
    if len(audio) == channels:
        return audio
    return np.repeat(audio, 2, axis=0) if channels == 2 else audio.mean(axis=0, keepdims=True)


def as_tensor(audio: Audio, dtype: torch.dtype) -> torch.Tensor:
    """(channels, samples) as a torch tensor of a precision."""
    import torch  # the renderer uses the others, and plans are made without torch

    return torch.from_numpy(np.ascontiguousarray(audio)).to(dtype)


def spliced(kept: Audio, made: Audio, ranges: Iterable[tuple[int, int]], sample_rate: int) -> Audio:
    """``made`` inside the ranges and ``kept``, sample by sample, outside of them; both (channels, n).

    The crossfades lie inside the ranges.
    """
    fade = max(1, round(SPLICE_S * sample_rate))
    share = np.zeros(kept.shape[1], dtype=np.float32)
    for wanted_first, wanted_end in ranges:
        first, end = max(0, wanted_first), min(wanted_end, kept.shape[1])
        inside = np.arange(first, end)
        rise = (inside - first + 1) / (fade + 1) if first > 0 else np.ones(len(inside))
        fall = (end - inside) / (fade + 1) if end < kept.shape[1] else np.ones(len(inside))
        share[first:end] = np.maximum(share[first:end], np.clip(np.minimum(rise, fall), 0.0, 1.0))
    made = of_length(of_width(made, len(kept)), kept.shape[1])
    return np.where(share > 0.0, kept * (1.0 - share) + made * share, kept).astype(np.float32)


def level_gain(kept: Audio, made: Audio) -> np.float32:
    """Gain that brings one clip to the RMS of another; 1 where either is silent."""
    levels = [rms(kept), rms(made)]
    return np.float32(levels[0] / levels[1]) if min(levels) > 1e-6 else np.float32(1.0)
