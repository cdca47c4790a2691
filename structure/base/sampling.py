"""Seeded choices that are the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from structure.base.seeds import derive_seed

T = TypeVar("T")


def generator(*parts: int | str) -> random.Random:
    """Return a random generator seeded by names and numbers.

    Its seed is that of :func:`structure.base.seeds.derive_seed`.
    """
    return random.Random(derive_seed(*parts))  # noqa: S311  (no secret hangs on it)


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """Pick one of the options, all equally likely."""
    return options[int(rng.random() * len(options))]


def pick_weighted(rng: random.Random, weights: Mapping[T, float]) -> T:
    """Pick one of the keys by its weight, in the mapping's order."""
    point = rng.random() * sum(weights.values())
    for option, weight in weights.items():
        point -= weight
        if point < 0:
            return option
    return [option for option, weight in weights.items() if weight > 0][-1]


def draws(rng: random.Random, count: int) -> NDArray[np.float64]:
    """Return what ``count`` calls of ``rng.random()`` give, all at once.

    Each is made of two words of 32 bits, of which the first gives the 27 high bits and the second 26.
    """
    words = np.frombuffer(rng.getrandbits(64 * count).to_bytes(8 * count, "little"), dtype="<u4")
    return ((words[0::2] >> 5) * 67108864.0 + (words[1::2] >> 6)) / 9007199254740992.0
