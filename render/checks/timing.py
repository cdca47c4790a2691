"""When a stem sounds, against when its score says so.

An attack is a rise of the energy: the level of the 20 ms after a moment over that of the 20 ms before
it. Averaged over all notes of a score, at each lag, it peaks at the lag by which the audio is late.
Sounds that rise slowly have no such peak, or a blunt one; they are judged gently, or not at all. Wind
instruments speak some time after their note, in recordings as well: a lag of up to that time is none.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import find_peaks

from render.audio.levels import db_from_power
from render.audio.loudness import slope_powers
from render.audio.types import Audio
from structure.arrange.melody.instrument import speaking_s
from structure.plans.plan import SongPlan, StemPlan, Visit

HOP_S = 0.002
_SPAN_HOPS = 10
_REACH_S = 0.25
_HIGHEST_RISE_DB = 20.0
_CLEAR_RISE_DB = 3.0
_CLEAR_OVER_MEDIAN_DB = 2.0
_SHARP_SHARE = 0.6
_TOP_SHARE = 0.9
_RIVAL_SHARE = 0.75
"""In even rhythms the attacks fit nearly as well a note later; such rivals are not lags."""

Decibels = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lag:
    """By how much attacks are late, in seconds. ``sharp``: they rise within some milliseconds."""

    seconds: float
    sharp: bool


def attack_rises(audio: Audio, sample_rate: int) -> Decibels:
    """Return how much the level rises at each multiple of :data:`HOP_S`, 0 to 20 dB: (hops,).

    The audio is differentiated first, as attacks are brighter than what they follow.
    """
    powers = slope_powers(audio.mean(axis=0)[None], round(HOP_S * sample_rate))
    powers += 1e-6 * powers.max(initial=0.0) + 1e-20
    padded = np.pad(powers, _SPAN_HOPS, mode="edge")
    spans = np.convolve(padded, np.ones(_SPAN_HOPS), mode="valid")
    after, before = spans[_SPAN_HOPS : _SPAN_HOPS + len(powers)], spans[: len(powers)]
    return np.clip(db_from_power(after / before), 0.0, _HIGHEST_RISE_DB)


def onset_samples(plan: SongPlan, visit: Visit, stem: str) -> list[int]:
    """Return the samples at which the notes of a stem begin in a visit, in order; one for each note."""
    part = visit.music.score.parts.get(stem)
    begin = plan.position_quarters(visit)
    return [plan.grid.sample_at(begin + note.sounding_onset) for note in part.notes] if part else []


def song_onsets(plan: SongPlan, stem: str) -> list[int]:
    """Return the samples at which all notes of a stem begin."""
    return [sample for visit in plan.visits for sample in onset_samples(plan, visit, stem)]


def voice_onsets(plan: SongPlan, stem: StemPlan) -> dict[Hashable, list[int]]:
    """Return the samples at which notes begin, by key of a drum kit; a pitched stem is one voice, ""."""
    found: dict[Hashable, list[int]] = {}
    for visit in plan.visits:
        part = visit.music.score.parts.get(stem.name)
        for note, sample in zip(
            part.notes if part else (), onset_samples(plan, visit, stem.name), strict=True
        ):
            found.setdefault(note.pitch if stem.role == "drums" else "", []).append(sample)
    return found


def lag_profile(rises: Decibels, onsets: Sequence[int], sample_rate: int) -> Decibels:
    """Return the mean rise at every lag from -250 to 250 ms after the onsets: (lags,)."""
    hop = round(HOP_S * sample_rate)
    reach = round(_REACH_S / HOP_S)
    hops = (np.asarray(onsets, dtype=np.int64) + hop // 2) // hop
    padded = np.pad(rises, reach)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    return np.asarray(windows[np.minimum(hops, len(rises) - 1)].mean(axis=0), dtype=np.float64)


def best_lag(profile: Decibels) -> Lag | None:
    """Return the lag at which the mean rise is highest; None where nothing stands out.

    Of peaks that are nearly as high as the highest, the one nearest to no lag counts.
    """
    highest = float(profile.max(initial=0.0))
    if highest < max(_CLEAR_RISE_DB, float(np.median(profile)) + _CLEAR_OVER_MEDIAN_DB):
        return None
    peaks, _ = find_peaks(profile, height=_RIVAL_SHARE * highest, distance=_SPAN_HOPS)
    if not len(peaks):
        return None
    middle = len(profile) // 2
    peak = int(peaks[np.argmin(np.abs(peaks - middle))])
    height = float(profile[peak])
    # what comes before an attack is in both levels, so the rise climbs slowly and falls at once
    fallen = np.flatnonzero(profile[peak:] < _TOP_SHARE * height)
    last = peak + int(fallen[0]) - 1 if len(fallen) else peak
    later = profile[min(last + _SPAN_HOPS // 2, len(profile) - 1)]
    return Lag((last - middle) * HOP_S, bool(later <= _SHARP_SHARE * height))


def stem_lag(stem: StemPlan, rises: Decibels, onsets: Sequence[int], sample_rate: int) -> Lag | None:
    """Return the lag of a stem's attacks behind ``onsets``; None where nothing stands out.

    The time that its instrument takes to speak is no part of it.
    """
    lag = best_lag(lag_profile(rises, onsets, sample_rate))
    return None if lag is None else replace(lag, seconds=lag.seconds - _find_own_lag_s(stem, lag))


def _find_own_lag_s(stem: StemPlan, lag: Lag) -> float:
    """Return how much of a lag, 0 or more seconds, is the instrument's own."""
    return min(max(lag.seconds, 0.0), speaking_s(stem.prompt, stem.role))


def song_lag(plan: SongPlan, rises: Mapping[str, Decibels]) -> Lag | None:
    """Return the lag of the whole song; None where no stem has clear attacks.

    It is that of its stems with sharp attacks together, else of all with clear ones.
    """
    rate = plan.grid.sample_rate
    profiles: dict[bool, list[Decibels]] = {True: [], False: []}
    for stem in plan.stems:
        onsets = song_onsets(plan, stem.name) if stem.name in rises else []
        lag = best_lag(lag_profile(rises[stem.name], onsets, rate)) if onsets else None
        if lag is not None:
            spoken = round(_find_own_lag_s(stem, lag) * rate)
            spoken_onsets = [onset + spoken for onset in onsets]
            profiles[lag.sharp].append(lag_profile(rises[stem.name], spoken_onsets, rate))
    judged = profiles[True] or profiles[False]
    return best_lag(np.mean(judged, axis=0)) if judged else None
