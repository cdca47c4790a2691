"""What makes a dissonance a suspension, or an appoggiatura."""

from __future__ import annotations

from fractions import Fraction

from structure.plans.score import ChordEvent, Note


def is_prepared(before: Note | None, note: Note, follows: Note | None, chord: ChordEvent) -> bool:
    """True for a suspension: heard before, foreign to ``chord``, and followed by a step down into it."""
    return (
        before is not None
        and follows is not None
        and before.pitch == note.pitch
        and 1 <= note.pitch - follows.pitch <= 2
        and follows.pitch % 12 in chord.pitch_classes
    )


def is_leaning(note: Note, follows: Note | None, chord: ChordEvent, beat: Fraction) -> bool:
    """True for an appoggiatura: foreign to ``chord``, it steps down into it at once, within a beat."""
    return (
        follows is not None
        and 1 <= note.pitch - follows.pitch <= 2
        and follows.onset - note.onset <= beat
        and follows.onset <= note.end
        and follows.pitch % 12 in chord.pitch_classes
    )
