"""A true-peak limiter with look-ahead, whose gains are one for both channels.

By hand, since the limiter of pedalboard neither looks ahead nor knows true peaks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy

from render.audio.levels import SILENCE_DB, db_from_gain, gain_from_db
from render.audio.loudness import (
    Blocks,
    block_true_peaks,
    find_gated_lufs,
    hop_samples,
    k_weighted_powers,
)
from render.audio.types import Audio

LOOKAHEAD_S = 0.006
_HOLD_S = 0.02
_LONGEST_BLOCK = 48
_CHUNK_SAMPLES = 1 << 19


@dataclass(frozen=True, slots=True)
class BlockLevels:
    """K-weighted powers and true peaks of the same blocks, ``per_hop`` of which last 100 ms.

    ``peaks`` also has the rest that fills no block or no hop.
    """

    powers: Blocks
    peaks: Blocks
    block: int
    sample_rate: int

    @property
    def per_hop(self) -> int:
        """Return the number of blocks in 100 ms."""
        return hop_samples(self.sample_rate) // self.block

    def lufs(self, gains: Blocks) -> float:
        """Return the loudness once each block has its gain."""
        whole = len(self.powers) // self.per_hop * self.per_hop
        powers = self.powers[:whole] * np.square(gains[:whole])
        return find_gated_lufs(powers.reshape(-1, self.per_hop).mean(axis=1))

    def positions(self) -> Blocks:
        """Return the samples of the blocks' edges."""
        return self.block * np.arange(len(self.peaks) + 1, dtype=np.float64)

    def scale(self, edges: Blocks) -> BlockLevels:
        """Return the levels once the edges of the blocks have these gains."""
        gains = block_middles(edges)
        return replace(
            self,
            powers=self.powers * np.square(gains[: len(self.powers)]),
            peaks=self.peaks * np.maximum(edges[1:], edges[:-1]),
        )


def measure_blocks(audio: Audio, sample_rate: int) -> BlockLevels:
    """Measure the blocks of (channels, samples) that a limiter works on."""
    # the longest block of about a millisecond, at most, that divides 100 ms
    hop = hop_samples(sample_rate)
    block = max(size for size in range(1, _LONGEST_BLOCK + 1) if hop % size == 0)

    powers = k_weighted_powers(audio, sample_rate, block)
    return BlockLevels(powers, block_true_peaks(audio, block), block, sample_rate)


def limiter_gains(peaks: Blocks, ceiling: float, block: int, sample_rate: int) -> Blocks:
    """Return the gain at the start and end of each block, (blocks + 1,), 0…1, linear in between.

    ``peaks`` are the true peaks of the blocks; with its gain none exceeds ``ceiling``.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # an edge serves the blocks on both sides of it
    edges = np.minimum(np.append(needed, 1.0), np.append(1.0, needed))
    reach = max(1, round(LOOKAHEAD_S * sample_rate / block))
    hold = round(_HOLD_S * sample_rate / block) // 2 * 2
    # holds from `reach` before a peak to `reach + hold` after it
    held = scipy.ndimage.minimum_filter1d(edges, 2 * reach + hold + 1, mode="nearest", origin=hold // 2)
    window = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(np.pad(held, reach, mode="edge"), window / window.sum(), mode="valid")
    return np.asarray(np.minimum(smooth, 1.0), dtype=np.float64)


def block_middles(edges: Blocks) -> Blocks:
    """Return the gain in the middle of each block from those at its edges."""
    return 0.5 * (edges[1:] + edges[:-1])


def find_gain(levels: BlockLevels, target_lufs: float, ceiling: float, most_limiting_db: float) -> float:
    """Return the gain in dB before the limiter with which the loudness is ``target_lufs``.

    Where that is out of reach, it is the gain that comes nearest to it with the most limiting.
    """

    def miss(gain_db: float) -> float:
        gain = gain_from_db(gain_db)
        edges = limiter_gains(levels.peaks * gain, ceiling, levels.block, levels.sample_rate)
        return levels.lufs(gain * block_middles(edges)) - target_lufs

    unlimited_db = target_lufs - levels.lufs(np.ones(len(levels.peaks)))
    peak_db = db_from_gain(float(levels.peaks.max()) / ceiling)
    most_db = most_limiting_db - peak_db
    if unlimited_db >= most_db or miss(most_db) <= 0.0:
        return most_db
    if miss(unlimited_db) >= 0.0:
        return unlimited_db
    return float(scipy.optimize.brentq(miss, unlimited_db, most_db, xtol=1e-3))


def scale_blocks(audio: Audio, edges: Blocks, block: int, out: Audio | None = None) -> Audio:
    """Return the audio with these gains at the edges of its blocks, linear in between.

    It is written to ``out``, which may be the audio itself, where that is given.
    """
    scaled = np.empty_like(audio) if out is None else out
    size = _CHUNK_SAMPLES // block
    ramp = (np.arange(block, dtype=np.float32) + np.float32(0.5)) / np.float32(block)
    for first in range(0, len(edges) - 1, size):
        near = edges[first : first + size + 1].astype(np.float32)
        gains = (near[:-1, None] + np.diff(near)[:, None] * ramp).ravel()
        part = slice(first * block, first * block + len(gains))
        np.multiply(audio[:, part], gains[: audio.shape[1] - part.start], out=scaled[:, part])
    return scaled


def limit_blocks(
    toned: Audio, levels: BlockLevels, gain_db: float, ceiling: float, out: Audio | None = None
) -> tuple[Audio, float]:
    """Return the audio with its gain through the limiter, and the largest gain reduction in dB.

    The audio is written to ``out`` where that is given.
    """
    gain = gain_from_db(gain_db)
    edges = limiter_gains(levels.peaks * gain, ceiling, levels.block, levels.sample_rate)
    audio = scale_blocks(toned, gain * edges, levels.block, out)
    return audio, max(0.0, round(-db_from_gain(float(edges.min()), SILENCE_DB), 6))
