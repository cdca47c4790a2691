"""How a batch goes, on standard error: bars on a terminal, a line for each song elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Any, Self, TextIO

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from composer.base.words import clock
from composer.batch.run import Nobody, Watcher
from composer.batch.table import DONE, FAILED
from composer.cli.display.console import PlainConsole
from composer.cli.display.progress import STAGES, OpenBars
from structure.base.plain_text import clean_line

_NAME = 32
"""Columns for the name of a song."""


def batch_display(total: int, *, quiet: bool) -> AbstractContextManager[Watcher]:
    """Return what shows the progress of a batch of ``total`` songs, for the time of a ``with`` block."""
    if quiet:
        return nullcontext(Nobody())
    console = PlainConsole(stderr=True)
    return BatchBars(console, total) if console.is_terminal else BatchLines(sys.stderr, total)


class _Left:
    """The time left of a batch, from what is done. ``clock`` gives seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._begun = now()

    def describe(self, share: float) -> str:
        """Return it in words; "" before anything is known."""
        if not 0.0 < share < 1.0:
            return ""
        spent = self._now() - self._begun
        return f"{clock(spent * (1.0 - share) / share)} left"


class BatchLines:
    """One line a song, for logs."""

    def __init__(self, stream: TextIO, total: int, now: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._total, self._left = stream, total, _Left(now)
        self._done = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stream.flush()

    def under_way(self, number: int, name: str, share: float, stage: str, batch: float) -> None:
        """Say nothing."""

    def over(self, _number: int, row: Mapping[str, Any], batch: float) -> None:
        """Write what became of a song."""
        self._done += 1
        left = f" ({said})" if (said := self._left.describe(batch)) else ""
        self._stream.write(f"Song {self._done}/{self._total}: {describe_row(row)}{left}\n")
        self._stream.flush()


class BatchBars(OpenBars):
    """A bar for all songs, and one for each that is under way."""

    def __init__(self, console: Console, total: int) -> None:
        self._total, self._left, self._done = total, _Left(), 0
        self._bars = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.fields[count]:>9}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[said]}", style="dim"),
            console=console,
        )
        self._all = self._bars.add_task("Songs".ljust(_NAME), total=1.0, count=f"0/{total}", said="")
        self._tasks: dict[int, TaskID] = {}

    def under_way(self, number: int, name: str, share: float, stage: str, batch: float) -> None:
        """Move the song's bar, and the one of all."""
        if number not in self._tasks:
            said = clean_line(name)[: _NAME - 2]
            self._tasks[number] = self._bars.add_task(
                f"  {said}".ljust(_NAME), total=1.0, count="", said=""
            )
        self._bars.update(self._tasks[number], completed=share, said=STAGES[stage])
        self._tell_all(batch)

    def over(self, number: int, row: Mapping[str, Any], batch: float) -> None:
        """Take the song's bar away; a song that failed is named."""
        self._done += 1
        if (task := self._tasks.pop(number, None)) is not None:
            self._bars.remove_task(task)
        if row["status"] != DONE:
            self._bars.console.print(describe_row(row), markup=False)
        self._tell_all(batch)

    def _tell_all(self, batch: float) -> None:
        count = f"{self._done}/{self._total}"
        self._bars.update(self._all, completed=batch, count=count, said=self._left.describe(batch))


def describe_row(row: Mapping[str, Any]) -> str:
    """Return what became of a song in a line."""
    title = clean_line(str(row["title"]))
    if row["status"] == FAILED:
        return f"{title}: failed: {clean_line(str(row['error']))}"
    spent = f", {clock(row['render_s'])} to make" if row.get("render_s") is not None else ""
    if row["status"] == DONE:
        return f"{title}: {row['length']}, {row['tempo']}, {row['key']}{spent}"
    return f"{title}: fails its checks: {', '.join(row['failed_checks'])}"


def songs_table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Return a table of the songs of a batch, with the main facts; the CSV has the rest."""
    table = Table(box=None, pad_edge=False)
    for name, side in (("Title", "left"), ("Length", "right"), ("Tempo", "right"), ("Key", "left")):
        table.add_column(name, justify="right" if side == "right" else "left", no_wrap=name != "Title")
    for name in ("Genre", "Checks", "Nearest"):
        table.add_column(name)
    for row in rows:
        if row["status"] == FAILED:
            table.add_row(escape(clean_line(str(row["title"]))), "", "", "", "", "[red]failed[/]", "")
            continue
        checks = str(row["checks"]) if row["status"] == DONE else f"[red]{row['checks']}[/]"
        near = f"{escape(str(row['nearest']))} ({row['nearest_likeness']:.2f})" if "nearest" in row else ""
        facts = [str(row[name]) for name in ("length", "tempo", "key", "genre")]
        table.add_row(escape(clean_line(str(row["title"]))), *map(escape, facts), checks, near)
    return table


def estimate_table(rows: Sequence[Mapping[str, Any]], *, is_gpu: bool) -> Table:
    """Return a table of time and cost for some numbers of processors."""
    table = Table(box=None, pad_edge=False)
    for name in ("GPUs" if is_gpu else "CPUs", "Time", *(["Cost"] if "cost" in rows[0] else [])):
        table.add_column(name, justify="right")
    for row in rows:
        count = row["gpus" if is_gpu else "cpus"]
        cost = [f"{row['cost']:.2f}"] if "cost" in row else []
        table.add_row(str(count), long_clock(row["seconds"]), *cost)
    return table


def long_clock(seconds: float) -> str:
    """Return a time in hours and minutes, or in minutes and seconds: ``3 h 05``, ``12:30``."""
    if seconds < 3600:
        return clock(seconds)
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02}"
