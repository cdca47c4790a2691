"""Levels: decibels and the factors they stand for, RMS, and the fades that joins are made of.

Nothing at all, and what rounding has put below it, has a level of -inf dB, or the ``floor_db`` that a
caller asks for, such as :data:`SILENCE_DB`. NaN stays NaN. A number gives a Python float, so that float32
audio which it multiplies stays float32; an array keeps its type.
"""

from __future__ import annotations

import math
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

SILENCE_DB = -200.0
"""The floor of checks, reports and pictures, where the level of silence must be a number."""

_PART = 1 << 20
"""Samples that are squared at once."""

_Array = TypeVar("_Array", bound=NDArray[np.floating[Any]])


@overload
def gain_from_db(db: float) -> float: ...
@overload
def gain_from_db(db: _Array) -> _Array: ...
def gain_from_db(db: Any) -> Any:
    """Return the amplitude factor of a change in dB; 0 for -inf."""
    return 10.0 ** (db / 20.0) if isinstance(db, np.ndarray) else float(10.0 ** (db / 20.0))


@overload
def power_from_db(db: float) -> float: ...
@overload
def power_from_db(db: _Array) -> _Array: ...
def power_from_db(db: Any) -> Any:
    """Return the power factor of a change in dB; 0 for -inf."""
    return 10.0 ** (db / 10.0) if isinstance(db, np.ndarray) else float(10.0 ** (db / 10.0))


@overload
def db_from_gain(gain: float, floor_db: float = ...) -> float: ...
@overload
def db_from_gain(gain: _Array, floor_db: float = ...) -> _Array: ...
def db_from_gain(gain: Any, floor_db: float = -math.inf) -> Any:
    """Return the level of an amplitude in dB, no lower than ``floor_db``."""
    return _decibels(20.0, gain, floor_db)


@overload
def db_from_power(power: float, floor_db: float = ...) -> float: ...
@overload
def db_from_power(power: _Array, floor_db: float = ...) -> _Array: ...
def db_from_power(power: Any, floor_db: float = -math.inf) -> Any:
    """Return the level of a power in dB, no lower than ``floor_db``."""
    return _decibels(10.0, power, floor_db)


def _decibels(scale: float, ratio: Any, floor_db: float) -> Any:
    if isinstance(ratio, np.ndarray):
        with np.errstate(divide="ignore"):
            return np.maximum(scale * np.log10(np.maximum(ratio, 0.0)), floor_db)
    if ratio <= 0.0:
        return floor_db
    db = scale * math.log10(ratio)
    return floor_db if db < floor_db else db


def finite(value: float | None, digits: int | None = None) -> float | None:
    """Return a figure for JSON, rounded to ``digits``; None for infinities, which JSON lacks, and NaN."""
    if value is None or not math.isfinite(value):
        return None
    return value if digits is None else round(value, digits) + 0.0


def rms(audio: NDArray[np.float32]) -> float:
    """Return the root of the mean square; 0 for no samples."""
    if not audio.size:
        return 0.0
    parts = (audio[..., at : at + _PART] for at in range(0, audio.shape[-1], _PART))
    return math.sqrt(sum(float(np.square(part, dtype=np.float64).sum()) for part in parts) / audio.size)


def fade_in(length: int) -> NDArray[np.float32]:
    """Return an equal-power rise from 0 to 1 over ``length`` samples, taken at their middles."""
    phase = (np.arange(length, dtype=np.float64) + 0.5) / max(length, 1)
    return np.asarray(np.sin(0.5 * np.pi * phase), dtype=np.float32)


def fade_out(length: int) -> NDArray[np.float32]:
    """Return the mirror of :func:`fade_in`: the squares of both sum to 1."""
    return fade_in(length)[::-1].copy()
