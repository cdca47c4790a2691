"""Work that lasts: a queue, one job at a time, in a thread of its own, whether a page looks on or not."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any

from composer.project import CancelledError
from composer.studio.messages.faults import NotFoundError, faults_of
from composer.studio.messages.models import Fault, Job, JobKind, Notice
from composer.studio.messages.notices import Notices
from structure.base.errors import RitornelloError
from structure.base.progress import ProgressEvent

_MOST_KEPT = 50
"""Jobs that are remembered when they have ended."""

_OFTEN_S = 0.1
"""Pages are told of a job's steps no more often than this."""


@dataclass
class Work:
    """A job from inside: what it does says here how far it is, and asks whether it is to go on."""

    job: Job
    tell: Callable[[], None]
    is_cancelled: bool = False
    on_cancel: list[Callable[[], None]] = field(default_factory=list)
    _begun: dict[str, float] = field(default_factory=dict)
    _told: float = 0.0

    def progress(self, event: ProgressEvent) -> None:
        """Take in a step. Raises CancelledError where the job was cancelled."""
        if self.is_cancelled:
            raise CancelledError
        done, total = (event.work, event.total_work) if event.total_work else (event.done, event.total)
        job, now = self.job, time.monotonic()
        is_new = job.stage != event.stage
        job.stage, job.message, job.done, job.total = event.stage, event.detail, float(done), float(total)
        begun = self._begun.setdefault(event.stage, now)
        job.seconds_left = round((total - done) * (now - begun) / done, 1) if done and now > begun else None
        if is_new or now - self._told >= _OFTEN_S or done >= total:
            self._told = now
            self.tell()

    def cancel(self) -> None:
        """Ask the job to end."""
        self.is_cancelled = True
        for ask in self.on_cancel:
            ask()


Doing = Callable[[Work], dict[str, Any] | None]
"""What a job does; what it returns is the job's result."""


class Jobs:
    """The queue. Its methods may be called from any thread; ``root`` is the studio's folder."""

    def __init__(self, notices: Notices, root: Path) -> None:
        self._notices = notices
        self._root = root
        self._lock = Lock()
        self._works: dict[str, Work] = {}
        self._queue: SimpleQueue[tuple[Work, Doing] | None] = SimpleQueue()
        Thread(target=self._run, name="jobs", daemon=True).start()

    def add(self, kind: JobKind, title: str, doing: Doing) -> Job:
        """Put a job at the end of the queue."""
        job = Job(id=secrets.token_hex(6), kind=kind, title=title, state="queued")
        work = Work(job, lambda: self._tell(job))
        with self._lock:
            ended = [key for key, old in self._works.items() if old.job.state not in ("queued", "running")]
            for key in ended[: max(0, len(ended) - _MOST_KEPT + 1)]:
                del self._works[key]
            self._works[job.id] = work
        answer = job.model_copy(deep=True)
        self._tell(job)
        self._queue.put((work, doing))
        return answer

    def list(self) -> list[Job]:
        """Return all jobs, the first one first."""
        with self._lock:
            return [work.job.model_copy(deep=True) for work in self._works.values()]

    def get(self, key: str) -> Job:
        """Return a job. Raises NotFoundError."""
        return self._work(key).job.model_copy(deep=True)

    def cancel(self, key: str) -> Job:
        """Ask a job to end; one that has ended stays as it is. Raises NotFoundError."""
        work = self._work(key)
        work.cancel()
        with self._lock:
            if work.job.state == "queued":
                work.job.state = "cancelled"
        self._tell(work.job)
        return work.job.model_copy(deep=True)

    def close(self) -> None:
        """Cancel all jobs, and take no more."""
        with self._lock:
            works = list(self._works.values())
        for work in works:
            work.cancel()
        self._queue.put(None)

    def _work(self, key: str) -> Work:
        with self._lock:
            work = self._works.get(key)
        if work is None:
            raise NotFoundError(f"there is no job {key[:40]!r}", field="id")
        return work

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            work, doing = item
            with self._lock:
                if work.is_cancelled:
                    work.job.state = "cancelled"
                    continue
                work.job.state = "running"
            self._tell(work.job)
            self._do(work, doing)
            self._tell(work.job)

    def _do(self, work: Work, doing: Doing) -> None:
        job = work.job
        try:
            job.result = doing(work)
            job.state, job.done = "done", job.total
        except CancelledError:
            job.state = "cancelled"
        except RitornelloError as exc:
            job.fault, job.state = faults_of(exc, self._root)[0], "failed"
        except Exception as exc:  # noqa: BLE001  (a fault of ours ends the job, not the thread of all jobs)
            job.fault, job.state = Fault(message=f"{type(exc).__name__}: {exc}"), "failed"
        job.seconds_left, job.stage, job.message = None, "", ""

    def _tell(self, job: Job) -> None:
        with self._lock:
            job.version += 1
            told = job.model_copy(deep=True)
        self._notices.tell(Notice(kind="job", job=told))
