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

REFINEMENTS = 4
MAX_GAIN_DB = 60.0

_NEPERS = math.log(10.0) / 10.0
"""Natural logarithm of power in one decibel."""

_FLOOR = np.float32(10.0 ** (FLOOR_DB / 10.0))
_BLOCK_FRAMES = 64

Block = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class _Filters:
    """``bands`` (n_mels, bins) adds the power of bins up to that of bands. ``spread`` (bins, n_mels)
    interpolates from bands to bins; the weights of a bin sum to 1, or to 0 outside the mel's range.
    ``inside`` (1, bins) is 1 inside it."""

    bands: csr_array
    spread: csr_array
    inside: Block


@lru_cache(maxsize=4)
def _filters(layout: MelLayout) -> _Filters:
    bank = mel_matrix(layout).numpy()
    total = bank.sum(1, keepdims=True)
    spread = np.where(total > 0, bank / np.maximum(total, 1e-6), 0.0).astype(np.float32)
    inside = (total.T > 0).astype(np.float32)
    return _Filters(csr_array(bank.T), csr_array(spread), inside)


def gains(
    source: torch.Tensor,
    target: torch.Tensor,
    layout: MelLayout,
    most_db: float = MAX_GAIN_DB,
    refinements: int = REFINEMENTS,
) -> torch.Tensor:
    """Return the gain of every bin that gives ``source`` the mel ``target``, of at most ``most_db``.

    ``source``: complex spectrum, or its magnitudes (frames, bins); ``target``: scaled log-mel (frames,
    n_mels). Returns (frames, bins), 0 outside of the mel's range.
    """
    spectrum, filters = source.numpy(), _filters(layout)
    wanted = np.log(np.maximum(unscale_power(target).numpy(), _FLOOR))
    found = np.empty(spectrum.shape, dtype=np.float32)
    for first in range(0, len(spectrum), _BLOCK_FRAMES):
        block = slice(first, first + _BLOCK_FRAMES)
        power = np.ascontiguousarray(squared(spectrum[block]).T)
        logs = _log_gains(power, np.ascontiguousarray(wanted[block].T), filters, most_db, refinements)
        np.exp(0.5 * logs.T, out=found[block])
        found[block] *= filters.inside
    return torch.from_numpy(found)


def _log_gains(power: Block, wanted: Block, filters: _Filters, most_db: float, refinements: int) -> Block:
    """The logarithms of the gains of power (bins, frames) that lead to ``wanted`` ones of bands (n_mels,
    frames)."""
    least, most = np.float32(-2.0 * MAX_GAIN_DB * _NEPERS), np.float32(most_db * _NEPERS)
    gain = np.zeros_like(power)
    shaped = filters.bands @ power
    made = np.empty_like(power)
    for refinement in range(refinements):
        gain += filters.spread @ (wanted - np.log(np.maximum(shaped, _FLOOR)))
        np.maximum(gain, least, out=gain)
        np.minimum(gain, most, out=gain)
        if refinement + 1 < refinements:
            np.exp(gain, out=made)
            made *= power
            shaped = filters.bands @ made
    return gain


def squared(spectrum: NDArray[np.complex64] | Block) -> Block:
    """Return the squared magnitudes of a contiguous spectrum (frames, bins), complex or real."""
    if not np.iscomplexobj(spectrum):
        return np.square(spectrum)
    squares = np.square(spectrum.view(np.float32))
    return np.asarray(squares[:, ::2] + squares[:, 1::2], dtype=np.float32)
