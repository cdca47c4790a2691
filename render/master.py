"""The master: gentle tone and glue by pedalboard, then loudness and a look-ahead limiter.

The limiter is our own because pedalboard's neither looks ahead nor knows true peaks. Its gain is the
least that any peak near by allows, smoothed by a window no longer than the look-ahead, so that it is
down when the peak comes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pedalboard
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import oaconvolve

from render.loudness import integrated_lufs, peak_envelope, true_peak_dbtp
from render.mix import to_gain
from render.request import Audio
from structure.spec import MasterSpec

LOOKAHEAD_S = 0.006
_HOLD_S = 0.02
_WORKING_LUFS = -20.0
"""Loudness at which the compressor's threshold is meant."""

_CEILING_MARGIN_DB = 0.12
"""Smoothing the gain can raise a peak between two samples by about this much."""

LOUDNESS_TOLERANCE_LU = 0.05
_MOST_ROUNDS = 8
_MOST_GAIN_DB = 60.0


@dataclass(frozen=True, slots=True)
class Master:
    """``audio`` is (2, samples). ``limited_db`` is the limiter's largest gain reduction."""

    audio: Audio
    loudness_lufs: float
    true_peak_dbtp: float
    limited_db: float


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


def limiter_gain(peaks: NDArray[np.float32], ceiling: float, sample_rate: int) -> NDArray[np.float32]:
    """Gain of each sample, (samples,), 0…1, so that ``peaks * gain`` stays at or below ``ceiling``.

    ``peaks`` is a :func:`render.loudness.peak_envelope`.
    """
    needed = np.minimum(1.0, ceiling / np.maximum(peaks, 1e-9)).astype(np.float32)
    reach = max(1, int(LOOKAHEAD_S * sample_rate))
    hold = int(_HOLD_S * sample_rate)
    # holds from `reach` before a peak to `reach + hold` after it
    held = minimum_filter1d(needed, 2 * reach + hold + 1, mode="nearest", origin=hold // 2)
    window = np.hanning(2 * reach + 1)
    padded = np.pad(held, reach, mode="edge")
    smooth = oaconvolve(padded, (window / window.sum()).astype(np.float32), mode="valid")
    return np.asarray(np.clip(smooth, 0.0, 1.0), dtype=np.float32)


def master_song(premaster: Audio, spec: MasterSpec, sample_rate: int) -> Master:
    """Master (2, samples) to the loudness and true peak of ``spec``.

    Silence stays silence. Where the limiter cannot reach the loudness in a few rounds, the figures in
    the result say where it ended; the true peak is always kept.
    """
    loudness = integrated_lufs(premaster, sample_rate)
    if not math.isfinite(loudness):
        return Master(premaster.copy(), -math.inf, true_peak_dbtp(premaster), 0.0)
    working = premaster * to_gain(min(_WORKING_LUFS - loudness, _MOST_GAIN_DB))
    toned = np.asarray(_tone_and_glue()(working, sample_rate), dtype=np.float32)
    peaks = peak_envelope(toned)
    ceiling = 10.0 ** ((spec.true_peak_dbtp - _CEILING_MARGIN_DB) / 20.0)
    gain_db = spec.loudness_lufs - integrated_lufs(toned, sample_rate)
    best: Master | None = None
    for _ in range(_MOST_ROUNDS):
        made = _limited(toned, peaks, gain_db, ceiling, spec.true_peak_dbtp, sample_rate)
        miss = spec.loudness_lufs - made.loudness_lufs
        if best is None or abs(miss) < abs(spec.loudness_lufs - best.loudness_lufs):
            best = made
        if abs(miss) <= LOUDNESS_TOLERANCE_LU:
            break
        gain_db += 1.3 * miss if made.limited_db > 1.0 else miss
    assert best is not None
    return best


def _limited(
    toned: Audio,
    peaks: NDArray[np.float32],
    gain_db: float,
    ceiling: float,
    limit_dbtp: float,
    sample_rate: int,
) -> Master:
    raised = to_gain(gain_db)
    gain = limiter_gain(peaks * raised, ceiling, sample_rate)
    audio = toned * (gain * raised)
    peak = true_peak_dbtp(audio)
    if peak > limit_dbtp - 0.01:
        audio *= to_gain(limit_dbtp - 0.01 - peak)
        peak = limit_dbtp - 0.01
    limited_db = -20.0 * math.log10(max(float(gain.min()), 1e-6))
    return Master(audio, integrated_lufs(audio, sample_rate), peak, limited_db)
