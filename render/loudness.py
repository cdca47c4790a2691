"""Loudness by ITU-R BS.1770-4 and EBU R128: integrated loudness in LUFS, true peak in dBTP."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import firwin, upfirdn

from render.request import Audio

OVERSAMPLING = 4
_TAPS_PER_PHASE = 16
_BLOCK = 1 << 19
SHORTEST_S = 0.4
"""One gating block: nothing shorter has an integrated loudness."""


def integrated_lufs(audio: Audio, sample_rate: int) -> float:
    """Gated loudness of (channels, samples); -inf for silence and for less than 0.4 s."""
    if audio.shape[1] < SHORTEST_S * sample_rate or not np.any(audio):
        return -math.inf
    meter = pyloudnorm.Meter(sample_rate)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = float(meter.integrated_loudness(audio.T.astype(np.float64)))
    return value if math.isfinite(value) else -math.inf


@lru_cache(maxsize=1)
def _interpolator() -> NDArray[np.float32]:
    """Low-pass at the old Nyquist frequency, with gain for the zeros put in between."""
    taps = firwin(OVERSAMPLING * _TAPS_PER_PHASE + 1, 1.0 / OVERSAMPLING, window=("kaiser", 7.0))
    return np.asarray(OVERSAMPLING * taps, dtype=np.float32)


def peak_envelope(audio: Audio) -> NDArray[np.float32]:
    """Largest magnitude near each sample, over all channels, four times oversampled: (samples,).

    Entry ``i`` covers the waveform from half a sample before sample ``i`` to half a sample after it
    (BS.1770-4, annex 2). The sample itself counts too.
    """
    taps = _interpolator()
    delay = len(taps) // 2
    reach = delay // OVERSAMPLING + 1
    n_samples = audio.shape[1]
    peaks = np.abs(audio).max(axis=0)
    for first in range(0, n_samples, _BLOCK):
        last = min(first + _BLOCK, n_samples)
        lead = min(reach, first)
        block = audio[:, first - lead : min(last + reach, n_samples)]
        shift = delay + OVERSAMPLING * lead - OVERSAMPLING // 2
        wanted = OVERSAMPLING * (last - first)
        for channel in block:
            fine = np.abs(upfirdn(taps, np.pad(channel, (0, reach)), up=OVERSAMPLING)[max(shift, 0) :])
            fine = np.pad(fine, (max(-shift, 0), 0))[:wanted].reshape(-1, OVERSAMPLING)
            np.maximum(peaks[first:last], fine.max(axis=1), out=peaks[first:last])
    return np.asarray(peaks, dtype=np.float32)


def true_peak_dbtp(audio: Audio) -> float:
    """True peak of (channels, samples) in dBTP; -inf for silence."""
    peak = float(peak_envelope(audio).max(initial=0.0))
    return 20.0 * math.log10(peak) if peak > 0.0 else -math.inf
