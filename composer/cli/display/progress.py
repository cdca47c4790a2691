"""Progress on standard error: bars on a terminal, plain lines elsewhere, each with the time left in all."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.progress import Progress as RichProgress

from composer.base.pace import Expected, TimeLeft
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


def progress_display(*, quiet: bool, expected: Sequence[Expected] = ()) -> AbstractContextManager[Progress]:
    """Return a display for the time of a ``with`` block, which gives the callback for progress.

    ``expected`` are the songs and clips that will be made, one after another. With them the time left is
    that of all of them, without them that of a stage.
    """
    if quiet:
        return nullcontext(silent)
    console, left = PlainConsole(stderr=True), TimeLeft(expected)
    return BarProgress(console, left) if console.is_terminal else LineProgress(sys.stderr, left)


class OpenBars:
    """Bars on the screen while a block lasts."""

    _bars: RichProgress

    def __enter__(self) -> Self:
        self._bars.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.__exit__(kind, error, trace)


class BarProgress(OpenBars):
    """One bar a stage, and the time left in all. Clips advance by their seconds of audio."""

    def __init__(self, console: Console, left: TimeLeft) -> None:
        self._left = left
        self._bars = RichProgress(
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[count]:>8}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]:>10}"),
            TextColumn("{task.fields[detail]}", style="dim"),
            console=console,
        )
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, event: ProgressEvent) -> None:
        """Show an event."""
        done, total = amounts(event)
        self._left.take(event)
        if event.stage not in self._tasks:
            self._tasks[event.stage] = self._bars.add_task(
                STAGES[event.stage], total=total, count="", detail="", left=""
            )
        for task in self._tasks.values():
            self._bars.update(task, left="")
        count = f"{event.done}/{event.total}" if event.total > 1 else ""
        self._bars.update(
            self._tasks[event.stage],
            completed=done,
            total=total,
            count=count,
            detail=event.detail,
            left=_describe_left(self._left.seconds()) if done < total else "",
            refresh=True,
        )


class LineProgress:
    """One line an event, for logs."""

    def __init__(self, stream: TextIO, left: TimeLeft) -> None:
        self._stream = stream
        self._left = left

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def __call__(self, event: ProgressEvent) -> None:
        """Write an event."""
        self._left.take(event)
        line = line_of(event, self._left.seconds())
        if line:
            self._stream.write(line + "\n")
            self._stream.flush()


def amounts(event: ProgressEvent) -> tuple[float, float]:
    """Return how much of how much is done: by work where that is known, else by count."""
    if event.total_work > 0.0:
        return event.work, event.total_work
    return event.done, event.total


def line_of(event: ProgressEvent, left_s: float | None) -> str:
    """Return an event as a line, ``Clips 3/24: Verse 1: bass (1:20 left)``; "" where a single step ends."""
    if event.done >= event.total:
        return f"{STAGES[event.stage]}: done" if event.total > 1 else ""
    count = f" {event.done + 1}/{event.total}" if event.total > 1 else ""
    detail = f": {event.detail}" if event.detail else ""
    left = f" ({said})" if (said := _describe_left(left_s)) else ""
    return f"{STAGES[event.stage]}{count}{detail}{left}"


def _describe_left(left_s: float | None) -> str:
    return "" if left_s is None else f"{clock(left_s)} left"
