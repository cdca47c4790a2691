"""Reads a ``plan.json`` of a song of ours: its parts, its chords and its sections."""

from __future__ import annotations

from collections.abc import Iterator
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
from structure.plans.plan import SongPlan
from structure.plans.planfile import UNREADABLE, read_plan_document


def read_own_plan(data: bytes, path: Path) -> ImportedSong:
    """Return what a plan says, note for note, as it is written.

    Raises MusicFileError for a file that is no plan.
    """
    try:
        plan = read_plan_document(parse_json(data))
    except UNREADABLE as exc:
        raise MusicFileError(f"this is no plan of a song: {exc}") from exc
    return ImportedSong(
        path,
        "plan",
        title=plan.title,
        parts=tuple(_parts(plan)),
        tempi=tuple(ImportedTempo(span.start, span.quarters_per_minute) for span in plan.grid.spans),
        metres=tuple(_metres(plan)),
        keys=(ImportedKey(Fraction(0), plan.key),),
        chords=tuple(_chords(plan)),
        sections=tuple(_sections(plan)),
        end=plan.grid.quarters_at_bar(plan.bars),
        style=plan.genre,
    )


def _parts(plan: SongPlan) -> Iterator[ImportedPart]:
    starts = [(visit, plan.position_quarters(visit)) for visit in plan.visits]
    for stem in plan.stems:
        notes = [
            ImportedNote(start + note.onset, note.pitch, note.duration, note.velocity)
            for visit, start in starts
            if stem.name in visit.music.score.parts
            for note in visit.music.score.parts[stem.name].notes
        ]
        if notes and stem.role not in PLAYERLESS:
            yield ImportedPart(stem.name, stem.role, None, tuple(sorted(notes)))


def _metres(plan: SongPlan) -> Iterator[ImportedMeter]:
    before = None
    for span in plan.grid.spans:
        if span.meter != before:
            yield ImportedMeter(span.start, span.meter.numerator, span.meter.denominator)
        before = span.meter


def _chords(plan: SongPlan) -> Iterator[ImportedChord]:
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        for chord in visit.music.score.chords:
            yield ImportedChord(start + chord.onset, chord.symbol)


def _sections(plan: SongPlan) -> Iterator[ImportedSection]:
    for visit in plan.visits:
        start = plan.position_quarters(visit)
        end = plan.grid.quarters_at_bar(visit.place.start_bar + visit.bars)
        yield ImportedSection(start, end, visit.place.name, visit.place.name)
