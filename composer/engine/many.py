"""Clips made on a cluster, by whichever machine is free.

Each job goes out as a task of Ray that may be done again: a machine that dies, hangs or has a full disk
costs the time of its jobs, and no clip. What comes back is fetched one clip at a time. No more jobs are out
than twice what the cluster runs at once, and no more than fit into half the room that the smallest machine
has for what is on its way.
"""

from __future__ import annotations

import pickle
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from composer.engine.cluster import PATIENCE_S, Cluster, Needs, Tell
from composer.engine.parcel import pack
from composer.engine.worker import Answer
from render.backends import backend_entry, origin_of
from render.backends.request import Clip
from render.clips.assembly import AssembleJob
from render.clips.caching.entry import decode_clip
from render.clips.engine import ClipJob, LocalEngine
from render.clips.make import GenerateJob
from render.recordings.backend import RecordingBackend
from structure.base.errors import EngineError

MOST_TRIES = 8
"""How often a clip is begun before its song is given up."""

LEAST_OUT = 16
"""So many jobs are out even on a small cluster, for it to grow by need."""

_SHARE_OF_STORE = 0.5
_USUAL_BYTES = 8 * 1024**2
_PAUSE_S = 0.5
_LIMIT_S, _LIMIT_PER_S = 600.0, 60.0
_BIG_LIMIT_S, _BIG_LIMIT_PER_S = 3600.0, 600.0
"""A job that takes longer than these, and so much more for a second of its audio, is taken to hang; the
second pair is for models that want a GPU."""

_BIG_CPUS = 8


@dataclass(eq=False, slots=True)
class _Task:
    """A job on its way: how often it was begun, since when, and where it failed."""

    parcel: bytes
    place: str
    needs: Needs
    limit_s: float
    tries: int = 0
    sent_s: float = 0.0
    failed_on: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)


class RayEngine:
    """Makes clips on the machines of a cluster that Ray runs; several songs may use it at once.

    ``limit_s`` is how long a job may take, in place of what its length says. ``tell`` is given what users
    may want to know, in sentences. Raises what :class:`Cluster` does.
    """

    def __init__(
        self, address: str | None = None, tell: Tell = lambda _: None, limit_s: float | None = None
    ) -> None:
        self.cluster = Cluster(address, tell)
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._largest = _USUAL_BYTES
        self.made = 0
        """Clips that came back so far."""

        self.busy_s = 0.0
        """Seconds in which some were out, added up over the songs."""

    @property
    def kind(self) -> str:
        """The code of the kind of machines that make the clips; "" where they are of this one's."""
        return self.cluster.kind

    @property
    def made_on(self) -> str:
        """That kind in words; "" where it is this machine's."""
        return str(self.cluster.wanted.kind) if self.kind else ""

    def describe(self) -> str:
        """Say in a sentence how large the cluster is, and where it can be watched."""
        nodes = self.cluster.nodes()
        cpus, gpus = sum(node.cpus for node in nodes), sum(node.gpus for node in nodes)
        parts = [_count(len(nodes), "machine"), _count(cpus, "processor")]
        parts += [_count(gpus, "GPU")] if gpus else []
        watched = f"; dashboard {self.cluster.dashboard}" if self.cluster.dashboard else ""
        return f"Ray: {', '.join(parts)}{watched}"

    def describe_work(self) -> str:
        """Say in a sentence what was made so far, and how fast; "" where nothing was."""
        if not self.made:
            return ""
        pace = self.made / max(self.busy_s, 1e-9)
        where = _count(len(self.cluster.nodes()), "machine")
        return f"Ray: {_count(self.made, 'clip')} in {self.busy_s:.0f} s, {pace:.2f} a second, on {where}"

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Give every clip; see :class:`render.clips.engine.Engine`.

        Jobs that only put together what is here stay here. Raises EngineError where a clip was lost too
        often, and says where.
        """
        stay = [job for job in jobs if _stays_here(job)]
        yield from LocalEngine().clips(stay, stop)
        away = sorted((job for job in jobs if not _stays_here(job)), key=_audio_s, reverse=True)
        if not away or stop.is_set():
            return
        packed = [pack(job) for job in away]
        self.cluster.check_models(sorted({name for _, names in packed for name in names}, key=repr))
        tasks = [
            _Task(
                parcel,
                getattr(job, "place", "") or type(job).__name__,
                self._needs_of(job),
                self._limit_of(job),
            )
            for job, (parcel, _) in zip(away, packed, strict=True)
        ]
        yield from self._run(tasks, stop)

    def _run(self, tasks: Sequence[_Task], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Send tasks out, and give what comes back. Whatever ends this, nothing stays out."""
        waiting, out = deque(tasks), dict[Any, _Task]()
        failure: BaseException | None = None
        begun = time.monotonic()
        try:
            yield from self._exchange(waiting, out, stop)
        except GeneratorExit:
            raise
        except BaseException as exc:  # noqa: BLE001  (also an interrupt; it is raised again below)
            failure = exc
        finally:
            ready = self._call_back(out)
            with self._lock:
                self.busy_s += time.monotonic() - begun
        for ref in ready:
            with suppress(Exception):  # the caller is told what stopped this, not what followed
                answer = self._read(ref, out[ref])
                if not isinstance(answer, _Task):
                    yield from answer
        if failure is not None:
            raise failure

    def _exchange(
        self, waiting: deque[_Task], out: dict[Any, _Task], stop: Event
    ) -> Iterator[tuple[str, Clip]]:
        """Send out what waits, and give what comes back, until nothing waits or is out."""
        idle_since = time.monotonic()
        while (waiting or out) and not stop.is_set():
            while waiting and len(out) < self._room(waiting[0].needs):
                task = waiting.popleft()
                out[self._send(task)] = task
            came, _ = self.cluster.ray.wait([*out], num_returns=1, timeout=_PAUSE_S)
            for ref in came:
                answer = self._read(ref, out.pop(ref))
                if isinstance(answer, _Task):
                    waiting.appendleft(answer)
                else:
                    yield from answer
            if came or self.cluster.nodes():
                idle_since = time.monotonic()
            elif time.monotonic() - idle_since > PATIENCE_S:
                raise EngineError(f"the cluster has had no machine for {PATIENCE_S:g} s")
            waiting.extend(self._take_back_hung(out))

    def _send(self, task: _Task) -> Any:
        """Send a task out, once more."""
        if task.tries >= MOST_TRIES:
            raise EngineError(f"{task.place} was lost {task.tries} times: {'; '.join(task.story)}")
        if {node.id for node in self.cluster.nodes()} <= set(task.failed_on):
            task.failed_on.clear()  # it failed everywhere, and any machine may have recovered
        task.tries += 1
        task.sent_s = time.monotonic()
        return self.cluster.send(task.parcel, task.needs, task.limit_s, task.failed_on)

    def _read(self, ref: Any, task: _Task) -> list[tuple[str, Clip]] | _Task:
        """Return the clips of a task that came back, or the task where it must be sent again.

        Raises what the job raised.
        """
        ray = self.cluster.ray
        try:
            answer: Answer = ray.get(ref)
        except ray.exceptions.RayError as exc:  # a process or a machine died, or what it made was lost
            lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
            task.story.append((lines[0] if lines else type(exc).__name__)[:200])
            return task
        if answer.refused:
            task.tries -= 1
            self.cluster.refuse(answer.node, self.cluster.name_of(answer.node), answer.refused)
            return task
        if answer.failure:
            name = self.cluster.name_of(answer.node)
            failure: BaseException = pickle.loads(answer.failure)  # noqa: S301  (of our own cluster)
            if not answer.is_of_machine:
                failure.add_note(f"{task.place} was being made on {name}")
                raise failure
            task.failed_on.append(answer.node)
            task.story.append(f"{name}: {failure}")
            return task
        clips = []
        for key, made in answer.clips.items():
            clip = decode_clip(made.entry, key)
            if clip is None:
                task.story.append(f"{self.cluster.name_of(answer.node)}: what came back was damaged")
                return task
            self._largest = max(self._largest, len(made.entry))
            clips.append((key, replace(clip, seconds_by_stage=made.seconds_by_stage)))
        with self._lock:
            self.made += len(clips)
        return clips

    def _take_back_hung(self, out: dict[Any, _Task]) -> list[_Task]:
        """Take back what should have come long ago; its own watch should have ended it by now."""
        late = [
            ref for ref, task in out.items() if time.monotonic() - task.sent_s > 2 * task.limit_s + 60.0
        ]
        for ref in late:
            self.cluster.ray.cancel(ref, force=True)
            out[ref].story.append("it did not come back in time")
        return [out.pop(ref) for ref in late]

    def _call_back(self, out: dict[Any, _Task]) -> list[Any]:
        """Cancel all that is out; return what has come back all the same."""
        if not out or not self.cluster.ray.is_initialized():
            return []
        ready, rest = self.cluster.ray.wait([*out], num_returns=len(out), timeout=0)
        for ref in rest:
            with suppress(Exception):  # one that has just ended
                self.cluster.ray.cancel(ref)
        return list(ready)

    def _room(self, needs: Needs) -> int:
        """Return how many jobs may be out at once."""
        stores = [node.store_bytes for node in self.cluster.nodes() if node.store_bytes]
        fit = int(_SHARE_OF_STORE * min(stores, default=LEAST_OUT * self._largest) / self._largest)
        return max(1, min(fit, max(LEAST_OUT, 2 * self.cluster.slots(needs))))

    def _needs_of(self, job: ClipJob) -> Needs:
        """Return what a job takes: a processor, or a GPU where its model wants one and the cluster has any.

        Such a model gets many processors where there is no GPU.
        """
        if not _is_big(job):
            return Needs()
        nodes = self.cluster.nodes()
        if any(node.gpus for node in nodes):
            return Needs(gpus=1)
        return Needs(cpus=max(1, min(_BIG_CPUS, max((node.cpus for node in nodes), default=1))))

    def _limit_of(self, job: ClipJob) -> float:
        if self._limit_s is not None:
            return self._limit_s
        if _is_big(job):
            return _BIG_LIMIT_S + _BIG_LIMIT_PER_S * _audio_s(job)
        return _LIMIT_S + _LIMIT_PER_S * _audio_s(job)


def _stays_here(job: ClipJob) -> bool:
    """Return whether a job is no work but copying: its audio is here, and would go there and back."""
    return isinstance(job, AssembleJob) or (
        isinstance(job, GenerateJob) and isinstance(job.backend, RecordingBackend)
    )


def _audio_s(job: ClipJob) -> float:
    """Return the seconds of audio that a job makes; 60 for a job that does not say.

    Long jobs go first, so that none is waited for at the end.
    """
    if not isinstance(job, GenerateJob):
        return 60.0
    request = job.approach.request
    return request.total_samples / request.grid.sample_rate


def _is_big(job: ClipJob) -> bool:
    if not isinstance(job, GenerateJob):
        return False
    origin = origin_of(job.backend)
    return origin is not None and backend_entry(origin[0]).wants_gpu and origin[1].device != "cpu"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
