"""Backends for worker processes: they play tones, and fail in ways of their own."""

from __future__ import annotations

import errno
import os
import signal
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from render.backends.request import Clip, ClipRequest
from tests.tones import ToneBackend


@dataclass
class NotedBackend(ToneBackend):
    """Leaves a file in ``folder`` for each clip that it begins, named after the process and the clip."""

    folder: str = ""

    def generate(self, request: ClipRequest) -> Clip:
        name = f"{request.role}-{request.content_hash('')[:12]}"
        begun = len([*Path(self.folder).glob(f"{name}.*")])
        Path(self.folder, f"{name}.{begun}.{os.getpid()}").touch()
        self.before(self._number())
        return super().generate(request)

    def _number(self) -> int:
        """Return the number of a clip that is begun, of all processes: no two have the same."""
        places = Path(f"{self.folder}-begun")
        places.mkdir(exist_ok=True)
        for number in count(1):
            try:
                (places / str(number)).touch(exist_ok=False)
            except FileExistsError:
                continue
            return number
        raise AssertionError

    def before(self, begun: int) -> None:
        """Do what goes wrong before a clip, the ``begun``-th that was begun of all."""


@dataclass
class SlowBackend(NotedBackend):
    """Takes ``seconds`` for each clip."""

    seconds: float = 1.0

    def before(self, begun: int) -> None:
        time.sleep(self.seconds)


@dataclass
class DyingBackend(NotedBackend):
    """Its process is killed at each of the first ``deaths`` clips."""

    deaths: int = 1

    def before(self, begun: int) -> None:
        if begun <= self.deaths:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class HangingBackend(NotedBackend):
    """Hangs at the first clip."""

    def before(self, begun: int) -> None:
        if begun == 1:
            time.sleep(1000.0)


@dataclass
class FullDiskBackend(NotedBackend):
    """Finds no room on the disk of machines that have ``TONES_DISK_IS_FULL`` set."""

    def before(self, begun: int) -> None:
        if os.environ.get("TONES_DISK_IS_FULL"):
            raise OSError(errno.ENOSPC, "No space left on device")
