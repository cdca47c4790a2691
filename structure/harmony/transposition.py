"""Moving the notes and chords of a visit by semitones."""

from __future__ import annotations

from dataclasses import replace

from structure.base.types import PITCHLESS
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import Key
from structure.plans.score import Part, SectionScore


def lift_score(score: SectionScore, semitones: int, key: Key) -> SectionScore:
    """Move the score up by ``semitones``; drums and effects stay. ``key`` is the key after the move."""
    if semitones == 0:
        return score
    chords = []
    for event in score.chords:
        root, bass = (event.root + semitones) % 12, (event.bass + semitones) % 12
        chord = replace(parse_symbol(event.symbol), root=key.spell(root), bass=key.spell(bass))
        tones = tuple((pitch + semitones) % 12 for pitch in event.pitch_classes)
        chords.append(replace(event, symbol=chord.symbol, root=root, bass=bass, pitch_classes=tones))

    parts = {}
    for name, part in score.parts.items():
        parts[name] = part
        if part.role not in PITCHLESS:
            parts[name] = Part(part.role, tuple(note.transpose_by(semitones) for note in part.notes))
    return SectionScore(score.bars, tuple(chords), parts)
