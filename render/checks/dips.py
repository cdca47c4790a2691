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
    rate = plan.grid.sample_rate
    window, side = round(_WINDOW_S * rate), round(_SIDE_S * rate)
    for before, after in zip(plan.visits, plan.visits[1:], strict=False):
        end = max(chord.end for chord in before.music.score.chords)
        held = [part for part in before.music.score.parts.values() if part.role in _HELD]
        is_held = any(note.end >= end - _NEAR for part in held for note in part.notes)
        goes_on = any(
            note.onset <= _NEAR for part in after.music.score.parts.values() for note in part.notes
        )
        if not (is_held and goes_on):
            continue

        # how far the quietest moment of the crossfade lies below the level of the quieter side
        join, depth_db = plan.bounds(after)[0], -SILENCE_DB
        level = min(rms(audio[:, max(0, join - side) : join]), rms(audio[:, join : join + side]))
        if level > 0.0:
            reach = max(window, plan.crossfade_into(after) // 2)
            starts = range(max(0, join - reach), join + reach - window + 1, max(1, window // 2))
            lowest = min(rms(audio[:, at : at + window]) for at in starts)
            depth_db = max(0.0, -db_from_gain(lowest / level, SILENCE_DB))
        yield Dip(after, depth_db)


def deepest(plan: SongPlan, audio: Audio) -> Dip | None:
    """Return the deepest of the dips, None where no join has one."""
    found = list(dips(plan, audio))
    return found[int(np.argmax([dip.depth_db for dip in found]))] if found else None
