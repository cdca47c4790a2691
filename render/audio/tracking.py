"""What free audio plays: where its beats are, and which pitch classes sound; and its stretching.

Beats are tracked by librosa (Ellis, "Beat tracking by dynamic programming", JNMR 2007), which is optional,
and a line is laid through them (Theil and Sen), whose slope is the tempo and whose offset is the phase.
Rubber Band (pedalboard) stretches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.librosa_loading import load_librosa
from render.audio.types import Audio

HOP = 256
"""Samples between two values of the strength of onsets."""

USUAL_LAG_S = 0.018
"""How late the tracker usually hears a beat."""

_FEWEST_BEATS = 4
_STEADY_SHARE = 0.03
"""Beats that scatter around their line by more than this share of a beat are no beats."""

_AUDIBLE_SHARE = 0.2
"""Tracked beats with a weaker attack, against strong ones, are where the tracker has filled a gap."""

_CHROMA_HOP = 2048


@dataclass(frozen=True, slots=True)
class Beats:
    """The line through tracked beats.

    ``period`` and ``offset`` are in samples. ``steady``: they lie on it. ``accents`` are how strongly each
    begins.
    """

    period: float
    offset: float
    steady: bool
    accents: tuple[float, ...] = ()


def find_beats(audio: Audio, sample_rate: int, usual_bpm: float = 120.0) -> Beats:
    """Return the beats of (channels, samples), looked for near a usual tempo. Needs librosa.

    Where too few are heard, they are those of the usual tempo, and not steady.
    """
    librosa = load_librosa()
    rate = sample_rate
    mono = np.ascontiguousarray(audio.mean(axis=0))
    strength = librosa.onset.onset_strength(y=mono, sr=rate, hop_length=HOP)
    _, frames = librosa.beat.beat_track(
        onset_envelope=strength,
        sr=rate,
        hop_length=HOP,
        start_bpm=usual_bpm,
        tightness=200,
        trim=False,
    )
    frames = np.asarray(frames, dtype=np.int64)
    accents = strength[np.minimum(frames, len(strength) - 1)].astype(np.float64)
    heard = accents > _AUDIBLE_SHARE * (float(np.quantile(accents, 0.8)) if len(accents) else 0.0)
    if np.count_nonzero(heard) < _FEWEST_BEATS:
        return Beats(60.0 * rate / usual_bpm, 0.0, steady=False)
    samples = refine_beats(strength, frames[heard]) * HOP
    # beats that nothing marks are guesses, which do not count; how many lie between two that do, does
    index = np.cumsum(np.append(0, np.rint(np.diff(samples) / np.median(np.diff(samples)))))
    from scipy.stats import theilslopes  # a second to load, which most commands need not

    period, offset, *_ = theilslopes(samples, index)
    scatter = float(np.median(np.abs(samples - (period * index + offset))))
    first = int(np.flatnonzero(heard)[0])
    return Beats(
        float(period),
        float(offset) - first * float(period),
        scatter < _STEADY_SHARE * float(period),
        tuple(accents.tolist()),
    )


def refine_beats(strength: NDArray[np.float32], frames: NDArray[np.int64]) -> NDArray[np.float64]:
    """Place beats between frames: at the top of the parabola through each peak and its neighbours."""
    inside = np.clip(frames, 1, len(strength) - 2)
    left, top, right = (strength[inside + step].astype(np.float64) for step in (-1, 0, 1))
    curve = left - 2.0 * top + right
    move = np.where(curve < 0.0, 0.5 * (left - right) / np.where(curve == 0.0, 1.0, curve), 0.0)
    return np.asarray(frames + np.clip(move, -0.5, 0.5), dtype=np.float64)


def stretch_audio(
    audio: Audio, sample_rate: int, factor: float, semitones: float = 0.0, *, keeps_attacks: bool = False
) -> Audio:
    """Return audio that plays ``factor`` times as fast and is ``semitones`` higher.

    ``keeps_attacks``: what is struck stays within 3 ms of its place, where it may be 20 ms off otherwise;
    what is held sounds a little less smooth.
    """
    import pedalboard

    made = pedalboard.time_stretch(
        np.ascontiguousarray(audio, dtype=np.float32),
        float(sample_rate),
        stretch_factor=float(factor),
        pitch_shift_in_semitones=float(semitones),
        high_quality=not keeps_attacks,
    )
    return np.asarray(made, dtype=np.float32)


def measure_chroma(audio: Audio, sample_rate: int) -> NDArray[np.float64]:
    """Return the mean energy of each pitch class in a clip, (12,)."""
    import librosa

    mono = np.ascontiguousarray(audio.mean(axis=0))
    chroma = librosa.feature.chroma_cqt(
        y=mono, sr=sample_rate, hop_length=_CHROMA_HOP, norm=None, tuning=0.0
    )
    return np.asarray(chroma.mean(axis=1), dtype=np.float64)
