"""Workers that do their tasks at once and in this process, for tests of what a batch does with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from composer.batch.workers import LostError, Report, Task
from structure.base.errors import RitornelloError


@dataclass
class InlineWorkers:
    """Does tasks one after the other. ``die`` says of a task that its process dies; ``most`` is how many
    may be given before their reports are heard."""

    threads: int = 1
    most: int = 100
    die: Callable[[Task], bool] = lambda task: False
    tasks: list[Task] = field(default_factory=list)
    is_closed: bool = False
    _reports: list[Report] = field(default_factory=list)

    def __call__(self, threads: int) -> InlineWorkers:
        self.threads = threads
        return self

    @property
    def running(self) -> int:
        return sum(report.is_over for report in self._reports)

    def submit(self, number: int, task: Task) -> None:
        self.tasks.append(task)

        def tell(told: Any) -> None:
            self._reports.append(Report(number, told=told))

        try:
            if self.die(task):
                raise LostError("its process was killed (SIGKILL)")
            result = task.run(tell)
        except (RitornelloError, LostError) as exc:
            self._reports.append(Report(number, is_over=True, error=exc))
        else:
            self._reports.append(Report(number, is_over=True, result=result))

    def reports(self, timeout_s: float) -> list[Report]:
        found, self._reports = self._reports, []
        return found

    def close(self) -> None:
        self.is_closed = True
