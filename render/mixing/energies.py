"""Section energies: a section is as loud against the others as its planned energy says.

A section of energy *e* lies ``dynamics_db · (1 - e)`` below one of energy 1. Two faders make it so. The
*ride* in the mix moves all stems of a visit alike, from what the first visit of its kind measures; it
depends on nothing else in the song, so that a section that is edited moves alone, and visits that are
to be the same stay the same. The *trims* in the master (:mod:`render.mixing.master`) give back what
compressor and limiter take. Both move before a downbeat, within the crossfade.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.loudness import Blocks, gated_lufs, k_weighted_powers
from render.audio.types import Audio
from structure.plans.plan import SongPlan, Visit

FULL_LUFS = -11.5
"""Loudness of a section of energy 1 in the mix, before the common gain."""

RIDE_STEP_DB = 0.25
MOST_RIDE_DB = 10.0
ENERGY_LIMIT_DB = 1.0
"""How far the difference between two sections may be from what their energies say."""

_BLOCK_S = 0.01
_SHORTEST_S = 0.5
_SHORTEST_RAMP_S = 0.01


@dataclass(frozen=True, slots=True)
class Section:
    """Samples of a visit, and its planned level in dB against a section of energy 1."""

    label: str
    start: int
    end: int
    level_db: float


@dataclass(frozen=True, slots=True)
class SectionLevel:
    """A visit as planned and as measured, both in dB against the loudness of the whole song's sections.

    ``measured_db`` is None for a visit that is silent or too short to measure.
    """

    label: str
    planned_db: float
    measured_db: float | None


def level_key(visit: Visit) -> Hashable:
    """Return what is equal for visits whose stems are to have the same level.

    A few fields of a visit are in it and not all, since a stem that returns as it was must keep its level
    where another stem plays something else: identity, energy, players, fades and variation.
    """
    sound = visit.sound
    return (
        visit.place.name,
        visit.music.energy,
        tuple(sorted(visit.music.score.parts)),
        tuple(sorted(sound.fades.items())),
        sound.variation,
        sound.variation_seed if sound.variation else None,
    )


def sections_of(plan: SongPlan) -> list[Section]:
    """The visits with their planned levels."""
    return [
        Section(visit.place.label, *plan.bounds(visit), -plan.mix.dynamics_db * (1.0 - visit.music.energy))
        for visit in plan.visits
    ]


def section_lufs(powers: Blocks, block: int, section: Section, sample_rate: int) -> float:
    """Gated loudness of a section, from K-weighted powers of blocks of ``block`` samples; -inf where it
    is silent or lasts less than half a second."""
    if section.end - section.start < _SHORTEST_S * sample_rate:
        return -math.inf
    per_hop = max(1, round(sample_rate / 10 / block))
    mine = powers[round(section.start / block) : round(section.end / block)]
    whole = len(mine) // per_hop * per_hop
    return gated_lufs(mine[:whole].reshape(-1, per_hop).mean(axis=1))


def sections_lufs(audio: Audio, sections: Sequence[Section], sample_rate: int) -> list[float]:
    """Loudness of each section of (2, samples)."""
    block = round(_BLOCK_S * sample_rate)
    powers = k_weighted_powers(audio, sample_rate, block)
    return [section_lufs(powers, block, section, sample_rate) for section in sections]


def level_misses_db(sections: Sequence[Section], lufs: Sequence[float]) -> NDArray[np.float64]:
    """How far each section is above its planned level, in dB, against their mean by duration; NaN where
    nothing was measured."""
    misses = np.array([now - section.level_db for section, now in zip(sections, lufs, strict=True)])
    misses[~np.isfinite(misses)] = np.nan
    heard = np.isfinite(misses)
    if not heard.any():
        return misses
    seconds = np.array([section.end - section.start for section in sections], dtype=np.float64)
    return np.asarray(misses - np.average(misses[heard], weights=seconds[heard]), dtype=np.float64)


def section_levels(plan: SongPlan, audio: Audio) -> list[SectionLevel]:
    """Every visit, planned and measured in (2, samples)."""
    sections = sections_of(plan)
    misses = level_misses_db(sections, sections_lufs(audio, sections, plan.grid.sample_rate))
    seconds = [section.end - section.start for section in sections]
    mean = float(np.average([section.level_db for section in sections], weights=seconds))
    return [
        SectionLevel(
            section.label,
            round(section.level_db - mean, 2),
            round(section.level_db - mean + float(miss), 2) if math.isfinite(miss) else None,
        )
        for section, miss in zip(sections, misses, strict=True)
    ]


def ride_gains_db(plan: SongPlan, audio: Audio) -> list[float]:
    """Gain of each visit, in steps, that brings (2, samples) to the planned levels."""
    sections = sections_of(plan)
    gains: dict[Hashable, float] = {}
    lufs = sections_lufs(audio, sections, plan.grid.sample_rate)
    for visit, section, now in zip(plan.visits, sections, lufs, strict=True):
        wanted = FULL_LUFS + section.level_db - now if math.isfinite(now) else 0.0
        steps = round(float(np.clip(wanted, -MOST_RIDE_DB, MOST_RIDE_DB)) / RIDE_STEP_DB)
        gains.setdefault(level_key(visit), RIDE_STEP_DB * steps)
    return [gains[level_key(visit)] for visit in plan.visits]


def gain_curve(
    sections: Sequence[Section],
    gains_db: Sequence[float] | Blocks,
    ramp: int | Sequence[int],
    positions: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Gain at each of the ascending ``positions`` (in samples): that of its section, and before a downbeat,
    within ``ramp`` samples, on the way to the next one's along a raised cosine in dB. ``ramp`` may have a
    length for each section."""
    ramps = [ramp] * len(sections) if isinstance(ramp, int) else ramp
    curve = np.full(len(positions), float(gains_db[0]))
    for before, after, section, move in zip(gains_db, gains_db[1:], sections[1:], ramps[1:], strict=False):
        first, last = np.searchsorted(positions, (section.start - move, section.start))
        phase = (positions[first:last] - (section.start - move)) / move
        curve[first:last] = before + (after - before) * (0.5 - 0.5 * np.cos(np.pi * phase))
        curve[last:] = after
    return gain_from_db(curve)


def ramp_samples(fade_samples: int, sample_rate: int) -> int:
    """Length of a fader's move: the crossfade there, but no less than 10 ms."""
    return max(fade_samples, round(_SHORTEST_RAMP_S * sample_rate))


def ride_stems(
    plan: SongPlan, stems: Mapping[str, Audio], fade_samples: int | Sequence[int]
) -> list[float]:
    """Bring the sections of mixed stems, in place, to their planned levels; each visit's gain in dB.

    ``fade_samples`` is the length of a crossfade, or that of the crossfade into each visit.
    """
    total = np.zeros_like(next(iter(stems.values())))
    for stem in stems.values():
        total += stem
    gains_db = ride_gains_db(plan, total)
    if any(gains_db):
        fades = [fade_samples] * len(plan.visits) if isinstance(fade_samples, int) else fade_samples
        ramp = [ramp_samples(fade, plan.grid.sample_rate) for fade in fades]
        positions = np.arange(total.shape[1], dtype=np.float64)
        curve = gain_curve(sections_of(plan), gains_db, ramp, positions).astype(np.float32)
        for stem in stems.values():
            np.multiply(stem, curve, out=stem)
    return gains_db
