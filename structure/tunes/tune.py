"""A tune as it stays the same in every key and at every tempo: steps from note to note, and rhythm."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from structure.base.exact import Fraction

_WIDEST = 24
_LONGEST = 32
"""Eighths of an octave of time: ratios of 1:16 and beyond count as that."""


class Sounding(Protocol):
    """A note, whatever class it has."""

    @property
    def pitch(self) -> int:
        """Return the MIDI pitch."""


@dataclass(frozen=True)
class Tune:
    """The intervals and the rhythm of a tune.

    ``steps`` are semitones from each note to the next. ``ratios`` are how much longer each note waits for
    its next one than the one before did, in eighths of a doubling. ``starts`` are the notes' places in
    quarters, one more than steps.
    """

    name: str
    steps: NDArray[np.int8]
    ratios: NDArray[np.int8]
    starts: tuple[Fraction, ...] = ()


def tune_of(name: str, notes: Iterable[tuple[Fraction, int]]) -> Tune:
    """Return the tune of notes as (start, pitch): of those that begin together the highest one."""
    highest: dict[Fraction, int] = {}
    for start, pitch in notes:
        highest[start] = max(pitch, highest.get(start, 0))
    starts = sorted(highest)
    pitches = np.array([highest[start] for start in starts], dtype=int)
    steps = np.clip(np.diff(pitches), -_WIDEST, _WIDEST).astype(np.int8)

    # The first ratio is 0, since no wait came before.
    waits = np.diff(np.array([float(start) for start in starts]))
    ratios = np.zeros(len(waits), np.int8)
    ratios[1:] = np.clip(np.round(8 * np.log2(waits[1:] / waits[:-1])), -_LONGEST, _LONGEST)
    return Tune(name, steps, ratios, tuple(starts))
