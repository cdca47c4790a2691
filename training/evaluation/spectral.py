"""Distances between a clip and its reference, and properties of one clip, from the samples alone.

All audio is mono float32 (samples,) at 44.1 kHz.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from render.model.features import CENTRE_DB, SCALE_DB, MelLayout, log_mel, stft
from render.model.playing.notes import NoteTable

Float = NDArray[np.float32]
RATE = 44_100
ACTIVE_SCALED = (-80.0 - CENTRE_DB) / SCALE_DB
"""Mel cells louder than -80 dB in either of two clips count in the mel error."""

_FLOOR_DB = -80.0
_WINDOWS = (512, 1024, 2048)
_HIGH_HZ = 6000.0


def _decibels(audio: Float, window: int) -> torch.Tensor:
    layout = MelLayout(window, window // 4, 1, 1)
    spectrum = stft(torch.from_numpy(np.ascontiguousarray(audio)), layout)
    return 20.0 * torch.log10(spectrum.abs().clamp_min(10.0 ** (_FLOOR_DB / 20.0)))


def mel_error_db(made: Float, wanted: Float, layout: MelLayout) -> float:
    """Return the mean absolute difference of the log-mels of two clips, in dB, where either sounds."""
    a, b = (log_mel(torch.from_numpy(x), layout).numpy() for x in (made, wanted))
    active = np.maximum(a, b) > ACTIVE_SCALED
    gap = np.abs(np.maximum(a, ACTIVE_SCALED) - np.maximum(b, ACTIVE_SCALED))
    return float(gap[active].mean() * SCALE_DB) if active.any() else 0.0


def log_spectral_distance_db(made: Float, wanted: Float) -> float:
    """Return the mean over frames of the RMS difference of two log spectra, in dB, where either sounds.

    The window is 1024 (Gray and Markel, "Distance measures for speech processing", 1976).
    """
    a, b = _decibels(made, 1024), _decibels(wanted, 1024)
    active = (torch.maximum(a, b).amax(1) > _FLOOR_DB + 10.0).nonzero().flatten()
    return float((a - b)[active].square().mean(1).sqrt().mean()) if len(active) else 0.0


def multi_resolution_distance(made: Float, wanted: Float) -> float:
    """Return the multi-resolution STFT distance of two clips.

    It is the mean over windows of 512, 1024 and 2048 of spectral convergence plus log magnitude distance in
    nepers (Yamamoto et al., "Parallel WaveGAN", ICASSP 2020).
    """
    total = 0.0
    for window in _WINDOWS:
        a, b = _decibels(made, window), _decibels(wanted, window)
        linear_a, linear_b = 10.0 ** (a / 20.0), 10.0 ** (b / 20.0)
        convergence = (linear_a - linear_b).norm() / linear_b.norm().clamp_min(1e-9)
        total += float(convergence + (a - b).abs().mean() * np.log(10.0) / 20.0)
    return total / len(_WINDOWS)


def high_band_db(audio: Float) -> float:
    """Return the level above 6 kHz, in dB relative to the whole clip."""
    power = np.abs(np.fft.rfft(audio)) ** 2
    hertz = np.fft.rfftfreq(len(audio), 1.0 / RATE)
    return float(10.0 * np.log10((power[hertz > _HIGH_HZ].sum() + 1e-12) / (power.sum() + 1e-12)))


def rest_floor_db(made: Float, wanted: Float) -> float | None:
    """Return the RMS of a clip where its reference is silent, in dBFS.

    It is taken over the 50 ms blocks where the reference is below -75 dBFS; None where there are none.
    """
    size = RATE // 20
    count = min(len(made), len(wanted)) // size
    made_blocks, wanted_blocks = (
        (x[: count * size].astype(np.float64).reshape(count, size) ** 2).mean(1) for x in (made, wanted)
    )
    silent = wanted_blocks < 10.0**-7.5
    if not silent.any():
        return None
    return float(10.0 * np.log10(made_blocks[silent].mean() + 1e-12))


def _alone(notes: NoteTable) -> list[int]:
    """Return the onsets with nothing else in the 90 ms before them, far enough from the clip's start."""
    starts = np.unique(notes.start)
    gap = np.diff(starts, prepend=-RATE)
    return [int(s) for s in starts[(gap > 0.09 * RATE) & (starts > 0.06 * RATE)]]


def attack_delays_ms(audio: Float, notes: NoteTable) -> dict[int, float]:
    """Return how long after each onset the envelope has risen half of its way, in milliseconds.

    The keys are onsets, in samples: only those at which it rises to at least twice what sounds before.
    """
    # the RMS in windows of 4 ms
    power = uniform_filter1d(audio.astype(np.float64) ** 2, RATE // 250)
    envelope, delays = np.sqrt(np.maximum(power, 0.0) + 1e-14), {}
    for onset in _alone(notes):
        begin, end = onset - int(0.05 * RATE), onset + int(0.09 * RATE)
        if end > len(envelope):
            continue
        before, span = envelope[begin : onset - int(0.03 * RATE)].mean(), envelope[begin:end]
        if span.max() >= 2.0 * before:
            half = before + 0.5 * (span.max() - before)
            delays[onset] = float((int(np.argmax(span > half)) + begin - onset) / RATE * 1000.0)
    return delays


def pre_echo_db(audio: Float, notes: NoteTable) -> float:
    """Return the mean over onsets of the level in the 18 ms before them, in dB.

    It is relative to the 50 ms after them, and at least -60.
    """
    levels = []
    for onset in _alone(notes):
        after = audio[onset : onset + RATE // 20].astype(np.float64)
        before = audio[onset - int(0.02 * RATE) : onset - int(0.002 * RATE)].astype(np.float64)
        if len(after) and len(before):
            loud, quiet = np.sqrt((after**2).mean()) + 1e-6, np.sqrt((before**2).mean())
            levels.append(20.0 * np.log10(max(float(quiet / loud), 1e-3)))
    return float(np.mean(levels)) if levels else -60.0
