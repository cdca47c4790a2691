"""A song checks itself: its audio against its plan.

Each :class:`Check` has the measured value, its limit and whether it passed. Sections that return
with variation 0 are compared in each stem from the moment at which what rang into them has died
away to the join that ends them (a null test).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from render.loudness import integrated_lufs, true_peak_dbtp
from render.request import Audio
from structure.plan import SongPlan, Visit

NULL_LIMIT_DB = -80.0
SUM_LIMIT_DB = -90.0
LOUDNESS_TOLERANCE_LU = 0.5
CLICK_LIMIT = 8.0
"""A jump at a join this many times the largest nearby is heard as a click."""

RING_S = 7.0
"""After this time nothing of an earlier section is left: the clip's tail, then the room's."""


@dataclass(frozen=True, slots=True)
class Check:
    """One fact of a song. ``passed`` is None where there was nothing to measure."""

    name: str
    passed: bool | None
    value: float | None
    limit: float | None
    unit: str
    detail: str = ""


def decibels(ratio: float) -> float:
    """A ratio of amplitudes in dB, never below -200."""
    return 20.0 * math.log10(max(ratio, 1e-10))


def _rms(audio: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0


def check_lengths(plan: SongPlan, files: Mapping[str, Audio]) -> Check:
    """Every file has the planned length to the sample."""
    off = {name: audio.shape[1] - plan.total_samples for name, audio in files.items()}
    worst = max(off.values(), key=abs, default=0)
    wrong = ", ".join(name for name, gap in off.items() if gap)
    return Check("length", worst == 0, float(worst), 0.0, "samples", wrong)


def check_sum(stems: Mapping[str, Audio], premaster: Audio) -> Check:
    """The stems sum to the premaster."""
    rest = premaster.copy()
    for stem in stems.values():
        rest -= stem
    gap = decibels(float(np.abs(rest).max()) / max(float(np.abs(premaster).max()), 1e-9))
    return Check("stems sum to premaster", gap <= SUM_LIMIT_DB, round(gap, 1), SUM_LIMIT_DB, "dB")


def _repeats(plan: SongPlan) -> list[tuple[Visit, Visit]]:
    """Pairs of a section's first visit and a later one that should be the same."""
    first: dict[str, Visit] = {}
    pairs = []
    for visit in plan.visits:
        if visit.variation > 0.0 or visit.lift != 0:
            continue
        earlier = first.setdefault(visit.name, visit)
        if earlier is not visit and earlier.score == visit.score and earlier.prompts == visit.prompts:
            pairs.append((earlier, visit))
    return pairs


def null_depth_db(plan: SongPlan, stem: Audio, one: Visit, other: Visit) -> float | None:
    """Level of the difference of two visits against the visit itself, in dB, away from their joins;
    None where the section is too short for that or the stem is silent in it."""
    (start, end), (again, _) = plan.bounds(one), plan.bounds(other)
    fade = float(plan.meter.beat_quarters * plan.grid.quarter_samples) * plan.render.crossfade_beats
    skip = round(RING_S * plan.grid.sample_rate)
    size = end - start - skip - math.ceil(fade)
    if size < plan.grid.sample_rate // 2:
        return None
    a = stem[:, start + skip : start + skip + size]
    b = stem[:, again + skip : again + skip + size]
    level = _rms(a)
    return None if level < 1e-6 else decibels(_rms(a - b) / level)


def check_repeats(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Sections that return with variation 0 are the same audio in each stem."""
    depths = {
        f"{stem} in {other.label}": depth
        for one, other in _repeats(plan)
        for stem, audio in stems.items()
        if (depth := null_depth_db(plan, audio, one, other)) is not None
    }
    if not depths:
        return Check(
            "returning sections are the same", None, None, NULL_LIMIT_DB, "dB", "none is long enough"
        )
    worst = max(depths, key=lambda key: depths[key])
    value = depths[worst]
    return Check(
        "returning sections are the same",
        value <= NULL_LIMIT_DB,
        round(value, 1),
        NULL_LIMIT_DB,
        "dB",
        f"{worst}, the worst of {len(depths)}",
    )


def check_section_starts(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Stems that come in with a section are silent until its pre-roll and sound after its downbeat."""
    late = []
    for before, visit in pairwise(plan.visits):
        for name, part in visit.score.parts.items():
            if name in before.score.parts or not any(n.onset == 0 for n in part.notes):
                continue
            start, _ = plan.bounds(visit)
            window = plan.grid.sample_rate // 20
            quiet = float(np.abs(stems[name][:, start - 3 * window : start - window]).max(initial=0.0))
            loud = float(np.abs(stems[name][:, start : start + 4 * window]).max(initial=0.0))
            if loud <= 2.0 * quiet:
                late.append(f"{name} in {visit.label}")
    return Check(
        "stems enter on their downbeats", not late, float(len(late)), 0.0, "entries", ", ".join(late)
    )


def check_joins(plan: SongPlan, premaster: Audio) -> Check:
    """No join clicks: its largest jump between samples against the largest in its neighbourhood."""
    rate = plan.grid.sample_rate
    worst, where = 0.0, ""
    for visit in plan.visits[1:]:
        start, _ = plan.bounds(visit)
        jumps = np.abs(np.diff(premaster[:, start - rate // 2 : start + rate // 2], axis=1)).max(axis=0)
        centre = len(jumps) // 2
        at_join = float(jumps[centre - 32 : centre + 1].max(initial=0.0))
        around = float(np.delete(jumps, np.s_[centre - 32 : centre + 1]).max(initial=0.0))
        if at_join > worst * max(around, 1e-6):
            worst, where = at_join / max(around, 1e-6), visit.label
    return Check("joins do not click", worst <= CLICK_LIMIT, round(worst, 2), CLICK_LIMIT, "times", where)


def check_loudness(plan: SongPlan, master: Audio) -> tuple[Check, Check]:
    """Integrated loudness and true peak of the master against the spec."""
    rate = plan.grid.sample_rate
    lufs, peak = integrated_lufs(master, rate), true_peak_dbtp(master)
    wanted, limit = plan.master.loudness_lufs, plan.master.true_peak_dbtp
    near = abs(lufs - wanted) <= LOUDNESS_TOLERANCE_LU
    return (
        Check("loudness", near, round(lufs, 2), wanted, "LUFS", f"within {LOUDNESS_TOLERANCE_LU} LU"),
        Check("true peak", peak <= limit, round(peak, 2), limit, "dBTP"),
    )


def check_end(plan: SongPlan, master: Audio) -> Check:
    """The song ends in silence, not in a cut."""
    last = decibels(float(np.abs(master[:, -64:]).max(initial=0.0)))
    return Check("ends in silence", last <= -60.0, round(last, 1), -60.0, "dBFS")


def verify_song(
    plan: SongPlan, stems: Mapping[str, Audio], premaster: Audio, master: Audio
) -> tuple[Check, ...]:
    """All checks of a rendered song; every array is (2, samples).

    ``stems`` may be empty where none were exported; what needs them is then left out.
    """
    files = {**stems, "premaster": premaster, "master": master}
    length = check_lengths(plan, files)
    checks = [length, *check_loudness(plan, master), check_end(plan, master)]
    if length.passed:
        checks.append(check_joins(plan, premaster))
        if stems:
            checks += [
                check_sum(stems, premaster),
                check_repeats(plan, stems),
                check_section_starts(plan, stems),
            ]
    return tuple(checks)
