"""How alike a song's sections are: those that return as they were, and those that return varied.

What the plan asks for twice in the same words must come back the same: such visits are compared in each
stem from the moment at which what rang into them has died away to the join that ends them (a null test).
A visit that is to vary must be closer to another visit of its section than to any visit of another
section; the distance of two visits is the mean difference in dB of their levels in 24 bands and four
parts of each beat.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import SILENCE_DB, db_from_gain, db_from_power, power_from_db, rms
from render.audio.types import Audio
from render.checks.check import Check, listed
from structure.plans.plan import SongPlan, StemPlan, Visit

NULL_LIMIT_DB = -80.0
CLOSENESS_LIMIT = 1.0
"""Distance to the nearest visit of the same section over that to the nearest of another."""

RING_S = 7.0
"""After this time nothing of an earlier section is left: the clip's tail, then the room's."""

_LEAST_COMPARED_S = 0.5
_BANDS_HZ = np.geomspace(60.0, 12_000.0, 25)
_PARTS_OF_A_BEAT = 4
_FLOOR_DB = -80.0
"""Below this, against full scale, all is silence."""

Floats = NDArray[np.float64]


def rounding_rms(plan: SongPlan) -> float:
    """RMS of the error of one of the song's files: a twelfth of a step squared, thrice with dither."""
    power = (3.0 if plan.export.bit_depth == 16 else 1.0) / 12.0
    return float(np.sqrt(power) * 2.0 ** (1 - plan.export.bit_depth))


def check_repeats(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Sections that return without variation are the same audio, in each stem that returns so."""
    name = "returning sections are the same"
    depths = {
        f"{stem} in {other.place.label}": depth
        for stem, one, other in _repeats(plan)
        if stem in stems and (depth := null_depth_db(plan, stems[stem], one, other)) is not None
    }
    if not depths:
        return Check(name, None, None, NULL_LIMIT_DB, "dB", "none is long enough")
    worst = max(depths, key=lambda key: depths[key])
    value, detail = depths[worst], f"{worst}, the worst of {len(depths)}"
    return Check(name, value <= NULL_LIMIT_DB, round(value, 1), NULL_LIMIT_DB, "dB", detail)


def null_depth_db(plan: SongPlan, stem: Audio, one: Visit, other: Visit) -> float | None:
    """Level of the difference of two visits against the visit itself, in dB, away from their joins;
    None where the section is too short for that or the stem is silent in it."""
    (start, end), (again, _) = plan.bounds(one), plan.bounds(other)
    skip = round(RING_S * plan.grid.sample_rate)
    size = end - start - skip - plan.crossfade_samples
    if size < _LEAST_COMPARED_S * plan.grid.sample_rate:
        return None
    a = stem[:, start + skip : start + skip + size]
    b = stem[:, again + skip : again + skip + size]
    level = rms(a)
    if level < max(1e-6, 10.0 * rounding_rms(plan)):
        return None
    return db_from_gain(max(rms(a - b) - 2.0 * rounding_rms(plan), 0.0) / level, SILENCE_DB)


def _repeats(plan: SongPlan) -> Iterator[tuple[str, Visit, Visit]]:
    """Each stem's visits of which the plan says the same as of an earlier one, with that one."""
    for stem in plan.stems:
        sounding = [visit for visit in plan.visits if _notes(visit, stem)]
        for place, visit in enumerate(sounding):
            earlier = next((v for v in sounding[:place] if _is_same(v, visit, stem)), None)
            if earlier is not None:
                yield stem.name, earlier, visit


def _notes(visit: Visit, stem: StemPlan) -> object:
    part = visit.music.score.parts.get(stem.name)
    return part.notes if part is not None else ()


def _is_same(one: Visit, other: Visit, stem: StemPlan) -> bool:
    """True where the plan gives a stem the same to play in two visits, with the same sound and seeds."""

    def sound(visit: Visit) -> tuple[object, ...]:
        words = (visit.sound.prompts.get(stem.name), visit.sound.negative_prompts.get(stem.name))
        return (
            visit.sound.seed,
            *words,
            _varied(visit),
            *_sung(visit, stem),
            _notes(visit, stem),
            visit.sound.fades.get(stem.name),
            _level(visit, stem),
        )

    return sound(one) == sound(other)


def _varied(visit: Visit) -> tuple[object, ...]:
    """How a visit's take and sound differ from its section's; seeds that decide nothing are left out."""
    moved = visit.sound.variation, visit.sound.timbre_variation
    return (
        *((*moved, visit.sound.variation_seed) if any(moved) else moved),
        *((visit.sound.repaint, visit.sound.repaint_seed) if visit.sound.repaint else ()),
    )


def _level(visit: Visit, stem: StemPlan) -> tuple[object, ...]:
    """What the plan says of a stem's level in a visit: its section, energy and company, and, where the stem
    gives way to the kick, the drums."""
    drums = [
        part.notes for part in visit.music.score.parts.values() if part.role == "drums" and stem.duck > 0.0
    ]
    return visit.place.name, visit.bars, visit.music.energy, tuple(sorted(visit.music.score.parts)), *drums


def _sung(visit: Visit, stem: StemPlan) -> tuple[object, ...]:
    """What the plan has a stem sing in a visit, turn into and begin from."""
    return visit.sound.lyrics, visit.sound.morph_prompts.get(stem.name), visit.sound.init


def check_variations(plan: SongPlan, premaster: Audio) -> Check:
    """A varied visit is closer to another visit of its section than to any of another section."""
    name = "variations stay themselves"
    varied = [
        visit
        for visit in plan.visits
        if visit.sound.variation > 0.0 and sum(v.place.name == visit.place.name for v in plan.visits) > 1
    ]
    if not varied or len({visit.place.name for visit in plan.visits}) < 2:
        detail = "no section returns varied" if not varied else "there is one section alone"
        return Check(name, None, None, CLOSENESS_LIMIT, "times", detail)
    levels = {id(visit): _levels(plan, premaster, visit) for visit in plan.visits}
    near: dict[tuple[int, bool], float] = {}
    for one, other in combinations(plan.visits, 2):
        gap = _distance(levels[id(one)], levels[id(other)])
        for visit in (one, other):
            key = (id(visit), one.place.name == other.place.name)
            near[key] = min(near.get(key, np.inf), gap)
    ratios = {v.place.label: near[id(v), True] / max(near[id(v), False], 1e-9) for v in varied}
    worst = max(ratios, key=lambda label: ratios[label])
    strayed = [label for label, ratio in ratios.items() if ratio >= CLOSENESS_LIMIT]
    detail = f"{listed(strayed)}" if strayed else f"{worst}, the worst of {len(ratios)}"
    return Check(name, not strayed, round(ratios[worst], 2), CLOSENESS_LIMIT, "times", detail)


def _levels(plan: SongPlan, audio: Audio, visit: Visit) -> Floats:
    """Levels in dB in bands, of every part of every beat of a visit: (parts, bands)."""
    rate, step = plan.grid.sample_rate, plan.meter.beat_quarters / _PARTS_OF_A_BEAT
    begin = plan.position_quarters(visit)
    n_parts = visit.bars * plan.meter.beats_per_bar * _PARTS_OF_A_BEAT
    edges = [plan.grid.sample_at(begin + k * step) for k in range(n_parts + 1)]
    mono = audio.mean(axis=0)
    size = 1 << (max(b - a for a, b in pairwise(edges)) - 1).bit_length()
    bands = np.searchsorted(_BANDS_HZ, np.fft.rfftfreq(size, 1.0 / rate))
    rows = []
    for start, end in pairwise(edges):
        piece = mono[start:end]
        power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size)) ** 2 / max(len(piece), 1) ** 2
        rows.append(np.bincount(bands, power, len(_BANDS_HZ) + 1)[1 : len(_BANDS_HZ)])
    return db_from_power(np.array(rows, dtype=np.float64) + power_from_db(_FLOOR_DB))


def _distance(one: Floats, other: Floats) -> float:
    """Mean difference in dB over the time that both have."""
    n_parts = min(len(one), len(other))
    return float(np.abs(one[:n_parts] - other[:n_parts]).mean())
