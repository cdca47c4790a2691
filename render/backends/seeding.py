"""Seeds for pipelines that draw some of their noise from a generator, and some from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@contextmanager
def seeded(seed: int) -> Iterator[torch.Generator]:
    """A new generator for one clip, on the CPU, so that a seed means the same on every device.

    torch's global generators are seeded too, since some pipelines draw from them (ACE-Step when it
    encodes audio), and are given back their state afterwards.
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
