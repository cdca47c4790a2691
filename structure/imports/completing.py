"""Adds to a song what its file does not say: metre and key, each told as a guess."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.harmony.hearing import hear_key
from structure.imports.guessing.metres import Beat, guess_meter
from structure.imports.shaping import move_later
from structure.imports.song import (
    Guess,
    ImportedKey,
    ImportedMeter,
    ImportedSong,
)

_UNKNOWN = "fifths "
"""What the name of a key begins with that has a signature alone."""


def complete_song(song: ImportedSong) -> ImportedSong:
    """Return the song with a metre, a first downbeat and a key; what was guessed is listed."""
    if not song.metres:
        beats = [
            Beat(note.start, note.length, note.pitch, note.velocity, part.role == "drums")
            for part in song.parts
            for note in part.notes
        ]
        numerator, denominator, first = guess_meter(beats)
        meter = ImportedMeter(Fraction(0), numerator, denominator)
        why = "from where notes begin and how long"
        song = replace(song, metres=(meter,), guesses=_add_guess(song, "meter", str(meter), why))
        if first:
            song = move_later(song, meter.bar_quarters - first, pickup=first)

    heard = None if song.keys else hear_key(_notes(song, Fraction(0), song.end))
    if heard is not None:
        guesses = _add_guess(song, "key", heard.name, "from the notes and the last of them")
        song = replace(song, keys=(ImportedKey(Fraction(0), heard.name),), guesses=guesses)
    return song


def _add_guess(song: ImportedSong, field: str, value: str, why: str) -> tuple[Guess, ...]:
    return (*song.guesses, Guess(field, value, why))


def with_modes(song: ImportedSong) -> ImportedSong:
    """Return a song whose keys all have a mode: by the notes under them, where the file says none."""
    if not any(key.name.startswith(_UNKNOWN) for key in song.keys):
        return song

    keys = list(song.keys)
    ends = [*(key.start for key in song.keys[1:]), song.end]
    for index, (key, end) in enumerate(zip(song.keys, ends, strict=True)):
        if key.name.startswith(_UNKNOWN):
            fifths = int(key.name.removeprefix(_UNKNOWN))
            notes = _notes(song, key.start, end)
            # without notes, the major key of the signature
            found = hear_key(notes, fifths) or hear_key([(0.0, 1.0, 7 * fifths)], fifths)
            keys[index] = replace(key, name="C major" if found is None else found.name)
    guesses = _add_guess(song, "key", keys[0].name, "by the signature and the notes")
    return replace(song, keys=tuple(keys), guesses=guesses)


def _notes(song: ImportedSong, start: Fraction, end: Fraction) -> Sequence[tuple[float, float, int]]:
    return [
        (float(note.start), float(note.length), note.pitch)
        for part in song.parts
        if part.role not in PITCHLESS
        for note in part.notes
        if start <= note.start < end
    ]
