"""From a source to its plan."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from composer.sources.init_audio import with_init_audio
from composer.sources.reference import following_reference
from composer.sources.source import Source
from structure.base.progress import Progress, ProgressEvent, Stage, silent
from structure.plans.plan import SongPlan


def plan_source(
    source: Source, progress: Progress = silent, timings_s: dict[str, float] | None = None
) -> SongPlan:
    """Plan a song, or those of its sections that are wanted, and add the time that takes to ``timings_s``.

    Raises PlanError where it cannot be planned, and RitornelloError for sections that it does not have.
    """
    from structure.planning.planner import plan_song
    from structure.plans.excerpt import excerpt

    with time_stage("plan", {} if timings_s is None else timings_s, progress):
        planned = following_reference(plan_song(source.spec), source.folder)
        planned = with_init_audio(planned, source.init_files)
        return excerpt(planned, source.only) if source.only else planned


@contextmanager
def time_stage(stage: Stage, timings_s: dict[str, float], progress: Progress) -> Iterator[None]:
    """Tell that a stage begins and ends, and time it."""
    progress(ProgressEvent(stage, 0, 1))
    with time_block(stage, timings_s):
        yield
    progress(ProgressEvent(stage, 1, 1))


@contextmanager
def time_block(stage: str, timings_s: dict[str, float]) -> Iterator[None]:
    """Time a block under the name of a stage."""
    begun = time.perf_counter()
    yield
    timings_s[stage] = time.perf_counter() - begun
