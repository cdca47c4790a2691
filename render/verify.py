"""A song checks itself: its audio against its plan.

Each :class:`Check` has the measured value, its limit and whether it passed. What the plan asks of a
backend twice in the same words must come back the same: such visits are compared in each stem from the
moment at which what rang into them has died away to the join that ends them (a null test).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from render.check import Check, decibels
from render.clicks import worst_jump
from render.clips import requested_clips
from render.energies import level_key
from render.loudness import integrated_lufs, plain_powers, true_peak_dbtp
from render.quality import quality_checks
from render.renderer import fade_samples
from render.request import Audio
from render.timing import (
    Decibels,
    Lag,
    attack_rises,
    best_lag,
    lag_profile,
    onset_samples,
    song_lag,
    song_onsets,
)
from structure.plan import SongPlan, Visit

__all__ = ["Check", "decibels", "verify_song"]

NULL_LIMIT_DB = -80.0
SUM_LIMIT_DB = -90.0
LOUDNESS_TOLERANCE_LU = 0.5
CLICK_LIMIT = 4.0
"""A jump at a join this many times what is natural there is heard as a click."""

DRUM_LAG_LIMIT_S = 0.010
SHARP_LAG_LIMIT_S = 0.030
BLUNT_LAG_LIMIT_S = 0.040
"""How near attacks are to their notes: of drums, of other sounds that rise at once (the spectrograms of
pitched clips blur them by some milliseconds), and of those that rise slowly."""

_FEWEST_NOTES = 4
"""A visit with fewer notes has no average attack."""

_MOST_NAMED = 4
_SILENT_START_DB = -50.0
_SILENT_START_S = 0.2

RING_S = 7.0
"""After this time nothing of an earlier section is left: the clip's tail, then the room's."""


def _rms(audio: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0


def check_lengths(plan: SongPlan, files: Mapping[str, Audio]) -> Check:
    """Every file has the planned length to the sample."""
    off = {name: audio.shape[1] - plan.total_samples for name, audio in files.items()}
    worst = max(off.values(), key=abs, default=0)
    wrong = ", ".join(name for name, gap in off.items() if gap)
    return Check("length", worst == 0, float(worst), 0.0, "samples", wrong)


def _rounding_rms(plan: SongPlan) -> float:
    """RMS of the error of one of the song's files: a twelfth of a step squared, thrice with dither."""
    power = (3.0 if plan.export.bit_depth == 16 else 1.0) / 12.0
    return float(math.sqrt(power) * 2.0 ** (1 - plan.export.bit_depth))


def check_sum(plan: SongPlan, stems: Mapping[str, Audio], premaster: Audio) -> Check:
    """The stems sum to the premaster, as far as the files' bits can say."""
    rest = premaster.copy()
    for stem in stems.values():
        rest -= stem
    loudest = max(float(np.abs(premaster).max(initial=0.0)), 1e-9)
    gap = decibels(float(np.abs(rest, out=rest).max(initial=0.0)) / loudest)
    rounding = 4.0 * (len(stems) + 1) * _rounding_rms(plan)
    limit = round(max(SUM_LIMIT_DB, decibels(rounding / loudest)), 1)
    return Check("stems sum to premaster", gap <= limit, round(gap, 1), limit, "dB")


def _repeats(plan: SongPlan) -> list[tuple[str, Visit, Visit]]:
    """Each stem's visits that ask for the same clip at the same level as an earlier one, with that one."""
    first: dict[str, Visit] = {}
    repeats = []
    for visit, stem, request in requested_clips(plan):
        earlier = first.setdefault(f"{stem.name}:{request.content_hash('')}:{level_key(visit)}", visit)
        if earlier is not visit:
            repeats.append((stem.name, earlier, visit))
    return repeats


def null_depth_db(plan: SongPlan, stem: Audio, one: Visit, other: Visit) -> float | None:
    """Level of the difference of two visits against the visit itself, in dB, away from their joins;
    None where the section is too short for that or the stem is silent in it."""
    (start, end), (again, _) = plan.bounds(one), plan.bounds(other)
    skip = round(RING_S * plan.grid.sample_rate)
    size = end - start - skip - fade_samples(plan)
    if size < plan.grid.sample_rate // 2:
        return None
    a = stem[:, start + skip : start + skip + size]
    b = stem[:, again + skip : again + skip + size]
    level = _rms(a)
    if level < max(1e-6, 10.0 * _rounding_rms(plan)):
        return None
    return decibels(max(_rms(a - b) - 2.0 * _rounding_rms(plan), 0.0) / level)


def check_repeats(plan: SongPlan, stems: Mapping[str, Audio]) -> Check:
    """Sections that return without variation are the same audio, in each stem that returns so."""
    name = "returning sections are the same"
    depths = {
        f"{stem} in {other.label}": depth
        for stem, one, other in _repeats(plan)
        if (depth := null_depth_db(plan, stems[stem], one, other)) is not None
    }
    if not depths:
        return Check(name, None, None, NULL_LIMIT_DB, "dB", "none is long enough")
    worst = max(depths, key=lambda key: depths[key])
    value, detail = depths[worst], f"{worst}, the worst of {len(depths)}"
    return Check(name, value <= NULL_LIMIT_DB, round(value, 1), NULL_LIMIT_DB, "dB", detail)


def _drums(plan: SongPlan) -> set[str]:
    return {stem.name for stem in plan.stems if stem.role == "drums"}


def _lag_limit_s(lag: Lag, is_drums: bool) -> float:
    if not lag.sharp:
        return BLUNT_LAG_LIMIT_S
    return DRUM_LAG_LIMIT_S if is_drums else SHARP_LAG_LIMIT_S


def check_timing(plan: SongPlan, rises: Mapping[str, Decibels]) -> Check:
    """The attacks of the song, taken together, lie on the planned notes; drums decide, if there are."""
    name = "notes sound on the grid"
    drums = song_lag(plan, {stem: rises[stem] for stem in rises if stem in _drums(plan)})
    lag = drums or song_lag(plan, rises)
    if lag is None:
        return Check(name, None, None, 1000.0 * DRUM_LAG_LIMIT_S, "ms", "no stem has clear attacks")
    limit = _lag_limit_s(lag, drums is not None)
    near = abs(lag.seconds) <= limit + 1e-9
    return Check(name, near, round(1000.0 * lag.seconds, 1), 1000.0 * limit, "ms")


def _is_off_the_grid(rises: Decibels, onsets: list[int], is_drums: bool, sample_rate: int) -> bool:
    """True where the attacks are clear, and away from the notes."""
    if len(set(onsets)) < _FEWEST_NOTES:
        return False
    lag = best_lag(lag_profile(rises, onsets, sample_rate))
    return lag is not None and abs(lag.seconds) > _lag_limit_s(lag, is_drums) + 1e-9


def _is_silent(audio: Audio, start: int, sample_rate: int, level: float) -> bool:
    """True where nothing sounds soon after ``start``, against the stem's ``level``."""
    after = audio[:, start : start + round(_SILENT_START_S * sample_rate)]
    return decibels(_rms(after) / max(level, 1e-9)) < _SILENT_START_DB


def check_section_starts(
    plan: SongPlan, stems: Mapping[str, Audio], rises: Mapping[str, Decibels]
) -> Check:
    """In every visit each stem sounds from its first note, and its attacks lie on its notes."""
    wrong, judged = [], 0
    rate = plan.grid.sample_rate
    for name, audio in stems.items():
        level = math.sqrt(plain_powers(audio, 1024).mean() / audio.shape[0])
        for visit in plan.visits:
            onsets = onset_samples(plan, visit, name)
            if not onsets:
                continue
            judged += 1
            if _is_silent(audio, min(onsets), rate, level):
                wrong.append(f"{name} in {visit.label} is silent")
            elif _is_off_the_grid(rises[name], onsets, name in _drums(plan), rate):
                wrong.append(f"{name} in {visit.label} is off the grid")
    more = f", and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    detail = ", ".join(wrong[:_MOST_NAMED]) + more or f"of {judged}"
    return Check("sections start with their notes", not wrong, float(len(wrong)), 0.0, "starts", detail)


def _join_samples(plan: SongPlan) -> list[int]:
    """Where a join can click: its downbeat and the ends of its crossfade."""
    half = fade_samples(plan) // 2
    return [
        start + offset
        for visit in plan.visits[1:]
        for start in plan.bounds(visit)[:1]
        for offset in (-half, 0, half)
    ]


def check_joins(plan: SongPlan, files: Mapping[str, Audio]) -> Check:
    """No join clicks, in any of the files: stems by name, and whatever else is made of all of them."""
    joins = _join_samples(plan)
    everything = [sample for stem in plan.stems for sample in song_onsets(plan, stem.name)]
    names = {stem.name for stem in plan.stems}
    worst, where = 0.0, ""
    for name, audio in files.items():
        onsets = song_onsets(plan, name) if name in names else everything
        jump = worst_jump(audio, joins, onsets, plan.grid.sample_rate)
        if jump is not None and jump.times > worst:
            worst, where = jump.times, f"{name} at {jump.sample / plan.grid.sample_rate:.3f} s"
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
        checks.append(check_joins(plan, {**stems, "premaster": premaster}))
        if stems:
            rises = {name: attack_rises(audio, plan.grid.sample_rate) for name, audio in stems.items()}
            checks += [
                check_sum(plan, stems, premaster),
                check_repeats(plan, stems),
                check_timing(plan, rises),
                check_section_starts(plan, stems, rises),
            ]
        checks += quality_checks(plan, stems, premaster, master)
    return tuple(checks)
