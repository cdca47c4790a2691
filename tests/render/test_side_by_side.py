"""Clips that are made side by side are those that are made one after the other, and none is lost."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
import torch
from support import RecordingBackend, plan_of

from render.backends.base import Capabilities
from render.cache import ClipCache
from render.progress import ProgressEvent
from render.renderer import render_song
from render.request import Clip, ClipRequest
from render.side_by_side import SideBySide

FORM = (("verse", 2, 0.0), ("chorus", 2, 0.0), ("verse", 2, 0.5))


@dataclass
class ThreadSafeBackend(RecordingBackend):
    """Notes on which thread, and with how many of torch's, each clip is made. ``meeting`` lets no clip go
    on before another is under way."""

    seen: list[tuple[str, int]] = field(default_factory=list)
    meeting: threading.Barrier | None = None

    @property
    def capabilities(self) -> Capabilities:
        return replace(super().capabilities, thread_safe=True)

    def generate(self, request: ClipRequest) -> Clip:
        self.seen.append((threading.current_thread().name, torch.get_num_threads()))
        if self.meeting is not None:
            self.meeting.wait(timeout=20)
        return super().generate(request)


@pytest.fixture(autouse=True)
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_a_song_is_the_same_side_by_side() -> None:
    """Nine clips, three at a time, each alone on its thread; the caller's own threads are left to it."""
    plan = plan_of(FORM)
    backend = ThreadSafeBackend(meeting=threading.Barrier(3))
    beside, after = render_song(plan, backend), render_song(plan, RecordingBackend())
    assert len(backend.seen) == 9
    assert {threads for _, threads in backend.seen} == {1}
    assert "MainThread" not in {name for name, _ in backend.seen}
    assert torch.get_num_threads() == 3
    assert beside.clips == after.clips
    assert np.array_equal(beside.premaster, after.premaster)


def test_on_one_thread_clips_are_made_where_they_are_asked_for() -> None:
    torch.set_num_threads(1)
    backend = ThreadSafeBackend()
    render_song(plan_of(FORM), backend)
    assert {name for name, _ in backend.seen} == {threading.current_thread().name}


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


def test_a_fault_is_told_in_its_turn() -> None:
    def third(number: int) -> int:
        if number == 3:
            raise ValueError("three")
        return 10 * number

    beside = SideBySide(third, at_once=4)
    with beside.begun([1, 2, 3, 4]):
        assert [beside.made(number) for number in (1, 2)] == [10, 20]
        with pytest.raises(ValueError, match="three"):
            beside.made(3)
    assert beside.made(5) == 50
