"""What can be heard of a plan, measured on its notes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from statistics import fmean

from structure.harmony.keys import parse_key
from structure.plans.plan import SongPlan
from structure.plans.score import Note
from structure.presets.programs import guess_program


def notes_of(song: SongPlan, stems: Collection[str]) -> list[Note]:
    """Return the notes of some stems, with onsets from the start of the song."""
    found = []
    for visit in song.visits:
        start = visit.place.start_bar * song.meter.bar_quarters
        for name in stems:
            part = visit.music.score.parts.get(name)
            found += [(start + note.onset, note) for note in (part.notes if part else ())]
    return [
        Note(onset, note.duration, note.pitch, note.velocity) for onset, note in sorted(found, key=_place)
    ]


def _place(entry: tuple[object, Note]) -> tuple[float, int]:
    return float(entry[0]), entry[1].pitch  # type: ignore[arg-type]


def bars_with(song: SongPlan, stems: Collection[str]) -> set[int]:
    """Return the bars, from 0, in which any of some stems sounds for an eighth at least."""
    bar = float(song.meter.bar_quarters)
    found: set[int] = set()
    for note in notes_of(song, stems):
        start, end = float(note.onset) + 0.02, float(note.end)
        found.update(range(int(start // bar), int(max(start, end - 0.5) // bar) + 1))
    return found


def share_of(song: SongPlan, stems: Collection[str]) -> float:
    """Return the share of a song's bars in which any of some stems sounds."""
    return len(bars_with(song, stems)) / song.bars


def programs_of(song: SongPlan) -> dict[str, int]:
    """Return the General MIDI program of each pitched stem, by the words of its sound."""
    return {stem.name: guess_program(stem.prompt, stem.role) for stem in song.stems if stem.role != "drums"}


def measures_of(song: SongPlan) -> Mapping[str, float]:
    """Return six measures of a song.

    Mode (1 major, -1 minor), beats a minute, mean MIDI pitch of the pitched stems, onsets a bar, how much of
    the time until the next onset a note sounds, and changes of chord a bar.
    """
    pitched = [stem.name for stem in song.stems if stem.role != "drums"]
    parts = {name: notes_of(song, [name]) for name in pitched}
    parts = {name: notes for name, notes in parts.items() if notes}
    changes = sum(
        one.symbol != two.symbol for visit in song.visits for one, two in pairwise(visit.music.score.chords)
    )
    onsets = sum(len({note.onset for note in notes_of(song, [stem.name])}) for stem in song.stems)
    return {
        "mode": -1.0 if parse_key(song.key).is_minor else 1.0,
        "tempo": float(song.grid.tempo_bpm),
        "register": fmean(fmean(note.pitch for note in notes) for notes in parts.values()),
        "density": onsets / song.bars,
        "articulation": -fmean(_held_share(notes) for notes in parts.values()),
        "harmony": changes / song.bars,
    }


def _held_share(notes: list[Note]) -> float:
    """How long notes last, in quarters."""
    return fmean(float(note.duration) for note in notes)
