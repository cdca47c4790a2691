"""How one instrument of a kind differs from another of it: the colour of an individual.

Two makers' grand pianos, or two singers, differ in where they are strong. The prior imagines timbres that
are what the words say, and hardly more. So each timbre noise has a colour of its own. Such colours differ
as the sounds do that two soundfonts have for one and the same instrument.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from render.model.features import PITCHED, mel_matrix
from structure.base.files import replacing

FILE = "individuals.json"
"""Beside the networks of a pipeline."""

_COUNT = 5
_MOST_RMS_DB = 4.0
"""A pair that differs by more counts as if it differed by this: there two kinds of sound are played."""

_MOST_DB = 8.0
"""A colour comes near to this, and no further."""

_LEVEL_BELOW_HZ = 200.0
"""Below it a colour is as it is there: the octaves of a bass note keep their balance."""

_SMOOTHED_BANDS = 4.0
_REACH = 3
"""Of a Gaussian, in its spreads."""

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


def fit_individuals(differences: NDArray[np.float64], weights: NDArray[np.float64]) -> Individuals:
    """Fit the components to how pairs of one instrument differ, in dB, (pairs, n_mels).

    ``weights`` (n_mels,) say how much of the power of usual sounds lies in each band: a component makes
    them no louder. They are principal components of the smoothed differences. Two independent draws differ
    by the square root of two times the spread of one, so each gets the lesser spread.
    """
    reach = math.ceil(_REACH * _SMOOTHED_BANDS)
    bell = np.exp(-0.5 * (np.arange(-reach, reach + 1) / _SMOOTHED_BANDS) ** 2)
    padded = np.pad(differences, ((0, 0), (reach, reach)), mode="edge")
    smooth = np.array([np.convolve(row, bell / bell.sum(), mode="valid") for row in padded])
    centres_hz = mel_matrix(PITCHED).numpy().argmax(axis=0) * PITCHED.sample_rate / PITCHED.n_fft
    lowest = int(np.searchsorted(centres_hz, _LEVEL_BELOW_HZ))
    smooth[:, :lowest] = smooth[:, lowest, None]
    smooth -= (smooth * weights).sum(axis=1, keepdims=True) / weights.sum()
    rms = np.sqrt((smooth**2).mean(axis=1, keepdims=True))
    smooth *= np.minimum(1.0, _MOST_RMS_DB / np.maximum(rms, 1e-9))
    # which of the two is first says nothing: the mean difference is none
    _, spread, axes = np.linalg.svd(smooth, full_matrices=False)
    scale = spread[:_COUNT] / math.sqrt(len(smooth)) / math.sqrt(2.0)
    signs = np.where(axes[:_COUNT].sum(axis=1) < 0.0, -1.0, 1.0)
    return Individuals((axes[:_COUNT] * (scale * signs)[:, None]).astype(np.float32))
