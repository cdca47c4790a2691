"""Tempo and beats of music by Ellis's beat tracker, which knows nothing of what was planned.

How strongly notes begin is the usual rise of 128 mel bands, in dB, from frame to frame. The tempo is the
lag at which that agrees most with itself, with a liking for 120 beats a minute; and the beats are the
path through strong beginnings whose steps are nearest to that tempo, by dynamic programming (Ellis, "Beat
tracking by dynamic programming", Journal of New Music Research 36, 2007). The numbers are those of
librosa's tracker, and so are the beats; but librosa compiles its own for seconds in each process.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft, rfft

from render.audio.stft import hann, stft_chunks

HOP = 512
"""Samples from frame to frame."""

_SIZE, _BANDS = 2048, 128
_LEAST_POWER, _RANGE_DB = 1e-10, 80.0
_LINEAR_HZ, _LOG_FROM_HZ, _LOG_STEP = 200.0 / 3.0, 1000.0, np.log(6.4) / 27.0
"""Slaney's mels: steps of so many Hz up to a frequency, and of so much of it from there on."""

_WINDOW_S, _WINDOW_HOP = 8.0, 8
"""The tempo is told from windows of onsets of so long, so many frames apart; neighbours are all but the
same."""

_USUAL_BPM, _FASTEST_BPM = 120.0, 320.0
_TIGHTNESS = 100.0
"""How much a step counts whose length is not a beat, against how strongly notes begin."""

Floats = NDArray[np.floating[Any]]


def track_beats(mono: NDArray[np.float32], sample_rate: int) -> tuple[float, NDArray[np.float64]]:
    """Return the tempo in beats a minute and the beats in seconds of (samples,); 0 and none in silence."""
    onsets = hear_onsets(mono, sample_rate)
    if not onsets.any():
        return 0.0, np.zeros(0)
    tempo = find_tempo(onsets, sample_rate)
    return tempo, find_beats(onsets, sample_rate, tempo) * HOP / sample_rate


def hear_onsets(mono: NDArray[np.float32], sample_rate: int) -> Floats:
    """Return how strongly notes begin around every ``HOP``-th of (samples,), in dB: (frames,)."""
    bank = _mel_bank(sample_rate)
    padded = np.pad(mono, _SIZE // 2)
    powers = [
        bank @ (spectra.real**2 + spectra.imag**2).T
        for spectra in stft_chunks(padded, _SIZE, HOP, hann(_SIZE))
    ]
    levels = 10.0 * np.log10(np.maximum(_LEAST_POWER, np.concatenate(powers, axis=1)))
    np.maximum(levels, levels.max() - _RANGE_DB, out=levels)
    rises = np.median(np.maximum(0.0, np.diff(levels, axis=1)), axis=0)
    # a rise belongs to the middle of the window in which it is heard
    return np.pad(rises, (1 + _SIZE // (2 * HOP), 0))[: levels.shape[1]]


@lru_cache(maxsize=4)
def _mel_bank(sample_rate: int) -> NDArray[np.float32]:
    """Return what each bin of a spectrum counts in each band of equal area: (bands, bins)."""
    first_log = _LOG_FROM_HZ / _LINEAR_HZ
    highest = first_log + np.log(0.5 * sample_rate / _LOG_FROM_HZ) / _LOG_STEP
    mels = np.linspace(0.0, highest, _BANDS + 2)
    edges = np.where(
        mels < first_log, _LINEAR_HZ * mels, _LOG_FROM_HZ * np.exp(_LOG_STEP * (mels - first_log))
    )
    bins = np.fft.rfftfreq(_SIZE, 1.0 / sample_rate)
    widths = np.diff(edges)[:, None]
    rising = (bins - edges[:-2, None]) / widths[:-1]
    falling = (edges[2:, None] - bins) / widths[1:]
    bank = np.maximum(0.0, np.minimum(rising, falling)) * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.asarray(bank, dtype=np.float32)


def find_tempo(onsets: Floats, sample_rate: int) -> float:
    """Return the tempo in beats a minute that onsets (frames,) agree with most."""
    size = int(_WINDOW_S * sample_rate / HOP)
    padded = np.pad(onsets, size // 2, mode="linear_ramp", end_values=0)
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)[::_WINDOW_HOP] * hann(size)
    spectra = rfft(windows, 2 * size, axis=1)
    alike = irfft(spectra.real**2 + spectra.imag**2, 2 * size, axis=1)[:, :size]
    highest = np.abs(alike).max(axis=1, keepdims=True)
    tempogram = (alike / np.where(highest > np.finfo(np.float32).tiny, highest, 1.0)).mean(axis=0)[1:]
    tempi = 60.0 * sample_rate / (HOP * np.arange(1, size))
    liking = np.where(tempi < _FASTEST_BPM, -0.5 * np.log2(tempi / _USUAL_BPM) ** 2, -np.inf)
    return float(tempi[np.argmax(np.log1p(1e6 * np.maximum(tempogram, 0.0)) + liking)])


def find_beats(onsets: Floats, sample_rate: int, tempo_bpm: float) -> NDArray[np.intp]:
    """Return the frames of the beats in onsets (frames,) of a tempo."""
    period = round(sample_rate / HOP * 60.0 / tempo_bpm)
    window = np.exp(-0.5 * (np.arange(-period, period + 1) * 32.0 / period) ** 2)
    strength = np.convolve(onsets / (onsets.std(ddof=1) + np.finfo(np.float32).tiny), window)
    strength = strength[period : period + len(onsets)]

    # the best path to each frame, and the frame before it on that path: -1 where it begins
    steps = np.arange(round(period / 2), 2 * period + 1)
    costs = _TIGHTNESS * (np.log(steps) - np.log(period)) ** 2
    begins_at = int(np.argmax(strength >= 0.01 * strength.max()))
    scores, before = strength.copy(), np.full(len(strength), -1)
    for frame in range(int(steps[0]), len(strength)):
        reached = scores[max(0, frame - int(steps[-1])) : frame - int(steps[0]) + 1][::-1]
        found = reached - costs[: len(reached)]
        best = int(found.argmax())
        scores[frame] += found[best]
        if frame >= begins_at:
            before[frame] = frame - int(steps[best])

    # the last summit of half the usual height ends the path
    edged = np.pad(scores, 1, mode="edge")
    summits = np.flatnonzero((scores > edged[:-2]) & (scores >= edged[2:]))
    high = summits[scores[summits] >= 0.5 * np.median(scores[summits])]
    frame, beats = int(high[-1]) if len(high) else len(scores) - 1, []
    while frame >= 0:
        beats.append(frame)
        frame = int(before[frame])
    sounding = np.flatnonzero(strength > 0.0)
    return np.array(
        [beat for beat in reversed(beats) if sounding[0] <= beat <= sounding[-1]], dtype=np.intp
    )
