"""Clicks at the joins of a song: jumps that the sound around them does not explain.

A jump is measured as the second difference of the samples, which is small for all that swings slowly and
is the whole height of a step. It is held against the largest near by and, where notes begin, against the
usual attack of the loudest of them, since an attack is a jump too. A kick's attack is not a hi-hat's, so
each voice has a usual attack of its own: a key of a drum kit, or a pitched stem as a whole. A recording has
no planned notes; its attacks are the jumps away from joins that would be clicks there.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from render.audio.types import Audio
from render.checks.check import Check
from render.checks.timing import voice_onsets
from structure.plans.plan import SongPlan

_AT_JOIN_S = 0.0007
_AROUND_S = 0.05
_NOTE_NEAR_S = 0.02
Onsets = Mapping[Hashable, Sequence[int]]
"""The samples at which the notes of each voice begin."""

CLICK_LIMIT = 4.0
"""A jump at a join this many times what is natural there is heard as a click."""

_FLOOR = 1e-4
"""-80 dBFS: what is smaller is never heard as a click."""

_NOTE_FLOOR = 2.5e-4
"""-72 dBFS: nor is this where a note begins. The usual attack of a dull bass is far below it, but not the
first one out of silence."""


@dataclass(frozen=True, slots=True)
class Jump:
    """The jump at ``sample``, ``times`` what is natural there."""

    sample: int
    times: float


def check_joins(plan: SongPlan, files: Iterable[tuple[str, Audio]]) -> Check:
    """Check that no join clicks in any file: stems by name, and after them what is made of all of them."""
    rate = plan.grid.sample_rate
    # a join can click on its downbeat and at the ends of its crossfade
    joins = [
        plan.bounds(visit)[0] + side * (plan.crossfade_into(visit) // 2)
        for visit in plan.visits[1:]
        for side in (-1, 0, 1)
    ]
    voices = {stem.name: voice_onsets(plan, stem) for stem in plan.stems}
    # a recording may strike on any downbeat as it does elsewhere, and as it likes where it begins
    recorded = {stem.name for stem in plan.stems if stem.role == "audio"}
    begins = {name: _beginnings(plan, name) if name in recorded else set[int]() for name in voices}
    any_begins = set[int]().union(*begins.values())
    worst, where = 0.0, ""
    for name, audio in files:
        if name in recorded:
            struck = find_attacks(audio, joins, rate)
            voices[name] = {"": [*struck, *joins]} if struck else {}
        everything: dict[Hashable, list[int]] = {
            (stem, voice): on for stem, own in voices.items() for voice, on in own.items()
        }
        unjudged = begins.get(name, any_begins)
        judged = [join for join in joins if join not in unjudged]
        jump = worst_jump(audio, judged, voices.get(name, everything), rate)
        if jump is not None and jump.times > worst:
            worst, where = jump.times, f"{name} at {jump.sample / rate:.3f} s"
    return Check.at_most("joins do not click", worst, CLICK_LIMIT, "times", where)


def _beginnings(plan: SongPlan, stem: str) -> set[int]:
    """Return the first samples of the visits in which a recording begins, and does not play on."""
    pieces = ((visit, visit.sound.recordings.get(stem)) for visit in plan.visits)
    return {plan.bounds(visit)[0] for visit, piece in pieces if piece is not None and piece.passed <= 0}


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
        natural = max(natural, *begin_here, _NOTE_FLOOR) if begin_here else natural
        jumps.append(Jump(at, float(curvature[join].max(initial=0.0)) / natural))
    return max(jumps, key=lambda jump: jump.times, default=None)


def find_attacks(audio: Audio, positions: Sequence[int], sample_rate: int) -> list[int]:
    """Return the samples away from ``positions`` at which (channels, samples) jumps like a click."""
    width = round(2 * _AT_JOIN_S * sample_rate)
    curvature = _curvature(audio)
    whole = len(curvature) // width * width
    frames = curvature[:whole].reshape(-1, width)
    heights = frames.max(axis=1, initial=0.0)
    reach = round(_AROUND_S * sample_rate) // width
    # the largest of ``reach`` frames, shifted so that they end before each frame, or begin after it
    largest = maximum_filter1d(np.pad(heights, reach + 1), reach)
    before = largest[reach // 2 + reach % 2 :][: len(heights)]
    after = largest[reach + 2 + reach // 2 :][: len(heights)]
    loud = np.flatnonzero(heights > CLICK_LIMIT * np.maximum(_FLOOR, np.maximum(before, after)))
    near = round(_NOTE_NEAR_S * sample_rate)
    found = (int(frame) * width + int(frames[frame].argmax()) for frame in loud)
    return [at for at in found if not _is_near(at, positions, near)]


def _curvature(audio: Audio) -> NDArray[np.float32]:
    """Return the largest second difference over channels, entry i about sample i + 1: (samples - 2,)."""
    return np.asarray(np.abs(np.diff(audio, 2, axis=1)).max(axis=0), dtype=np.float32)


def _is_near(sample: int, others: Sequence[int], distance: int) -> bool:
    return any(abs(sample - other) <= distance for other in others)
