"""Clicks at the joins of a song: jumps that the sound around them does not explain.

A jump is measured as the second difference of the samples, which is small for all that swings slowly and
is the whole height of a step. It is held against the largest near by and, where notes begin, against the
usual attack of the loudest of them, since an attack is a jump too. A kick's attack is not a hi-hat's, so
each voice has a usual attack of its own: a key of a drum kit, or a pitched stem as a whole.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from render.audio.types import Audio

_AT_JOIN_S = 0.0007
_AROUND_S = 0.05
_NOTE_NEAR_S = 0.02
Onsets = Mapping[Hashable, Sequence[int]]
"""The samples at which the notes of each voice begin."""

_FLOOR = 1e-4
"""-80 dBFS: what is smaller is never heard as a click."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The jump at ``sample``, ``times`` what is natural there."""

    sample: int
    times: float


def worst_jump(audio: Audio, positions: Sequence[int], onsets: Onsets, sample_rate: int) -> Jump | None:
    """Return the jump of (channels, samples) that is the furthest above what is natural.

    Only ``positions`` are searched; ``onsets`` are where notes begin. None without positions.
    """
    width, around = round(_AT_JOIN_S * sample_rate), round(_AROUND_S * sample_rate)
    near = round(_NOTE_NEAR_S * sample_rate)

    # the usual attack of each voice: the median jump at its notes that begin away from ``positions``; a
    # voice without such notes, as a cymbal that is struck at joins alone, has the median of all voices
    heights = {
        onset: float(_curvature(audio[:, max(0, onset - width) : onset + width]).max(initial=0.0))
        for onset in sorted({onset for samples in onsets.values() for onset in samples})
        if not _is_near(onset, positions, near)
    }
    usual = float(np.median([*heights.values()])) if heights else 0.0
    attacks: dict[Hashable, float] = {}
    for voice, samples in onsets.items():
        own = [heights[at] for at in set(samples) & heights.keys()]
        attacks[voice] = float(np.median(own)) if own else usual

    jumps = []
    for at in positions:
        first = max(0, at - around)
        curvature = _curvature(audio[:, first : at + around])
        begin = max(0, at - first - width)
        join = slice(begin, max(begin, at - first + width))
        natural = max(_FLOOR, float(curvature[: join.start].max(initial=0.0)))
        natural = max(natural, float(curvature[join.stop :].max(initial=0.0)))
        begin_here = [attacks[voice] for voice, samples in onsets.items() if _is_near(at, samples, near)]
        natural = max(natural, *begin_here, 0.0)
        jumps.append(Jump(at, float(curvature[join].max(initial=0.0)) / natural))
    return max(jumps, key=lambda jump: jump.times, default=None)


def _curvature(audio: Audio) -> NDArray[np.float32]:
    """Return the largest second difference over channels, entry i about sample i + 1: (samples - 2,)."""
    return np.asarray(np.abs(np.diff(audio, 2, axis=1)).max(axis=0), dtype=np.float32)


def _is_near(sample: int, others: Sequence[int], distance: int) -> bool:
    return any(abs(sample - other) <= distance for other in others)
