"""Make clips, on this machine or elsewhere: an engine is given jobs and gives clips.

A job holds all that decides its clips, and has no effect but them. So an engine may run jobs in any order,
anywhere, side by side, and again where a machine was lost. It needs no state and no cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from typing import Protocol

from render.backends.request import Clip
from render.model.threads import count_own_threads, set_own_threads


class ClipJob(Protocol):
    """Work that makes one clip or several: a pure function of what the job holds."""

    @property
    def thread_safe(self) -> bool:
        """Return whether the job may run beside others in one process."""

    def make(self) -> Mapping[str, Clip]:
        """Return the clips by their content keys."""


class Engine(Protocol):
    """What makes clips."""

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Give every clip of the jobs with its content key, in any order; one may come more than once.

        When ``stop`` is set, begin no further job, give what is made, and end; what is under way may be
        given too. Where a job fails, give what was made and then raise what the job raised.
        """


def kind_of(engine: Engine) -> str:
    """Return the code of the kind of machines on which an engine makes clips; "" for this machine's kind.

    Clips of different kinds differ in their last bits. An engine names its kind by an attribute ``kind``.
    """
    return str(getattr(engine, "kind", ""))


def made_on(engine: Engine | None) -> str:
    """Return that kind in words, as an engine says by an attribute ``made_on``; "" for this machine's."""
    return str(getattr(engine, "made_on", ""))


class LocalEngine:
    """Make clips in this process, one after the other; those of thread-safe jobs side by side.

    Networks and Fourier transforms of a clip are too small to share out among cores well. Whole clips are
    not. So each such job runs on one thread, and as many run at once as torch has threads.
    """

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Give every clip; see :class:`Engine`."""
        at_once = count_own_threads()
        beside = [job for job in jobs if job.thread_safe] if at_once > 1 else []
        alone = [job for job in jobs if not job.thread_safe] if len(beside) > 1 else jobs
        for job in alone:
            if stop.is_set():
                return
            yield from job.make().items()
        if len(beside) > 1:
            yield from _make_side_by_side(beside, at_once, stop)


def _make_side_by_side(jobs: Sequence[ClipJob], at_once: int, stop: Event) -> Iterator[tuple[str, Clip]]:
    """Run jobs on threads, and give clips as they are made.

    Who stops, closes or interrupts this waits only for the jobs that are under way.
    """

    def make_unless_stopped(job: ClipJob) -> Mapping[str, Clip]:
        return {} if stop.is_set() else job.make()

    pool = ThreadPoolExecutor(at_once, "clip", set_own_threads, (1,))
    waiting = [pool.submit(make_unless_stopped, job) for job in jobs]
    failure: BaseException | None = None
    try:
        try:
            for future in as_completed(list(waiting)):
                if stop.is_set():
                    break
                waiting.remove(future)
                yield from future.result().items()
        except GeneratorExit:
            raise
        except BaseException as exc:  # noqa: BLE001  (also an interrupt, which comes while this waits)
            failure = exc
        pool.shutdown(cancel_futures=True)
        for future in waiting:
            if not future.cancelled() and future.exception() is None:
                yield from future.result().items()
    finally:
        pool.shutdown(cancel_futures=True)
    if failure is not None:
        raise failure
