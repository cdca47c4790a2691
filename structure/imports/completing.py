"""Adds to a song what its file does not say: key, tempo, metre and sections, each told as a guess."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.harmony.hearing import heard_key
from structure.harmony.keys import parse_key
from structure.imports.guessing.metres import Beat, guess_meter
from structure.imports.shaping import moved_later
from structure.imports.song import (
    Guess,
    ImportedKey,
    ImportedMeter,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
)

USUAL_TEMPO = Fraction(120)
"""Quarters a minute of a MIDI file that says none, by the standard."""

_BLOCK = 8
"""Bars of a section where nothing says how long sections are."""

_NAMES = ("verse", "chorus", "bridge")
"""What the passages are called that are not named: the first one, the next that comes, and a third."""


MAJOR_TONICS = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
MINOR_TONICS = ("Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#")
"""From seven flats to seven sharps."""


def completed(song: ImportedSong) -> ImportedSong:
    """Return the song with a tempo, metre, key and sections; what was guessed is listed."""
    for step in (_with_meter, _with_tempo, _with_key, _with_sections):
        song = step(song)
    return song


def _guessed(song: ImportedSong, field: str, value: str, why: str) -> tuple[Guess, ...]:
    return (*song.guesses, Guess(field, value, why))


def _with_tempo(song: ImportedSong) -> ImportedSong:
    if song.tempi:
        return song
    why = "the file says none, and notes on paper have no speed"
    guesses = _guessed(song, "tempo", f"{USUAL_TEMPO} quarters a minute", why)
    return replace(song, tempi=(ImportedTempo(Fraction(0), USUAL_TEMPO),), guesses=guesses)


def _with_meter(song: ImportedSong) -> ImportedSong:
    if song.metres:
        return song
    beats = [
        Beat(note.start, note.length, note.pitch, note.velocity, part.role == "drums")
        for part in song.parts
        for note in part.notes
    ]
    numerator, denominator, first = guess_meter(beats)
    guesses = _guessed(song, "meter", f"{numerator}/{denominator}", "from where notes begin and how long")
    meter = ImportedMeter(Fraction(0), numerator, denominator)
    song = replace(song, metres=(meter,), guesses=guesses)
    return moved_later(song, meter.bar_quarters - first, pickup=first) if first else song


def with_named_keys(song: ImportedSong) -> ImportedSong:
    """Return the song with the names of its keys, where it has signatures alone."""
    return _with_key(song) if song.key.startswith("fifths") else song


def _with_key(song: ImportedSong) -> ImportedSong:
    """Return the song with a key; of a signature alone, with the key of its own that the notes are in."""
    signature = song.key.removeprefix("fifths ") if song.key.startswith("fifths") else ""
    if song.keys and not signature:
        return song
    pitched = [note for part in song.parts if part.role not in PITCHLESS for note in part.notes]
    heard = heard_key((float(note.start), float(note.length), note.pitch) for note in pitched)
    if signature:
        return _with_signatures(song, heard.root if heard else None)
    if heard is None:
        return song
    guesses = _guessed(song, "key", heard.name, "from the notes and the last of them")
    return replace(song, keys=(ImportedKey(Fraction(0), heard.name),), guesses=guesses)


def _with_signatures(song: ImportedSong, tonic: int | None) -> ImportedSong:
    """Return the song with keys in place of signatures: minor where the heard tonic is that key's."""
    keys = []
    for key in song.keys:
        if not key.name.startswith("fifths"):
            keys.append(key)
            continue
        sharps = int(key.name.removeprefix("fifths "))
        major = ["Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"][
            sharps + 7
        ]
        minor = ["Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#"][
            sharps + 7
        ]
        is_minor = tonic is not None and parse_key(f"{minor} minor").root == tonic
        keys.append(ImportedKey(key.start, f"{minor} minor" if is_minor else f"{major} major"))
    why = "from its signature and the notes"
    return replace(song, keys=tuple(keys), guesses=_guessed(song, "key", keys[0].name, why))


def _with_sections(song: ImportedSong) -> ImportedSong:
    """Return the song with sections that begin at bar lines and have one metre each, to its end."""
    if song.bars < 1:
        return song
    lines = song.bar_lines
    if song.sections:
        starts = [(_bar_at(lines, section.start), section) for section in song.sections]
        sections = tuple(_cut(song, starts))
        return replace(song, sections=sections)
    blocks = list(_blocks(song))
    named = tuple(
        ImportedSection(lines[first], lines[last], name) for first, last, name in _named(song, blocks)
    )
    why = "from passages that come again" if len({s.name for s in named}) < len(named) else "every 8 bars"
    words = ", ".join(f"{section.name}" for section in named[:12])
    return replace(song, sections=named, guesses=_guessed(song, "sections", words, why))


def _bar_at(lines: Sequence[Fraction], start: Fraction) -> int:
    """Return the bar that begins at a place, or the next that does: a pickup leads to it."""
    return min(bisect_left(lines, start), len(lines) - 2)


def _cut(song: ImportedSong, starts: list[tuple[int, ImportedSection]]) -> Iterator[ImportedSection]:
    """Yield the sections between bar lines; one in which the metre changes is cut there."""
    lines, last = song.bar_lines, song.bars
    marks: dict[int, tuple[str, str]] = {}
    for bar, section in starts:
        marks[bar] = (section.name, section.label)
    marks.setdefault(0, ("intro", ""))
    for metre in song.metres:
        bar = _bar_at(lines, metre.start)
        if bar not in marks:
            before = max(other for other in marks if other < bar)
            marks[bar] = (f"{marks[before][0][:24]}_{metre.numerator}_{metre.denominator}", "")
    order = sorted(marks)
    for bar, until in zip(order, [*order[1:], last], strict=True):
        name, label = marks[bar]
        yield ImportedSection(lines[bar], lines[until], name, label)


def _blocks(song: ImportedSong) -> Iterator[tuple[int, int]]:
    """Yield stretches of eight bars, cut where the metre changes; a bar with a pickup stands alone."""
    changes = {_bar_at(song.bar_lines, metre.start) for metre in song.metres}
    first = 0
    if song.pickup and song.bars > 1:
        yield 0, 1
        first = 1
    while first < song.bars:
        last = min([first + _BLOCK, song.bars, *(bar for bar in changes if bar > first)])
        left = song.bars - last
        if 0 < left < _BLOCK // 2 and not any(last <= bar for bar in changes):
            last = song.bars
        yield first, last
        first = last


def _named(song: ImportedSong, blocks: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int, str]]:
    """Yield the stretches with names; those of the same notes share one."""
    known: dict[object, str] = {}
    for first, last in blocks:
        if first == 0 and last == 1 and song.pickup:
            yield first, last, "intro"
            continue
        music = _music(song, first, last)
        if music not in known:
            number = len(known)
            known[music] = _NAMES[number] if number < len(_NAMES) else f"part_{number + 1}"
        yield first, last, known[music]


def _music(song: ImportedSong, first: int, last: int) -> object:
    """Return all that sounds in some bars, in a form that is equal where they are."""
    lines = song.bar_lines
    begin, end = lines[first], lines[last]
    notes = tuple(
        (part.name, note.start - begin, note.pitch, note.length)
        for part in song.parts
        for note in part.notes
        if begin <= note.start < end
    )
    chords = tuple((c.start - begin, c.symbol) for c in song.chords if begin <= c.start < end)
    return last - first, notes, chords
