"""Tells major from minor where a file has signatures of keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.base.types import PITCHLESS
from structure.harmony.hearing import heard_key
from structure.imports.song import Guess, ImportedSong

_UNKNOWN = "fifths "


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
    guess = Guess("key", keys[0].name, "by the signature and the notes")
    return replace(song, keys=keys, guesses=(*song.guesses, guess))


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
