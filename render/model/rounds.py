"""Audio whose overlapping frames agree on a wanted spectrum, found in rounds.

As by Griffin and Lim ("Signal estimation from modified short-time Fourier transform", IEEE TASSP 1984),
with the momentum of Perraudin, Balazs and Søndergaard ("A fast Griffin-Lim algorithm", WASPAA 2013). A
spectrum is linear in its audio, so the momentum is that of the audio, which has a quarter of the numbers.
In the last rounds each frame gets the mel that is wanted, whatever its magnitudes: what is then left over
is what the frames do not agree on.

A round takes the frames a block at a time: what is done to a block stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.features import MelLayout, analysis_window, synthesis_window, window_weights

_MOMENTUM = np.float32(0.99)
_BLOCK_NUMBERS = 65_536
"""Samples of all windows that are looked at together."""

Samples = NDArray[np.float32]
Spectrum = NDArray[np.complex64]
Change = Callable[[slice, Spectrum], None]
"""Changes the spectrum (frames, bins) of a block of frames in place."""


class Frames:
    """Overlapping frames of a clip that stays as it is where ``kept`` (samples,) is 1."""

    def __init__(self, audio: Samples, kept: Samples, layout: MelLayout, n_frames: int) -> None:
        self._layout, self._n_frames, self._n_samples = layout, n_frames, len(audio)
        half = layout.n_fft // 2
        reached = min(len(audio), (n_frames - 1) * layout.hop + half)
        self._size = (n_frames - 1) * layout.hop + layout.n_fft
        self._inside = slice(half, half + reached)
        self._share = (1.0 - kept[:reached]) / window_weights(layout, n_frames).numpy()[self._inside]
        self._fixed = kept[:reached] * audio[:reached]
        self._settled = np.zeros(self._size, dtype=np.float32)
        self._settled[self._inside] = audio[:reached]

    def settle(self, change: Change, rounds: int) -> None:
        """Change all frames and put them together again, ``rounds`` times."""
        looked_at = self._settled
        for number in range(rounds):
            made = self._one_round(looked_at, change)
            if number + 1 < rounds:
                looked_at = made - self._settled
                looked_at *= _MOMENTUM if number else np.float32(0.0)
                looked_at += made
            self._settled = made

    def audio(self) -> Samples:
        """Return the clip as it is now, (samples,)."""
        found = np.zeros(self._n_samples, dtype=np.float32)
        inside = self._settled[self._inside]
        found[: len(inside)] = inside
        return found

    def _one_round(self, audio: Samples, change: Change) -> Samples:
        layout, hop = self._layout, self._layout.hop
        analysis, synthesis = analysis_window(layout), synthesis_window(layout).numpy()
        windows = torch.from_numpy(audio).unfold(0, layout.n_fft, hop)
        total = np.zeros((self._size // hop, hop), dtype=np.float32)
        count = _BLOCK_NUMBERS // layout.n_fft
        for first in range(0, self._n_frames, count):
            block = slice(first, first + count)
            spectrum = torch.fft.rfft(windows[block] * analysis)
            change(block, spectrum.numpy())
            pieces = torch.fft.irfft(spectrum, n=layout.n_fft).numpy()
            pieces *= synthesis
            for k in range(layout.n_fft // hop):
                total[first + k : first + k + len(pieces)] += pieces[:, k * hop : (k + 1) * hop]
        made = total.reshape(-1)
        made[: self._inside.start] = 0.0
        made[self._inside.stop :] = 0.0
        made[self._inside] *= self._share
        made[self._inside] += self._fixed
        return made
