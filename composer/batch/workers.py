"""Processes that work for a batch: one task each at a time, and one that dies takes no other with it.

By hand, since a pool of the standard library is broken as a whole when one of its processes is killed, as a
system without memory does, and then nobody can tell whose task it was.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import FrameType
from typing import Any, Protocol

from structure.base.errors import RitornelloError

Tell = Callable[[Any], None]
"""Hears how far a task is; what it is told can be pickled."""

_POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_PATIENCE_S = 20.0
"""How long a process may take to clear away what is half made, before it is killed."""


class Task(Protocol):
    """Work that can be pickled, and so can what it returns."""

    def run(self, tell: Tell, /) -> Any:
        """Do it."""


class LostError(Exception):
    """The process of a task died; the message says how."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a task: ``told`` while it runs; at its end ``result``, or ``error`` where it failed."""

    number: int
    told: Any = None
    is_over: bool = False
    result: Any = None
    error: Exception | None = None


class Workers(Protocol):
    """Who does the tasks of a batch."""

    @property
    def running(self) -> int:
        """Return how many tasks are under way."""

    def submit(self, number: int, task: Task) -> None:
        """Begin a task."""

    def reports(self, timeout_s: float) -> list[Report]:
        """Wait for reports of tasks, at most ``timeout_s`` seconds, and return those that came."""

    def close(self) -> None:
        """End all, also tasks that are under way; what they have half made vanishes."""


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    line: Connection
    number: int | None = None


class ProcessWorkers:
    """Processes of this machine, each with so many threads; one is begun when there is none to spare."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._context = multiprocessing.get_context("spawn")
        self._workers: list[_Worker] = []

    @property
    def running(self) -> int:
        """Return how many tasks are under way."""
        return sum(worker.number is not None for worker in self._workers)

    def submit(self, number: int, task: Task) -> None:
        """Begin a task in a process that has none."""
        worker = next((one for one in self._workers if one.number is None), None) or self._begin()
        worker.number = number
        worker.line.send(task)

    def _begin(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=_serve, args=(theirs,), daemon=True)
        with _threads_in_environment(self._threads):
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def reports(self, timeout_s: float) -> list[Report]:
        """Wait for reports of tasks, at most ``timeout_s`` seconds, and return those that came.

        Where a process died, its task alone fails, with LostError.
        """
        busy = {
            worker.line: (worker, worker.number) for worker in self._workers if worker.number is not None
        }
        found = []
        for line in wait(list(busy), timeout_s):
            worker, number = busy[line]  # type: ignore[index]
            try:
                kind, value = worker.line.recv()
            except (EOFError, OSError):
                found.append(Report(number, is_over=True, error=self._bury(worker)))
                continue
            if kind == "told":
                found.append(Report(number, told=value))
                continue
            result, error = (value, None) if kind == "done" else (None, value)
            found.append(Report(number, is_over=True, result=result, error=error))
            worker.number = None
        return found

    def _bury(self, worker: _Worker) -> LostError:
        worker.process.join(_PATIENCE_S)
        self._workers.remove(worker)
        worker.line.close()
        code = worker.process.exitcode
        if code is not None and code < 0:
            name = signal.Signals(-code).name
            why = ", as a system without memory does" if -code == signal.SIGKILL else ""
            return LostError(f"its process was killed ({name}){why}")
        return LostError(f"its process ended ({code})")

    def close(self) -> None:
        """End all; what is half made vanishes."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.process.join(_PATIENCE_S)
            if worker.process.exitcode is None:
                worker.process.kill()
                worker.process.join()
            worker.line.close()
        self._workers.clear()


@contextmanager
def _threads_in_environment(threads: int) -> Iterator[None]:
    """Set the number of threads of numeric libraries in the environment until the block ends.

    Their pools are sized by the environment when they are imported.
    """
    before = {name: os.environ.get(name) for name in _POOLS}
    os.environ.update(dict.fromkeys(_POOLS, str(threads)))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _serve(line: Connection) -> None:
    """Do tasks until nobody gives one; the life of a worker's process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began us hears it, and ends us
    signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    while True:
        try:
            task: Task = line.recv()
        except (EOFError, OSError):
            return
        try:
            line.send(("done", task.run(lambda told: line.send(("told", told)))))
        except (BrokenPipeError, ConnectionResetError):
            return
        except RitornelloError as exc:
            line.send(("failed", exc))
        except Exception as exc:  # noqa: BLE001  (a task may raise anything, and it alone fails)
            said = "".join(traceback.format_exception(exc)[-2:]).strip()
            line.send(("failed", LostError(f"{type(exc).__name__}: {exc}\n{said}")))


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _die_with_parent() -> None:
    """End where the batch itself was killed, so that nobody is in the way when it is begun again."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        with suppress(OSError):
            wait([parent.sentinel])
        os._exit(1)
