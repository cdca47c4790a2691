"""Clips of visits that are longer than their section, and of stems with bars from several takes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from render.clips.assembly import Chained
from render.clips.caching.cache import ClipCache
from render.clips.make import MadeClips, make_clips
from render.clips.wanted import ClipPlan, WantedClip
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from tests.tones import ToneBackend

SONG = """
genre: pop
seed: 5
tempo: 120
stems:
  - {name: kit, role: drums}
  - {name: tune, role: lead}
form:
  - chorus
  - {section: chorus, variation: 0, bars: 8}
  - {section: chorus, variation: 0}
sections:
  chorus: {bars: 4, energy: 0.8, TAKES}
"""
BAR = 88_200
"""Samples of a bar of four beats at 120 beats a minute."""


@cache
def rendered(takes: str = "variation: 0") -> tuple[ClipPlan, MadeClips, int]:
    backend = ToneBackend()
    plan = ClipPlan.of(plan_song(parse_spec(SONG.replace("TAKES", takes), "song.yaml")), backend)
    return plan, make_clips(plan, ClipCache()), backend.made


def clip_of(plan: ClipPlan, visit: int, stem: str) -> WantedClip:
    return next(one for one in plan.all_clips if one.visit.place.index == visit and one.stem.name == stem)


def bars_of(takes: str, visit: int, stem: str, first: int, end: int) -> np.ndarray:
    """The samples of some bars, from 1, of a clip, up to the join that ends them."""
    plan, made, _ = rendered(takes)
    clip = clip_of(plan, visit, stem)
    before, fade = clip.request.pre_roll_samples, plan.plan.crossfade_samples
    return made.clips[clip.key].audio[:, before + (first - 1) * BAR : before + end * BAR - fade]


@pytest.mark.slow
def test_a_doubled_chorus_is_the_chorus_to_the_sample_and_more_of_it() -> None:
    plan, _, made = rendered()
    for stem, same in (("kit", 3), ("tune", 4)):  # the drums lead over into the second half
        assert isinstance(clip_of(plan, 2, stem).assembly, Chained)
        once, twice = (bars_of("variation: 0", visit, stem, 1, same) for visit in (1, 2))
        assert np.array_equal(once, twice)
        again = bars_of("variation: 0", 2, stem, 7, 8)
        assert np.allclose(bars_of("variation: 0", 1, stem, 3, 4)[:, :BAR], again[:, :BAR], atol=1e-6)
    assert made <= len(plan.all_clips)


def test_a_comp_is_heard_as_its_takes_are() -> None:
    comp = "variation: 0, comp: {tune: {1-2: 2, 3-4: 3}}"
    for visit in (1, 2):
        two = bars_of("variation: 0, take: {tune: 2}", 1, "tune", 1, 1)
        three = bars_of("variation: 0, take: {tune: 3}", 1, "tune", 4, 4)
        assert np.array_equal(bars_of(comp, visit, "tune", 1, 1), two)
        assert np.array_equal(bars_of(comp, visit, "tune", 4, 4), three)
    plans = [rendered(f"variation: 0{takes}")[0] for takes in ("", ", comp: {tune: {1-2: 2, 3-4: 3}}")]
    other = {
        one.place
        for one, now in zip(plans[0].all_clips, plans[1].all_clips, strict=True)
        if one.key != now.key
    }
    assert other == {"chorus/1/tune", "chorus/2/tune", "chorus/3/tune"}


def test_a_comp_asks_for_the_clips_of_its_takes_and_no_others() -> None:
    """Unless a take holds a note over the join, which then begins there."""
    join = 2 * 4
    takes = {
        number: clip_of(rendered(f"variation: 0, take: {{tune: {number}}}")[0], 1, "tune")
        for number in range(2, 8)
    }
    one, other = [
        number
        for number, clip in takes.items()
        if not any(note.onset < join < note.end for note in clip.request.notes)
    ][:2]
    comp = clip_of(rendered(f"variation: 0, comp: {{tune: {{1-2: {one}, 3-4: {other}}}}}")[0], 1, "tune")
    assert [clip.key for clip in comp.source_clips] == [takes[one].key, takes[other].key]
