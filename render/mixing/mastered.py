"""The master taken apart: what it did to the premaster, done to each stem, so that the stems sum to it.

Equaliser, width and low cuts are linear, and are done to a stem as they are. What compressor, clipper,
trims and limiter did is one gain for all stems, found from the master itself: at each moment the gain that
brings the shaped premaster nearest to the master, in each channel. What no gain explains, which is what a
clipper bends within a fraction of a millisecond, is given to the stems by their shares of the energy there.
The sum of all is the master but for rounding, whatever made it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import scipy
from numpy.typing import NDArray

from render.audio.loudness import measure_lufs
from render.audio.types import Audio
from render.mixing.master import find_tone, shape
from structure.presets.mixes import Mix
from structure.specs.spec import MasterSpec

_GAIN_WINDOW_S = 0.0005
_SHARE_BLOCK_S = 0.01
_MOST_GAIN = 1e3
_NO_POWER = 1e-14
"""Powers below this are rounding: there the gain is that of the nearest sound."""


class MasteredStems:
    """Stems of a song as they are in its master.

    ``stem`` gives each as it is in the premaster, (2, samples); it is asked for each twice, so that no more
    than one has to be in memory.
    """

    def __init__(
        self,
        premaster: Audio,
        master: Audio,
        names: Iterable[str],
        stem: Callable[[str], Audio],
        spec: MasterSpec,
        mix: Mix,
        sample_rate: int,
    ) -> None:
        self._stem, self._rate = stem, sample_rate
        loudness = measure_lufs(premaster, sample_rate)
        self._is_silent = not math.isfinite(loudness)
        if self._is_silent:
            return
        self._tone = find_tone(premaster, loudness, spec, mix, sample_rate)
        shaped = shape(premaster, self._tone, sample_rate)
        self._gains = _gains_between(shaped, master, sample_rate)
        self._rest = master - shaped * self._gains
        self._block = max(1, round(_SHARE_BLOCK_S * sample_rate))
        self._shares = self._find_shares(names)

    def stem(self, name: str) -> Audio:
        """Return one stem as it is in the master."""
        if self._is_silent:
            return self._stem(name)
        part = self._shape(name)
        part *= self._gains
        middles = (np.arange(len(self._shares[name])) + 0.5) * self._block
        share = np.interp(np.arange(part.shape[1]), middles, self._shares[name]).astype(np.float32)
        part += self._rest * share
        return part

    def _shape(self, name: str) -> Audio:
        return shape(self._stem(name), self._tone, self._rate)

    def _find_shares(self, names: Iterable[str]) -> Mapping[str, NDArray[np.float64]]:
        """Return each stem's share of the energy of all, block by block."""
        powers = {}
        for name in names:
            power = np.square(self._shape(name)).sum(axis=0, dtype=np.float64)
            whole = np.pad(
                power, (0, -len(power) % self._block)
            )  # the last block is filled up with silence
            powers[name] = whole.reshape(-1, self._block).sum(axis=1)

        total = np.sum(list(powers.values()), axis=0) + len(powers) * _NO_POWER
        return {name: (power + _NO_POWER) / total for name, power in powers.items()}


def _gains_between(before: Audio, after: Audio, sample_rate: int) -> Audio:
    """Return the gain of each sample, (2, samples), that leads from one sound to another.

    It is the one with the least error over half a millisecond; where there is nothing, that of the nearest
    sound before.
    """
    window = max(1, round(_GAIN_WINDOW_S * sample_rate)) | 1
    gains = np.ones_like(before)
    for channel in range(before.shape[0]):
        a, b = before[channel].astype(np.float64), after[channel].astype(np.float64)
        power = np.maximum(scipy.ndimage.uniform_filter1d(a * a, window, mode="constant"), 0.0)
        heard = np.flatnonzero(power > _NO_POWER)
        if len(heard):
            both = scipy.ndimage.uniform_filter1d(a * b, window, mode="constant")
            found = np.clip(both[heard] / power[heard], 0.0, _MOST_GAIN)
            nearest = np.maximum(np.searchsorted(heard, np.arange(len(a)), side="right") - 1, 0)
            gains[channel] = found[nearest]
    return gains
