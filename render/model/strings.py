"""Whether a timbre is that of a piano, whose strings are stiff.

A mel does not say where in its bands the partials lie; the decoder has to know. A timbre says it, whatever
the words that were asked for: a line through the timbres that the encoder heard in the training set keeps
pianos apart from all other sounds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from structure.base.files import replacing

FILE = "strings.json"
"""Beside the networks of a pipeline."""

_STEPS = 30
_DECAY = 1e-3


@dataclass(frozen=True, slots=True)
class StringListener:
    """Hears by a timbre whether strings are stiff: where ``weights`` times it exceed ``least``."""

    weights: NDArray[np.float64]
    least: float

    def hears_stiff(self, timbre: Tensor) -> bool:
        """Return whether a timbre, (…, timbre_size), is that of a piano; of many, their mean is."""
        mean = timbre.detach().cpu().double().numpy().reshape(-1, timbre.shape[-1]).mean(axis=0)
        return bool((mean * self.weights).sum() > self.least)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        numbers = {"weights": [round(w, 5) for w in self.weights.tolist()], "least": round(self.least, 5)}
        with replacing(path) as part:
            part.write_text(json.dumps(numbers) + "\n", encoding="ascii")


def read_strings(path: Path) -> StringListener | None:
    """Return what :meth:`StringListener.write` wrote; None where no such file is."""
    if not path.is_file():
        return None
    numbers = json.loads(path.read_text(encoding="ascii"))
    return StringListener(np.array(numbers["weights"], dtype=np.float64), float(numbers["least"]))


def fit_strings(timbres: NDArray[np.float64], stiff: NDArray[np.bool_]) -> StringListener:
    """Fit a line to timbres (heard, timbre_size) of which some are ``stiff`` (heard,).

    It is a logistic regression, in which the stiff and the others weigh as much.
    """
    inputs = np.column_stack([timbres, np.ones(len(timbres))])
    weight = np.where(stiff, 0.5 / max(stiff.sum(), 1), 0.5 / max((~stiff).sum(), 1))
    line = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):  # Newton's
        share = 1.0 / (1.0 + np.exp(-inputs @ line))
        slope = inputs.T @ (weight * (share - stiff)) + _DECAY * line
        bend = (inputs * (weight * share * (1.0 - share))[:, None]).T @ inputs
        line -= np.linalg.solve(bend + _DECAY * np.eye(len(line)), slope)
    return StringListener(line[:-1], float(-line[-1]))
