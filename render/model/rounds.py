"""Audio whose overlapping frames agree on a wanted spectrum, found in rounds.

As by Griffin and Lim ("Signal estimation from modified short-time Fourier transform", IEEE TASSP 1984),
with the momentum of Perraudin, Balazs and Søndergaard ("A fast Griffin-Lim algorithm", WASPAA 2013). A
round takes the frames a block at a time: what is done to a block stays in the processor's cache.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.features import MelLayout, analysis_window, synthesis_window, window_weights
from render.model.gains import squared

_MOMENTUM = 0.99
LEAST_LEVEL = 1e-7
_BLOCK_NUMBERS = 65_536
"""Samples of all windows that are looked at together."""

Samples = NDArray[np.float32]


def settle(audio: Samples, wanted: Samples, layout: MelLayout, kept: Samples, rounds: int) -> Samples:
    """Return audio (samples,) whose spectrum has the ``wanted`` magnitudes (frames, bins), as far as there
    is one, after some rounds from ``audio``. ``kept`` (samples,) is 1 where the audio stays as it is."""
    frames, half = len(wanted), layout.n_fft // 2
    reached = min(len(audio), (frames - 1) * layout.hop + half)
    size = (frames - 1) * layout.hop + layout.n_fft
    inside = slice(half, half + reached)
    share = (1.0 - kept[:reached]) / window_weights(layout, frames).numpy()[inside]
    fixed = kept[:reached] * audio[:reached]
    settled = np.zeros(size, dtype=np.float32)
    settled[inside] = audio[:reached]
    earlier = np.zeros(wanted.shape, dtype=np.complex64)
    for _ in range(rounds):
        total = _one_round(settled, earlier, wanted, layout)
        np.multiply(total[inside], share, out=settled[inside])
        settled[inside] += fixed
    found = np.zeros_like(audio)
    found[:reached] = settled[inside]
    return found


def _one_round(
    settled: Samples, earlier: NDArray[np.complex64], wanted: Samples, layout: MelLayout
) -> Samples:
    """Return the sum of the windowed frames of ``settled`` (samples,), moved on from ``earlier`` spectra
    and given the ``wanted`` magnitudes; ``earlier`` has their spectra then."""
    hop, overlap = layout.hop, layout.n_fft // layout.hop
    analysis, synthesis = analysis_window(layout).numpy(), synthesis_window(layout).numpy()
    windows = np.lib.stride_tricks.sliding_window_view(settled, layout.n_fft)[::hop]
    total = np.zeros((len(settled) // hop, hop), dtype=np.float32)
    count = _BLOCK_NUMBERS // layout.n_fft
    for first in range(0, len(wanted), count):
        block = slice(first, first + count)
        spectrum = torch.fft.rfft(torch.from_numpy(windows[block] * analysis)).numpy()
        moved = earlier[block]
        parts = moved.view(np.float32)  # as real numbers, which are twice as fast
        parts *= np.float32(-_MOMENTUM / (1.0 + _MOMENTUM))
        parts += spectrum.view(np.float32)
        level = np.maximum(squared(moved), np.float32(LEAST_LEVEL**2))
        np.sqrt(level, out=level)
        moved *= np.divide(wanted[block], level, out=level)
        pieces = torch.fft.irfft(torch.from_numpy(moved), n=layout.n_fft).numpy()
        pieces *= synthesis
        for k in range(overlap):
            total[first + k : first + k + len(pieces)] += pieces[:, k * hop : (k + 1) * hop]
        earlier[block] = spectrum
    return total.reshape(-1)
