"""One fact of a song: what was measured, what is allowed, and the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One fact of a song. ``passed`` is None where there was nothing to measure."""

    name: str
    passed: bool | None
    value: float | None
    limit: float | None
    unit: str
    detail: str = ""


def decibels(ratio: float) -> float:
    """A ratio of amplitudes in dB, never below -200."""
    return 20.0 * math.log10(max(ratio, 1e-10))


def rms(audio: NDArray[np.float32]) -> float:
    """Root of the mean square; 0 for nothing."""
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))) if audio.size else 0.0


def listed(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f", and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
