"""Where a stem stands and how loud it is, against its plan: its side, and its level among the others.

Both follow from the plan alone. A pan has a gain for each side, and a strip that widens a sound adds the
same to one side that it takes from the other; so the difference of the sides is known from the spectrum of
their sum. A strip brings each stem to its loudness, measured where the stem first plays in full; so the
stems of a visit differ by what their strips, buses and gains say.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import db_from_power
from render.audio.loudness import chunks, measure_lufs
from render.audio.types import Audio
from render.checks.check import Check, list_names
from render.checks.flaws import players
from render.mixing.mix import pan_gains, widen
from render.mixing.stems import reference_visit
from render.mixing.sung import bed_gains, find_sung_spans, makes_room
from structure.plans.curves import Curve, song_curves
from structure.plans.plan import SongPlan, StemPlan, Visit
from structure.presets.mixes import Strip

SIDE_LIMIT_DB = 1.5
"""How far the difference of a stem's sides may be from what pan and width make of it; what its room and its
echo return has no side, and may make it less."""

LEVEL_LIMIT_DB = 3.0
"""How far a stem may be from its level among the others."""

_SIZE = 4096
_LEAST_GAIN = 0.05
_LISTENS_S = 10.0
_OWN_SHARE = 0.5
"""The share of what the sides of a sound differ by that a strip has not made: above it, a backend has."""

_LEAST_PAN_DB = 1.0
_FEWEST_STEMS = 3
_MOVES_LEVEL = ("gain_db", "low_pass_hz", "high_pass_hz", "tape")


def sides_miss_db(plan: SongPlan, stem: StemPlan, audio: Audio) -> float:
    """Return by how many dB a stem is further to the left than planned."""
    strip, rate = plan.mix.strips[stem.role], plan.grid.sample_rate
    impulse = np.zeros((1, _SIZE), dtype=np.float32)
    impulse[0, 0] = 1.0
    gains = np.array(pan_gains(stem.pan), dtype=np.float64)
    left, right = audio
    whole = len(left) // _SIZE * _SIZE
    power = np.zeros(_SIZE // 2 + 1)
    for first, last in chunks(whole, _SIZE):
        one, other = left[first:last], right[first:last]
        middle = 0.5 * (one / gains[0] + other / gains[1]) if gains.min() > _LEAST_GAIN else one + other
        power += (np.abs(np.fft.rfft(middle.reshape(-1, _SIZE), axis=1)) ** 2).sum(axis=0)
    power /= max(1, whole // _SIZE)
    widened = np.abs(np.fft.rfft(widen(impulse, strip, rate), axis=1)) ** 2
    shapes = [widened]
    if strip.width > 0.0 and gains.min() > _LEAST_GAIN and not _is_widened(audio, gains, strip, rate):
        # A group of singers stands in the width itself, or room and echo are louder than what is made.
        shapes = [np.ones_like(widened), widened]
    heard = db_from_power((float(np.dot(left, left)) + 1e-12) / (float(np.dot(right, right)) + 1e-12))
    misses = []
    for shape in shapes:
        expected = db_from_power(
            float(gains[0] ** 2 * (power * shape[0]).sum() + 1e-20)
            / float(gains[1] ** 2 * (power * shape[1]).sum() + 1e-20)
        )
        toward_middle = abs(heard) < abs(expected) and heard * expected >= 0.0
        misses.append(0.0 if toward_middle else heard - expected)
    return min(misses, key=abs)


def _is_widened(audio: Audio, gains: NDArray[np.float64], strip: Strip, rate: int) -> bool:
    """Return whether the sides of a sound differ by what a strip makes of mono, where it is loudest."""
    size = min(audio.shape[1], int(_LISTENS_S * rate))
    powers = np.add.reduceat(np.square(audio).sum(axis=0), np.arange(0, audio.shape[1], size))
    first = min(int(powers.argmax()) * size, audio.shape[1] - size)
    one, other = (side[first : first + size] / gain for side, gain in zip(audio, gains, strict=True))
    middle, side = 0.5 * (one + other), 0.5 * (one - other)
    made = widen(middle[None].astype(np.float32), strip, rate)[0] - middle
    return float(np.square(side - made).sum()) < _OWN_SHARE * float(np.square(side).sum())


def check_sides(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that each stem is on the side to which it is panned."""
    name = "stems stand where they are panned"
    planned = {stem.name: stem for stem in plan.stems}
    misses = {
        stem: sides_miss_db(plan, planned[stem], stems[stem])
        for stem in players(plan)
        if stem in stems and stems[stem].any()
    }
    if not misses:
        return Check.leave_unmeasured(name, "within", SIDE_LIMIT_DB, "dB", "nobody plays")
    worst = max(misses, key=lambda stem: abs(misses[stem]))
    detail = f"{worst}, the worst of {len(misses)}; above 0 is too far left"
    return Check.within(name, misses[worst], SIDE_LIMIT_DB, "dB", detail, decimals=1)


def level_misses_db(plan: SongPlan, stems: Mapping[str, Audio]) -> dict[str, float]:
    """Return by how many dB each stem is louder than its plan says, against the stems beside it.

    The visit that decides its level counts, but for the bars in which moves of the mix filter, fade or slow
    somebody. A lift moves what is planned, and so does room for a voice. One that gives way to the tune
    there may be softer by as much as it gives way. Others whose levels are decided elsewhere may be softer
    there, as they have less to play: where few are not so, the loudest of them says what is too loud. Stems
    whose level no strip measures, that nothing is held against, or that play in bars with such moves alone,
    are left out.
    """
    rate = plan.grid.sample_rate
    judged = [
        stem
        for stem in plan.stems
        if stem.name in players(plan) and stem.name in stems and plan.mix.strips[stem.role].is_measured
    ]
    curves = song_curves(plan)
    gives_way_db = {
        curve.stem: -min(value for _, value in curve.points)
        for curve in curves
        if curve.parameter == "presence_db"
    }

    @cache
    def measure(name: str, start: int, stop: int) -> float:
        # several stems have the same visit
        return measure_lufs(stems[name][:, start:stop], rate)

    found: dict[str, float] = {}
    decided_in = {stem.name: reference_visit(plan, stem) for stem in judged}
    for stem in judged:
        visit = decided_in[stem.name]
        here = [curve for curve in curves if _is_during(plan, curve, visit)]
        lifts_db = {curve.stem: curve.points[0][1] for curve in here if curve.is_lift}
        still = _find_longest_still(plan, visit, here)
        above = {}
        for other in judged:
            if other.name in visit.music.score.parts and other.name not in visit.sound.fades:
                lufs = measure(other.name, still.start, still.stop)
                wanted = plan.mix.strips[other.role].loudness_lufs + lifts_db.get(other.name, 0.0)
                wanted += _under_voice_db(plan, other, visit, still)
                above[other.name] = lufs - wanted - other.gain_db - plan.mix.bus_gain_db(other.role)
        heard = [miss for miss in above.values() if math.isfinite(miss)]
        if stem.name not in above or len(heard) < _FEWEST_STEMS:
            continue
        if math.isfinite(above[stem.name]) or not math.isfinite(measure(stem.name, *plan.bounds(visit))):
            miss = above[stem.name] - float(np.median(heard))
            in_full = [name for name in above if decided_in[name] is visit]
            if miss > 0.0 and len(in_full) < _FEWEST_STEMS:
                others = [above[name] for name in above if name != stem.name]
                miss = max(0.0, min(miss, above[stem.name] - max(others)))
            found[stem.name] = min(0.0, miss + gives_way_db.get(stem.name, 0.0)) if miss < 0.0 else miss
    return found


def _under_voice_db(plan: SongPlan, stem: StemPlan, visit: Visit, still: slice) -> float:
    """Return by how many dB, 0 or less, a stem is turned down for the voices in some samples of a visit."""
    if not makes_room(plan, stem.role):
        return 0.0
    start, end = plan.bounds(visit)
    spans = find_sung_spans(plan, visit)
    gains = bed_gains(spans, plan.mix.under_voice_db, end - start, plan.grid.sample_rate)
    return db_from_power(float(np.square(gains[still.start - start : still.stop - start]).mean()))


def _is_during(plan: SongPlan, curve: Curve, visit: Visit) -> bool:
    first, last = curve.points[0][0], curve.points[-1][0]
    return first < plan.grid.quarters_at_bar(visit.end_bar) and last > plan.position_quarters(visit)


def _find_longest_still(plan: SongPlan, visit: Visit, curves: Sequence[Curve]) -> slice:
    """Return the longest run of samples of a visit in which nobody is filtered, faded or slowed."""
    grid, (start, end) = plan.grid, plan.bounds(visit)
    spans = [
        (grid.sample_at(curve.points[0][0]), grid.sample_at(curve.points[-1][0]))
        for curve in curves
        if curve.parameter in _MOVES_LEVEL and not curve.is_lift
    ]
    runs, begin = [], start
    for first, last in (*sorted(spans), (end, end)):
        runs.append((begin, min(first, end)))
        begin = max(begin, last)
    return slice(*max(runs, key=lambda run: run[1] - run[0]))


def check_levels(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Check that each stem is as loud among the others as its strip, its bus and its gain make it."""
    name = "stems have their levels"
    misses = level_misses_db(plan, stems)
    if not misses:
        return Check.leave_unmeasured(
            name, "within", LEVEL_LIMIT_DB, "dB", "fewer than 3 stems play together"
        )
    worst = max(misses, key=lambda stem: abs(misses[stem]))
    wrong = [stem for stem in misses if abs(misses[stem]) > LEVEL_LIMIT_DB]
    detail = list_names(wrong) or f"{worst}, the worst of {len(misses)}"
    return Check.within(name, misses[worst], LEVEL_LIMIT_DB, "dB", detail, decimals=1)
