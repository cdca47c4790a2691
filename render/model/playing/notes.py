"""Notes as arrays, in samples: the form in which the model sees a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from render.model.playing.touches import Touch, play_notes
from structure.base.grid import Grid
from structure.plans.score import Control, Note

IntArray = NDArray[np.int64]

DRUM_CLASSES: tuple[str, ...] = (
    "kick",
    "side_stick",
    "snare",
    "clap",
    "closed_hat",
    "pedal_hat",
    "open_hat",
    "low_tom",
    "mid_tom",
    "high_tom",
    "crash",
    "ride",
    "shaker",
    "bell",
    "conga",
)
"""Sounds that the drum model tells apart; every General MIDI percussion key falls into one."""

_KEYS: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "side_stick": (37,),
    "snare": (38, 40),
    "clap": (39,),
    "closed_hat": (42,),
    "pedal_hat": (44,),
    "open_hat": (46,),
    "low_tom": (41, 43),
    "mid_tom": (45, 47),
    "high_tom": (48, 50),
    "crash": (49, 52, 55, 57),
    "ride": (51, 53, 59),
    "shaker": (54, 58, 69, 70, 73, 74, 82),
    "bell": (56, 67, 68, 71, 72, 75, 76, 77, 80, 81),
    "conga": (60, 61, 62, 63, 64, 65, 66, 78, 79),
}
_CLASS_OF_KEY = {key: DRUM_CLASSES.index(name) for name, keys in _KEYS.items() for key in keys}


def drum_class(key: int) -> int:
    """Return the index in :data:`DRUM_CLASSES` of a General MIDI drum key; unknown keys are shakers."""
    return _CLASS_OF_KEY.get(key, DRUM_CLASSES.index("shaker"))


@dataclass(frozen=True, slots=True)
class NoteTable:
    """Notes of one clip: four int64 arrays of one length.

    ``start`` and ``end`` are samples from the clip's first sample. ``touches`` says how notes are played,
    by their place in the arrays; the others are struck, held at one pitch and let go.
    """

    start: IntArray
    end: IntArray
    pitch: IntArray
    velocity: IntArray
    touches: Mapping[int, Touch] = field(default_factory=dict)

    @classmethod
    def of(
        cls, rows: Iterable[tuple[int, int, int, int]], touches: Mapping[int, Touch] | None = None
    ) -> NoteTable:
        """Return the table of (start, end, pitch, velocity) rows."""
        table = np.asarray(list(rows), dtype=np.int64).reshape(-1, 4)
        return cls(table[:, 0], table[:, 1], table[:, 2], table[:, 3], touches or {})

    @classmethod
    def from_score(
        cls,
        notes: Sequence[Note],
        grid: Grid,
        offset_samples: int,
        controls: Sequence[Control] = (),
        *,
        is_drums: bool = False,
    ) -> NoteTable:
        """Return the notes of a part as they are played.

        Its section begins ``offset_samples`` into the clip. ``controls`` are its MIDI controllers, of which
        the sustain pedal is heard.
        """
        return cls.of(*play_notes(notes, controls, grid, offset_samples, is_drums=is_drums))

    def __len__(self) -> int:
        return len(self.start)

    @property
    def amplitude(self) -> NDArray[np.float32]:
        """Return the linear amplitude of each note from its velocity, 1 at 127."""
        return ((self.velocity / 127.0) ** 1.5).astype(np.float32)
