"""A song with effects: they are made apart from its backend, mixed under the rest, and it verifies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from render.audio.loudness import measure_lufs
from render.backends import load_backend
from render.checks.verify import verify_song
from render.clips.asked import build_requests
from render.clips.caching.cache import ClipCache
from render.clips.wanted import ClipPlan
from render.renderer import RenderResult, render_song
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from tests.tones import RingingBackend

SPEC = """
title: Effects
description: a techno track
seed: 4
tempo: 132
stems:
  - {name: drums, role: drums}
  - {name: bass, role: bass}
  - {name: chords, role: chords, prompt: electric piano}
  - {name: fx, role: effects}
  - {name: rain, role: effects, prompt: rain}
form: [build, drop, build, drop]
sections:
  build: {bars: 4, variation: 0, events: [{bar: 1, do: riser}, {bar: 4, do: reverse_cymbal}]}
  drop: {bars: 8, energy: 0.9, events: [{bar: 1, do: impact, stem: fx}, {bar: 1, do: sub_drop}]}
"""


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_song(parse_spec(SPEC))


@pytest.mark.slow
def test_effects_come_from_no_backend_of_the_song(plan: SongPlan) -> None:
    backend = RingingBackend()
    wanted = ClipPlan.of(plan, backend).all_clips
    result = render_song(plan, backend)
    assert {clip.stem.name for clip in wanted} == {"drums", "bass", "chords", "fx", "rain"}
    assert {request.role for request in backend.requests} == {"drums", "bass", "chords"}
    assert all(result.stems[name].any() for name in ("fx", "rain"))


def test_the_clips_of_effects_are_the_same_with_another_backend_and_other_words(plan: SongPlan) -> None:
    def keys(plan: SongPlan, name: str) -> list[str]:
        clips = ClipPlan.of(plan, replace(RingingBackend(), name=name)).all_clips
        return [clip.key for clip in clips if clip.stem.role == "effects"]

    words = tuple(
        replace(
            visit,
            sound=replace(
                visit.sound, prompts={**visit.sound.prompts, "fx": "something else"}, lyrics="la"
            ),
        )
        for visit in plan.visits
    )
    assert keys(plan, "one") == keys(replace(plan, visits=words), "other")
    requests = [one.request for one in build_requests(plan) if one.stem.name == "fx"]
    assert len({request.notes for request in requests}) == 2


def test_a_section_that_returns_takes_its_effects_from_the_cache(plan: SongPlan) -> None:
    wanted = ClipPlan.of(plan, RingingBackend()).all_clips
    keys = [clip.key for clip in wanted if clip.stem.name == "fx"]
    assert keys[:2] == keys[2:]
    assert keys[0] != keys[1]


@pytest.mark.slow
def test_a_reversed_swell_is_of_the_songs_own_harmony_and_follows_it() -> None:
    text = SPEC.replace("do: riser", "do: reverse_swell")
    plan = plan_song(parse_spec(text))
    wanted = ClipPlan.of(plan, RingingBackend()).all_clips
    swell, again = (clip for clip in wanted if clip.turns)
    assert (swell.place, again.place) == ("build/1/fx", "build/2/fx")
    assert swell.key == again.key
    assert swell.base == next(clip.key for clip in wanted if clip.place == "build/1/chords")
    organ = plan_song(parse_spec(text.replace("electric piano", "church organ")))
    changed = ClipPlan.of(organ, RingingBackend()).all_clips
    assert swell.key not in {clip.key for clip in changed}
    cache = ClipCache(limit_bytes=0)
    rendered, twice = render_song(plan, RingingBackend(), cache), render_song(plan, RingingBackend(), cache)
    assert np.array_equal(rendered.stems["fx"], twice.stems["fx"])
    assert rendered.stems["fx"][:, : plan.bounds(plan.visits[0])[1]].any()


def loudest(audio: np.ndarray, rate: int) -> float:
    """The level of the loudest 0.4 s, in dB."""
    span = round(0.4 * rate)
    sums = np.cumsum(np.square(audio.astype(np.float64)).mean(axis=0))
    return 10.0 * float(np.log10((sums[span:] - sums[:-span]).max() / span))


@pytest.fixture(scope="module")
def song(plan: SongPlan) -> RenderResult:
    return render_song(plan, load_backend("embedded"))


@pytest.mark.slow
def test_a_song_with_effects_passes_its_own_checks(plan: SongPlan, song: RenderResult) -> None:
    checks = verify_song(plan, song.stems, song.premaster, song.master.audio, tracks_beats=False)
    assert [check.name for check in checks if check.passed is False] == []
    assert {"stems sum to premaster", "returning sections are the same"} <= {
        c.name for c in checks if c.passed
    }


@pytest.mark.slow
def test_effects_are_at_least_6_db_under_the_drums(plan: SongPlan, song: RenderResult) -> None:
    rate = plan.grid.sample_rate
    drums = measure_lufs(song.stems["drums"], rate)
    assert measure_lufs(song.stems["fx"], rate) < drums - 6
    assert drums - 30 < measure_lufs(song.stems["rain"], rate) < drums - 6
    assert loudest(song.stems["fx"], rate) < loudest(song.premaster, rate) - 6


@pytest.mark.slow
def test_the_riser_of_a_song_ends_and_its_impact_begins_on_the_downbeat(
    plan: SongPlan, song: RenderResult
) -> None:
    downbeat = plan.bounds(plan.visits[1])[0]
    mono = song.stems["fx"].mean(axis=0).astype(np.float64)
    bar = plan.grid.sample_at_bar(1)
    before = [float(np.mean(np.square(part))) for part in np.array_split(mono[:downbeat], 8)]
    assert all(np.diff(before) > 0)

    def highs(part: np.ndarray) -> float:
        spectrum = np.square(np.abs(np.fft.rfft(part)))
        hertz = np.fft.rfftfreq(len(part), 1.0 / plan.grid.sample_rate)
        return float(spectrum[hertz > 5000].sum() / spectrum.sum())

    assert highs(mono[downbeat - bar // 4 : downbeat]) > 10 * highs(
        mono[downbeat + bar // 8 : downbeat + bar]
    )
