"""A cluster of several machines on this one, shared by all tests of the engine."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
STORE_BYTES = 100 * 1024**2

PATIENCE_MS = 60_000
"""How long a machine may take to say that it is well: a busy one is not taken for dead. One that was killed
is found out at once all the same, since nobody listens there."""


def need_ray() -> None:
    """Skip a test where Ray is missing; under CI that is a failure."""
    if importlib.util.find_spec("ray") is None:
        what = "Ray is not installed: pip install 'ritornello[ray]'"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


class Machines:
    """A head that makes no clips, and machines with so many processors, which tests add and remove."""

    def __init__(self, at_once: int = 1, count: int = 2) -> None:
        from ray.cluster_utils import Cluster

        head: dict[str, Any] = {
            "num_cpus": 0,
            "object_store_memory": STORE_BYTES,
            "include_dashboard": False,
            "_system_config": {"health_check_timeout_ms": PATIENCE_MS},
        }
        self.cluster: Any = Cluster(initialize_head=True, head_node_args=head)
        self._at_once = at_once
        self.is_closed = False
        self.nodes = [self.add() for _ in range(count)]

    def add(self, **env: str) -> Any:
        """Let a machine join whose processes have further variables of the environment."""
        more = {"env_vars": env} if env else {}
        return self.cluster.add_node(num_cpus=self._at_once, object_store_memory=STORE_BYTES, **more)

    def remove(self, node: Any) -> None:
        """Kill a machine, with all that runs on it."""
        self.cluster.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        """Leave the cluster, and end it."""
        import ray

        if not self.is_closed:
            self.is_closed = True
            ray.shutdown()
            self.cluster.shutdown()

    @property
    def address(self) -> str:
        return str(self.cluster.address)


_OPEN = list[Machines]()
"""The cluster, from the first test that needs it on."""


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the cluster with the last test of this folder: idle machines take a tenth of a processor."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        while _OPEN:
            _OPEN.pop().close()


@pytest.fixture(scope="session")
def _machines() -> Iterator[Machines]:
    need_ray()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        made = Machines()
        _OPEN.append(made)
        try:
            yield made
        finally:
            made.close()


@pytest.fixture
def machines(_machines: Machines) -> Iterator[Machines]:
    """The cluster with its two machines, whatever the test does to them. The connection stays, and with it
    the processes that have loaded what they need."""
    import ray

    before = list(_machines.nodes)
    yield _machines
    for node in [*_machines.cluster.worker_nodes - set(before)]:
        _machines.remove(node)
    alive = {row["NodeID"] for row in ray.nodes() if row["Alive"]} if ray.is_initialized() else None
    for node in [*_machines.cluster.worker_nodes]:
        if alive is not None and node.node_id not in alive:
            _machines.remove(node)
    _machines.nodes = [node for node in before if node in _machines.cluster.worker_nodes]
    while len(_machines.nodes) < len(before):
        _machines.nodes.append(_machines.add())
