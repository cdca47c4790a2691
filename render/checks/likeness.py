"""How alike a song's sections are: those that return as they were, and those that return varied.

What the plan asks for twice in the same words must come back the same: such visits are compared in each
stem from the moment at which what rang into them has died away to the join that ends them (a null test).
A visit that is to vary must be closer to another visit of its section than to any visit of another
section; the distance of two visits is the mean difference in dB of their levels in 24 bands and four
parts of each beat.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import SILENCE_DB, db_from_gain, db_from_power, power_from_db, rms
from render.audio.types import Audio
from render.checks.check import Check, list_names
from render.mixing.mix import level_key
from render.mixing.stems import longest_ring_samples
from structure.plans.curves import moves_in
from structure.plans.events import WHOLE_BAND, Event
from structure.plans.plan import SongPlan, StemPlan, Visit

NULL_LIMIT_DB = -80.0
CLOSENESS_LIMIT = 1.0
"""Distance to the nearest visit of the same section over that to the nearest of another."""

TAIL_S = 2.5
"""No clip sounds for longer than this after its last bar; echoes and the room come after that."""

_LEAST_COMPARED_S = 0.5
_BANDS_HZ = np.geomspace(60.0, 12_000.0, 25)
_PARTS_OF_A_BEAT = 4
_FLOOR_DB = -80.0
"""Below this, against full scale, all is silence."""

Floats = NDArray[np.float64]


def rounding_rms(plan: SongPlan) -> float:
    """Return the RMS error of one of the song's files: a twelfth of a step squared, thrice with dither."""
    power = (3.0 if plan.export.bit_depth == 16 else 1.0) / 12.0
    return float(np.sqrt(power) * 2.0 ** (1 - plan.export.bit_depth))


def check_repeats(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that sections that return without variation are the same audio, in each stem that does so."""
    name = "returning sections are the same"
    depths: dict[str, float] = {}
    for stem in (stem for stem in plan.stems if stem.name in stems):
        ring = ring_s(plan, stem)
        parts = [visit.music.score.parts.get(stem.name) for visit in plan.visits]
        sounding = [visit for visit, part in zip(plan.visits, parts, strict=True) if part and part.notes]
        for place, visit in enumerate(sounding):
            # the earlier visit of which the plan says the same, if there is one
            earlier = next((v for v in sounding[:place] if returns_unchanged(plan, stem, v, visit)), None)
            if earlier is None:
                continue
            depth = null_depth_db(plan, stems[stem.name], earlier, visit, ring)
            if depth is not None:
                depths[f"{stem.name} in {visit.place.label}"] = depth

    if not depths:
        return Check.leave_unmeasured(name, "at most", NULL_LIMIT_DB, "dB", "none is long enough")
    worst = max(depths, key=lambda key: depths[key])
    detail = f"{worst}, the worst of {len(depths)}"
    return Check.at_most(name, depths[worst], NULL_LIMIT_DB, "dB", detail, decimals=1)


def ring_s(plan: SongPlan, stem: StemPlan) -> float:
    """Return the seconds after which nothing of an earlier section is left in a stem.

    They are the clip's tail, then that of its echoes and its room.
    """
    return TAIL_S + longest_ring_samples(plan, stem) / plan.grid.sample_rate


def null_depth_db(plan: SongPlan, stem: Audio, one: Visit, other: Visit, skip_s: float) -> float | None:
    """Return the level of the difference of two visits against the first of them, in dB.

    They are compared away from their joins: from ``skip_s`` seconds on. None where the section is too short
    for that, or the stem is silent in the first of them.
    """
    (start, end), (again, _) = plan.bounds(one), plan.bounds(other)
    skip = round(skip_s * plan.grid.sample_rate)
    size = end - start - skip - max(plan.crossfade_at(visit.end_bar) for visit in (one, other))
    if size < _LEAST_COMPARED_S * plan.grid.sample_rate:
        return None
    a = stem[:, start + skip : start + skip + size]
    b = stem[:, again + skip : again + skip + size]
    level = rms(a)
    if level < max(1e-6, 10.0 * rounding_rms(plan)):
        return None
    return db_from_gain(max(rms(a - b) - 2.0 * rounding_rms(plan), 0.0) / level, SILENCE_DB)


def returns_unchanged(plan: SongPlan, stem: StemPlan, one: Visit, other: Visit) -> bool:
    """Return whether the plan asks for the same audio of a stem in two visits.

    Every field of a visit's music and sound counts, whole or as :data:`COUNTED_BY_STEM` has it; and so do
    the tempo of its bars, what its level depends on, and how the mix moves it.
    """
    return _gather_wishes(plan, stem, one) == _gather_wishes(plan, stem, other)


def _gather_wishes(plan: SongPlan, stem: StemPlan, visit: Visit) -> list[object]:
    asked: list[object] = [plan.grid_of(visit), level_key(visit), moves_in(plan, stem.name, visit)]
    for part in (visit.music, visit.sound):
        for field in fields(part):
            count = COUNTED_BY_STEM.get(field.name)
            asked.append(count(stem, visit) if count else getattr(part, field.name))
    return asked


def _score(stem: StemPlan, visit: Visit) -> tuple[object, ...]:
    """Return what decides how a stem sounds in a visit.

    These are the visit's bars, the stem's part, and the drums' notes if their kick ducks the stem.
    """
    parts = visit.music.score.parts
    drums = [part.notes for part in parts.values() if part.role == "drums"] if stem.duck else []
    return visit.bars, parts.get(stem.name), drums


def _events(stem: StemPlan, visit: Visit) -> list[Event]:
    return [event for event in visit.music.events if event.stem in (stem.name, WHOLE_BAND)]


def _variation_seed(_stem: StemPlan, visit: Visit) -> int | None:
    sound = visit.sound
    return sound.variation_seed if sound.variation or sound.timbre_variation else None


COUNTED_BY_STEM: Mapping[str, Callable[[StemPlan, Visit], object]] = {
    # pitches are in the notes, so drums may return the same in another key
    "key": lambda _stem, _visit: None,
    "lift": lambda _stem, _visit: None,
    # what the other stems play and do is theirs
    "score": _score,
    "events": _events,
    "prompts": lambda stem, visit: visit.sound.prompts.get(stem.name),
    "negative_prompts": lambda stem, visit: visit.sound.negative_prompts.get(stem.name),
    "morph_prompts": lambda stem, visit: visit.sound.morph_prompts.get(stem.name),
    "takes": lambda stem, visit: (
        visit.music.takes.get(stem.name),
        visit.sound.takes.get(stem.name),
    ),
    "comp": lambda stem, visit: visit.sound.comp.get(stem.name),
    "fades": lambda stem, visit: visit.sound.fades.get(stem.name),
    # a seed decides nothing where nothing is drawn with it
    "variation_seed": _variation_seed,
    "repaint_seed": lambda _stem, visit: visit.sound.repaint_seed if visit.sound.repaint else None,
}
"""Fields of a visit that do not count whole, by name, and what of them counts for a stem."""


def _share_players(one: Visit, other: Visit) -> bool:
    """Return whether half of the players of two visits play in both; of others the sound says nothing."""
    here, there = set(one.music.score.parts), set(other.music.score.parts)
    return 2 * len(here & there) >= len(here | there)


def check_variations(plan: SongPlan, premaster: Audio) -> Check:
    """Check that a varied visit is closer to another visit of its section than to any other section."""
    name = "variations stay themselves"
    varied = [
        visit
        for visit in plan.visits
        if visit.sound.variation > 0.0
        and any(
            v is not visit and v.place.name == visit.place.name and _share_players(v, visit)
            for v in plan.visits
        )
    ]
    if not varied or len({visit.place.name for visit in plan.visits}) < 2:
        detail = "no section returns varied" if not varied else "there is one section alone"
        return Check.leave_unmeasured(name, "below", CLOSENESS_LIMIT, "times", detail)

    levels = {id(visit): _levels(plan, premaster, visit) for visit in plan.visits}
    near: dict[tuple[int, bool], float] = {}
    for one, other in combinations(plan.visits, 2):
        # the mean difference in dB over the time that both have
        a, b = levels[id(one)], levels[id(other)]
        n_parts = min(len(a), len(b))
        gap = float(np.abs(a[:n_parts] - b[:n_parts]).mean())
        for visit in (one, other):
            key = (id(visit), one.place.name == other.place.name)
            near[key] = min(near.get(key, np.inf), gap)

    ratios = {v.place.label: near[id(v), True] / max(near[id(v), False], 1e-9) for v in varied}
    worst = max(ratios, key=lambda label: ratios[label])
    strayed = [label for label, ratio in ratios.items() if ratio >= CLOSENESS_LIMIT]
    detail = list_names(strayed) if strayed else f"{worst}, the worst of {len(ratios)}"
    return Check.below(name, ratios[worst], CLOSENESS_LIMIT, "times", detail)


def _levels(plan: SongPlan, audio: Audio, visit: Visit) -> Floats:
    """Return the levels in dB in bands, of every part of every beat of a visit: (parts, bands)."""
    rate = plan.grid.sample_rate
    edges: list[int] = []
    for bar in range(visit.place.start_bar, visit.end_bar):
        downbeat = plan.grid.quarters_at_bar(bar)
        meter = plan.grid.span_at(downbeat).meter
        step = meter.beat_quarters / _PARTS_OF_A_BEAT
        parts = meter.beats_per_bar * _PARTS_OF_A_BEAT
        edges += [plan.grid.sample_at(downbeat + k * step) for k in range(parts)]
    edges.append(plan.grid.sample_at(plan.grid.quarters_at_bar(visit.end_bar)))

    mono = audio[:, edges[0] : edges[-1]].mean(axis=0)
    size = 1 << (max(b - a for a, b in pairwise(edges)) - 1).bit_length()
    bands = np.searchsorted(_BANDS_HZ, np.fft.rfftfreq(size, 1.0 / rate))
    rows = []
    for start, end in pairwise(edges):
        piece = mono[start - edges[0] : end - edges[0]]
        power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size)) ** 2 / max(len(piece), 1) ** 2
        rows.append(np.bincount(bands, power, len(_BANDS_HZ) + 1)[1 : len(_BANDS_HZ)])
    return db_from_power(np.array(rows, dtype=np.float64) + power_from_db(_FLOOR_DB))
