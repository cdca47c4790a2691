"""Dips at the joins of a song: holes in the sound where the plan lets notes sound up to the join and on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from render.audio.levels import SILENCE_DB, db_from_gain, rms
from render.audio.types import Audio
from structure.base.types import Role
from structure.plans.plan import SongPlan, Visit

_WINDOW_S = 0.02
"""Seconds over which a level is measured; a shorter hole is heard as a click."""

_SIDE_S = 0.25
"""Seconds on each side with which a join is compared."""

_HELD: tuple[Role, ...] = ("bass", "chords", "pad", "arpeggio", "lead", "vocals", "backing")
"""Roles whose notes are held for as long as they last."""

_NEAR = 1 / 20
"""Quarters of a join within which a note ends, or begins, at it."""


@dataclass(frozen=True, slots=True)
class Dip:
    """How far, in dB, the level at a join falls below that of its quieter side; 0 where it does not."""

    visit: Visit
    depth_db: float


def dips(plan: SongPlan, audio: Audio) -> Iterator[Dip]:
    """Yield the dip at each join over which the plan lets notes sound; ``audio`` is (channels, samples).

    A join that the plan itself makes silent, by a stop or a rest of all, has none.
    """
    for before, after in zip(plan.visits, plan.visits[1:], strict=False):
        if _sounds_to_its_end(before) and _sounds_at_once(after):
            yield Dip(after, _depth_db(plan, audio, after))


def _sounds_to_its_end(visit: Visit) -> bool:
    """Return whether somebody holds a note up to the end of a visit."""
    end = max(chord.end for chord in visit.music.score.chords)
    held = (part for part in visit.music.score.parts.values() if part.role in _HELD)
    return any(note.end >= end - _NEAR for part in held for note in part.notes)


def _sounds_at_once(visit: Visit) -> bool:
    return any(note.onset <= _NEAR for part in visit.music.score.parts.values() for note in part.notes)


def _depth_db(plan: SongPlan, audio: Audio, after: Visit) -> float:
    """Return how far the quietest moment of the crossfade lies below the level of the quieter side."""
    rate, join = plan.grid.sample_rate, plan.bounds(after)[0]
    window, side = round(_WINDOW_S * rate), round(_SIDE_S * rate)
    reach = max(window, plan.crossfade_into(after) // 2)
    sides = (audio[:, max(0, join - side) : join], audio[:, join : join + side])
    level = min(rms(part) for part in sides)
    if level <= 0.0:
        return -SILENCE_DB
    starts = range(max(0, join - reach), join + reach - window + 1, max(1, window // 2))
    lowest = min(rms(audio[:, at : at + window]) for at in starts)
    return max(0.0, -db_from_gain(lowest / level, SILENCE_DB))


def deepest(plan: SongPlan, audio: Audio) -> Dip | None:
    """Return the deepest of the dips, None where no join has one."""
    found = list(dips(plan, audio))
    return found[int(np.argmax([dip.depth_db for dip in found]))] if found else None
