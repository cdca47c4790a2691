"""Tell a caller how far library code is, and time its stages; nothing is printed here."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

Stage = Literal["plan", "load", "clips", "mix", "master", "verify", "export", "tunes"]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """How far a stage has come: ``done`` of ``total`` units of ``stage`` are finished.

    ``detail`` names what comes next. ``work`` and ``total_work`` weigh the units in seconds of audio, for a
    fair estimate of the time left.
    """

    stage: Stage
    done: int
    total: int
    detail: str = ""
    work: float = 0.0
    total_work: float = 0.0


Progress = Callable[[ProgressEvent], None]


def silent(event: ProgressEvent) -> None:
    """Ignore an event: a progress callback that says nothing."""


class Stopwatch:
    """Add up wall time by stage. ``seconds`` maps stages, in the order in which they began, to seconds."""

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        self.seconds: dict[str, float] = dict(seconds or {})

    @contextmanager
    def time(self, stage: Stage, progress: Progress | None = None) -> Iterator[None]:
        """Add the time that a block takes to a stage.

        With ``progress``, the stage is one unit: tell that it begins and, unless it fails, that it is done.
        """
        if progress is not None:
            progress(ProgressEvent(stage, 0, 1))
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun
        if progress is not None:
            progress(ProgressEvent(stage, 1, 1))

    def add(self, parts: Mapping[str, float]) -> None:
        """Add seconds that were timed elsewhere."""
        for name, seconds in parts.items():
            self.seconds[name] = self.seconds.get(name, 0.0) + seconds

    def split(self, stage: str, parts: Mapping[str, float]) -> None:
        """Take what ``parts`` of a stage took out of it, so that nothing counts twice.

        Parts that ran side by side add up to more than the stage took. Each then counts by its share.
        """
        whole, in_all = self.seconds.get(stage, 0.0), sum(parts.values())
        share = min(1.0, whole / in_all) if in_all else 1.0
        self.seconds[stage] = max(0.0, whole - in_all)
        self.add({name: share * seconds for name, seconds in parts.items()})
