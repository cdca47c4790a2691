"""How well pitch classes suit each key (Krumhansl, "Cognitive Foundations of Musical Pitch", 1990)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


def key_scores(classes: NDArray[np.floating[Any]]) -> dict[tuple[int, str], float]:
    """Correlation of the weights of the pitch classes from C, (12,), with each key's profile, by tonic and
    family ("major", "minor"); not a number where all classes weigh the same."""
    return {
        (tonic, family): float(np.corrcoef(np.roll(profile, tonic), classes)[0, 1])
        for tonic in range(12)
        for family, profile in _PROFILES.items()
    }
