"""Tunes that keep to some steps of their key: a pentatonic, a blues or a whole-tone scale."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from structure.base.types import MELODIC
from structure.harmony.keys import Key
from structure.plans.score import Part

_FURTHEST = 3


def keep_to_steps(part: Part, key: Key, steps: Collection[int]) -> Part:
    """Return a tune or an arpeggio with each note moved to the nearest of some steps, of two the lower.

    ``steps`` are semitones above the tonic; where there are none, and for other roles, the part stays.
    """
    if not steps or part.role not in (*MELODIC, "arpeggio"):
        return part
    wanted = {(key.root + step) % 12 for step in steps}
    moves = {pitch: _nearest(pitch, wanted) for pitch in range(12)}
    return replace(
        part,
        notes=tuple(replace(note, pitch=note.pitch + moves[note.pitch % 12]) for note in part.notes),
    )


def _nearest(pitch: int, wanted: Collection[int]) -> int:
    """Return the semitones to the nearest of some pitch classes, of two the lower; 0 where none is near."""
    moves = (move for far in range(_FURTHEST + 1) for move in (-far, far))
    return next((move for move in moves if (pitch + move) % 12 in wanted), 0)
