"""The gain of each bin of a spectrum that gives it a wanted mel.

A bin's gain is interpolated from those of its mel bands in decibels, and refined a few times, since
neighbouring bands leak into one another. A bin lies in two bands at most, so the filters are sparse; the
frames are taken a block at a time, which stays in the processor's cache.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.sparse import csr_array

from render.model.features import FLOOR_DB, MelLayout, mel_matrix, unscale_power

REFINEMENTS = 3
MAX_GAIN_DB = 60.0

_RELAXATION = np.float32(1.6)
"""How much of what a band lacks each refinement but the first adds: more than all of it, since a band's
gain reaches it only in part. With it five refinements do what seven did."""

_NEPERS = math.log(10.0) / 10.0
"""Natural logarithm of power in one decibel."""

_FLOOR = np.float32(10.0 ** (FLOOR_DB / 10.0))
_BLOCK_FRAMES = 64

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Filters:
    """Ways from bins to mel bands and back.

    ``bands`` (n_mels, bins) adds the power of bins up to that of bands. ``spread`` (bins, n_mels)
    interpolates from bands to bins; the weights of a bin sum to 1, or to 0 outside the mel's range.
    ``inside`` (bins,) is 1 inside it.
    """

    bands: csr_array
    spread: csr_array
    inside: Block


@lru_cache(maxsize=4)
def _filters(layout: MelLayout) -> _Filters:
    bank = mel_matrix(layout).numpy()
    total = bank.sum(1, keepdims=True)
    spread = np.where(total > 0, bank / np.maximum(total, 1e-6), 0.0).astype(np.float32)
    inside = (total[:, 0] > 0).astype(np.float32)
    return _Filters(csr_array(bank.T), csr_array(spread), inside)


def spread_to_bins(bands: Block, layout: MelLayout) -> Block:
    """Interpolate values of bands (frames, n_mels) to bins (frames, bins), 0 outside of the mel."""
    return np.ascontiguousarray((_filters(layout).spread @ bands.T).T)


def band_logs(mel: torch.Tensor) -> Block:
    """Return the natural logarithms of the power that a scaled log-mel asks for, (n_mels, frames)."""
    return np.ascontiguousarray(np.log(np.maximum(unscale_power(mel).numpy(), _FLOOR)).T)


def gains(source: torch.Tensor, target: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Return the gain of every bin that gives ``source`` the mel ``target``, of at most ``MAX_GAIN_DB``.

    ``source``: complex spectrum, or its magnitudes (frames, bins); ``target``: scaled log-mel (frames,
    n_mels). Returns (frames, bins), 0 outside of the mel's range.
    """
    spectrum, wanted = source.numpy(), band_logs(target)
    found = np.empty(spectrum.shape, dtype=np.float32)
    for first in range(0, len(spectrum), _BLOCK_FRAMES):
        block = slice(first, first + _BLOCK_FRAMES)
        found[block] = block_gains(np.abs(spectrum[block]), wanted[:, block], layout)
    return torch.from_numpy(found)


def block_gains(
    level: Block,
    wanted: Block,
    layout: MelLayout,
    most_db: float = MAX_GAIN_DB,
    refinements: int = REFINEMENTS,
) -> Block:
    """Return the gains of a few frames (frames, bins), as :func:`gains` does, of at most ``most_db``.

    ``level`` are their magnitudes, ``wanted`` what :func:`band_logs` gave for them.
    """
    filters = _filters(layout)
    least, most = np.float32(-2.0 * MAX_GAIN_DB * _NEPERS), np.float32(most_db * _NEPERS)
    power = np.ascontiguousarray(np.square(level).T)
    logs = np.zeros_like(power)
    made = power
    for refinement in range(refinements):
        if refinement:
            made = np.exp(logs)
            made *= power
        lacks = wanted - np.log(np.maximum(filters.bands @ made, _FLOOR))
        logs += filters.spread @ (lacks * _RELAXATION if refinement else lacks)
        np.clip(logs, least, most, out=logs)
    logs *= np.float32(0.5)
    found = np.ascontiguousarray(np.exp(logs).T)
    found *= filters.inside
    return found


def band_correction(level: Block, wanted: Block, layout: MelLayout, most_db: float) -> Block:
    """Return the gain of every bin (frames, bins) that brings a mel that is nearly right nearer to it.

    ``level`` are magnitudes (frames, bins); the gain is ``most_db`` at most. It is interpolated between the
    gains of bands as they are, not in decibels, which is quick and for small gains the same.
    """
    filters = _filters(layout)
    power = np.ascontiguousarray(np.square(level).T)
    lacks = wanted - np.log(np.maximum(filters.bands @ power, _FLOOR))
    lacks = np.clip(
        lacks * _RELAXATION, np.float32(-2.0 * MAX_GAIN_DB * _NEPERS), np.float32(most_db * _NEPERS)
    )
    return np.asarray((filters.spread @ np.exp(np.float32(0.5) * lacks)).T)
