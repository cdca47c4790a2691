"""Section energies: a section is as loud against the others as its planned energy says.

A section of energy *e* lies ``dynamics_db · (1 - e)`` below one of energy 1. Two faders make it so. The
*ride* (:mod:`render.mixing.mix`) moves all stems of a visit alike, from what the first visit of its kind
measures; it depends on nothing else in the song, so that a section that is edited moves alone, and visits
that are to be the same stay the same. The *trims* (:mod:`render.mixing.master`) give back what compressor
and limiter take. Both move before a downbeat, within the crossfade. Here is what both build on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.loudness import Blocks, find_gated_lufs, k_weighted_powers
from render.audio.types import Audio

_BLOCK_S = 0.01
_SHORTEST_S = 0.5


@dataclass(frozen=True, slots=True)
class Section:
    """Samples of a visit, and its planned level in dB against a section of energy 1."""

    label: str
    start: int
    end: int
    level_db: float


def section_lufs(powers: Blocks, block: int, section: Section, sample_rate: int) -> float:
    """Return the gated loudness of a section, from K-weighted powers of blocks of ``block`` samples.

    It is -inf where the section is silent or lasts less than half a second.
    """
    if section.end - section.start < _SHORTEST_S * sample_rate:
        return -math.inf
    per_hop = max(1, round(sample_rate / 10 / block))
    mine = powers[round(section.start / block) : round(section.end / block)]
    whole = len(mine) // per_hop * per_hop
    return find_gated_lufs(mine[:whole].reshape(-1, per_hop).mean(axis=1))


def sections_lufs(audio: Audio, sections: Sequence[Section], sample_rate: int) -> list[float]:
    """Return the loudness of each section of (2, samples)."""
    block = round(_BLOCK_S * sample_rate)
    powers = k_weighted_powers(audio, sample_rate, block)
    return [section_lufs(powers, block, section, sample_rate) for section in sections]


def level_misses_db(sections: Sequence[Section], lufs: Sequence[float]) -> NDArray[np.float64]:
    """Return how far each section is above its planned level, in dB, against their mean by duration.

    It is NaN where nothing was measured.
    """
    misses = np.array([now - section.level_db for section, now in zip(sections, lufs, strict=True)])
    misses[~np.isfinite(misses)] = np.nan
    heard = np.isfinite(misses)
    if not heard.any():
        return misses
    seconds = np.array([section.end - section.start for section in sections], dtype=np.float64)
    return np.asarray(misses - np.average(misses[heard], weights=seconds[heard]), dtype=np.float64)


def gain_curve(
    sections: Sequence[Section],
    gains_db: Sequence[float] | Blocks,
    ramp: int | Sequence[int],
    positions: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the gain at each of the ascending ``positions``, in samples: that of its section.

    Within ``ramp`` samples before a downbeat, the gain moves to that of the next section along a raised
    cosine in dB. ``ramp`` may have a length for each section.
    """
    ramps = [ramp] * len(sections) if isinstance(ramp, int) else ramp
    curve = np.full(len(positions), float(gains_db[0]))
    for before, after, section, move in zip(gains_db, gains_db[1:], sections[1:], ramps[1:], strict=False):
        first, last = np.searchsorted(positions, (section.start - move, section.start))
        phase = (positions[first:last] - (section.start - move)) / move
        curve[first:last] = before + (after - before) * (0.5 - 0.5 * np.cos(np.pi * phase))
        curve[last:] = after
    return gain_from_db(curve)
