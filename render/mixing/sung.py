"""What a mix does for those who sing: the bed makes room. The score says when, as it does for the duck."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from structure.base.types import SUNG, Role
from structure.plans.plan import SongPlan, Visit

BED: frozenset[Role] = frozenset({"chords", "pad", "arpeggio", "lead"})
"""Roles that make room for a voice."""

_FALLS_S, _RISES_S = 0.12, 0.4
_LONGEST_GAP_S = 1.5
"""Shorter rests of a voice do not bring the bed back."""


def find_sung_spans(plan: SongPlan, visit: Visit) -> list[tuple[int, int]]:
    """Return from which to which sample of a visit its lead voices sing, in order, without short rests."""
    grid = plan.grid_of(visit)
    notes = sorted(
        (grid.sample_at(note.sounding_onset), grid.sample_at(note.sounding_end))
        for part in visit.music.score.parts.values()
        if part.role == "vocals"
        for note in part.notes
    )
    found: list[tuple[int, int]] = []
    for start, end in notes:
        if found and start - found[-1][1] < _LONGEST_GAP_S * grid.sample_rate:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def bed_gains(
    spans: Sequence[tuple[int, int]], down_db: float, n_samples: int, sample_rate: int
) -> NDArray[np.float32]:
    """Return the gain of the bed in a visit, (n_samples,): lower by ``down_db`` while a voice sings.

    It is 1 at both ends of the visit, so that neighbours do not matter.
    """
    down = np.zeros(n_samples)
    at = np.arange(n_samples)
    for start, end in spans:
        falls = (at - start) / (_FALLS_S * sample_rate) + 1.0
        rises = (end - at) / (_RISES_S * sample_rate) + 1.0
        down = np.maximum(down, np.clip(np.minimum(falls, rises), 0.0, 1.0))
    ramp = np.minimum(at, n_samples - 1 - at) / (_FALLS_S * sample_rate)
    return np.asarray(10.0 ** (-down_db * np.minimum(down, np.clip(ramp, 0.0, 1.0)) / 20.0), np.float32)


def makes_room(plan: SongPlan, role: Role) -> bool:
    """Return whether a role of a song is turned down under its voices."""
    return role in BED and plan.mix.under_voice_db > 0.0 and any(stem.role in SUNG for stem in plan.stems)
