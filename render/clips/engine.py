"""Make clips, on this machine or elsewhere: an engine is given jobs and gives clips.

A job holds all that decides its clips, and has no effect but them. So an engine may run jobs in any order,
anywhere, side by side, and again where a machine was lost. It needs no state and no cache.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from threading import Event
from typing import Protocol

import numpy as np

from render.backends.base import Backend
from render.backends.request import Clip
from render.clips.generate import generate_clip
from render.clips.guide import GuideMaker
from render.clips.init_audio import Repaint
from render.clips.negotiate import Approach
from render.clips.separate import Separator
from render.model.threads import count_own_threads, set_own_threads


class ClipJob(Protocol):
    """Work that makes one clip or several: a pure function of what the job holds."""

    @property
    def thread_safe(self) -> bool:
        """True where the job may run beside others in one process."""

    def make(self) -> Mapping[str, Clip]:
        """Return the clips by their content keys."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GenerateJob:
    """Ask a backend for a clip. With ``kept``, the clip as it was, make ``repaint`` of it instead."""

    key: str
    approach: Approach
    backend: Backend
    guides: GuideMaker
    repaint: Repaint | None = None
    kept: Clip | None = None

    @property
    def thread_safe(self) -> bool:
        """True where the backend is."""
        return self.backend.capabilities.thread_safe

    def make(self) -> Mapping[str, Clip]:
        """Return the clip. Raises RuntimeError where the backend breaks its contract."""
        if self.repaint is None or self.kept is None:
            return {self.key: generate_clip(self.backend, self.approach, self.guides)}
        asked = self.approach.request
        if self.backend.capabilities.inpaints and self.approach.guide is None:
            new = replace(self.approach, request=self.repaint.request_inpainting(asked, self.kept))
            return {self.key: generate_clip(self.backend, new, self.guides)}
        other = replace(self.approach, request=self.repaint.request_other_take(asked))
        return {self.key: self.repaint.splice(self.kept, generate_clip(self.backend, other, self.guides))}


@dataclass(frozen=True, slots=True, eq=False)
class SeparateJob:
    """Take a mix apart. ``stems`` maps the content key of each stem to its parts of the mix."""

    mix: Clip
    separator: Separator
    stems: Mapping[str, tuple[str, ...]]

    @property
    def thread_safe(self) -> bool:
        """Return False: a separator may seed the random numbers of the whole process."""
        return False

    def make(self) -> Mapping[str, Clip]:
        """Return the stems, stereo and as long as the mix."""
        separated = self.separator.separate(self.mix.audio, self.mix.sample_rate)
        clips = {}
        for key, parts in self.stems.items():
            audio = np.zeros((2, self.mix.audio.shape[1]), dtype=np.float32)
            for part in parts:
                audio += separated[part]
            notes = (*self.mix.notes, f"from the mix: {', '.join(parts) or 'nothing'}")
            clips[key] = replace(self.mix, audio=audio, notes=notes, seconds_by_stage={})
        return clips


class Engine(Protocol):
    """What makes clips."""

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Give every clip of the jobs with its content key, in any order; one may come more than once.

        When ``stop`` is set, begin no further job, give what is made or under way, and end. Where a job
        fails, give what was made and then raise what the job raised.
        """


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
    pool = ThreadPoolExecutor(at_once, "clip", set_own_threads, (1,))
    waiting = [pool.submit(job.make) for job in jobs]
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
        except BaseException as exc:  # also an interrupt, which comes while this waits
            failure = exc
        pool.shutdown(cancel_futures=True)
        for future in waiting:
            if not future.cancelled() and future.exception() is None:
                yield from future.result().items()
    finally:
        pool.shutdown(cancel_futures=True)
    if failure is not None:
        raise failure
