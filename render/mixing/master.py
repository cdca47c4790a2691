"""The master: tonal balance, width, glue by pedalboard, then loudness.

Loudness is made by a look-ahead limiter, behind a clipper where the song is to be loud.

Compressor and limiter take more from loud sections than from soft ones; *trims* give that back, so that
sections keep the levels that the plan gives them (see :mod:`render.mixing.energies`).

The limiter is our own because pedalboard's neither looks ahead nor knows true peaks. It works on short
blocks: the gain of a block is the least that any peak near by allows, smoothed by a window no longer
than the look-ahead, so that it is down when the peak comes. A gain scales the powers and peaks of
blocks, so the gain that gives the loudness is found on them, without the audio.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pedalboard
import scipy

from render.audio.cores import count_cores_for, in_order
from render.audio.levels import db_from_gain, db_from_power, fade_out, gain_from_db, power_from_db
from render.audio.loudness import (
    Blocks,
    measure_lufs,
    true_peak_dbtp,
)
from render.audio.spectrum import (
    Levels,
    matching_filter,
    matching_gains_db,
    misses_db,
    response_db,
    spectrum_of,
)
from render.audio.types import Audio
from render.mixing.clipper import soft_clipped
from render.mixing.coded import measure_coded_peaks
from render.mixing.energies import Section, gain_curve, level_misses_db, section_lufs
from render.mixing.limiter import (
    BlockLevels,
    find_gain,
    limit_blocks,
    limiter_gains,
    measure_blocks,
    scale_blocks,
)
from render.mixing.sibilance import soften_treble
from structure.presets.masters import MASTER_PRESETS, Coder
from structure.presets.mixes import Mix, load_mix
from structure.specs.spec import MasterSpec

LIMITER_SHARE_DB = 1.0
"""Where a preset has a clipper, that leaves peaks this far above the ceiling for the limiter, and what the
loudness that is lost on the way asks for."""

LOUDNESS_TOLERANCE_LU = 0.05
_LIMITING_TOLERANCE_DB = 0.01
_MOST_ROUNDS = 3

_WORKING_LUFS = -20.0
"""Loudness at which the compressor's threshold is meant."""

_OVERSAMPLING_MARGIN_DB = 0.2
"""Peaks found by an eightfold oversampling are up to this much higher than by the fourfold one."""

_CEILING_MARGIN_DB = 0.3
"""That, and what a gain that moves can raise a peak between two samples by."""

_MOST_GAIN_DB = 60.0

_MOST_TRIM_ROUNDS = 8
_MOST_TRIM_DB = 6.0
_TRIM_TOLERANCE_DB = 0.1
_TRIM_RAMP_S = 0.15

_MOST_WIDTH_DB = 4.0
"""A recording's width is followed no further than this."""

_MOST_NARROWING_DB = 12.0
"""The side is turned down by no more than this for mono's sake."""
_END_FADE_S = 0.01

_THIRDS_ROUNDS = 4
_MOST_CODED_ROUNDS = 5
_CHUNK_SAMPLES = 1 << 18
"""A song is mastered in parts of this length, as long as its filters need."""

_CODED_STEP_DB = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Master:
    """A finished song and what was done to it.

    ``audio`` is (2, samples). ``limited_db`` is the limiter's largest gain reduction, ``clipped_db`` how
    far the highest peak was above the clipper's threshold, ``matching_db`` what the equaliser does in each
    of its bands, ``trims_db`` the gain of each section, ``coded_dbtp`` the true peak behind each coder.
    """

    audio: Audio
    loudness_lufs: float
    true_peak_dbtp: float
    limited_db: float
    matching_db: tuple[float, ...] = ()
    trims_db: tuple[float, ...] = ()
    clipped_db: float = 0.0
    coded_dbtp: Mapping[Coder, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Tone:
    """What the master's filters do, all of it linear.

    They have the equaliser's gains, the gain of the side, and the gain in dB that brings the premaster to
    the working loudness.
    """

    matching_db: Levels
    bands_hz: tuple[int, ...]
    side_gain: float
    gain_db: float
    mono_below_hz: float


def find_tone(premaster: Audio, loudness_lufs: float, spec: MasterSpec, mix: Mix, sample_rate: int) -> Tone:
    """Return the tone that leads (2, samples) towards the mix's target, and no wider than mono allows."""
    spectrum = spectrum_of(premaster, sample_rate)
    target = mix.thirds or mix.target
    gains = matching_gains_db(spectrum.bands_db(target), target, mix.matching, mix.most_matching_db)
    matched = spectrum.filter(power_from_db(response_db(gains, spectrum.hertz, tuple(target))))
    for _ in range(_THIRDS_ROUNDS if mix.thirds else 0):
        # thirds are narrow: what the equaliser does to one it also does to its neighbours
        left = misses_db(matched.bands_db(target), target)
        gains = np.clip(gains - left, -mix.most_matching_db, mix.most_matching_db)
        matched = spectrum.filter(power_from_db(response_db(gains, spectrum.hertz, tuple(target))))
    change_db = 0.0
    if mix.side_db is not None:
        change_db = float(np.clip(mix.side_db - matched.side_to_mid_db(), -_MOST_WIDTH_DB, _MOST_WIDTH_DB))
    widest_db = db_from_power(power_from_db(mix.most_mono_loss_db) - 1.0, -60.0)
    change_db = min(change_db, max(widest_db - matched.side_to_mid_db(), -_MOST_NARROWING_DB))
    gain_db = min(_WORKING_LUFS - loudness_lufs, _MOST_GAIN_DB)
    mono_below_hz = max(mix.mono_below_hz, MASTER_PRESETS[spec.preset].mono_below_hz or 0.0)
    return Tone(gains, tuple(target), gain_from_db(change_db), gain_db, mono_below_hz)


def shape(audio: Audio, tone: Tone, sample_rate: int) -> Audio:
    """Return (2, samples) behind all that is linear in a master: equaliser, width and low cuts.

    Parts that sum to a premaster still sum to it behind this.
    """
    matching = matching_filter(tone.matching_db, sample_rate, tone.bands_hz) * gain_from_db(tone.gain_db)
    low_cut = scipy.signal.butter(2, tone.mono_below_hz, "highpass", fs=sample_rate, output="sos")
    board = pedalboard.Pedalboard([pedalboard.HighpassFilter(24.0)])

    shaped = np.empty_like(audio)
    rest = np.zeros((2, len(matching) - 1), dtype=np.float32)
    state = np.zeros((len(low_cut), 2))
    half = np.float32(0.5)
    at_once = count_cores_for(audio.shape[1])
    for first in range(0, audio.shape[1], _CHUNK_SAMPLES):
        left, right = audio[:, first : first + _CHUNK_SAMPLES]
        samples = len(left)

        # middle and side through the equaliser; what rings on there belongs to the next part
        middle_and_side = half * (left + right), half * (left - right)
        wet = list(in_order(lambda one: scipy.signal.oaconvolve(one, matching), middle_and_side, at_once))
        for one, rung in zip(wet, rest, strict=True):
            one[: len(rung)] += rung
        rest = np.stack([one[samples:] for one in wet])

        mid, side = (one[:samples] for one in wet)
        side, state = scipy.signal.sosfilt(low_cut, np.float32(tone.side_gain) * side, zi=state)
        side = side.astype(np.float32)
        both = np.stack([mid + side, mid - side])
        shaped[:, first : first + samples] = board(both, sample_rate, reset=first == 0)
    return shaped


def _glue(shaped: Audio, mix: Mix, sample_rate: int) -> None:
    """Send the shaped premaster through the compressor, in place, and let its last sample be silent."""
    glue, n_samples = mix.glue, shaped.shape[1]
    board = pedalboard.Pedalboard(
        [pedalboard.Compressor(glue.threshold_db, glue.ratio, glue.attack_ms, glue.release_ms)]
    )
    for first in range(0, n_samples, _CHUNK_SAMPLES):
        part = shaped[:, first : first + _CHUNK_SAMPLES]
        part[:] = board(part, sample_rate, reset=first == 0)
    last = min(round(_END_FADE_S * sample_rate), n_samples)
    shaped[:, n_samples - last :] *= np.append(fade_out(last - 1), np.float32(0.0))


def _measure(audio: Audio, limited_db: float, limit_dbtp: float, sample_rate: int) -> Master:
    """Return a limited song with its figures, once its true peak is under the limit.

    The last hundredths of a dB over the limit are taken off ``audio`` in place.
    """
    peak = true_peak_dbtp(audio)
    highest = limit_dbtp - _OVERSAMPLING_MARGIN_DB
    if peak > highest:
        audio *= gain_from_db(highest - peak)
        peak = highest
    return Master(
        audio=audio,
        loudness_lufs=measure_lufs(audio, sample_rate),
        true_peak_dbtp=peak,
        limited_db=limited_db,
    )


def _trim_edges(
    levels: BlockLevels, sections: Sequence[Section], trims_db: Sequence[float] | Blocks
) -> Blocks:
    ramp = round(_TRIM_RAMP_S * levels.sample_rate)
    return gain_curve(sections, trims_db, ramp, levels.positions())


def _trims_db(
    levels: BlockLevels,
    sections: Sequence[Section],
    target_lufs: float,
    ceiling: float,
    most_limiting_db: float,
) -> list[float]:
    """Return the gain of each section in dB with which all lie at their planned levels behind the limiter.

    It is found on blocks, by turns with the gain that gives the loudness.
    """
    trims = np.zeros(len(sections))
    best, least = trims, math.inf
    for _ in range(_MOST_TRIM_ROUNDS):
        trimmed = levels.scale(_trim_edges(levels, sections, trims))
        gain_db = find_gain(trimmed, target_lufs, ceiling, most_limiting_db)
        gain = gain_from_db(gain_db)
        edges = limiter_gains(trimmed.peaks * gain, ceiling, levels.block, levels.sample_rate)
        limited = trimmed.scale(edges)
        lufs = [section_lufs(limited.powers, levels.block, s, levels.sample_rate) for s in sections]
        misses = np.nan_to_num(level_misses_db(sections, lufs))
        spread = float(np.ptp(misses))
        if spread < least:
            best, least = trims, spread
        if spread < _TRIM_TOLERANCE_DB:
            break
        trims = np.clip(trims - misses, -_MOST_TRIM_DB, _MOST_TRIM_DB)
    return [round(float(trim), 3) for trim in best]


def describe_limits(spec: MasterSpec) -> str:
    """Say what a preset allows: ``8 dB of clipping and 12 dB of limiting``."""
    figures = MASTER_PRESETS[spec.preset]
    clipping = f"{figures.most_clipping_db:g} dB of clipping and " if figures.most_clipping_db else ""
    return f"{clipping}{figures.most_limiting_db:g} dB of limiting"


def is_at_its_limits(master: Master, spec: MasterSpec) -> bool:
    """Return whether the limiter takes all that the preset allows."""
    return master.limited_db >= MASTER_PRESETS[spec.preset].most_limiting_db - _LIMITING_TOLERANCE_DB


def _master_once(
    premaster: Audio,
    spec: MasterSpec,
    sample_rate: int,
    mix: Mix | None = None,
    sections: Sequence[Section] = (),
) -> Master:
    """Return a master whose own true peak keeps the ceiling."""
    loudness = measure_lufs(premaster, sample_rate)
    if not math.isfinite(loudness):
        return Master(
            audio=premaster.copy(),
            loudness_lufs=-math.inf,
            true_peak_dbtp=true_peak_dbtp(premaster),
            limited_db=0.0,
        )

    mix = load_mix("pop") if mix is None else mix
    figures = MASTER_PRESETS[spec.preset]
    tone = find_tone(premaster, loudness, spec, mix, sample_rate)
    toned = shape(premaster, tone, sample_rate)
    _glue(toned, mix, sample_rate)
    if figures.most_treble_db is not None:
        most_db = measure_lufs(toned, sample_rate) + figures.most_treble_db
        toned = soften_treble(toned, most_db, sample_rate)
    levels = measure_blocks(toned, sample_rate)
    ceiling = gain_from_db(spec.true_peak_dbtp - _CEILING_MARGIN_DB)

    # the gain that gives the loudness brings the clipper's threshold to the ceiling and the limiter's share
    gain_db = spec.loudness_lufs - levels.lufs(np.ones(len(levels.peaks)))
    over_db = db_from_gain(float(levels.peaks.max()) / ceiling) + gain_db
    clipped_db = float(np.clip(over_db - LIMITER_SHARE_DB, 0.0, figures.most_clipping_db))
    if clipped_db > 0.0:
        toned = soft_clipped(toned, float(levels.peaks.max() * np.float32(gain_from_db(-clipped_db))))
        levels = measure_blocks(toned, sample_rate)

    most_db = figures.most_limiting_db
    trims = _trims_db(levels, sections, spec.loudness_lufs, ceiling, most_db) if len(sections) > 1 else []
    if any(trims):
        edges = _trim_edges(levels, sections, trims)
        scale_blocks(toned, edges, levels.block, toned)
        levels = levels.scale(edges)

    # clipping and limiting cost some loudness: the target rises by what is missing
    target, limited = spec.loudness_lufs, np.empty_like(toned)
    for _ in range(_MOST_ROUNDS):
        gain_db = find_gain(levels, target, ceiling, most_db)
        audio, limited_db = limit_blocks(toned, levels, gain_db, ceiling, limited)
        made = _measure(audio, limited_db, spec.true_peak_dbtp, sample_rate)
        miss = spec.loudness_lufs - made.loudness_lufs
        if abs(miss) <= LOUDNESS_TOLERANCE_LU or is_at_its_limits(made, spec):
            break
        target += miss

    matching = tuple(round(float(gain), 2) for gain in tone.matching_db)
    return replace(made, matching_db=matching, trims_db=tuple(trims), clipped_db=round(clipped_db, 6))


def master_song(
    premaster: Audio,
    spec: MasterSpec,
    sample_rate: int,
    mix: Mix | None = None,
    sections: Sequence[Section] = (),
) -> Master:
    """Master (2, samples) to the loudness and true peak of ``spec``, also behind the coders that it names.

    ``mix`` says which tonal balance and which glue, and is the plain preset "pop" where it is left out.
    Silence stays silence. Where the limiter would have to take more off a peak than its preset
    allows, the loudness in the result is lower than asked; the true peak is always kept. Raises UsageError
    where a coder is not installed.
    """
    made = _master_once(premaster, spec, sample_rate, mix, sections)
    ceiling = spec.true_peak_dbtp
    for rounds_left in reversed(range(_MOST_CODED_ROUNDS if spec.coders else 0)):
        peaks = measure_coded_peaks(made.audio, sample_rate, spec.coders)
        made = replace(made, coded_dbtp={coder: round(peak, 2) for coder, peak in peaks.items()})
        over_db = max(peaks.values()) - spec.true_peak_dbtp
        if over_db <= 0.0 or not rounds_left:
            break
        # in steps, so that a coder of another build seldom gives another master
        ceiling -= _CODED_STEP_DB * math.ceil(over_db / _CODED_STEP_DB)
        lower = spec.model_copy(update={"true_peak_dbtp": ceiling})
        made = _master_once(premaster, lower, sample_rate, mix, sections)
    return made
