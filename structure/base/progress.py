"""How library code tells its caller how far it is; it never prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Stage = Literal["plan", "load", "clips", "stitch", "mix", "master", "verify", "export"]


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """``done`` of ``total`` units of ``stage`` are finished; ``detail`` names what comes next.
    ``work`` and ``total_work`` weigh the units in seconds of audio, for a fair time left."""

    stage: Stage
    done: int
    total: int
    detail: str = ""
    work: float = 0.0
    total_work: float = 0.0


Progress = Callable[[ProgressEvent], None]


def silent(event: ProgressEvent) -> None:
    """A progress callback that says nothing."""
