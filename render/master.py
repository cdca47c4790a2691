"""The master: gentle tone and glue by pedalboard, then loudness and a look-ahead limiter.

The limiter is our own because pedalboard's neither looks ahead nor knows true peaks. It works on short
blocks: the gain of a block is the least that any peak near by allows, smoothed by a window no longer
than the look-ahead, so that it is down when the peak comes. A gain scales the powers and peaks of
blocks, so the gain that gives the loudness is found on them, without the audio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pedalboard
from scipy.ndimage import minimum_filter1d
from scipy.optimize import brentq

from render.loudness import (
    Blocks,
    block_true_peaks,
    gated_lufs,
    hop_samples,
    integrated_lufs,
    k_weighted_powers,
    true_peak_dbtp,
)
from render.mix import to_gain
from render.request import Audio
from render.stitch import fade_out
from structure.spec import MasterSpec

LOOKAHEAD_S = 0.006
_HOLD_S = 0.02
_LONGEST_BLOCK = 48

MOST_LIMITING_DB = 12.0
"""The limiter takes no more than this off a peak: beyond it a song is flattened, not louder."""

LOUDNESS_TOLERANCE_LU = 0.05
_MOST_ROUNDS = 3

_WORKING_LUFS = -20.0
"""Loudness at which the compressor's threshold is meant."""

_CEILING_MARGIN_DB = 0.12
"""A gain that moves can raise a peak between two samples by about this much."""

_MOST_GAIN_DB = 60.0
_END_FADE_S = 0.01
_CHUNK_SAMPLES = 1 << 19


@dataclass(frozen=True, slots=True)
class Master:
    """``audio`` is (2, samples). ``limited_db`` is the limiter's largest gain reduction."""

    audio: Audio
    loudness_lufs: float
    true_peak_dbtp: float
    limited_db: float


@dataclass(frozen=True, slots=True)
class _Levels:
    """K-weighted powers and true peaks of the same blocks, ``per_hop`` of which last 100 ms.

    ``peaks`` also has the rest that fills no block or no hop.
    """

    powers: Blocks
    peaks: Blocks
    block: int
    sample_rate: int

    @property
    def per_hop(self) -> int:
        return hop_samples(self.sample_rate) // self.block

    def lufs(self, gains: Blocks) -> float:
        """Loudness once each block has its gain."""
        whole = len(self.powers) // self.per_hop * self.per_hop
        powers = self.powers[:whole] * np.square(gains[:whole])
        return gated_lufs(powers.reshape(-1, self.per_hop).mean(axis=1))


def _tone_and_glue() -> pedalboard.Pedalboard:
    return pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(24.0),
            pedalboard.LowShelfFilter(90.0, 0.8),
            pedalboard.PeakFilter(320.0, -1.0, 0.8),
            pedalboard.HighShelfFilter(9000.0, 1.5),
            pedalboard.Compressor(-18.0, 1.8, 25.0, 180.0),
        ]
    )


def _toned(premaster: Audio, gain_db: float, sample_rate: int) -> Audio:
    """The premaster at the working loudness through tone and glue, its last sample silent."""
    board, gain = _tone_and_glue(), to_gain(gain_db)
    toned = np.empty_like(premaster)
    for first in range(0, premaster.shape[1], _CHUNK_SAMPLES):
        part = slice(first, first + _CHUNK_SAMPLES)
        toned[:, part] = board(premaster[:, part] * gain, sample_rate, reset=False)
    last = min(round(_END_FADE_S * sample_rate), toned.shape[1])
    toned[:, toned.shape[1] - last :] *= np.append(fade_out(last - 1), np.float32(0.0))
    return toned


def _block_samples(sample_rate: int) -> int:
    """The longest block of at most 48 samples, about a millisecond, that divides 100 ms."""
    hop = hop_samples(sample_rate)
    return max(size for size in range(1, _LONGEST_BLOCK + 1) if hop % size == 0)


def _levels(audio: Audio, sample_rate: int) -> _Levels:
    block = _block_samples(sample_rate)
    powers = k_weighted_powers(audio, sample_rate, block)
    return _Levels(powers, block_true_peaks(audio, block), block, sample_rate)


def limiter_gains(peaks: Blocks, ceiling: float, block: int, sample_rate: int) -> Blocks:
    """Gain at the start and end of each block, (blocks + 1,), 0…1, linear in between.

    ``peaks`` are the true peaks of the blocks; with its gain none exceeds ``ceiling``.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9))
    # an edge serves the blocks on both sides of it
    edges = np.minimum(np.append(needed, 1.0), np.append(1.0, needed))
    reach = max(1, round(LOOKAHEAD_S * sample_rate / block))
    hold = round(_HOLD_S * sample_rate / block) // 2 * 2
    # holds from `reach` before a peak to `reach + hold` after it
    held = minimum_filter1d(edges, 2 * reach + hold + 1, mode="nearest", origin=hold // 2)
    window = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(np.pad(held, reach, mode="edge"), window / window.sum(), mode="valid")
    return np.asarray(np.minimum(smooth, 1.0), dtype=np.float64)


def _middles(edges: Blocks) -> Blocks:
    return 0.5 * (edges[1:] + edges[:-1])


def _gain_for(levels: _Levels, target_lufs: float, ceiling: float) -> float:
    """Gain in dB before the limiter with which the loudness is ``target_lufs``, or comes nearest to it
    with :data:`MOST_LIMITING_DB`."""

    def miss(gain_db: float) -> float:
        gain = 10.0 ** (gain_db / 20.0)
        edges = limiter_gains(levels.peaks * gain, ceiling, levels.block, levels.sample_rate)
        return levels.lufs(gain * _middles(edges)) - target_lufs

    unlimited_db = target_lufs - levels.lufs(np.ones(len(levels.peaks)))
    peak_db = 20.0 * math.log10(float(levels.peaks.max()) / ceiling)
    most_db = MOST_LIMITING_DB - peak_db
    if unlimited_db >= most_db or miss(most_db) <= 0.0:
        return most_db
    if miss(unlimited_db) >= 0.0:
        return unlimited_db
    return float(brentq(miss, unlimited_db, most_db, xtol=1e-3))


def _limited(toned: Audio, levels: _Levels, gain_db: float, ceiling: float) -> tuple[Audio, float]:
    """The audio with its gain through the limiter, and the largest gain reduction in dB."""
    gain = 10.0 ** (gain_db / 20.0)
    edges = limiter_gains(levels.peaks * gain, ceiling, levels.block, levels.sample_rate)
    audio = np.empty_like(toned)
    size = _CHUNK_SAMPLES // levels.block
    ramp = (np.arange(levels.block, dtype=np.float32) + np.float32(0.5)) / np.float32(levels.block)
    for first in range(0, len(levels.peaks), size):
        near = (gain * edges[first : first + size + 1]).astype(np.float32)
        gains = (near[:-1, None] + np.diff(near)[:, None] * ramp).ravel()
        part = slice(first * levels.block, first * levels.block + len(gains))
        np.multiply(toned[:, part], gains[: toned.shape[1] - part.start], out=audio[:, part])
    return audio, max(0.0, round(-20.0 * math.log10(max(float(edges.min()), 1e-6)), 6))


def _measured(audio: Audio, limited_db: float, limit_dbtp: float, sample_rate: int) -> Master:
    """A limited song as it is, after the last hundredths of a dB over the limit are taken off."""
    peak = true_peak_dbtp(audio)
    if peak > limit_dbtp - 0.01:
        audio *= to_gain(limit_dbtp - 0.01 - peak)
        peak = limit_dbtp - 0.01
    return Master(audio, integrated_lufs(audio, sample_rate), peak, limited_db)


def master_song(premaster: Audio, spec: MasterSpec, sample_rate: int) -> Master:
    """Master (2, samples) to the loudness and true peak of ``spec``.

    Silence stays silence. Where the limiter would have to take more than :data:`MOST_LIMITING_DB` off a
    peak, the loudness in the result is lower than asked; the true peak is always kept.
    """
    loudness = integrated_lufs(premaster, sample_rate)
    if not math.isfinite(loudness):
        return Master(premaster.copy(), -math.inf, true_peak_dbtp(premaster), 0.0)
    toned = _toned(premaster, min(_WORKING_LUFS - loudness, _MOST_GAIN_DB), sample_rate)
    levels = _levels(toned, sample_rate)
    ceiling = 10.0 ** ((spec.true_peak_dbtp - _CEILING_MARGIN_DB) / 20.0)
    target = spec.loudness_lufs
    for _ in range(_MOST_ROUNDS):
        gain_db = _gain_for(levels, target, ceiling)
        audio, limited_db = _limited(toned, levels, gain_db, ceiling)
        made = _measured(audio, limited_db, spec.true_peak_dbtp, sample_rate)
        miss = spec.loudness_lufs - made.loudness_lufs
        if abs(miss) <= LOUDNESS_TOLERANCE_LU or limited_db >= MOST_LIMITING_DB - 0.01:
            break
        target += miss
    return made
