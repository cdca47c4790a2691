"""Clips made on a cluster of machines that Ray runs."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from threading import Event

from render.backends.request import Clip
from render.clips.engine import ClipJob, LocalEngine
from structure.base.errors import MissingPackageError


class RayEngine:
    """Makes clips as tasks of Ray."""

    @classmethod
    def at(cls, address: str | None) -> RayEngine:
        """Return an engine for a cluster. Raises MissingPackageError where Ray is not installed."""
        if importlib.util.find_spec("ray") is None:
            raise MissingPackageError("--engine ray", "ray", "ray", "leave --engine out")
        return cls()

    def clips(self, jobs: Sequence[ClipJob], stop: Event) -> Iterator[tuple[str, Clip]]:
        """Give every clip; see :class:`Engine`."""
        yield from LocalEngine().clips(jobs, stop)
