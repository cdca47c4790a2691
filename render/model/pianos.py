"""Whether a prompt asks for a piano, whose strings are stiff.

A mel does not say where in its bands the partials lie, so the decoder has to know. A line through the
sentence vectors of the training set's captions keeps pianos with strings apart from all other sounds.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from structure.base.files import replacing

FILE = "pianos.json"
"""Beside the networks of a pipeline."""

_STEPS = 25
_DECAY = 1e-5
_PIANO_SHARE = 0.3
"""Of the weight of all captions, those of pianos have this much: they are few. With an even share, electric
pianos were taken for them more often than the other way round."""


@dataclass(frozen=True, slots=True)
class PianoWords:
    """Knows by a sentence vector whether it asks for a piano.

    It does where ``weights`` times it exceed ``least``.
    """

    weights: NDArray[np.float64]
    least: float

    def ask_for_piano(self, text: Tensor) -> bool:
        """Return whether sentence vectors (texts, text_size) do so: of several, their mean."""
        mean = text.double().numpy().reshape(-1, text.shape[-1]).mean(axis=0)
        return bool((mean * self.weights).sum() > self.least)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        numbers = {"weights": [round(w, 4) for w in self.weights.tolist()], "least": round(self.least, 4)}
        with replacing(path) as part:
            part.write_text(json.dumps(numbers) + "\n", encoding="ascii")


def read_piano_words(path: Path) -> PianoWords | None:
    """Return what :meth:`PianoWords.write` wrote; None where no such file is."""
    if not path.is_file():
        return None
    numbers = json.loads(path.read_text(encoding="ascii"))
    return PianoWords(np.array(numbers["weights"], dtype=np.float64), float(numbers["least"]))


def fit_piano_words(texts: NDArray[np.float64], pianos: NDArray[np.bool_]) -> PianoWords:
    """Fit the line to sentence vectors (texts, text_size), some of which are of ``pianos`` (texts,).

    It is a logistic regression.
    """
    inputs = np.column_stack([texts, np.ones(len(texts))])
    share = np.where(pianos, _PIANO_SHARE, 1.0 - _PIANO_SHARE)
    weight = share / np.where(pianos, max(pianos.sum(), 1), max((~pianos).sum(), 1))
    line = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):  # of Newton's method
        likely = 1.0 / (1.0 + np.exp(-inputs @ line))
        slope = inputs.T @ (weight * (likely - pianos)) + _DECAY * line
        bend = (inputs * (weight * likely * (1.0 - likely))[:, None]).T @ inputs
        line -= np.linalg.solve(bend + _DECAY * np.eye(len(line)), slope)
    return PianoWords(line[:-1], float(-line[-1]))
