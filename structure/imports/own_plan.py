"""Reads a ``plan.json`` of ours as music: its stems note for note, its sections, chords and keys."""

from __future__ import annotations

from pathlib import Path

from structure.base.errors import MusicFileError, PlanFileError
from structure.base.exact import Fraction
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
from structure.plans.planfile import read_plan


def read_own_plan(data: bytes, path: Path) -> ImportedSong:
    """Return the song of a plan. Raises MusicFileError where the file is no plan."""
    try:
        plan = read_plan(path)
    except PlanFileError as exc:
        raise MusicFileError(exc.message, path=path, hint=exc.hint) from exc
    starts = [plan.position_quarters(visit) for visit in plan.visits]
    end = plan.grid.quarters_at_bar(plan.bars)
    placed = list(zip(starts, plan.visits, strict=True))
    spans = plan.grid.spans
    return ImportedSong(
        path,
        "plan of ours",
        title=plan.title,
        parts=tuple(_parts(plan, starts)),
        tempi=tuple(ImportedTempo(span.start, span.quarters_per_minute) for span in spans),
        metres=tuple(
            ImportedMeter(span.start, span.meter.numerator, span.meter.denominator)
            for i, span in enumerate(spans)
            if i == 0 or span.meter != spans[i - 1].meter
        ),
        keys=tuple(ImportedKey(at, visit.music.key) for at, visit in placed),
        chords=tuple(
            ImportedChord(at + chord.onset, chord.symbol)
            for at, visit in placed
            for chord in visit.music.score.chords
        ),
        sections=tuple(
            ImportedSection(at, until, visit.place.name, visit.place.label)
            for (at, visit), until in zip(placed, [*starts[1:], end], strict=True)
        ),
        end=end,
    )


def _parts(plan: SongPlan, starts: list[Fraction]) -> list[ImportedPart]:
    found = []
    for stem in plan.stems:
        if stem.role == "effects":
            continue
        notes = [
            ImportedNote(max(Fraction(0), at + note.played_onset), note.pitch, note.duration, note.velocity)
            for at, visit in zip(starts, plan.visits, strict=True)
            if (part := visit.music.score.parts.get(stem.name))
            for note in part.notes
        ]
        if notes:
            found.append(ImportedPart(stem.name, stem.role, None, tuple(sorted(notes))))
    return found
