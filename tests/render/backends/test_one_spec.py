"""Three specs play on every backend, with the same downbeats to the sample.

The models have random weights, so that what they make of a score is noise. They are asked to keep their
guide (strength 0): what comes out then is the score, through each backend's own rate, channels and pieces,
and through all that brings a clip to the song's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from composer.sources.source import plan_source, read_source
from render.backends.request import Clip
from render.clips.caching.cache import ClipCache
from render.clips.guide import GuideMaker
from render.clips.make import make_clips
from render.clips.players import load_player
from render.clips.wanted import ClipPlan, WantedClip
from structure.plans.plan import SongPlan
from structure.plans.players import settings_of
from structure.specs.backend import BackendSpec
from structure.specs.spec import RenderSpec
from tests.render.clips.band import player
from tests.render.clips.test_players import Shares

SPECS = sorted((Path(__file__).parents[3] / "docs" / "specs" / "backends").glob("*.yaml"))
MODELS = (
    "riffusion",
    "stable-audio",
    "stable-audio-3",
    "ace-step",
    "audioldm2",
    "longcat-audio",
    "minimax-music-3",
)
GUIDED = set(MODELS) - {"minimax-music-3"}
REACH = 64

Folder = Callable[[str], Path]


def plan_for(spec: Path, model: str, folder: Path) -> SongPlan:
    """The song of a spec, with one tiny model in place of each that it names; the whole song where it names
    none but its own."""
    plan = plan_source(read_source(str(spec)))
    tiny = {"model": str(folder), "steps": 2, "guide_strength": 0.0}

    def said(backend: BackendSpec | None) -> BackendSpec | None:
        if backend is None or backend.name == "embedded":
            return backend
        return BackendSpec(name=model, stems=backend.stems, **tiny)

    stems = tuple(replace(stem, backend=said(stem.backend)) for stem in plan.stems)
    visits = tuple(
        replace(visit, sound=replace(visit.sound, backend=said(visit.sound.backend)))
        for visit in plan.visits
    )
    is_named = any(stem.backend for stem in stems) or any(visit.sound.backend for visit in visits)
    own = {} if is_named else {"backend": model, **tiny}
    render = RenderSpec(guide="excitation", singer="none", **own)
    return replace(plan, stems=stems, visits=visits, render=render)


def test_there_are_three_specs_and_each_says_what_plays() -> None:
    assert len(SPECS) == 3
    names = []
    for spec in SPECS:
        plan = plan_source(read_source(str(spec)))
        names.append({settings_of(plan, v, s).backend for v in plan.visits for s in plan.stems})
    assert names == [{"embedded"}, {"embedded", "ace-step", "stable-audio"}, {"embedded", "stable-audio"}]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "model"),
    [
        (1, "stable-audio"),
        (2, "longcat-audio"),
        (3, "ace-step"),
        (3, "audioldm2"),
        (3, "riffusion"),
        (3, "stable-audio-3"),
    ],
)
def test_a_spec_has_the_same_downbeats_on_a_backend(number: int, model: str, model_folder: Folder) -> None:
    """All specs on all backends take minutes: ``python -m tests.benchmarks.one_spec`` plays them."""
    check_downbeats(plan_for(SPECS[number - 1], model, model_folder(model)), model)


def check_downbeats(plan: SongPlan, model: str) -> int:
    """Make a song's clips, and check that each has its downbeat where it is without the model.

    Returns by how many samples the score lies elsewhere in the clips of the model.
    """
    own = load_player(plan.render) if plan.render.backend == model else player("embedded")
    clip_plan = ClipPlan.of(plan, own, Shares())
    clips = make_clips(clip_plan, ClipCache(limit_bytes=0)).clips
    reference = ClipPlan.of(replace(plan, render=RenderSpec()), player("embedded"), Shares())
    assert [clip.place for clip in clip_plan.all_clips] == [clip.place for clip in reference.all_clips]
    theirs = [item for item in clip_plan.all_clips if item.maker.name == model]
    assert theirs
    for item in clip_plan.all_clips:
        clip, grid = clips[item.key], plan.grid_of(item.visit)
        assert clip.sample_rate == grid.sample_rate
        assert clip.downbeat_sample == item.request.pre_roll_samples
        assert clip.audio.shape[1] == item.request.total_samples
    lags = {item.place: lag_of(item, clips[item.key]) for item in theirs if model in GUIDED}
    worst = max(map(abs, lags.values()), default=0)
    assert worst <= 1, lags
    return worst


def lag_of(item: WantedClip, clip: Clip) -> int:
    """By how many samples a clip is later than the score that it was to keep."""
    guide = GuideMaker().make_guide("excitation", item.approach.sources)[0]
    heard = clip.audio.mean(axis=0)
    body = slice(item.request.pre_roll_samples, item.request.pre_roll_samples + item.request.body_samples)
    lags = range(-REACH, REACH + 1)
    return lags[int(np.argmax([np.dot(np.roll(heard, -lag)[body], guide[body]) for lag in lags]))]
