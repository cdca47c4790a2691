"""A cluster that Ray runs: how it is reached, which machines it has, and which of them fit.

A machine fits where it has this version of Ritornello, to the byte, the models that are asked for, and is
of the kind by which the song's clips are made: this machine's kind where the cluster has it, else the one
with most processors. Others are refused by name, once, and get no work.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from composer.engine.parcel import Name
from composer.engine.worker import Machine, answer, describe_machine, make_job
from structure.base.errors import EngineError, MissingPackageError

Tell = Callable[[str], None]

PROBE_LIMIT_S = 120.0
"""How long a machine may take to say what it is; its first worker process must start for that."""

PATIENCE_S = 1200.0
"""How long to wait for a machine where there is none, such as while a cloud starts some."""

_KNOCK_S = 10.0
_REFRESH_S = 2.0
_SIGNALS = ("SIGTERM", "SIGINT")


@dataclass(frozen=True, slots=True)
class Needs:
    """What one job takes of a machine."""

    cpus: int = 1
    gpus: int = 0

    def fit_in(self, node: Node) -> int:
        """Return how many such jobs a machine runs at once, whatever kind its GPUs are."""
        return min(node.cpus // self.cpus, node.gpus // self.gpus if self.gpus else node.cpus)


@dataclass(frozen=True, slots=True)
class Node:
    """A machine of the cluster.

    ``store_bytes`` is the room for what is on its way. ``gpu_type`` is what Ray calls its GPUs.
    """

    id: str
    name: str
    cpus: int
    gpus: int
    store_bytes: int
    gpu_type: str = ""


class Cluster:
    """A connection to a cluster. Methods may be called from several threads.

    Raises MissingPackageError where Ray is not installed, EngineError where there is no cluster at the
    address, and where no machine of it fits.
    """

    def __init__(self, address: str | None, tell: Tell) -> None:
        if importlib.util.find_spec("ray") is None:
            raise MissingPackageError("--engine ray", "ray", "ray", "leave --engine out")
        self.ray: Any = importlib.import_module("ray")
        self.tell = tell
        self._refused: dict[str, str] = {}
        self._known: tuple[float, list[Node]] = (-_REFRESH_S, [])
        self._checked: set[Name] = set()
        self._lock = threading.RLock()
        self.dashboard = self._connect(address)
        self._describe = self.ray.remote(answer)
        self._make = self.ray.remote(make_job)
        self.own = describe_machine()
        self.wanted = self._choose_kind()
        self._gpu_type = self._choose_gpus()

    @property
    def kind(self) -> str:
        """The code of the kind of machine that makes clips; "" where it is this one's."""
        return "" if self.wanted.kind == self.own.kind else self.wanted.kind.code

    def nodes(self) -> list[Node]:
        """Return the machines that are alive and fit, as they were a moment ago."""
        with self._lock:
            seen, nodes = self._known
            if time.monotonic() - seen > _REFRESH_S:
                nodes = [node for node in self._alive() if node.id not in self._refused]
                self._known = time.monotonic(), nodes
            return nodes

    def slots(self, needs: Needs) -> int:
        """Return how many such jobs the cluster runs at once."""
        fitting = [node for node in self.nodes() if not needs.gpus or node.gpu_type == self._gpu_type]
        return sum(needs.fit_in(node) for node in fitting)

    def name_of(self, node_id: str) -> str:
        """Return the name of a machine, also of one that has gone."""
        return next((node.name for node in self._alive() if node.id == node_id), node_id[:8])

    def refuse(self, node_id: str, name: str, why: str) -> None:
        """Give a machine no more work, and tell why. Raises EngineError where no machine is left."""
        with self._lock:
            if node_id in self._refused:
                return
            self._refused[node_id] = f"{name}: {why}"
            self._known = -_REFRESH_S, []
            alive = {node.id for node in self._alive()}
        self.tell(f"no clips are made on {name}: {why}")
        if alive and alive <= self._refused.keys():
            raise EngineError(
                "no machine of the cluster fits: " + "; ".join(self._refused.values()),
                hint="give all machines this version of Ritornello, with its packages and models",
            )

    def check_models(self, names: Sequence[Name]) -> None:
        """Ask every machine once whether it has some models, before any work begins.

        Raises EngineError where none has them.
        """
        with self._lock:
            missing = [name for name in names if name not in self._checked]
            if not missing:
                return
            self._checked |= set(missing)
            for node, machine in self._ask(self.nodes(), missing).items():
                if why := self.wanted.misfit(machine):
                    self.refuse(node.id, node.name, why)

    def send(self, parcel: bytes, needs: Needs, limit_s: float, avoid: Sequence[str]) -> Any:
        """Let a job run on a machine that fits, none of ``avoid``; return Ray's reference to its answer."""
        others = sorted({*self._refused, *avoid})
        options: dict[str, Any] = {"num_cpus": needs.cpus, "num_gpus": needs.gpus, "max_retries": 0}
        labels = {"ray.io/node-id": f"!in({','.join(others)})"} if others else {}
        if needs.gpus and self._gpu_type:
            labels["ray.io/accelerator-type"] = self._gpu_type
        if labels:
            options["label_selector"] = labels
        return self._make.options(**options).remote(parcel, self.wanted, limit_s, needs.cpus)

    def _connect(self, address: str | None) -> str:
        """Reach the cluster, and return the URL of its dashboard, "" where none is known.

        Without an address, Ray looks for a cluster as it always does. Raises EngineError where none is
        reached.
        """
        if self.ray.is_initialized():
            return ""
        asked = (address or os.environ.get("RAY_ADDRESS", "")).removeprefix("ray://")
        host, _, port = asked.rpartition(":")
        try:
            if host and port.isdigit():  # where nobody listens, Ray itself would try for minutes
                socket.create_connection((host.strip("[]"), int(port)), _KNOCK_S).close()
            with _own_signals():
                context = self.ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as exc:  # Ray has many, down to AssertionError
            where = "here" if address is None else f"at {address!r}"
            raise EngineError(
                f"Ray cannot be reached {where}: {' '.join(str(exc).split())[:300]}",
                field="--address",
                hint="--address takes host:port, ray://host:port, auto or local; see `ray status`",
            ) from exc
        url = str(getattr(context, "dashboard_url", "") or "")
        return url if not url or "://" in url else f"http://{url}"

    def _choose_kind(self) -> Machine:
        """Ask every machine what it is; refuse those that do not fit, and return what one must be.

        Raises EngineError where no machine joins in time, and where none fits.
        """
        found: dict[Node, Machine] = {}
        for node, machine in self._ask(self._wait_for_nodes(), []).items():
            if why := self.own.misfit(machine):
                self.refuse(node.id, node.name, why)
            else:
                found[node] = machine
        kinds = {machine.kind for machine in found.values()}
        if self.own.kind in kinds or not kinds:
            chosen = self.own.kind
        else:
            room = {kind: sum(n.cpus for n, m in found.items() if m.kind == kind) for kind in kinds}
            chosen = max(kinds, key=lambda kind: (room[kind], kind.code))
        for node, machine in found.items():
            if machine.kind != chosen:
                self.refuse(
                    node.id, node.name, f"it is of another kind: {chosen.differences(machine.kind)}"
                )
        return replace(self.own, kind=chosen)

    def _choose_gpus(self) -> str:
        """Return the type of GPU of which the cluster has most, "" where it has none.

        GPUs of other types round numbers in another way, so they get no work.
        """
        room: dict[str, int] = {}
        for node in self.nodes():
            if node.gpus:
                room[node.gpu_type] = room.get(node.gpu_type, 0) + node.gpus
        return max(room, key=lambda kind: (room[kind], kind), default="")

    def _wait_for_nodes(self) -> list[Node]:
        """Wait until there are machines, and return them.

        Raises EngineError where there are none within ``PATIENCE_S``.
        """
        begun, has_told = time.monotonic(), False
        ask = None
        while not (nodes := self._alive()):
            if time.monotonic() - begun > PATIENCE_S:
                raise EngineError(f"no machine joined the cluster within {PATIENCE_S:g} s")
            if not has_told:
                self.tell("waiting for the first machine of the cluster")
                ask = self._describe.options(num_cpus=1, max_retries=-1).remote()  # a cluster grows by need
                has_told = True
            time.sleep(1.0)
        if ask is not None:
            self.ray.cancel(ask)
        return nodes

    def _ask(self, nodes: Sequence[Node], names: Sequence[Name]) -> Mapping[Node, Machine]:
        """Return what each machine is, and which of the models ``names`` it lacks.

        A machine that fails, or does not answer within ``PROBE_LIMIT_S``, is refused and left out. One that
        has just gone is only left out. Raises EngineError where none is left that is not refused.
        """
        asked = {
            self._describe.options(
                num_cpus=0, max_retries=2, label_selector={"ray.io/node-id": node.id}
            ).remote(names): node
            for node in nodes
        }
        if not asked:
            return {}
        answered, silent = self.ray.wait([*asked], num_returns=len(asked), timeout=PROBE_LIMIT_S)
        found = {}
        for ref in answered:
            try:
                found[asked[ref]] = self.ray.get(ref)
            except Exception as exc:  # noqa: BLE001  (where Ritornello is missing, Ray raises what it met)
                node = asked[ref]
                if node in self._alive():  # else it has just gone
                    self.refuse(node.id, node.name, _why(exc))
        for ref in silent:
            self.ray.cancel(ref)
            self.refuse(asked[ref].id, asked[ref].name, f"it did not answer within {PROBE_LIMIT_S:g} s")
        return found

    def _alive(self) -> list[Node]:
        """Return the machines that are alive and have processors to give."""
        found = []
        for row in self.ray.nodes():
            resources = row.get("Resources", {})
            if row.get("Alive") and resources.get("CPU", 0) >= 1:
                host, address = row.get("NodeManagerHostname"), row.get("NodeManagerAddress")
                name = f"{host} ({address}, {row['NodeID'][:8]})"
                found.append(
                    Node(
                        row["NodeID"],
                        name,
                        int(resources["CPU"]),
                        int(resources.get("GPU", 0)),
                        int(resources.get("object_store_memory", 0)),
                        str(row.get("Labels", {}).get("ray.io/accelerator-type", "")),
                    )
                )
        return found


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep this process's handlers of signals, which Ray replaces when it starts."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _SIGNALS]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            if handler is not None:
                signal.signal(number, handler)


def _why(exc: BaseException) -> str:
    """Return what a machine met, in its last line."""
    lines = [line.strip() for line in str(exc).splitlines() if line.strip()]
    said = lines[-1] if lines else type(exc).__name__
    missing = "No module named 'composer'" in str(exc)
    return "it has no Ritornello" if missing else f"it cannot be asked: {said[:200]}"
