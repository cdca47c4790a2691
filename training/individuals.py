"""How the soundfonts differ that play one and the same instrument (see :mod:`render.model.individual`)."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from render.model.features import CENTRE_DB, SCALE_DB
from render.model.individual import Individuals, fit_individuals
from training.clip_set import ClipSet
from training.synth import SOUNDFONTS

Levels = NDArray[np.float64]


def fit_to_soundfonts(clips: ClipSet) -> Individuals | None:
    """Fit the colours of individuals to a training set; None where no instrument has two soundfonts.

    Only dry clips count, each beside those that play the same kind of part.
    """
    found: dict[tuple[str, str], dict[str, list[Levels]]] = defaultdict(lambda: defaultdict(list))
    powers = []
    for label, mel in zip(clips.clips, clips.mel, strict=True):
        if label["effect"] == "dry" and label["source"] in SOUNDFONTS:
            decibels = np.asarray(mel, dtype=np.float64) * SCALE_DB + CENTRE_DB
            found[label["patch"], label["plays"]][label["source"]].append(_measure_colour(decibels))
            power = (10.0 ** (decibels / 10.0)).mean(axis=0)
            powers.append(power / power.sum())
    by_patch: dict[str, list[tuple[Levels, int]]] = defaultdict(list)
    for (patch, _), sources in found.items():
        for one, other in itertools.combinations(sorted(sources), 2):
            gap = np.mean(sources[one], axis=0) - np.mean(sources[other], axis=0)
            by_patch[patch].append((gap, min(len(sources[one]), len(sources[other]))))
    differences = [_weigh(rows) for rows in by_patch.values()]
    return fit_individuals(np.array(differences), np.mean(powers, axis=0)) if differences else None


def _measure_colour(decibels: Levels) -> Levels:
    """Return the mean levels of the frames that sound, in dB, (n_mels,), of a mel (frames, n_mels)."""
    loud = decibels[decibels.max(axis=1) > CENTRE_DB]
    return np.asarray((loud if len(loud) else decibels).mean(axis=0), dtype=np.float64)


def _weigh(rows: Sequence[tuple[Levels, int]]) -> Levels:
    return np.asarray(np.average([row for row, _ in rows], axis=0, weights=[n for _, n in rows]))
