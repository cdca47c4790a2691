"""A song's clips by weights that are read, let go of, and read again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from render.backends.base import Heavy
from render.backends.request import Clip
from render.clips.caching.cache import ClipCache
from render.clips.conform import Conformed
from render.clips.make import MadeClips, make_clips
from render.clips.players import load_player
from render.clips.wanted import ClipPlan
from structure.plans.plan import SongPlan
from structure.specs.spec import RenderSpec
from tests.render.support import plan_of

FORM = (("verse", 1, 0.0), ("chorus", 1, 0.0), ("chorus", 1, 0.0), ("chorus", 1, 0.5))
Folder = Callable[[str], Path]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clips as the models make them: how they are brought onto the grid is tested elsewhere."""

    def as_made(audio: np.ndarray, request: object, sources: object, *, guided: bool) -> Conformed:
        return Conformed(audio[:, : request.total_samples])  # type: ignore[attr-defined]

    monkeypatch.setattr("render.clips.make.conform", as_made)


def song(model: str, folder: Path) -> SongPlan:
    render = RenderSpec(backend=model, model=str(folder), steps=2, guide="none", singer="none")
    return plan_of(FORM, roles=("bass",), tempo=200.0, render=render)


def make(plan: SongPlan, cache: ClipCache | None = None) -> tuple[MadeClips, list[Clip]]:
    """Make a song's clips with weights that are read anew."""
    made = make_clips(ClipPlan.of(plan, load_player(plan.render)), cache or ClipCache(limit_bytes=0))
    return made, [made.clips[record.key] for record in made.records]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["stable-audio-3 lossless", "ace-step"])
def test_a_chorus_returns_varies_and_stays_when_the_verse_is_edited(
    kind: str, model_folder: Folder
) -> None:
    plan = song(kind.split(maxsplit=1)[0], model_folder(kind))
    cache = ClipCache()
    made, clips = make(plan, cache)
    keys = [record.key for record in made.records]

    # a chorus that returns is one clip, a variation of it another one
    assert keys[1] == keys[2] and made.records[2].reused
    assert not np.array_equal(clips[1].audio, clips[3].audio)

    # the same bits, from weights that are read anew and with other clips around
    _, alone = make(replace(plan, visits=plan.visits[3:]))
    assert np.array_equal(alone[0].audio, clips[3].audio)

    # an edit of the verse makes the verse anew, and nothing else
    verse = plan.visits[0]
    edited = replace(verse, sound=replace(verse.sound, prompts={"bass": "another bass"}))
    again, _ = make(replace(plan, visits=(edited, *plan.visits[1:])), cache)
    assert [record.reused for record in again.records] == [False, True, True, True]
    assert [record.key for record in again.records][1:] == keys[1:]


@pytest.mark.slow
def test_weights_are_let_go_of_and_read_again(model_folder: Folder) -> None:
    plan = song("stable-audio-3", model_folder("stable-audio-3"))
    plan = replace(plan, visits=plan.visits[:1])
    backend = load_player(plan.render)
    assert isinstance(backend, Heavy)
    assert not backend.is_held and backend.memory_bytes > 0
    clip_plan = ClipPlan.of(plan, backend)
    first, second = [], []
    for found in (first, second):
        made = make_clips(clip_plan, ClipCache(limit_bytes=0))
        found += [clip.audio for clip in made.clips.values()]
        assert backend.is_held
        backend.release()
        assert not backend.is_held
    assert np.array_equal(first[0], second[0])
