"""How one instrument of a kind differs from another of it: the colour of an individual.

Two makers' grand pianos, or two singers, differ in where they are strong. The prior imagines timbres that
are what the words say, and hardly more. So each timbre noise has a colour of its own. Such colours differ
as the sounds do that two soundfonts have for one and the same instrument.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from structure.base.files import replacing

FILE = "individuals.json"
"""Beside the networks of a pipeline."""

_MOST_DB = 8.0
"""A colour comes near to this, and no further."""

Float = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Individuals:
    """Draws colours. ``components`` are in dB, (components, n_mels), each for a standard normal number."""

    components: Float

    def draw(self, noise: Float) -> Float:
        """Return the colour of a timbre noise (timbre_size,) in dB, (n_mels,).

        It is the sum of the components, as much of each as one number of the noise says.
        """
        drawn = (noise[: len(self.components), None] * self.components).sum(axis=0)
        return np.asarray(_MOST_DB * np.tanh(drawn / _MOST_DB), dtype=np.float32)

    def write(self, path: Path) -> None:
        """Write them as JSON."""
        rows = [[round(level, 2) for level in row] for row in self.components.tolist()]
        with replacing(path) as part:
            part.write_text(json.dumps({"components": rows}) + "\n", encoding="ascii")


def read_individuals(path: Path) -> Individuals | None:
    """Return what :meth:`Individuals.write` wrote; None where no such file is."""
    if not path.is_file():
        return None
    return Individuals(
        np.array(json.loads(path.read_text(encoding="ascii"))["components"], dtype=np.float32)
    )
