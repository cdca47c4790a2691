"""How the soundfonts differ that play one and the same instrument.

:mod:`render.model.playing.individual` draws the colours of instruments from it.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from render.model.features import CENTRE_DB, PITCHED, SCALE_DB, mel_matrix
from render.model.playing.individual import Individuals
from training.clip_set import ClipSet
from training.synth import SOUNDFONTS

Levels = NDArray[np.float64]

_COUNT = 5
_MOST_RMS_DB = 4.0
"""A pair that differs by more counts as if it differed by this: there two kinds of sound are played."""

_LEVEL_BELOW_HZ = 200.0
"""Below it a colour is as it is there: the octaves of a bass note keep their balance."""

_SMOOTHED_BANDS = 4.0
_REACH = 3
"""Of a Gaussian, in its spreads."""


def fit_to_soundfonts(clips: ClipSet) -> Individuals | None:
    """Fit the colours of individuals to a training set; None where no instrument has two soundfonts.

    Only dry clips count, each beside those that play the same kind of part.
    """
    found: dict[tuple[str, str], dict[str, list[Levels]]] = defaultdict(lambda: defaultdict(list))
    powers = []
    for label, mel in zip(clips.clips, clips.mel, strict=True):
        if label.get("effect") == "dry" and label.get("source") in SOUNDFONTS:
            scaled = np.asarray(mel, dtype=np.float64)
            found[label["patch"], label["plays"]][label["source"]].append(measure_colour(scaled))
            power = (10.0 ** ((scaled * SCALE_DB + CENTRE_DB) / 10.0)).mean(axis=0)
            powers.append(power / power.sum())
    by_patch: dict[str, list[tuple[Levels, int]]] = defaultdict(list)
    for (patch, _), sources in found.items():
        for one, other in itertools.combinations(sorted(sources), 2):
            gap = np.mean(sources[one], axis=0) - np.mean(sources[other], axis=0)
            by_patch[patch].append((gap, min(len(sources[one]), len(sources[other]))))
    differences = [_weigh(rows) for rows in by_patch.values()]
    return fit_individuals(np.array(differences), np.mean(powers, axis=0)) if differences else None


def measure_colour(mel: NDArray[Any]) -> NDArray[Any]:
    """Return the mean levels in dB, (n_mels,), of what sounds in a scaled mel (frames, n_mels)."""
    loud = mel[mel.max(axis=1) > 0.0]
    return np.asarray((loud if len(loud) else mel).mean(axis=0) * SCALE_DB)


def _weigh(rows: Sequence[tuple[Levels, int]]) -> Levels:
    return np.asarray(np.average([row for row, _ in rows], axis=0, weights=[n for _, n in rows]))


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
