"""Adds to a song what its file does not say: metre, tempo and key, each told as a guess."""

from __future__ import annotations

from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.harmony.hearing import heard_key
from structure.imports.guessing.metres import Beat, guess_meter
from structure.imports.song import (
    Guess,
    ImportedKey,
    ImportedMeter,
    ImportedSong,
    ImportedTempo,
)

USUAL_TEMPO = Fraction(120)
"""Quarters a minute of a MIDI file that says none, by the standard."""


def completed(song: ImportedSong) -> ImportedSong:
    """Return the song with a metre, a tempo and a key; what was guessed is listed."""
    return _with_key(_with_tempo(_with_meter(song)))


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
    numerator, denominator, _ = guess_meter(beats)
    guesses = _guessed(song, "meter", f"{numerator}/{denominator}", "from where notes begin and how long")
    return replace(song, metres=(ImportedMeter(Fraction(0), numerator, denominator),), guesses=guesses)


def _with_key(song: ImportedSong) -> ImportedSong:
    if song.keys:
        return song
    pitched = [note for part in song.parts if part.role not in PITCHLESS for note in part.notes]
    heard = heard_key((float(note.start), float(note.length), note.pitch) for note in pitched)
    if heard is None:
        return song
    guesses = _guessed(song, "key", heard.name, "from the notes and the last of them")
    return replace(song, keys=(ImportedKey(Fraction(0), heard.name),), guesses=guesses)
