"""The duck: stems give way to the kick, so that kick and bass do not mask each other.

The key is the score, not the drums' audio: hits are known to the sample, and a section that returns
ducks as it did. The gain falls to its floor by the moment of the hit, holds, and comes back over a
note's length, along raised cosines; where hits overlap the deeper one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.base.grid import Grid
from structure.presets.mixes import Duck, note_quarters


@dataclass(frozen=True, slots=True)
class Kick:
    """A kick. ``strength`` is 0…1."""

    sample: int
    strength: float


def duck_gains(
    hits: Sequence[Kick], amount: float, duck: Duck, grid: Grid, n_samples: int
) -> NDArray[np.float32]:
    """Gain of every sample, (n_samples,): 1 away from hits, ``1 - amount`` at a full one."""
    gains = np.ones(n_samples, dtype=np.float32)
    dip, lead = _dip(duck, grid)
    for hit in hits:
        first = hit.sample - lead
        skip = max(0, -first)
        here = gains[first + skip : first + len(dip)]
        shape = np.float32(1.0) - np.float32(amount * hit.strength) * dip[skip : skip + len(here)]
        np.minimum(here, shape, out=here)
    return gains


def _dip(duck: Duck, grid: Grid) -> tuple[NDArray[np.float32], int]:
    """How far a hit ducks, 0…1, around it; and how many samples of that come before the hit."""
    attack = max(1, round(duck.attack_ms / 1000.0 * grid.sample_rate))
    hold = round(duck.hold_ms / 1000.0 * grid.sample_rate)
    release = max(1, grid.sample_at(note_quarters(duck.release)))
    fall = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, attack + 1) / attack)
    rise = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, release + 1) / release)
    return np.concatenate([fall, np.ones(hold), rise]).astype(np.float32), attack - 1
