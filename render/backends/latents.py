"""Seeded latents: why a chorus comes back as the same chorus, or as a measured variation of it.

A :class:`LatentRecipe` names the noise from which a clip is generated. Amount 0 is the section
identity's own noise, bit for bit; amount 1 is another draw; in between the two are mixed by
spherical interpolation (Shoemake, "Animating rotation with quaternion curves", SIGGRAPH 1985),
which keeps the norm that a diffusion model expects of its noise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch


def slerp(start: NDArray[np.float32], end: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Interpolate spherically between two arrays of one shape; ``amount`` is from 0 to 1.

    Raises ValueError where the shapes differ, or ``amount`` is none of these.
    """
    if start.shape != end.shape:
        raise ValueError(f"shapes differ: {start.shape} and {end.shape}")
    if not 0.0 <= amount <= 1.0:
        raise ValueError(f"amount is {amount}; allowed: 0 to 1")
    if amount == 0.0:
        return start
    if amount == 1.0:
        return end
    a, b = start.astype(np.float64), end.astype(np.float64)
    norms = float(np.linalg.norm(a) * np.linalg.norm(b))
    cosine = float(np.vdot(a, b)) / norms if norms else 1.0
    angle = math.acos(min(1.0, max(-1.0, cosine)))
    if math.sin(angle) < 1e-6:
        return ((1 - amount) * a + amount * b).astype(np.float32)
    mixed = (math.sin((1 - amount) * angle) * a + math.sin(amount * angle) * b) / math.sin(angle)
    return mixed.astype(np.float32)


@dataclass(frozen=True, slots=True)
class LatentRecipe:
    """Which noise a clip starts from. ``amount`` is 0…1 (see the module)."""

    seed: int
    variation_seed: int = 0
    amount: float = 0.0

    def canonical(self) -> LatentRecipe:
        """Return the recipe without what does not matter, so that equal noise has an equal recipe."""
        return LatentRecipe(self.seed) if self.amount == 0.0 else self

    def noise(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """Return standard normal float32 noise of ``shape``, drawn on the CPU by NumPy's PCG64."""
        base = np.random.default_rng(self.seed).standard_normal(shape, dtype=np.float32)
        if self.amount == 0.0:
            return base
        other = np.random.default_rng(self.variation_seed).standard_normal(shape, dtype=np.float32)
        return slerp(base, other, self.amount)


@contextmanager
def seed_generator(seed: int) -> Iterator[torch.Generator]:
    """Yield a new generator for one clip, on the CPU, so that a seed means the same on every device.

    torch's global generators are seeded too, since some pipelines draw from them (ACE-Step when it encodes
    audio), and are given back their state afterwards.
    """
    import torch  # plans are made without it

    cuda = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    mps = torch.mps.get_rng_state() if torch.backends.mps.is_available() else None
    with torch.random.fork_rng(devices=cuda):
        torch.manual_seed(seed)
        try:
            yield torch.Generator("cpu").manual_seed(seed)
        finally:
            if mps is not None:
                torch.mps.set_rng_state(mps)
