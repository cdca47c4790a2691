"""Notes and chords on the grid: what the arranger writes and the renderer plays.

Positions are :class:`~fractions.Fraction` quarter notes from the downbeat of the section that owns
them (see :mod:`structure.base.grid`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from structure.base.types import Role


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """One note. In a drum part ``pitch`` is a General MIDI percussion key (36 = kick)."""

    onset: Fraction
    duration: Fraction
    pitch: int
    velocity: int

    def __post_init__(self) -> None:
        if not 0 <= self.pitch <= 127 or not 1 <= self.velocity <= 127 or self.duration.numerator <= 0:
            raise ValueError(f"not a playable note: {self}")

    @property
    def end(self) -> Fraction:
        """Position where the note is released."""
        return self.onset + self.duration

    def transposed(self, semitones: int) -> Note:
        """The same note ``semitones`` higher."""
        return Note(self.onset, self.duration, self.pitch + semitones, self.velocity)


def in_order(note: Note) -> tuple[float, float, int, int]:
    """Sorts notes as they compare, without fractions, which compare slowly. The positions of two notes
    are far enough apart for floats to tell."""
    return float(note.onset), float(note.duration), note.pitch, note.velocity


@dataclass(frozen=True, slots=True)
class ChordEvent:
    """A chord that sounds from ``onset`` for ``duration`` quarter notes.

    ``pitch_classes`` counts from C = 0, root first; ``bass`` is the lowest pitch class, which
    differs from ``root`` in a slash chord.
    """

    symbol: str
    onset: Fraction
    duration: Fraction
    root: int
    bass: int
    pitch_classes: tuple[int, ...]

    @property
    def end(self) -> Fraction:
        """Position where the next chord begins."""
        return self.onset + self.duration


@dataclass(frozen=True, slots=True)
class Part:
    """All notes of one stem in one section, in order of onset, then pitch."""

    role: Role
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class SectionScore:
    """Harmony and parts of one section; ``parts`` maps stem names and omits silent stems."""

    bars: int
    chords: tuple[ChordEvent, ...]
    parts: Mapping[str, Part]
