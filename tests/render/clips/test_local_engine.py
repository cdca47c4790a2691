"""Clips made side by side are those made one after the other, and none is lost."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch

from render.backends.request import Clip, ClipRequest
from render.clips.caching.cache import ClipCache
from render.clips.engine import LocalEngine
from render.model.threads import count_own_threads, one_thread, set_own_threads
from render.renderer import render_song
from structure.base.progress import ProgressEvent
from tests.render.support import plan_of
from tests.tones import RingingBackend

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.5))


def in_a_new_thread(call: Callable[[], int]) -> int:
    """What ``call`` gives in a thread that has not called torch before."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(call).result()


@dataclass
class ThreadSafeBackend(RingingBackend):
    """Notes on which thread each clip is made, with how many of torch's, and how many a new thread has
    meanwhile. ``meeting`` lets no clip go on before another is under way."""

    seen: list[tuple[str, int]] = field(default_factory=list)
    seen_by_new_threads: list[int] = field(default_factory=list)
    meeting: threading.Barrier | None = None
    thread_safe: bool = True

    def generate(self, request: ClipRequest) -> Clip:
        self.seen.append((threading.current_thread().name, torch.get_num_threads()))
        if self.meeting is not None:
            self.meeting.wait(timeout=20)
        with one_thread():
            self.seen_by_new_threads.append(in_a_new_thread(count_own_threads))
        return super().generate(request)


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.slow
def test_a_song_is_the_same_side_by_side() -> None:
    """Nine clips, three at a time, each alone on its thread; the caller's own threads are left to it."""
    plan = plan_of(FORM)
    backend = ThreadSafeBackend(meeting=threading.Barrier(3))
    beside, after = render_song(plan, backend), render_song(plan, RingingBackend())
    assert len(backend.seen) == 9
    assert {threads for _, threads in backend.seen} == {1}
    assert "MainThread" not in {name for name, _ in backend.seen}
    assert torch.get_num_threads() == 3
    assert beside.clips == after.clips
    assert np.array_equal(beside.premaster, after.premaster)


@pytest.mark.slow
def test_threads_that_start_during_a_render_or_after_it_have_all_of_torchs_threads() -> None:
    backend = ThreadSafeBackend(meeting=threading.Barrier(3))
    render_song(plan_of(FORM), backend)
    assert backend.seen_by_new_threads == [3] * 9
    assert in_a_new_thread(torch.get_num_threads) == 3


@pytest.mark.slow
def test_two_renders_at_once_are_as_each_alone() -> None:
    """In threads of their own, as on a server; clips of both are made side by side."""
    plans = [plan_of(FORM), plan_of(FORM[:2])]
    alone = [render_song(plan, RingingBackend()) for plan in plans]
    meeting = threading.Barrier(3)
    backends = [ThreadSafeBackend(meeting=meeting) for _ in plans]
    with ThreadPoolExecutor(2, "render") as pool:
        both = list(pool.map(render_song, plans, backends))
    for backend, one, other in zip(backends, both, alone, strict=True):
        assert {threads for _, threads in backend.seen} == {1}
        assert set(backend.seen_by_new_threads) == {3}
        assert np.array_equal(one.premaster, other.premaster)
    assert in_a_new_thread(count_own_threads) == 3


def test_a_count_is_set_for_its_own_thread_alone_while_others_set_theirs() -> None:
    together = threading.Barrier(8)

    def set_and_look(count: int) -> tuple[int, int]:
        together.wait(timeout=20)
        for _ in range(20):
            set_own_threads(count)
        return torch.get_num_threads(), in_a_new_thread(count_own_threads)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(set_and_look, range(1, 9))) == [(count, 3) for count in range(1, 9)]
    assert torch.get_num_threads() == 3


def test_one_thread_ends_with_its_block_also_by_an_error() -> None:
    with pytest.raises(ValueError, match="stop"), one_thread():
        assert (torch.get_num_threads(), in_a_new_thread(count_own_threads)) == (1, 3)
        raise ValueError("stop")
    assert (torch.get_num_threads(), in_a_new_thread(count_own_threads)) == (3, 3)


@pytest.mark.slow
def test_on_one_thread_clips_are_made_where_they_are_asked_for() -> None:
    torch.set_num_threads(1)
    backend = ThreadSafeBackend()
    render_song(plan_of(FORM), backend)
    assert {name for name, _ in backend.seen} == {threading.current_thread().name}


@pytest.mark.slow
def test_who_interrupts_finds_all_that_was_made_in_the_cache() -> None:
    """Also what was made ahead of its turn; and what was not yet begun is not begun any more."""
    cache, backend = ClipCache(), ThreadSafeBackend()

    def interrupt(event: ProgressEvent) -> None:
        if event.stage == "clips" and event.done == 2:
            raise KeyboardInterrupt

    plan = plan_of(FORM)
    with pytest.raises(KeyboardInterrupt):
        render_song(plan, backend, cache, interrupt)
    made = len(backend.requests)
    assert made >= 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clip")]
    again = ThreadSafeBackend()
    render_song(plan, again, cache)
    assert len(again.requests) == 9 - made


@dataclass(frozen=True)
class NumberJob:
    """Makes a clip of one number; fails at 3. Numbers above 10 wait for ``gate``, where there is one."""

    number: int
    thread_safe: bool = True
    gate: threading.Event | None = None

    def make(self) -> dict[str, Clip]:
        if self.gate is not None and self.number > 10:
            self.gate.wait(60)
        if self.number == 3:
            raise ValueError("three")
        return {str(self.number): Clip(np.full((1, 9), self.number, np.float32), 44_100, 0)}


@pytest.mark.parametrize("thread_safe", [True, False])
def test_a_fault_comes_after_the_clips_that_were_made(thread_safe: bool) -> None:
    made = LocalEngine().clips([NumberJob(n, thread_safe) for n in (1, 2, 3)], threading.Event())
    seen = []
    with pytest.raises(ValueError, match="three"):
        for key, _ in made:
            seen.append(key)
    assert sorted(seen) == ["1", "2"]


@pytest.mark.parametrize("thread_safe", [True, False])
def test_jobs_that_are_not_begun_are_left_when_it_is_to_stop(thread_safe: bool) -> None:
    stop, gate = threading.Event(), threading.Event()
    made = LocalEngine().clips([NumberJob(n, thread_safe, gate) for n in range(10, 500)], stop)
    first = next(made)[0]
    stop.set()
    gate.set()
    rest = [key for key, _ in made]
    assert first not in rest and len(rest) < 489


def test_an_engine_that_is_closed_leaves_no_thread() -> None:
    made = LocalEngine().clips([NumberJob(n) for n in range(10, 30)], threading.Event())
    next(made)
    made.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("clip")]
