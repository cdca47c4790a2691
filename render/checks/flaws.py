"""Damage that no plan asks for: gaps, flat tops, and sides or returns of the other polarity.

A flat top is one that was cut off.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from render.audio.loudness import plain_powers, slope_powers
from render.audio.types import Audio
from render.checks.check import Check, list_names
from structure.base.types import PLAYERLESS
from structure.plans.plan import SongPlan, Visit

GAP_DEPTH_DB = 40.0
"""A stem that falls by so much within :data:`_FALL_S` was cut off; notes are released more gently."""

_BLOCK_S = 0.001
_FALL_S = 0.006
_SLOPE_RATE = 2.0 * np.pi * 100.0
"""A wave of 100 Hz has as much in its slope as in itself."""

_LOUD_DB = 30.0
"""What is further than this below the loudest moment of a stem may end as it likes."""

_END_S = 1.0
"""The end of the song fades."""

OPPOSITE = -0.2
"""Sides, or visits that return, which correlate by less than this are opposites."""

_LEAST_RETURN = -0.5
_FEWEST_FLAT = 3
_SHORTEST_FLAT = {16: 12, 24: 3, 32: 3}
"""So many samples in a row at the highest value are no peak, by the bits of the file."""


def players(plan: SongPlan) -> list[str]:
    """Return the stems that play from notes; recordings and effects may do anything."""
    return [stem.name for stem in plan.stems if stem.role not in PLAYERLESS]


def gaps(audio: Audio, sample_rate: int) -> NDArray[np.int64]:
    """Return the samples of (channels, samples) at which a sound is cut off."""
    block = round(_BLOCK_S * sample_rate)
    # a slow wave is at rest when it turns, and moves when it is at zero: the sum of both is never still
    powers = slope_powers(audio, block) * (sample_rate / _SLOPE_RATE) ** 2 + plain_powers(audio, block)
    loudest = float(powers.max(initial=0.0))
    back = round(_FALL_S / _BLOCK_S)
    # the highest of the blocks before, without the one beside, which the cut may lie in
    padded = np.concatenate([np.zeros(back + 1), powers])
    before = np.lib.stride_tricks.sliding_window_view(padded, back).max(axis=1)[: len(powers)]
    fallen = powers < before * 10.0 ** (-GAP_DEPTH_DB / 10.0)
    fallen &= before > loudest * 10.0 ** (-_LOUD_DB / 10.0)
    fallen[max(0, len(powers) - round(_END_S / _BLOCK_S)) :] = False
    starts = np.flatnonzero(fallen & ~np.concatenate([[False], fallen[:-1]]))
    return np.asarray(starts * block, dtype=np.int64)


def check_gaps(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that no stem is cut off, for a moment or for good."""
    rate = plan.grid.sample_rate
    found = [
        f"{name} at {at / rate:.3f} s"
        for name in players(plan)
        if name in stems
        for at in gaps(stems[name], rate)
    ]
    return Check.at_most("no gaps", len(found), 0.0, "gaps", list_names(found), decimals=0)


def is_flat(audio: Audio, bit_depth: int) -> bool:
    """Return whether a channel stays at its highest or lowest value again and again, as if cut off."""
    shortest = _SHORTEST_FLAT.get(bit_depth, _FEWEST_FLAT)
    step = 2.0 ** (1 - bit_depth)
    for channel in audio:
        high, low = float(channel.max(initial=0.0)), float(channel.min(initial=0.0))
        for limit, at_limit in ((high, channel >= high - 1.5 * step), (low, channel <= low + 1.5 * step)):
            if limit == 0.0:
                continue
            places = np.flatnonzero(at_limit)
            ends = np.flatnonzero(np.diff(places, append=places[-1] + 2) > 1)
            if np.count_nonzero(np.diff(ends, prepend=-1) >= shortest) >= _FEWEST_FLAT:
                return True
    return False


def check_flat(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that no stem is cut off flat, at whatever level."""
    flat = [name for name in players(plan) if name in stems and is_flat(stems[name], plan.export.bit_depth)]
    return Check.at_most("no stem is cut off flat", len(flat), 0.0, "stems", list_names(flat), decimals=0)


def _correlation(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the correlation of two signals, -1 to 1; 1 where one of them is silent."""
    powers = float(np.dot(one, one)) * float(np.dot(other, other))
    return float(np.dot(one, other)) / powers**0.5 if powers > 0.0 else 1.0


def check_polarity(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that the sides of no stem are opposites, and that no bar returns as its own opposite."""
    wrong = []
    for name in players(plan):
        if name not in stems:
            continue
        audio = stems[name]
        for visit in plan.visits:
            part = audio[:, slice(*plan.bounds(visit))]
            if name in visit.music.score.parts and _correlation(part[0], part[1]) < OPPOSITE:
                wrong.append(f"the sides of {name} in {visit.place.label}")

        mono = audio.mean(axis=0)
        for one, other in combinations(plan.visits, 2):
            sounds = one.sound, other.sound
            begins_alike = (
                one.place.name == other.place.name
                and sounds[0].seed == sounds[1].seed
                and not any(sound.variation or sound.timbre_variation for sound in sounds)
                and all(name in visit.music.score.parts for visit in (one, other))
            )
            if begins_alike and _is_opposite(plan, name, mono, one, other):
                wrong.append(f"{name} in {other.place.label}")
    return Check.at_most("polarity", len(wrong), 0.0, "opposites", list_names(wrong), decimals=0)


def _is_opposite(plan: SongPlan, stem: str, mono: NDArray[np.float32], one: Visit, other: Visit) -> bool:
    """Return whether most of the bars that two visits have alike are each other's opposites."""
    found = []
    for bar in range(min(one.bars, other.bars)):
        if _bar_notes(plan, one, stem, bar) != _bar_notes(plan, other, stem, bar):
            continue
        first, second = (
            slice(*(plan.grid.sample_at_bar(visit.place.start_bar + bar + k) for k in (0, 1)))
            for visit in (one, other)
        )
        size = min(first.stop - first.start, second.stop - second.start)
        a, b = mono[first][:size], mono[second][:size]
        if a.any() and b.any():
            found.append(_correlation(a, b))
    return len(found) > 0 and float(np.median(found)) < _LEAST_RETURN


def _bar_notes(plan: SongPlan, visit: Visit, stem: str, bar: int) -> list[object]:
    begin = plan.position_quarters(visit)
    start, end = (plan.grid.quarters_at_bar(visit.place.start_bar + bar + k) - begin for k in (0, 1))
    return [note for note in visit.music.score.parts[stem].notes if start <= note.onset < end]
