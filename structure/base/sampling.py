"""Seeded choices that are the same on every machine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

from structure.base.seeds import derive_seed

T = TypeVar("T")


def generator(*parts: int | str) -> random.Random:
    """A generator that belongs to names and numbers, see :func:`structure.base.seeds.derive_seed`."""
    return random.Random(derive_seed(*parts))


def pick(rng: random.Random, options: Sequence[T]) -> T:
    """One of the options, all equally likely."""
    return options[int(rng.random() * len(options))]


def pick_weighted(rng: random.Random, weights: Mapping[T, float]) -> T:
    """One of the keys by its weight, in the mapping's order."""
    point = rng.random() * sum(weights.values())
    for option, weight in weights.items():
        point -= weight
        if point < 0:
            return option
    return [option for option, weight in weights.items() if weight > 0][-1]
