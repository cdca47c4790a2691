"""The mix: each stem's strip, its place in the stereo field and its share of the room.

All processing belongs to one stem and does not change with time, so that the stems sum to the mix
and a section that returns sounds the same again. A stem has one gain for the whole song, never one
for each clip: the energies of the sections are the song's dynamics.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pedalboard
import yaml
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from render.loudness import integrated_lufs
from render.request import Audio
from structure.plan import StemPlan

PREMASTER_PEAK_DBFS = -3.0
"""Where the highest sample of the premaster lies: room for the mastering."""

_DECORRELATOR_S = 0.025
_DECORRELATOR_SEED = 20_221_215
_MOST_GAIN_DB = 40.0


@dataclass(frozen=True, slots=True)
class RoleMix:
    """The strip of one role; see ``data/mix.yaml`` for units."""

    loudness_lufs: float
    highpass_hz: float
    low_db: float
    low_hz: float
    high_db: float
    high_hz: float
    threshold_db: float
    ratio: float
    attack_ms: float
    release_ms: float
    width: float
    width_above_hz: float


@lru_cache(maxsize=1)
def role_mixes() -> Mapping[str, RoleMix]:
    """The strip of each role."""
    text = (Path(__file__).parent / "data" / "mix.yaml").read_text(encoding="utf-8")
    return {role: RoleMix(**values) for role, values in yaml.safe_load(text).items()}


def to_gain(decibels: float) -> np.float32:
    """Decibels to a linear factor."""
    return np.float32(10.0 ** (decibels / 20.0))


def _levelled(audio: Audio, sample_rate: int, target_lufs: float) -> Audio:
    """One gain for the whole stem, to ``target_lufs`` over the parts in which it sounds."""
    loudness = integrated_lufs(audio, sample_rate)
    if not math.isfinite(loudness):
        return audio
    return audio * to_gain(min(target_lufs - loudness, _MOST_GAIN_DB))


def _strip(mix: RoleMix) -> pedalboard.Pedalboard:
    return pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(mix.highpass_hz),
            pedalboard.LowShelfFilter(mix.low_hz, mix.low_db),
            pedalboard.HighShelfFilter(mix.high_hz, mix.high_db),
            pedalboard.Compressor(mix.threshold_db, mix.ratio, mix.attack_ms, mix.release_ms),
        ]
    )


@lru_cache(maxsize=4)
def _decorrelator(sample_rate: int) -> NDArray[np.float32]:
    """Velvet noise of unit energy (Alary, Politis and Välimäki, DAFx 2017): sparse signed pulses."""
    rng = np.random.default_rng(_DECORRELATOR_SEED)
    size = int(_DECORRELATOR_S * sample_rate)
    pulses = 30
    kernel = np.zeros(size, dtype=np.float32)
    for k in range(pulses):
        place = min(size - 1, int((k + rng.random()) * size / pulses))
        kernel[place] = rng.choice((-1.0, 1.0)) * math.exp(-3.0 * place / size)
    return np.asarray(kernel / np.sqrt(np.sum(kernel**2)), dtype=np.float32)


def widen(mono: NDArray[np.float32], mix: RoleMix, sample_rate: int) -> Audio:
    """Mono (samples,) to stereo (2, samples): left and right gain and lose the same side signal, so
    that their sum is the mono signal again. Low frequencies stay in the middle."""
    if mix.width == 0.0:
        return np.stack([mono, mono])
    side = oaconvolve(mono, _decorrelator(sample_rate))[: len(mono)]
    sections = butter(2, mix.width_above_hz, "highpass", fs=sample_rate, output="sos")
    side = np.asarray(mix.width * sosfilt(sections, side), dtype=np.float32)
    return np.stack([mono + side, mono - side])


def pan_gains(pan: float) -> tuple[np.float32, np.float32]:
    """Left and right gain of an equal-power pan from -1 to 1, 1 each in the middle."""
    angle = 0.25 * math.pi * (1.0 + pan)
    return np.float32(math.sqrt(2.0) * math.cos(angle)), np.float32(math.sqrt(2.0) * math.sin(angle))


def _room() -> pedalboard.Pedalboard:
    return pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(220.0),
            pedalboard.Reverb(room_size=0.55, damping=0.5, wet_level=1.0, dry_level=0.0, width=1.0),
            pedalboard.LowpassFilter(7500.0),
        ]
    )


def mix_stem(audio: Audio, stem: StemPlan, sample_rate: int) -> Audio:
    """One stitched stem, (1 or 2, samples), through its strip: stereo (2, samples).

    The last half second fades to silence with the reverb's tail in it.
    """
    mix = role_mixes()[stem.role]
    levelled = _levelled(audio, sample_rate, mix.loudness_lufs)
    dry = _strip(mix)(levelled, sample_rate) * to_gain(stem.gain_db)
    stereo = widen(dry[0], mix, sample_rate) if dry.shape[0] == 1 else dry
    if stem.reverb > 0.0:
        stereo = stereo + np.float32(stem.reverb) * _room()(stereo, sample_rate)
    left, right = pan_gains(stem.pan)
    stereo = stereo * np.array([[left], [right]], dtype=np.float32)
    last = min(sample_rate // 2, stereo.shape[1])
    stereo[:, stereo.shape[1] - last :] *= np.linspace(1.0, 0.0, last, dtype=np.float32)
    return np.asarray(stereo, dtype=np.float32)


def sum_stems(stems: dict[str, Audio]) -> Audio:
    """Bring all stems, in place, to the common gain at which their sum peaks at
    :data:`PREMASTER_PEAK_DBFS`, and return that sum: the premaster (2, samples)."""
    total = np.zeros_like(next(iter(stems.values())))
    for stem in stems.values():
        total += stem
    peak = float(np.abs(total).max())
    if peak == 0.0:
        return total
    gain = to_gain(PREMASTER_PEAK_DBFS) / np.float32(peak)
    loudest = max([float(np.abs(stem).max()) for stem in stems.values()]) * float(gain)
    gain = gain * np.float32(min(1.0, 0.99 / loudest))  # a stem alone may peak above the sum
    for stem in stems.values():
        np.multiply(stem, gain, out=stem)
    total *= gain
    return total
