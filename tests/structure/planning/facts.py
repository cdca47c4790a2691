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


def share_of_chords(song: SongPlan, stems: Collection[str]) -> float:
    """Return the share of a song's chords of which some stems strike every tone while they last."""
    whole, every = 0, 0
    for visit in song.visits:
        parts = [part for name in stems if (part := visit.music.score.parts.get(name)) is not None]
        for chord in visit.music.score.chords:
            heard = {
                note.pitch % 12
                for part in parts
                for note in part.notes
                if note.onset < chord.end and note.end > chord.onset
            }
            every += 1
            whole += heard >= set(chord.pitch_classes)
    return whole / every


def programs_of(song: SongPlan) -> dict[str, int]:
    """Return the General MIDI program of each pitched stem, by the words of its sound."""
    return {stem.name: guess_program(stem.prompt, stem.role) for stem in song.stems if stem.role != "drums"}


def measures_of(song: SongPlan) -> Mapping[str, float]:
    """Return six measures of a song.

    Mode (1 major, -1 minor), beats a minute, mean MIDI pitch of the pitched stems, onsets a bar, how long
    notes last in quarters (with a minus, since shorter ones count more), and changes of chord a bar.
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
        "articulation": -fmean(fmean(float(n.duration) for n in notes) for notes in parts.values()),
        "harmony": changes / song.bars,
    }
