"""Whether each stem begins its notes when they are planned, to a few milliseconds.

A note comes out of what was there before: within some milliseconds its level rises, however slowly it then
swells. Averaged over all notes of a stem, that rise, from 3 ms before to 3 ms after a moment, is highest
where the notes begin. Two pre-emphases are tried, as some attacks are dull and some are noise, and the
nearer one counts: a stem that is late is late in both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import db_from_power
from render.audio.loudness import slope_powers
from render.audio.types import Audio
from render.checks.check import Check, list_names
from render.checks.timing import song_onsets
from structure.arrange.melody.instrument import speaking_s
from structure.base.types import PLAYERLESS, SUNG
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.players import list_settings, settings_of

TOGETHER_LIMIT_S = 0.008
"""How late or early a stem may be whose backend follows the score by itself; :data:`FREE_LIMIT_S`
another."""

FREE_LIMIT_S = 0.030

_HOP_S = 0.0005
_SPAN_HOPS = 6
_REACH_HOPS = 60
_HIGHEST_DB = 20.0
_LEAST_RISE_DB, _LEAST_RISE_OF_BASS_DB = 2.4, 3.5
"""What stands out as the beginning of notes. A low note rises and falls within each of its periods, which
last up to 24 ms, so that a bass without clear attacks seems to begin one period late."""

_SHOULDER_HOPS, _SHOULDER_SHARE = 24, 0.8
"""How far before and after that beginning the rise is smaller, and by what share; not so in a swell."""

_OVER_MEDIAN = 3.0
_RIVAL_SHARE, _RIVAL_ERRORS = 0.9, 2.0
"""A moment rivals it that has so much of its rise, or whose rise is less by no more standard errors."""

_FEWEST_NOTES = 6
_EXACT_BACKENDS = ("embedded",)

Decibels = NDArray[np.float64]


def rises_of_notes(audio: Audio, onsets: Sequence[int], sample_rate: int, order: int) -> Decibels | None:
    """Return the rise within 3 ms at each lag of 0.5 ms from -42 to 42 ms behind each onset: (notes, lags).

    The rise is that of the ``order``-th difference of (channels, samples). None with too few onsets.
    """
    hop = round(_HOP_S * sample_rate)
    powers = slope_powers(audio.mean(axis=0)[None], hop, order)
    powers += 1e-7 * powers.max(initial=0.0) + 1e-20
    sums = np.convolve(np.pad(powers, _SPAN_HOPS, mode="edge"), np.ones(_SPAN_HOPS), mode="valid")
    rises = np.clip(db_from_power(sums[_SPAN_HOPS:][: len(powers)] / sums[: len(powers)]), 0.0, _HIGHEST_DB)
    reach = _REACH_HOPS + _SHOULDER_HOPS
    hops = (np.asarray(onsets, dtype=np.int64) + hop // 2) // hop
    hops = hops[(hops >= 2 * _REACH_HOPS) & (hops < len(rises) - 2 * _REACH_HOPS)]
    if len(hops) < _FEWEST_NOTES:
        return None
    return np.lib.stride_tricks.sliding_window_view(rises, 2 * reach + 1)[hops - reach]


def fine_lag_s(stem: StemPlan, audio: Audio, onsets: Sequence[int], sample_rate: int) -> float | None:
    """Return by how much the notes of a stem are late, in seconds; None where no moment stands out.

    They are looked for around the moment when its instrument speaks; up to that they are not late.
    """
    lags = []
    speaks_s = speaking_s(stem.prompt, stem.role)
    spoken = sorted({onset + round(speaks_s * sample_rate) for onset in onsets})
    least = _LEAST_RISE_OF_BASS_DB if stem.role == "bass" else _LEAST_RISE_DB
    for order in (1, 2):
        rises = rises_of_notes(audio, spoken, sample_rate, order)
        if rises is None:
            return None
        wide = rises.mean(axis=0)
        profile = wide[_SHOULDER_HOPS:-_SHOULDER_HOPS]
        highest, peak = float(profile.max()), int(profile.argmax())
        shoulder = float(max(wide[peak], wide[peak + 2 * _SHOULDER_HOPS]))
        is_clear = highest >= max(least, _OVER_MEDIAN * float(np.median(profile)))
        if not is_clear or shoulder > _SHOULDER_SHARE * highest:
            continue

        # of the moments that may be it, the nearest
        inside = rises[:, _SHOULDER_HOPS:-_SHOULDER_HOPS]
        less = inside[:, [peak]] - inside
        errors = less.std(axis=0) / np.sqrt(len(less))
        rivals = (profile >= _RIVAL_SHARE * highest) | (less.mean(axis=0) < _RIVAL_ERRORS * errors)
        near = np.flatnonzero(rivals) - _REACH_HOPS
        lags.append(float(near[np.argmin(np.abs(near))]) * round(_HOP_S * sample_rate) / sample_rate)
    if not lags:
        return None
    lag = speaks_s + min(lags, key=abs)
    return lag - min(max(lag, 0.0), speaks_s)


def fine_lags_s(plan: SongPlan, stems: Mapping[str, Audio]) -> dict[str, float]:
    """Return the lag in seconds of each stem that plays from notes and has one.

    Voices begin with consonants, and have none.
    """
    found = {}
    for stem in plan.stems:
        if stem.name not in stems or stem.role in PLAYERLESS or stem.role in SUNG:
            continue
        lag = fine_lag_s(stem, stems[stem.name], song_onsets(plan, stem.name), plan.grid.sample_rate)
        if lag is not None:
            found[stem.name] = lag
    return found


def is_exact(plan: SongPlan) -> bool:
    """Return whether every backend that plays begins its notes by itself when the score says so."""
    return all(settings.backend in _EXACT_BACKENDS for _, settings in list_settings(plan))


def exact_part(plan: SongPlan) -> SongPlan:
    """Return the plan with those stems alone whose notes begin, in each visit, when the score says so.

    Stems that no backend plays stay too.
    """
    free = {
        stem.name
        for visit in plan.visits
        for stem in plan.stems
        if stem.role not in PLAYERLESS
        and stem.name in visit.music.score.parts
        and settings_of(plan, visit, stem).backend not in _EXACT_BACKENDS
    }
    return (
        replace(plan, stems=tuple(stem for stem in plan.stems if stem.name not in free)) if free else plan
    )


def check_together(plan: SongPlan, lags: Mapping[str, float]) -> Check:
    """Check that each stem that has clear attacks begins its notes when they are planned."""
    exact = {stem.name for stem in exact_part(plan).stems}
    limits = {stem.name: TOGETHER_LIMIT_S if stem.name in exact else FREE_LIMIT_S for stem in plan.stems}
    name, limit_ms = "stems are together", 1000.0 * (TOGETHER_LIMIT_S if is_exact(plan) else FREE_LIMIT_S)
    if not lags:
        return Check.leave_unmeasured(name, "within", limit_ms, "ms", "no stem has clear attacks")
    late = {stem: round(1000.0 * lag, 6) for stem, lag in lags.items()}
    worst = max(late, key=lambda stem: abs(late[stem]) / limits[stem])
    limit_ms = 1000.0 * limits[worst]
    wrong = [f"{stem} {late[stem]:+.1f} ms" for stem in late if abs(late[stem]) > 1000.0 * limits[stem]]
    detail = list_names(wrong) or f"{worst}, the worst of {len(late)}"
    return Check.within(name, late[worst], limit_ms, "ms", detail, decimals=1)
