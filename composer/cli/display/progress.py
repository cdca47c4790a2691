"""Progress on standard error: bars on a terminal, plain lines elsewhere, each with the time left."""

from __future__ import annotations

import sys
import time
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

from composer.base.words import clock
from composer.cli.display.console import PlainConsole
from structure.base.progress import Progress, ProgressEvent, silent

STAGES = {
    "plan": "Planning",
    "load": "Loading the model",
    "clips": "Clips",
    "mix": "Mixing",
    "master": "Mastering",
    "verify": "Checking",
    "export": "Writing files",
    "tunes": "Reading known tunes",
}


def progress_display(*, quiet: bool) -> AbstractContextManager[Progress]:
    """A display for the time of a ``with`` block; what it gives is the callback."""
    if quiet:
        return nullcontext(silent)
    console = PlainConsole(stderr=True)
    return BarProgress(console) if console.is_terminal else LineProgress(sys.stderr)


class BarProgress:
    """One bar a stage. Clips advance by their seconds of audio, since those decide the time left."""

    def __init__(self, console: Console) -> None:
        self._bars = RichProgress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[count]:>8}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=False),
            TextColumn("{task.fields[detail]}", style="dim"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._bars.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.__exit__(kind, error, trace)

    def __call__(self, event: ProgressEvent) -> None:
        """Show an event."""
        done, total = amounts(event)
        if event.stage not in self._tasks:
            self._tasks[event.stage] = self._bars.add_task(
                STAGES[event.stage], total=total, count="", detail=""
            )
        count = f"{event.done}/{event.total}" if event.total > 1 else ""
        self._bars.update(
            self._tasks[event.stage],
            completed=done,
            total=total,
            count=count,
            detail=event.detail,
            refresh=True,
        )


class LineProgress:
    """One line an event, for logs."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: dict[str, float] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def __call__(self, event: ProgressEvent) -> None:
        """Write an event."""
        begun = self._begun.setdefault(event.stage, time.monotonic())
        line = line_of(event, time.monotonic() - begun)
        if line:
            self._stream.write(line + "\n")
            self._stream.flush()


def amounts(event: ProgressEvent) -> tuple[float, float]:
    """How much of how much is done: by work where that is known, else by count."""
    if event.total_work > 0.0:
        return event.work, event.total_work
    return event.done, event.total


def line_of(event: ProgressEvent, elapsed_s: float) -> str:
    """An event as a line, ``Clips 3/24: Verse 1: bass (1:20 left)``; empty where a single step ends."""
    if event.done >= event.total:
        return f"{STAGES[event.stage]}: done" if event.total > 1 else ""
    count = f" {event.done + 1}/{event.total}" if event.total > 1 else ""
    detail = f": {event.detail}" if event.detail else ""
    done, total = amounts(event)
    left_s = elapsed_s * (total - done) / done if done > 0 else None
    left = f" ({clock(left_s)} left)" if left_s is not None else ""
    return f"{STAGES[event.stage]}{count}{detail}{left}"
