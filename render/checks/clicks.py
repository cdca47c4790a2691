"""Clicks at the joins of a song: jumps that the sound around them does not explain.

A jump is measured as the second difference of the samples, which is small for all that swings slowly and
is the whole height of a step. It is held against the largest near by and, where a note begins, against
the stem's usual attack, since an attack is a jump too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.types import Audio

_AT_JOIN_S = 0.0007
_AROUND_S = 0.05
_NOTE_NEAR_S = 0.02
_FLOOR = 1e-4
"""-80 dBFS: what is smaller is never heard as a click."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The jump at ``sample``, ``times`` what is natural there."""

    sample: int
    times: float


def worst_jump(
    audio: Audio, positions: Sequence[int], onsets: Sequence[int], sample_rate: int
) -> Jump | None:
    """The jump of (channels, samples) that is the most above what is natural, of those at
    ``positions``; ``onsets`` are where notes begin. None without positions."""
    usual = _usual_attack(audio, positions, onsets, sample_rate)
    jumps = [Jump(at, _times(audio, at, onsets, usual, sample_rate)) for at in positions]
    return max(jumps, key=lambda jump: jump.times, default=None)


def _times(audio: Audio, at: int, onsets: Sequence[int], usual_attack: float, sample_rate: int) -> float:
    width, around = round(_AT_JOIN_S * sample_rate), round(_AROUND_S * sample_rate)
    first = max(0, at - around)
    curvature = _curvature(audio[:, first : at + around])
    begin = max(0, at - first - width)
    join = slice(begin, max(begin, at - first + width))
    natural = max(_FLOOR, float(curvature[: join.start].max(initial=0.0)))
    natural = max(natural, float(curvature[join.stop :].max(initial=0.0)))
    if _is_near(at, onsets, round(_NOTE_NEAR_S * sample_rate)):
        natural = max(natural, usual_attack)
    return float(curvature[join].max(initial=0.0)) / natural


def _curvature(audio: Audio) -> NDArray[np.float32]:
    """Largest second difference over the channels, entry i about sample i + 1: (samples - 2,)."""
    return np.asarray(np.abs(np.diff(audio, 2, axis=1)).max(axis=0), dtype=np.float32)


def _usual_attack(audio: Audio, positions: Sequence[int], onsets: Sequence[int], sample_rate: int) -> float:
    """Median jump at the notes that begin away from ``positions``."""
    width, near = round(_AT_JOIN_S * sample_rate), round(_NOTE_NEAR_S * sample_rate)
    attacks = [
        float(_curvature(audio[:, max(0, onset - width) : onset + width]).max(initial=0.0))
        for onset in sorted(set(onsets))
        if not _is_near(onset, positions, near)
    ]
    return float(np.median(attacks)) if attacks else 0.0


def _is_near(sample: int, others: Sequence[int], distance: int) -> bool:
    return any(abs(sample - other) <= distance for other in others)
