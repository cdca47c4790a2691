"""The duck: stems give way to the kick, so that kick and bass do not mask each other.

The key is the score, not the drums' audio: hits are known to the sample, and a section that returns
ducks as it did. The gain falls to its floor by the moment of the hit, holds, and comes back over a
note's length, along raised cosines; where hits overlap the deeper one counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from structure.base.grid import Grid, round_half_up
from structure.presets.mixes import Duck, note_quarters


@dataclass(frozen=True, slots=True)
class Kick:
    """A kick.

    ``strength`` is 0…1; ``quarters_per_minute`` is the tempo there, the song's first where it is left out.
    """

    sample: int
    strength: float
    quarters_per_minute: Fraction | None = None


def duck_gains(
    hits: Sequence[Kick], amount: float, duck: Duck, grid: Grid, n_samples: int
) -> NDArray[np.float32]:
    """Return the gain of every sample, (n_samples,): 1 away from hits, ``1 - amount`` at a full one."""
    attack = max(1, round(duck.attack_ms / 1000.0 * grid.sample_rate))
    hold = round(duck.hold_ms / 1000.0 * grid.sample_rate)
    fall = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, attack + 1) / attack)

    # how far a hit ducks, 0…1, around it: it comes back over a note's length, so by each tempo's own
    first = grid.spans[0].quarters_per_minute
    dips: dict[Fraction, NDArray[np.float32]] = {}
    for tempo in {hit.quarters_per_minute or first for hit in hits}:
        release = max(1, round_half_up(note_quarters(duck.release) * 60 * grid.sample_rate / tempo))
        rise = 0.5 + 0.5 * np.cos(np.pi * np.arange(1, release + 1) / release)
        dips[tempo] = np.concatenate([fall, np.ones(hold), rise]).astype(np.float32)

    gains = np.ones(n_samples, dtype=np.float32)
    for hit in hits:
        dip = dips[hit.quarters_per_minute or first]
        start = hit.sample - (attack - 1)
        skip = max(0, -start)
        here = gains[start + skip : start + len(dip)]
        shape = np.float32(1.0) - np.float32(amount * hit.strength) * dip[skip : skip + len(here)]
        np.minimum(here, shape, out=here)
    return gains
