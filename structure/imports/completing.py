"""Adds to a song what its file does not say: metre and key, each told as a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.harmony.hearing import heard_key
from structure.imports.guessing.metres import Beat, guess_meter
from structure.imports.shaping import moved_later
from structure.imports.song import (
    Guess,
    ImportedKey,
    ImportedMeter,
    ImportedSong,
)

_UNKNOWN = "fifths "
"""What the name of a key begins with that has a signature alone."""


def completed(song: ImportedSong) -> ImportedSong:
    """Return the song with a metre, a first downbeat and a key; what was guessed is listed."""
    return _with_key(_with_meter(song))


def _guessed(song: ImportedSong, field: str, value: str, why: str) -> tuple[Guess, ...]:
    return (*song.guesses, Guess(field, value, why))


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


def _with_key(song: ImportedSong) -> ImportedSong:
    if song.keys:
        return song
    heard = heard_key(_notes(song, Fraction(0), song.end))
    if heard is None:
        return song
    guesses = _guessed(song, "key", heard.name, "from the notes and the last of them")
    return replace(song, keys=(ImportedKey(Fraction(0), heard.name),), guesses=guesses)


def with_modes(song: ImportedSong) -> ImportedSong:
    """Return a song whose keys all have a mode: by the notes under them, where the file says none."""
    if not any(key.name.startswith(_UNKNOWN) for key in song.keys):
        return song
    ends = [*(key.start for key in song.keys[1:]), song.end]
    keys = tuple(
        replace(key, name=_named(song, key.start, end, int(key.name.removeprefix(_UNKNOWN))))
        if key.name.startswith(_UNKNOWN)
        else key
        for key, end in zip(song.keys, ends, strict=True)
    )
    guesses = _guessed(song, "key", keys[0].name, "by the signature and the notes")
    return replace(song, keys=keys, guesses=guesses)


def _named(song: ImportedSong, start: Fraction, end: Fraction, fifths: int) -> str:
    found = heard_key(_notes(song, start, end), fifths) or heard_key([(0.0, 1.0, 7 * fifths)], fifths)
    return found.name if found is not None else "C major"


def _notes(song: ImportedSong, start: Fraction, end: Fraction) -> Sequence[tuple[float, float, int]]:
    return [
        (float(note.start), float(note.length), note.pitch)
        for part in song.parts
        if part.role not in PITCHLESS
        for note in part.notes
        if start <= note.start < end
    ]
