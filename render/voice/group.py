"""Who sings a part: one lead, or several takes that are never quite together and stand side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from render.voice.singer import Take
from render.voice.voices import Voice
from structure.base.seeds import derive_seed

_SPREAD_CENTS, _SPREAD_S = 9.0, 0.014
"""How far the takes of a part are apart, in pitch and in time (standard deviations)."""

_MOST_S = 0.03
_WIDTH = 0.75
"""How far from the middle the outer takes stand, 0 to 1."""


@dataclass(frozen=True, slots=True)
class PlacedTake:
    """A take and its place between left, -1, and right, 1."""

    take: Take
    pan: float


def takes_of(voice: Voice, role: str, seed: int) -> list[PlacedTake]:
    """Return the takes of a part. Backing voices are sung at least twice, once on each side."""
    count = max(voice.singers, 2 if role == "backing" else 1)
    found = []
    for number, pan in enumerate(np.linspace(-_WIDTH, _WIDTH, count) if count > 1 else [0.0]):
        rng = np.random.default_rng([seed & 0x7FFFFFFF, number])
        cents, late = (0.0, 0.0) if count == 1 else rng.standard_normal(2) * (_SPREAD_CENTS, _SPREAD_S)
        take = Take(
            derive_seed(seed, "singer", number),
            float(np.clip(cents, -20, 20)) / 100,
            float(np.clip(late, -_MOST_S, _MOST_S)),
        )
        found.append(PlacedTake(take, float(pan)))
    return found
