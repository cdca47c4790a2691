"""Whoever makes the clips, in whatever order, the song is the same, and what was made is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from render.backends.request import Clip, ClipRequest
from render.clips.caching.cache import ClipCache
from render.clips.engine import ClipJob, LocalEngine
from render.clips.make import make_clips
from render.clips.wanted import ClipPlan
from render.renderer import render_song
from structure.base.progress import ProgressEvent
from structure.plans.plan import SongPlan
from structure.specs.spec import RenderSpec
from tests.builders import change_visit
from tests.render.clips.test_negotiate import Shares, free_backend
from tests.render.support import plan_of
from tests.tones import RingingBackend

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.0))
PLAN = plan_of(FORM)


@dataclass
class BackwardsEngine:
    """Gives clips from the last to the first, every second one twice. Fails after ``fails_after`` jobs."""

    fails_after: int | None = None
    jobs: int = 0

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        for job in reversed(jobs):
            if self.jobs == self.fails_after:
                raise ConnectionError("the other machine went away")
            self.jobs += 1
            for place, (key, clip) in enumerate(job.make().items()):
                yield key, clip
                if (self.jobs + place) % 2:
                    yield key, clip


@dataclass
class TimedBackend(RingingBackend):
    """Says that the first clip took a second in the network, the second two, and so on."""

    def generate(self, request: ClipRequest) -> Clip:
        clip = super().generate(request)
        return replace(clip, seconds_by_stage={"network": float(len(self.requests))})


def repainted(plan: SongPlan) -> SongPlan:
    """The second bar of the last verse is another take."""
    last = change_visit(plan.visits[-1], repaint=((1, 2),), repaint_seed=7)
    return replace(plan, visits=(*plan.visits[:-1], last))


@pytest.mark.slow
def test_the_order_in_which_clips_come_changes_no_byte_of_the_song() -> None:
    backend, engine = RingingBackend(), BackwardsEngine()
    local = render_song(PLAN, RingingBackend(), engine=LocalEngine())
    other = render_song(PLAN, backend, engine=engine)
    assert engine.jobs == len(backend.requests) == 6
    assert other.clips == local.clips
    assert other.master.audio.tobytes() == local.master.audio.tobytes()
    assert {name: audio.tobytes() for name, audio in other.stems.items()} == {
        name: audio.tobytes() for name, audio in local.stems.items()
    }


def test_clips_made_of_other_clips_are_the_same_by_any_engine() -> None:
    separate = replace(PLAN, render=RenderSpec(stems="separate", guide="none"))
    separator = Shares()
    for plan, backend, parts in (
        (repainted(PLAN), RingingBackend, None),
        (separate, free_backend, separator),
    ):
        local, other = (
            make_clips(ClipPlan.of(plan, backend(), parts), ClipCache(), engine=engine)
            for engine in (LocalEngine(), BackwardsEngine())
        )
        assert other.records == local.records
        assert list(other.clips) == list(local.clips)
        for key, clip in local.clips.items():
            assert other.clips[key].audio.tobytes() == clip.audio.tobytes()
    assert separator.calls == 4  # once a visit that is not heard twice, for each engine


def test_a_repainted_visit_reuses_the_clip_that_another_visit_wants() -> None:
    backend = RingingBackend()
    made = make_clips(
        ClipPlan.of(repainted(plan_of(FORM, roles=("bass",))), backend), ClipCache(limit_bytes=0)
    )
    assert len(backend.requests) == 3  # a verse, the chorus, and the verse's other take
    verse, _, again = (made.clips[record.key].audio for record in made.records)
    assert not np.array_equal(verse, again)


def test_an_engine_that_fails_midway_leaves_what_it_made_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(ConnectionError, match="went away"):
        render_song(PLAN, RingingBackend(), ClipCache(tmp_path), engine=BackwardsEngine(fails_after=4))
    backend = RingingBackend()
    made = make_clips(ClipPlan.of(PLAN, backend), ClipCache(tmp_path))
    assert len(backend.requests) == 2
    assert sum(not record.reused for record in made.records) == 2


def test_no_further_clip_is_begun_after_an_interrupt(tmp_path: Path) -> None:
    def interrupt(event: ProgressEvent) -> None:
        if event.stage == "clips" and event.done == 2:
            raise KeyboardInterrupt

    backend = RingingBackend()
    with pytest.raises(KeyboardInterrupt):
        make_clips(ClipPlan.of(PLAN, backend), ClipCache(tmp_path), interrupt)
    assert len(backend.requests) == len([*tmp_path.rglob("*.clip")]) == 2


def test_an_engine_that_loses_a_clip_or_gives_a_strange_one_is_refused() -> None:
    class Losing:
        def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
            yield from LocalEngine().clips(jobs[1:], stop)

    class Strange:
        def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
            yield "strange", Clip(np.zeros((1, 9), np.float32), 44_100, 0)

    with pytest.raises(RuntimeError, match="gave 5 of 6 clips"):
        make_clips(ClipPlan.of(PLAN, RingingBackend()), ClipCache(), engine=Losing())
    with pytest.raises(RuntimeError, match="nobody asked for: strange"):
        make_clips(ClipPlan.of(PLAN, RingingBackend()), ClipCache(), engine=Strange())


def test_progress_never_goes_back_whatever_the_order() -> None:
    events: list[ProgressEvent] = []
    clip_plan = ClipPlan.of(repainted(PLAN), RingingBackend())
    make_clips(clip_plan, ClipCache(), events.append, BackwardsEngine())
    clips = [event for event in events if event.stage == "clips"]
    assert clips == sorted(clips, key=lambda event: (event.done, event.work))
    assert (clips[0].done, clips[0].work) == (0, 0.0)
    assert clips[-1].done == clips[-1].total == 9 and clips[-1].work == clips[-1].total_work
    assert clips[-1].detail == "" and all(event.detail for event in clips[:-1])


def test_only_clips_that_were_made_spent_time(tmp_path: Path) -> None:
    for cache in (ClipCache(tmp_path), ClipCache()):
        made = make_clips(ClipPlan.of(PLAN, TimedBackend()), cache)
        assert made.seconds_by_stage == {"network": 21.0}
        seconds = sorted(clip.seconds_by_stage["network"] for clip in made.clips.values())
        assert seconds == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
        again = make_clips(ClipPlan.of(PLAN, TimedBackend()), cache)
        assert again.seconds_by_stage == {}
        assert not any(clip.seconds_by_stage for clip in again.clips.values())


def test_a_repainted_clip_spent_what_its_other_take_did() -> None:
    plan = repainted(plan_of(FORM, roles=("bass",)))
    assert make_clips(ClipPlan.of(plan, TimedBackend()), ClipCache()).seconds_by_stage == {"network": 6.0}


def test_stems_of_a_mix_spent_what_the_mix_did_once() -> None:
    plan = plan_of((("verse", 2, 0.0),), render=RenderSpec(stems="separate", guide="none"))
    made = make_clips(
        ClipPlan.of(plan, TimedBackend(makes_stems=False, follows_score=False), Shares()), ClipCache()
    )
    assert len(made.clips) == 3 and made.seconds_by_stage == {"network": 1.0}


@pytest.mark.slow
def test_time_of_clips_made_side_by_side_is_no_more_than_the_render_took() -> None:
    song = render_song(PLAN, TimedBackend(thread_safe=True))
    assert song.timings_s["clips"] == 0.0
    assert 0.0 < song.timings_s["network"] < 21.0
