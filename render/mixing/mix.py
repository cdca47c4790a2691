"""The mix: each stem's strip, its place in the stereo field, its sends, and how it gives way to the kick.

All processing belongs to one stem, and none of it changes with time but the duck, whose key is the
score. So the stems sum to the mix, and a section that returns sounds the same again; a compressor
on a bus would follow stems that vary, and carry that into those that do not. A stem has one gain for
the whole song, never one for each clip; what the sections' energies ask for comes after (see
:mod:`render.mixing.energies`). The gain is measured in one section, where the stem first plays in full, and
rounded, so that a change elsewhere in the song leaves it as it is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import pedalboard
from numpy.typing import NDArray
from scipy.signal import butter, oaconvolve, sosfilt

from render.audio.biquad import biquad
from render.audio.levels import db_from_gain, gain_from_db
from render.audio.loudness import gated_lufs, hop_samples, integrated_lufs, plain_powers, sample_peak
from render.audio.types import Audio
from render.mixing.duck import Kick, duck_gains
from render.mixing.sends import EchoTrain, echo, reverberate
from structure.base.grid import Grid
from structure.plans.plan import StemPlan
from structure.presets.mixes import Mix, Strip

HEADROOM_DB = -9.0
"""Gain of all stems in the premaster, where its peak allows it."""

PREMASTER_PEAK_DBFS = -3.0
"""The premaster never peaks above this: room for the mastering."""

GAIN_STEP_DB = 0.5
"""Measured gains are rounded to this step, so that a change in one section seldom moves the others."""

_WORKING_STEP_DB = 4.0
"""Before the strip the level only decides how much is compressed, so coarse steps will do."""

_EQ_QUALITY = 1.0 / math.sqrt(2.0)
_CHUNK_SAMPLES = 1 << 19
_DECORRELATOR_S = 0.025
_DECORRELATOR_RING_S = 0.05
_DECORRELATOR_SEED = 20_221_215
_MOST_GAIN_DB = 40.0
_END_FADE_S = 0.5


def _gain_towards(target_db: float, level_db: float, step_db: float) -> float:
    """Gain from a level to a target, rounded to a step; none for silence."""
    if not math.isfinite(level_db):
        return 1.0
    wanted = min(target_db - level_db, _MOST_GAIN_DB)
    return gain_from_db(step_db * round(wanted / step_db))


def _working_level_db(audio: Audio, sample_rate: int) -> float:
    """Gated level of a stem as its compressor sees it; the same for mono and for two equal channels."""
    return gated_lufs(plain_powers(audio, hop_samples(sample_rate)) / audio.shape[0])


@lru_cache(maxsize=16)
def _equaliser(mix: Strip, sample_rate: int) -> NDArray[np.float64]:
    """Return second-order sections, (n, 6): high-pass, shelves and bell."""
    sections = [
        biquad("high_pass", mix.highpass_hz, _EQ_QUALITY, sample_rate),
        biquad("low_shelf", mix.low_hz, _EQ_QUALITY, sample_rate, mix.low_db),
        biquad("high_shelf", mix.high_hz, _EQ_QUALITY, sample_rate, mix.high_db),
    ]
    if mix.bell_db:
        sections.append(biquad("bell", mix.bell_hz, mix.bell_q, sample_rate, mix.bell_db))
    return np.array(sections)


def _strip(audio: Audio, gain: float, mix: Strip, sample_rate: int) -> Audio:
    """Gain, equaliser, compressor and saturation. The filters run in double precision: in single precision
    low ones have a rounding noise of -86 dB that differs each time a section returns."""
    sections = _equaliser(mix, sample_rate)
    state = np.zeros((len(sections), audio.shape[0], 2))
    toned = np.empty_like(audio)
    for first in range(0, audio.shape[1], _CHUNK_SAMPLES):
        part = slice(first, first + _CHUNK_SAMPLES)
        toned[:, part], state = sosfilt(sections, audio[:, part] * gain, axis=1, zi=state)
    board = pedalboard.Pedalboard(
        [pedalboard.Compressor(mix.threshold_db, mix.ratio, mix.attack_ms, mix.release_ms)]
    )
    if mix.drive_db > 0.0:
        board.append(pedalboard.Distortion(mix.drive_db))
    return np.asarray(board(toned, sample_rate), dtype=np.float32)


@lru_cache(maxsize=16)
def _decorrelator(sample_rate: int, above_hz: float) -> NDArray[np.float32]:
    """Velvet noise of unit energy (Alary, Politis and Välimäki, DAFx 2017): sparse signed pulses,
    without what lies below ``above_hz``."""
    rng = np.random.default_rng(_DECORRELATOR_SEED)
    size = int(_DECORRELATOR_S * sample_rate)
    pulses = 30
    kernel = np.zeros(int((_DECORRELATOR_S + _DECORRELATOR_RING_S) * sample_rate))
    for k in range(pulses):
        place = min(size - 1, int((k + rng.random()) * size / pulses))
        kernel[place] = rng.choice((-1.0, 1.0)) * math.exp(-3.0 * place / size)
    kernel /= np.sqrt(np.sum(kernel**2))
    sections = butter(2, above_hz, "highpass", fs=sample_rate, output="sos")
    return np.asarray(sosfilt(sections, kernel), dtype=np.float32)


def widen(mono: NDArray[np.float32], mix: Strip, sample_rate: int) -> Audio:
    """Mono (samples,) to stereo (2, samples): left and right gain and lose the same side signal, so
    that their sum is the mono signal again. Low frequencies stay in the middle."""
    if mix.width == 0.0:
        return np.stack([mono, mono])
    kernel = np.float32(mix.width) * _decorrelator(sample_rate, mix.width_above_hz)
    side = oaconvolve(mono, kernel)[: len(mono)]
    return np.stack([mono + side, mono - side])


def pan_gains(pan: float) -> tuple[np.float32, np.float32]:
    """Left and right gain of an equal-power pan from -1 to 1, 1 each in the middle."""
    angle = 0.25 * math.pi * (1.0 + pan)
    return np.float32(math.sqrt(2.0) * math.cos(angle)), np.float32(math.sqrt(2.0) * math.sin(angle))


def dry_stem(audio: Audio, strip: Strip, sample_rate: int, reference: slice = slice(None)) -> Audio:
    """One stitched stem, (1 or 2, samples), through its role's strip: stereo, at the strip's loudness in
    the samples of ``reference``."""
    level_db = _working_level_db(audio[:, reference], sample_rate)
    working = _gain_towards(strip.loudness_lufs, level_db, _WORKING_STEP_DB)
    treated = _strip(audio, working, strip, sample_rate)
    stereo = widen(treated[0], strip, sample_rate) if treated.shape[0] == 1 else treated
    loudness = integrated_lufs(stereo[:, reference], sample_rate)
    stereo *= _gain_towards(strip.loudness_lufs, loudness, GAIN_STEP_DB)
    return np.asarray(stereo, dtype=np.float32)


def mix_stem(
    audio: Audio,
    stem: StemPlan,
    mix: Mix,
    grid: Grid,
    reference: slice = slice(None),
    kicks: Sequence[Kick] = (),
    echoes: Sequence[EchoTrain] = (),
) -> Audio:
    """One stitched stem, (1 or 2, samples), in the mix: stereo (2, samples).

    ``reference`` are the samples in which its level is measured. The dry sound is panned; what its sends
    return is not, as a room has no side. All of it gives way to ``kicks``. The last half second fades to
    silence with the tails in it. ``echoes`` are the song's where its tempo changes; else ``grid`` says
    when they come.
    """
    strip = mix.strips[stem.role]
    dry = dry_stem(audio, strip, grid.sample_rate, reference)
    dry *= gain_from_db(stem.gain_db + mix.bus_gain_db(stem.role))
    returns = _returns(dry, stem, mix, grid, echoes)
    dry *= np.array(pan_gains(stem.pan), dtype=np.float32)[:, None]
    for wet in returns:
        dry += wet
    if stem.duck > 0.0 and kicks:
        dry *= duck_gains(kicks, stem.duck, mix.duck, grid, dry.shape[1])
    last = min(round(_END_FADE_S * grid.sample_rate), dry.shape[1])
    dry[:, dry.shape[1] - last :] *= np.linspace(1.0, 0.0, last, dtype=np.float32)
    return dry


def _returns(dry: Audio, stem: StemPlan, mix: Mix, grid: Grid, echoes: Sequence[EchoTrain]) -> list[Audio]:
    """What the stem's sends give back."""
    returns = []
    if stem.reverb > 0.0:
        space = mix.spaces[mix.strips[stem.role].space]
        returns.append(np.float32(stem.reverb) * reverberate(dry, space, grid.sample_rate))
    if stem.delay > 0.0:
        returns.append(np.float32(stem.delay) * echo(dry, mix.delay, grid, echoes))
    return returns


def _common_gain(total: Audio, stems: Iterable[Audio]) -> float:
    """:data:`HEADROOM_DB`, or whole steps less where the sum or a stem alone would peak too high."""
    peak = max(sample_peak(audio) for audio in (total, *stems))
    if peak == 0.0:
        return gain_from_db(HEADROOM_DB)
    room_db = PREMASTER_PEAK_DBFS - db_from_gain(peak)
    return gain_from_db(min(HEADROOM_DB, GAIN_STEP_DB * math.floor(room_db / GAIN_STEP_DB)))


def sum_stems(stems: dict[str, Audio]) -> Audio:
    """Bring all stems, in place, to one common gain, and return their sum: the premaster (2, samples),
    which peaks at :data:`PREMASTER_PEAK_DBFS` at most."""
    total = np.zeros_like(next(iter(stems.values())))
    for stem in stems.values():
        total += stem
    gain = _common_gain(total, stems.values())
    for stem in stems.values():
        np.multiply(stem, gain, out=stem)
    total *= gain
    return total
