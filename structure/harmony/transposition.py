"""Moving the notes and chords of a visit by semitones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from structure.base.types import PITCHLESS
from structure.harmony.chords import parse_symbol
from structure.harmony.keys import Key
from structure.plans.score import ChordEvent, Part, SectionScore


def lifted(score: SectionScore, semitones: int, key: Key) -> SectionScore:
    """Move the score up by ``semitones``; drums and effects stay. ``key`` is the key after the move."""
    if semitones == 0:
        return score
    chords = tuple(_lifted_chord(chord, semitones, key) for chord in score.chords)
    return SectionScore(score.bars, chords, _lifted_parts(score.parts, semitones))


def _lifted_parts(parts: Mapping[str, Part], semitones: int) -> dict[str, Part]:
    return {
        name: part
        if part.role in PITCHLESS
        else Part(part.role, tuple(note.transposed(semitones) for note in part.notes))
        for name, part in parts.items()
    }


def _lifted_chord(chord: ChordEvent, semitones: int, key: Key) -> ChordEvent:
    root, bass = (chord.root + semitones) % 12, (chord.bass + semitones) % 12
    spelled = replace(parse_symbol(chord.symbol), root=key.spell(root), bass=key.spell(bass))
    return ChordEvent(
        symbol=spelled.symbol,
        onset=chord.onset,
        duration=chord.duration,
        root=root,
        bass=bass,
        pitch_classes=tuple((pitch + semitones) % 12 for pitch in chord.pitch_classes),
    )
