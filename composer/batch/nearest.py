"""Which other song of a batch is most like a song: in its tune, and in what a catalogue says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structure.tunes.tune import Tune

_GRAM = 4
"""Steps in a row, with their rhythm, that are compared: five notes."""

_SHARES = {"tune": 0.35, "genre": 0.2, "instruments": 0.15, "tempo": 0.1, "moods": 0.1, "key": 0.1}
"""How much each counts; they sum to 1."""


@dataclass(frozen=True, slots=True)
class Likes:
    """What songs are compared by. ``passages`` are digests of the passages of the chorus's tune."""

    title: str
    genre: str
    tempo_bpm: float
    key: str
    moods: frozenset[str]
    instruments: frozenset[str]
    passages: NDArray[np.uint64]

    @classmethod
    def of(cls, row: Mapping[str, Any], tune: Tune | None) -> Likes:
        """Take them from a song's row and its tune."""
        return cls(
            str(row["title"]),
            str(row["genre"]),
            float(row["tempo_bpm"]),
            str(row["key"]),
            frozenset(row["moods"]),
            frozenset(row["instruments"]),
            passages(tune),
        )


def passages(tune: Tune | None) -> NDArray[np.uint64]:
    """Return a digest of each different passage of five notes of a tune."""
    if tune is None or len(tune.steps) < _GRAM:
        return np.zeros(0, np.uint64)
    count = len(tune.steps) - _GRAM + 1
    found = np.zeros(count, np.uint64)
    for k in range(_GRAM):
        for values, is_used in ((tune.steps, True), (tune.ratios, k > 0)):
            if is_used:
                part = values[k : k + count].astype(np.int64).astype(np.uint64)
                found = found * np.uint64(0x100000001B3) + part
    return np.unique(found)


def likeness(one: Likes, other: Likes) -> float:
    """Return how like two songs are, 0…1; 1 is the same in all that is compared."""
    both = np.intersect1d(one.passages, other.passages, assume_unique=True).size
    either = one.passages.size + other.passages.size - both
    parts = {
        "tune": both / either if either else 0.0,
        "genre": float(one.genre == other.genre),
        "instruments": _overlap(one.instruments, other.instruments),
        "tempo": max(0.0, 1.0 - abs(np.log2(one.tempo_bpm) - np.log2(other.tempo_bpm)) / 0.25),
        "moods": _overlap(one.moods, other.moods),
        "key": float(one.key == other.key),
    }
    return float(sum(_SHARES[name] * value for name, value in parts.items()))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one or other else 1.0


class Neighbours:
    """The nearest other song of each song, kept up as songs come."""

    def __init__(self) -> None:
        self._likes: dict[str, Likes] = {}
        self._nearest: dict[str, tuple[float, str]] = {}

    def add(self, key: str, likes: Likes) -> None:
        """Take in a song."""
        for other, theirs in self._likes.items():
            if other != key:
                how = likeness(likes, theirs)
                for one, name in ((key, other), (other, key)):
                    if how > self._nearest.get(one, (-1.0, ""))[0]:
                        self._nearest[one] = how, name
        self._likes[key] = likes

    def nearest(self, key: str) -> dict[str, Any]:
        """Return what the table says of a song's nearest other one; nothing where it is alone."""
        if key not in self._nearest:
            return {}
        how, other = self._nearest[key]
        return {"nearest": self._likes[other].title, "nearest_likeness": round(how, 3)}
