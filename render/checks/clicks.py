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
    attacks = _attacks(audio, positions, onsets, sample_rate)
    jumps = [Jump(at, _times(audio, at, onsets, attacks, sample_rate)) for at in positions]
    return max(jumps, key=lambda jump: jump.times, default=None)


def _times(
    audio: Audio, at: int, onsets: Onsets, attacks: Mapping[Hashable, float], sample_rate: int
) -> float:
    width, around = round(_AT_JOIN_S * sample_rate), round(_AROUND_S * sample_rate)
    first = max(0, at - around)
    curvature = _curvature(audio[:, first : at + around])
    begin = max(0, at - first - width)
    join = slice(begin, max(begin, at - first + width))
    natural = max(_FLOOR, float(curvature[: join.start].max(initial=0.0)))
    natural = max(natural, float(curvature[join.stop :].max(initial=0.0)))
    near = round(_NOTE_NEAR_S * sample_rate)
    begin_here = [attacks[voice] for voice, samples in onsets.items() if _is_near(at, samples, near)]
    natural = max(natural, *begin_here, 0.0)
    return float(curvature[join].max(initial=0.0)) / natural


def _curvature(audio: Audio) -> NDArray[np.float32]:
    """Return the largest second difference over channels, entry i about sample i + 1: (samples - 2,)."""
    return np.asarray(np.abs(np.diff(audio, 2, axis=1)).max(axis=0), dtype=np.float32)


def _attacks(
    audio: Audio, positions: Sequence[int], onsets: Onsets, sample_rate: int
) -> dict[Hashable, float]:
    """Return the median jump at the notes of each voice that begin away from ``positions``.

    A voice without such notes, as a cymbal that is struck at joins alone, gets the median of all voices.
    """
    width, near = round(_AT_JOIN_S * sample_rate), round(_NOTE_NEAR_S * sample_rate)
    jumps = {
        onset: float(_curvature(audio[:, max(0, onset - width) : onset + width]).max(initial=0.0))
        for onset in sorted({onset for samples in onsets.values() for onset in samples})
        if not _is_near(onset, positions, near)
    }
    usual = float(np.median([*jumps.values()])) if jumps else 0.0
    own = {voice: [jumps[at] for at in set(samples) & jumps.keys()] for voice, samples in onsets.items()}
    return {voice: float(np.median(found)) if found else usual for voice, found in own.items()}


def _is_near(sample: int, others: Sequence[int], distance: int) -> bool:
    return any(abs(sample - other) <= distance for other in others)
