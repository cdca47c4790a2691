"""Reads a ``plan.json`` of a song of ours: its parts, its chords and its sections."""

from __future__ import annotations

from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.base.jsonfile import parse_json
from structure.base.types import PLAYERLESS
from structure.imports.song import (
    ImportedChord,
    ImportedKey,
    ImportedMeter,
    ImportedNote,
    ImportedPart,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
)
from structure.plans.planfile import UNREADABLE, read_plan_document


def read_own_plan(data: bytes, path: Path) -> ImportedSong:
    """Return what a plan says, note for note, as it is written.

    Raises MusicFileError for a file that is no plan.
    """
    try:
        plan = read_plan_document(parse_json(data))
    except UNREADABLE as exc:
        raise MusicFileError(f"this is no plan of a song: {exc}") from exc

    chords: list[ImportedChord] = []
    sections: list[ImportedSection] = []
    notes: dict[str, list[ImportedNote]] = {stem.name: [] for stem in plan.stems}
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        end = plan.grid.quarters_at_bar(visit.end_bar)
        sections.append(ImportedSection(start, end, visit.place.name, visit.place.name))
        chords += [ImportedChord(start + one.onset, one.symbol) for one in visit.music.score.chords]
        for name, part in visit.music.score.parts.items():
            notes[name] += [
                ImportedNote(start + note.onset, note.pitch, note.duration, note.velocity)
                for note in part.notes
            ]
    spans = plan.grid.spans
    changes = [span for i, span in enumerate(spans) if i == 0 or span.meter != spans[i - 1].meter]
    return ImportedSong(
        path,
        "plan",
        title=plan.title,
        parts=tuple(
            ImportedPart(stem.name, stem.role, None, tuple(sorted(notes[stem.name])))
            for stem in plan.stems
            if notes[stem.name] and stem.role not in PLAYERLESS
        ),
        tempi=tuple(ImportedTempo(span.start, span.quarters_per_minute) for span in spans),
        metres=tuple(
            ImportedMeter(span.start, span.meter.numerator, span.meter.denominator) for span in changes
        ),
        keys=(ImportedKey(Fraction(0), plan.key),),
        chords=tuple(chords),
        sections=tuple(sections),
        end=plan.grid.quarters_at_bar(plan.bars),
        style=plan.genre,
    )
