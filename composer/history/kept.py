"""Which bars of a song's stems stay as they are: foretold from two plans, and found in two files.

What is foretold holds by the way in which songs are mixed (:mod:`render.mixing.stems`): a clip sounds from
its pre-roll until it has rung, and nowhere else; a stem's level is measured on one clip alone, and that of
a section on the own sound of the first visit of its kind. So a bar of a stem is kept where it lies at the
same samples, the same clips sound in it, the mix moves it alike, and the clips that decide its gains are
the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from composer.history.planned import PlannedSong, place_of
from render.audio.types import Audio
from render.audio.wav import BLOCK_SAMPLES
from render.clips.wanted import WantedClip
from render.mixing.mix import echo_times, kick_hits, level_key, ramp_samples, visit_echoes, visit_kicks
from render.mixing.stems import first_visits, longest_ring_samples, reference_visit
from structure.base.types import PLAYERLESS
from structure.plans.curves import Curve, song_curves
from structure.plans.plan import SongPlan, StemPlan, Visit

Bars = tuple[tuple[int, int], ...]
"""Ranges of bars, from 1, both ends included."""

Span = tuple[int, int]
"""The first sample, and the first one after it."""

_DUCKS_BEFORE_S, _DUCKS_AFTER_S = 1.0, 4.0
"""No kick moves a stem earlier or later than this."""

_END_S = 1.0
"""The song's end fades for less than this."""

_FOREVER = 1 << 62


def find_kept_bars(before: PlannedSong, after: PlannedSong) -> dict[str, Bars]:
    """Return the bars of each stem of the later song that stay byte-identical in its file.

    One thing is left out, which no plan can tell: where returns or effects peak so far above the first
    visit of their kind that the whole song must come down, all of it does.
    """
    one, other = _Facts(before), _Facts(after)
    levels = {stem.name: other.level(stem.name) for stem in after.plan.stems}
    settled = {name for name, level in levels.items() if level == one.level(name)}
    common = [*_find_moved_sections(one, other, settled), *_find_moved_sections(other, one, settled)]

    # songs of different lengths differ where the shorter one ends: it fades there, and in files of 16 bits
    # its last block of samples is dithered in another way
    first_end = min(before.plan.total_samples, after.plan.total_samples)
    if before.plan.total_samples != after.plan.total_samples:
        common.append((first_end - round(_END_S * before.plan.grid.sample_rate), _FOREVER))
        if after.plan.export.bit_depth == 16:
            common.append((first_end // BLOCK_SAMPLES * BLOCK_SAMPLES, _FOREVER))

    kept = {}
    for stem in after.plan.stems:
        dirty = [*common, *_find_changed_spans(one, other, stem), *_find_changed_spans(other, one, stem)]
        bars = [
            bar
            for bar, (start, end) in _same_bars(before.plan, after.plan)
            if not any(start < dirty_end and dirty_start < end for dirty_start, dirty_end in dirty)
        ]
        kept[stem.name] = ranges(bars if stem.name in settled else ())
    return kept


def find_equal_bars(before: SongPlan, after: SongPlan, one: Audio, other: Audio) -> Bars:
    """Return the bars in which two songs' files hold the same samples at the same place.

    Each file is (2, samples).
    """
    return ranges(
        bar
        for bar, (start, end) in _same_bars(before, after)
        if np.array_equal(one[:, start:end], other[:, start:end])
    )


def ranges(bars: Iterable[int]) -> Bars:
    """Return ascending bars as ranges."""
    found: list[tuple[int, int]] = []
    for bar in bars:
        if found and found[-1][1] == bar - 1:
            found[-1] = (found[-1][0], bar)
        else:
            found.append((bar, bar))
    return tuple(found)


class _Facts:
    """What decides the samples of a song's stems, in forms that can be compared with another song's."""

    def __init__(self, song: PlannedSong) -> None:
        self.song = song
        self.plan = song.plan
        self.stems = {stem.name: stem for stem in song.plan.stems}
        self.first = first_visits(song.plan)
        self.clips = {(clip.visit.place, clip.stem.name): clip for clip in song.clips}

    @cached_property
    def sounds(self) -> dict[tuple[object, ...], WantedClip]:
        """Return every clip by all that decides its samples in the song, but for faders."""
        return {
            (clip.stem.name, *self.plan.bounds(clip.visit), *self.sound(clip)): clip
            for clip in self.song.clips
        }

    @cached_property
    def kicks(self) -> set[tuple[int, float, object]]:
        """Return every kick, with the tempo that says how long it ducks."""
        tempo = self.plan.grid.spans[0].quarters_per_minute
        hits = kick_hits(self.plan)
        return {(hit.sample, hit.strength, hit.quarters_per_minute or tempo) for hit in hits}

    def sound(self, clip: WantedClip) -> tuple[object, ...]:
        """Return what decides the samples of a clip in the mix, wherever it stands."""
        mix, grid = self.plan.mix, self.plan.grid
        cut = max(0, clip.request.pre_roll_samples - self.plan.bounds(clip.visit)[0])
        echoes: object = ()
        if clip.stem.delay:
            echoes = visit_echoes(self.plan, clip.visit) or tuple(echo_times(mix.delay, grid))
        return clip.key, self.song.joins[place_of(clip)], cut, echoes

    def level(self, name: str) -> tuple[object, ...] | None:
        """Return what decides how a stem is mixed; None where the song does not have it."""
        if name not in self.stems:
            return None
        plan, stem = self.plan, self.stems[name]
        visit = reference_visit(plan, stem)
        clip = self.clips.get((visit.place, name))
        start, end = plan.bounds(visit)
        measured = None if clip is None else (clip.key, end - start)
        alike = replace(stem, prompt="", negative_prompt="")
        still = plan.mix.model_copy(update={"moves": ()})
        return alike, still, plan.crossfade_samples, plan.export.bit_depth, measured

    def deciding(self, visit: Visit) -> list[WantedClip]:
        """Return the clips whose sound decides the gain of a section, in the order of the stems."""
        first = self.first[level_key(visit)]
        return [
            clip
            for name, stem in self.stems.items()
            if stem.role not in PLAYERLESS and (clip := self.clips.get((first.place, name)))
        ]

    def section(self, visit: Visit) -> tuple[object, ...]:
        """Return what decides the gain of a section: the own sound of the first visit of its kind."""
        first = self.first[level_key(visit)]
        start, end = self.plan.bounds(first)
        sounds = tuple((clip.stem.name, self.sound(clip)) for clip in self.deciding(visit))
        kicks = tuple((kick.sample - start, kick.strength) for kick in visit_kicks(self.plan, first))
        fades = tuple(sorted(first.sound.fades.items()))
        return sounds, kicks, fades, end - start, first.music.energy

    def fades(self, name: str) -> set[tuple[int, int, str]]:
        """Return where a stem comes in or goes out over a visit."""
        return {
            (*self.plan.bounds(visit), visit.sound.fades[name])
            for visit in self.plan.visits
            if name in visit.sound.fades
        }

    def curves(self, name: str) -> set[tuple[int, int, Curve]]:
        """Return how a stem moves in the mix, and from which to which sample."""
        grid = self.plan.grid
        return {
            (grid.sample_at(curve.points[0][0]), grid.sample_at(curve.points[-1][0]), curve)
            for curve in song_curves(self.plan)
            if curve.stem == name
        }


def _find_changed_spans(one: _Facts, other: _Facts, stem: StemPlan) -> Iterator[Span]:
    """Yield where a stem of one song has what the other has not: clips, kicks, fades and moves."""
    rate = one.plan.grid.sample_rate
    longest_ring = longest_ring_samples(one.plan, stem) if stem.name in one.stems else 0
    for facts, clip in one.sounds.items():
        if clip.stem.name == stem.name and facts not in other.sounds:
            start, end = one.plan.bounds(clip.visit)
            ring = clip.request.tail_samples + longest_ring
            yield start - clip.request.pre_roll_samples - 1, end + ring + 1
    if stem.duck > 0.0:
        for sample, _, _ in one.kicks - other.kicks:
            yield sample - round(_DUCKS_BEFORE_S * rate), sample + round(_DUCKS_AFTER_S * rate)
    for start, end, _ in one.fades(stem.name) - other.fades(stem.name):
        yield start, end
    for start, end, curve in one.curves(stem.name) - other.curves(stem.name):
        yield start, end + (longest_ring if curve.parameter in ("reverb", "delay") else 0)


def _find_moved_sections(one: _Facts, other: _Facts, settled: set[str]) -> Iterator[Span]:
    """Yield the sections of one song whose gain may be another in the other, with the faders' way there."""
    rate = one.plan.grid.sample_rate
    theirs = {other.plan.bounds(visit): visit for visit in other.plan.visits}
    for visit in one.plan.visits:
        start, end = one.plan.bounds(visit)
        ramp = ramp_samples(one.plan.crossfade_into(visit), rate)
        again = theirs.get((start, end))
        if (
            again is None
            or not all(clip.stem.name in settled for clip in one.deciding(visit))
            or one.section(visit) != other.section(again)
            or ramp != ramp_samples(other.plan.crossfade_into(again), rate)
        ):
            yield start - ramp, end


def _same_bars(one: SongPlan, other: SongPlan) -> Iterator[tuple[int, Span]]:
    """Yield the bars, from 1, that lie at the same samples in both songs, with their samples."""

    def edges(plan: SongPlan) -> Iterable[Span]:
        return pairwise(plan.grid.sample_at_bar(bar) for bar in range(plan.bars + 1))

    for bar, (mine, theirs) in enumerate(zip(edges(one), edges(other), strict=False), 1):
        if mine == theirs:
            yield bar, mine
