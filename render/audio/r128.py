"""A loudness report by EBU R 128: integrated loudness, loudness range, maxima and true peak.

Momentary loudness (a sliding window of 0.4 s) and short-term loudness (3 s) are not gated; their maxima
are taken every 10 ms, as finely as EBU Tech 3341 (v4, 2023) tests them. The loudness range is that of EBU
Tech 3342 (v4, 2023): short-term values ten times a second, gated at -70 LUFS and at 20 LU under their mean
power, from the 10th to the 95th percentile. By hand, since pyloudnorm takes no maxima every 10 ms.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
import yaml

from render.audio.levels import db_from_power, power_from_db
from render.audio.loudness import (
    ABSOLUTE_GATE_LUFS,
    Blocks,
    find_gated_lufs,
    hop_samples,
    k_weighted_powers,
    lufs_from_power,
    power_from_lufs,
    true_peak_dbtp,
)
from render.audio.types import Audio

_FINE_PER_HOP = 10
_MOMENTARY_HOPS = 4
_SHORT_TERM_HOPS = 30
_RANGE_GATE_LU = -20.0
_RANGE_PERCENTILES = (0.10, 0.95)


@dataclass(frozen=True, slots=True)
class Loudness:
    """What EBU R 128 says of a piece of audio; levels of silence are -inf.

    ``range_lu`` is 0 where nothing passes the gates. Maxima need at least one whole window, and are -inf
    where the audio is shorter.
    """

    integrated_lufs: float
    range_lu: float
    max_momentary_lufs: float
    max_short_term_lufs: float
    true_peak_dbtp: float


def measure_loudness(audio: Audio, sample_rate: int) -> Loudness:
    """Measure (1 or 2, samples) at a rate of at least 1 kHz."""
    fine = hop_samples(sample_rate) // _FINE_PER_HOP
    powers = k_weighted_powers(audio, sample_rate, fine)
    hops = _average_neighbours(powers, _FINE_PER_HOP)[::_FINE_PER_HOP]
    return Loudness(
        find_gated_lufs(hops),
        loudness_range_lu(hops),
        _highest_lufs(_average_neighbours(powers, _FINE_PER_HOP * _MOMENTARY_HOPS)),
        _highest_lufs(_average_neighbours(powers, _FINE_PER_HOP * _SHORT_TERM_HOPS)),
        true_peak_dbtp(audio),
    )


def loudness_range_lu(hop_powers: Blocks) -> float:
    """Return the loudness range of the K-weighted mean squares of each 100 ms (EBU Tech 3342)."""
    powers = _average_neighbours(hop_powers, _SHORT_TERM_HOPS)
    powers = powers[powers > power_from_lufs(ABSOLUTE_GATE_LUFS)]
    if not powers.size:
        return 0.0
    powers = np.sort(powers[powers >= powers.mean() * power_from_db(_RANGE_GATE_LU)])
    low, high = (powers[round((powers.size - 1) * share)] for share in _RANGE_PERCENTILES)
    return db_from_power(float(high / low))


def _average_neighbours(powers: Blocks, count: int) -> Blocks:
    """Return the mean of every ``count`` neighbours: (blocks - count + 1,), empty where there are fewer."""
    if powers.size < count:
        return np.zeros(0)
    windows = np.lib.stride_tricks.sliding_window_view(powers, count)
    return np.asarray(windows.mean(axis=1), dtype=np.float64)


def _highest_lufs(powers: Blocks) -> float:
    return lufs_from_power(float(powers.max(initial=0.0)))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a service or a medium wants its music; see ``data/loudness_targets.yaml``.

    ``plays_quiet`` says what becomes of a song that is quieter: ``as it is``, ``raised to its ceiling`` (a
    gain that keeps the true peak under ``true_peak_dbtp``) or ``raised``, whatever its peaks are then.
    """

    name: str
    loudness_lufs: float
    true_peak_dbtp: float
    plays_quiet: Literal["as it is", "raised to its ceiling", "raised"]


@dataclass(frozen=True, slots=True)
class Playback:
    """How a song would be played.

    ``gain_db`` is what is applied, ``loudness_lufs`` and ``true_peak_dbtp`` what results, ``over_db`` by
    how much the peak then passes the ceiling (0 where it does not).
    """

    target: Target
    gain_db: float
    loudness_lufs: float
    true_peak_dbtp: float
    over_db: float


@lru_cache(maxsize=1)
def loudness_targets() -> tuple[Target, ...]:
    """Return all known targets, streaming services first."""
    text = (Path(__file__).parents[1] / "data" / "loudness_targets.yaml").read_text(encoding="utf-8")
    rows: Mapping[str, Mapping[str, object]] = yaml.safe_load(text)
    return tuple(Target(name=name, **values) for name, values in rows.items())  # type: ignore[arg-type]


def playbacks(measured: Loudness, targets: Iterable[Target] | None = None) -> tuple[Playback, ...]:
    """Return what each target makes of a song of this loudness; nothing where the song is silent."""
    if not math.isfinite(measured.integrated_lufs):
        return ()
    found = []
    for target in targets or loudness_targets():
        gain = target.loudness_lufs - measured.integrated_lufs
        if gain > 0.0 and target.plays_quiet == "as it is":
            gain = 0.0
        elif gain > 0.0 and target.plays_quiet == "raised to its ceiling":
            gain = max(0.0, min(gain, target.true_peak_dbtp - measured.true_peak_dbtp))

        peak = measured.true_peak_dbtp + gain
        over_db = max(0.0, peak - target.true_peak_dbtp)
        found.append(Playback(target, gain, measured.integrated_lufs + gain, peak, over_db))
    return tuple(found)
