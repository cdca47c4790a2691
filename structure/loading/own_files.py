"""The files of music that a spec names in ``parts``: found beside it, and read with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path as FilePath

from structure.base.errors import AudioFileError, MissingPackageError, MusicFileError
from structure.base.exact import Fraction
from structure.base.files import is_file, named_on_disk
from structure.base.grid import Meter
from structure.imports.reading import import_song
from structure.imports.song import ImportedPart, ImportedSong
from structure.loading.checks import Finding
from structure.loading.yaml_reader import Path
from structure.specs.parts import OwnFile, OwnFiles, OwnNote, OwnTrack, Parts, PartSpec
from structure.specs.spec import SongSpec

Hear = Callable[[FilePath, float], ImportedSong]
"""What hears the notes of a recording, as near to the grid as asked, 0 to 1. Raises RitornelloError."""

RECORDINGS = (
    ".wav",
    ".flac",
    ".mp3",
    ".ogg",
    ".opus",
    ".aif",
    ".aiff",
    ".m4a",
    ".mp4",
    ".aac",
    ".caf",
    ".wma",
)
"""Endings of files that are recordings, of which notes are heard and not read."""

_RINGS = Fraction(1, 2)
"""Share of a bar, in which nothing begins, that last notes may ring into before it counts."""


def read_own_files(
    spec: SongSpec, folder: FilePath, hear: Hear | None = None
) -> tuple[OwnFiles, list[Finding]]:
    """Return what the files of music hold that a spec's parts name, and what is wrong with them.

    Each file is read once. ``hear`` hears recordings; without it they are faults.
    """
    found: dict[str, OwnFile] = {}
    faults: dict[str, Finding] = {}
    strengths: dict[str, float] = {}
    for path, parts in _owners(spec):
        for stem, part in parts.items():
            where = (*path, "parts", stem, "file")
            wrong = _wrong_strength(part, strengths)
            if wrong is not None:
                faults.setdefault(f"{part.file} {stem}", Finding((*where[:-1], "quantise"), *wrong))
            if part.file in found or part.file in faults:
                continue
            file = named_on_disk(folder, part.file).absolute()
            if not is_file(file):
                hint = f"it is looked up in the folder of the spec: {file}"
                faults[part.file] = Finding(where, f"there is no file {part.file!r}", hint)
                continue
            try:
                found[part.file] = own_file(_song_of(file, strengths[part.file], hear))
            except (AudioFileError, MissingPackageError, MusicFileError) as exc:
                message = exc.message.removeprefix(f"{file}: ")
                faults[part.file] = Finding(where, f"{part.file}: {message}", exc.hint)
    return found, list(faults.values())


def _song_of(file: FilePath, strength: float, hear: Hear | None) -> ImportedSong:
    return hear(file, strength) if hear and file.suffix.lower() in RECORDINGS else import_song(file)


def _wrong_strength(part: PartSpec, strengths: dict[str, float]) -> tuple[str, str] | None:
    """Note how near to the grid the notes of a part are brought; what is wrong with it, and a hint."""
    strength = 1.0 if part.quantise is None else part.quantise
    known = strengths.setdefault(part.file, strength)
    if part.quantise is not None and FilePath(part.file).suffix.lower() not in RECORDINGS:
        return f"{part.file} is no recording, and its notes stay where they are", "leave out `quantise`"
    if known != strength:
        said = f"{part.file} is brought to the grid by {known:g} elsewhere"
        return said, "give all parts from one recording the same `quantise`"
    return None


def own_file(song: ImportedSong) -> OwnFile:
    """Return what a song needs of a file. Bars into which last notes ring do not count."""
    lines = list(song.bar_lines)
    end = max((note.end for part in song.parts for note in part.notes), default=song.end)
    last = max((note.start for part in song.parts for note in part.notes), default=song.end)
    while len(lines) > 2 and lines[-2] > last and end - lines[-2] < _RINGS * (lines[-1] - lines[-2]):
        lines.pop()
    metres = [
        next((one for one in reversed(song.metres) if one.start <= line), None) for line in lines[:-1]
    ]
    return OwnFile(
        lines=tuple(lines),
        meters=tuple(Meter() if one is None else _meter(str(one)) for one in metres),
        tracks=tuple(_track(part) for part in song.parts),
        key=song.key or None,
        is_key_said=bool(song.key) and all(guess.field != "key" for guess in song.guesses),
        quarters_per_minute=song.tempi[0].quarters_per_minute if song.tempi else None,
        chords=tuple((chord.start, chord.symbol) for chord in song.chords),
        lead_in=song.pickup > 0,
    )


def _owners(spec: SongSpec) -> Iterator[tuple[Path, Parts]]:
    yield (), spec.parts
    yield from ((("sections", name), section.parts) for name, section in spec.sections.items())
    if isinstance(spec.form, tuple):
        yield from ((("form", index), entry.parts) for index, entry in enumerate(spec.form))


def _meter(text: str) -> Meter | str:
    try:
        return Meter.parse(text)
    except ValueError:
        return text


def _track(part: ImportedPart) -> OwnTrack:
    notes = (OwnNote(note.start, note.length, note.pitch, note.velocity) for note in part.notes)
    return OwnTrack(part.name, part.role, tuple(notes))
