"""The tune of a song's chorus, and whether two songs share one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from structure.base.types import Role
from structure.plans.plan import SongPlan, Visit
from structure.tunes.likeness import LEAST_NOTES, KnownTunes
from structure.tunes.tune import Tune, tune_of

_TUNEFUL: tuple[Role, ...] = ("vocals", "lead")
_CHORUS = ("chorus", "hook", "drop", "refrain", "head", "theme")
"""How the names of sections begin that carry a song's tune, the first that it has first."""

_ALIKE = 0.8
"""From this share of equal rhythm on a passage is the same tune to the ear."""

_TAKEN = 16
"""So many notes with their rhythm nobody meets by chance."""

_SHORTEST = 4
"""Notes of a tune that can be told from another at all."""

_UNSORTED = 64
"""Tunes that wait until all are sorted again."""


@dataclass(frozen=True)
class ChorusTune:
    """A chorus's tune; ``is_given`` says that notes in it are the user's own, which may be in any song."""

    tune: Tune
    is_given: bool = False


def main_visit(plan: SongPlan) -> Visit:
    """Return the visit that a song is known by: its first chorus, or what stands for one."""
    for name in _CHORUS:
        for visit in plan.visits:
            if visit.place.name.startswith(name):
                return visit
    names = [visit.place.name for visit in plan.visits]
    return max(plan.visits, key=lambda visit: (names.count(visit.place.name), visit.music.energy))


def chorus_tune(plan: SongPlan, name: str = "") -> ChorusTune | None:
    """Return the tune of a song's chorus, as a voice or a lead has it; None where none plays there."""
    visit = main_visit(plan)
    for role in _TUNEFUL:
        for stem in plan.stems:
            part = visit.music.score.parts.get(stem.name)
            if stem.role == role and part is not None and len(part.notes) >= _SHORTEST:
                tune = tune_of(name or plan.title, ((note.onset, note.pitch) for note in part.notes))
                if len(tune.steps) >= _SHORTEST - 1:
                    return ChorusTune(tune, stem.name in visit.music.given)
    return None


class KnownChoruses:
    """The chorus tunes of songs, to be searched for one that another song has too."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._tunes: list[Tune] = []
        self._indexed = KnownTunes(())
        self._count = 0

    def add(self, name: str, tune: Tune) -> None:
        """Take in the tune of a song that is called ``name``."""
        self._names.append(name)
        self._tunes.append(replace(tune, name=str(len(self._tunes))))
        if len(self._tunes) - self._count > _UNSORTED:
            self._indexed, self._count = KnownTunes(self._tunes), len(self._tunes)

    def find(self, tune: Tune) -> str | None:
        """Return the first song that has this tune in its chorus, in any key and tempo; None if none has.

        The two are the same if they are equal note for note and in their rhythm, or if half of the shorter
        one is, or if they share a passage that is too long for chance.
        """
        same = [k for k, other in enumerate(self._tunes) if _is_equal(tune, other)]
        if len(tune.steps) >= LEAST_NOTES - 1:
            for known in (self._indexed, KnownTunes(self._tunes[self._count :])):
                for like in known.find(tune):
                    other = self._tunes[int(like.known)]
                    half = (min(len(tune.steps), len(other.steps)) + 1) / 2
                    if like.rhythm >= _ALIKE and like.notes >= min(_TAKEN, max(LEAST_NOTES, half)):
                        same.append(int(like.known))
        return self._names[min(same)] if same else None


def _is_equal(one: Tune, other: Tune) -> bool:
    if len(one.steps) != len(other.steps) or not np.array_equal(one.steps, other.steps):
        return False
    waits = np.abs(one.ratios[1:].astype(int) - other.ratios[1:]) <= 1
    return waits.size == 0 or bool(waits.mean() >= _ALIKE)
