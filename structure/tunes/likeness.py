"""Finds the passages that a tune shares with known ones, note for note, in whatever key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from structure.tunes.tune import Tune

LEAST_NOTES = 10
"""From here on notes in a row are a passage that somebody may know."""

_STEPS = LEAST_NOTES - 1
_DIFFERENT = 4
"""Steps of as many kinds are in a passage that is more than a scale or one note over and over."""

_BASE = np.uint64(0x100000001B3)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A run of ``notes`` notes that a tune shares with the tune ``known``.

    ``first`` is where it begins in the tune that was compared, from 0. ``rhythm`` is the share of the notes
    that also wait as long for the next, 0…1.
    """

    known: str
    first: int
    notes: int
    rhythm: float


class KnownTunes:
    """Many tunes, side by side, to be searched."""

    def __init__(self, tunes: Sequence[Tune]) -> None:
        self.names = [tune.name for tune in tunes]
        self.steps = np.concatenate([np.zeros(0, np.int8), *(tune.steps for tune in tunes)])
        self.ratios = np.concatenate([np.zeros(0, np.int8), *(tune.ratios for tune in tunes)])
        self.ends = np.cumsum([len(tune.steps) for tune in tunes], dtype=np.int64)
        self._index()

    @classmethod
    def of_arrays(
        cls,
        names: Sequence[str],
        steps: NDArray[np.int8],
        ratios: NDArray[np.int8],
        ends: NDArray[np.int64],
    ) -> KnownTunes:
        """Return tunes from arrays as :attr:`steps`, :attr:`ratios` and :attr:`ends` have them."""
        found = cls(())
        found.names, found.steps, found.ratios, found.ends = list(names), steps, ratios, ends
        found._index()
        return found

    def _index(self) -> None:
        keys = passage_keys(self.steps)
        self._order = np.argsort(keys, kind="stable")
        self._keys = keys[self._order]

    def find(self, tune: Tune) -> list[Likeness]:
        """Return the longest passage that a tune shares with each known one, the longest first."""
        keys = passage_keys(tune.steps)
        lows, highs = np.searchsorted(self._keys, keys), np.searchsorted(self._keys, keys, "right")
        best: dict[int, Likeness] = {}
        for first in np.flatnonzero(highs > lows):
            # A scale, or the same few notes over and over, tells nothing.
            passage = tune.steps[first : first + _STEPS]
            repeats = any(bool((passage[p:] == passage[:-p]).all()) for p in (1, 2, 3))
            if repeats or len(set(passage.tolist())) < _DIFFERENT:
                continue
            for place in self._order[lows[first] : highs[first]]:
                owner = int(np.searchsorted(self.ends, place, "right"))
                shared = self._count_shared(tune, int(first), int(place), int(self.ends[owner]))
                if shared >= _STEPS and (owner not in best or shared + 1 > best[owner].notes):
                    best[owner] = self._likeness(tune, int(first), int(place), shared, owner)
        return sorted(best.values(), key=lambda one: (-one.notes, -one.rhythm, one.known))

    def _count_shared(self, tune: Tune, first: int, place: int, end: int) -> int:
        """Count the steps in a row that are the same from two places on."""
        count = min(len(tune.steps) - first, end - place)
        same = tune.steps[first : first + count] == self.steps[place : place + count]
        return count if same.all() else int(np.argmin(same))

    def _likeness(self, tune: Tune, first: int, place: int, shared: int, owner: int) -> Likeness:
        mine = tune.ratios[first + 1 : first + shared]
        alike = np.abs(mine.astype(int) - self.ratios[place + 1 : place + shared]) <= 1
        return Likeness(self.names[owner], first, shared + 1, round(float(alike.mean()), 3))


def passage_keys(steps: NDArray[np.int8]) -> NDArray[np.uint64]:
    """Return a number for each place from which on a passage begins; equal passages have equal ones."""
    count = len(steps) - _STEPS + 1
    if count <= 0:
        return np.zeros(0, np.uint64)
    wide = steps.astype(np.int64).astype(np.uint64)
    keys = np.zeros(count, np.uint64)
    for i in range(_STEPS):
        keys = keys * _BASE + wide[i : i + count]
    return keys
