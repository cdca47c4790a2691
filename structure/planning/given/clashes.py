"""No note of the others a semitone from a given note that is held."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS, Role
from structure.harmony.bars import chord_at
from structure.plans.score import ChordEvent, Note, Part

_HELD = 0.9
"""Quarters from which on a given note is held."""

_TOGETHER = 0.2
"""Quarters for which two notes sound together before they clash."""

_LINES: tuple[Role, ...] = ("bass", "arpeggio", "lead")
"""Roles whose note takes another pitch; others leave it out."""

_REACH = 7
"""Semitones that a note moves at most."""


@dataclass(frozen=True)
class _Held:
    """The given notes that are held, in order of their onsets."""

    notes: Sequence[Note]
    onsets: Sequence[float]
    latest: Sequence[float]

    @classmethod
    def of(cls, parts: Collection[Part]) -> _Held:
        """Return those of some parts."""
        notes = sorted(
            (note for part in parts for note in part.notes if note.duration >= _HELD),
            key=lambda note: note.onset,
        )
        ends = [float(note.end) for note in notes]
        return cls(notes, [float(note.onset) for note in notes], list(accumulate(ends, max)))

    def over(self, note: Note) -> Iterator[Note]:
        """Yield those that sound together with a note for a while."""
        start, end = float(note.onset), float(note.end)
        first = bisect_right(self.latest, start + min(_TOGETHER, (end - start) / 2))
        for held in self.notes[first : bisect_left(self.onsets, end - _TOGETHER, lo=first)]:
            if min(end, float(held.end)) - max(start, float(held.onset)) >= min(_TOGETHER, end - start):
                yield held


def without_clashes(
    parts: Mapping[str, Part], given: Collection[str], chords: Sequence[ChordEvent]
) -> dict[str, Part]:
    """Return the parts of a section without notes that are a semitone from a given note.

    Such notes of the other parts are left out, or moved to another tone of the chord. ``given`` names the
    stems that keep their notes.
    """
    own = [parts[name] for name in given if name in parts and parts[name].role not in PITCHLESS]
    held = _Held.of(own)
    if not held.notes:
        return dict(parts)
    found = {}
    for name, part in parts.items():
        if name in given or part.role in PITCHLESS:
            found[name] = part
            continue
        notes: list[Note] = []
        for note in part.notes:
            above = list(held.over(note))
            chord = chord_at(chords, max(note.onset, Fraction(0)))
            near = range(note.pitch - _REACH, note.pitch + _REACH + 1)
            if not any(clashes(note.pitch, other.pitch, chord) for other in above):
                notes.append(note)
            elif part.role in _LINES:
                free = [
                    pitch
                    for pitch in near
                    if pitch % 12 in chord.pitch_classes
                    and not any(clashes(pitch, other.pitch, chord) for other in above)
                ]
                best = min(free, key=lambda pitch: (abs(pitch - note.pitch), pitch), default=None)
                notes += [] if best is None else [note.transpose_by(best - note.pitch)]
        if tuple(notes) == part.notes:
            found[name] = part
        elif notes:
            found[name] = Part(part.role, tuple(notes), part.controls)
    return found


def clashes(pitch: int, held: int, chord: ChordEvent) -> bool:
    """Return whether a pitch is a semitone from one that is held, in any octave.

    A major seventh above a root that the chord itself has is no clash.
    """
    apart = (held - pitch) % 12
    if apart == 11 and held > pitch and held % 12 in chord.pitch_classes:
        return False
    return apart in (1, 11)
