"""Jobs whose clips are large, to fill Ray's store of objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from render.backends.request import Clip


@dataclass(frozen=True)
class BigJob:
    """Noise of 10 MB."""

    number: int

    @property
    def thread_safe(self) -> bool:
        return False

    def make(self) -> Mapping[str, Clip]:
        audio = np.random.default_rng(self.number).standard_normal((1, 2_500_000)).astype(np.float32)
        return {f"{self.number:064x}": Clip(audio, 44_100, 0)}
