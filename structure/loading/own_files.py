"""The files of music that a spec names in ``parts``: found beside it, and read with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path as FilePath

from structure.base.errors import AudioFileError, MissingPackageError, MusicFileError
from structure.base.exact import Fraction
from structure.base.files import is_file, locate
from structure.base.grid import Meter
from structure.imports.reading import import_song
from structure.imports.song import ImportedSong
from structure.loading.checks import Finding
from structure.loading.yaml_reader import Path
from structure.specs.parts import OwnFile, OwnFiles, OwnNote, OwnTrack, Parts
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
    strengths: dict[str, float] = {}  # how near to the grid the notes of each file are brought
    entries = spec.form if isinstance(spec.form, tuple) else ()
    owners: list[tuple[Path, Parts]] = [((), spec.parts)]
    owners += [(("sections", name), section.parts) for name, section in spec.sections.items()]
    owners += [(("form", index), entry.parts) for index, entry in enumerate(entries)]
    named = [((*path, "parts", stem), part) for path, parts in owners for stem, part in parts.items()]
    for where, part in named:
        is_recording = FilePath(part.file).suffix.lower() in RECORDINGS
        strength = 1.0 if part.quantise is None else part.quantise
        known = strengths.setdefault(part.file, strength)
        wrong = None
        if part.quantise is not None and not is_recording:
            said = f"{part.file} is no recording, and its notes stay where they are"
            wrong = Finding((*where, "quantise"), said, "leave out `quantise`")
        elif known != strength:
            said = f"{part.file} is brought to the grid by {known:g} elsewhere"
            hint = "give all parts from one recording the same `quantise`"
            wrong = Finding((*where, "quantise"), said, hint)
        if wrong is not None:
            faults.setdefault(f"{part.file} {where[-1]}", wrong)

        if part.file in found or part.file in faults:
            continue
        file = locate(folder, part.file).absolute()
        if not is_file(file):
            hint = f"it is looked up in the folder of the spec: {file}"
            faults[part.file] = Finding((*where, "file"), f"there is no file {part.file!r}", hint)
            continue
        try:
            is_heard = file.suffix.lower() in RECORDINGS
            found[part.file] = own_file(hear(file, known) if hear and is_heard else import_song(file))
        except (AudioFileError, MissingPackageError, MusicFileError) as exc:
            message = exc.message.removeprefix(f"{file}: ")
            faults[part.file] = Finding((*where, "file"), f"{part.file}: {message}", exc.hint)
    return found, list(faults.values())


def own_file(song: ImportedSong) -> OwnFile:
    """Return what a song needs of a file. Bars into which last notes ring do not count."""
    lines = list(song.bar_lines)
    end = max((note.end for part in song.parts for note in part.notes), default=song.end)
    last = max((note.start for part in song.parts for note in part.notes), default=song.end)
    while len(lines) > 2 and lines[-2] > last and end - lines[-2] < _RINGS * (lines[-1] - lines[-2]):
        lines.pop()

    meters: list[Meter | str] = []
    for line in lines[:-1]:
        metre = next((one for one in reversed(song.metres) if one.start <= line), None)
        try:
            meters.append(Meter() if metre is None else Meter.parse(str(metre)))
        except ValueError:
            meters.append(str(metre))
    tracks = []
    for part in song.parts:
        notes = (OwnNote(note.start, note.length, note.pitch, note.velocity) for note in part.notes)
        tracks.append(OwnTrack(part.name, part.role, tuple(notes)))
    return OwnFile(
        lines=tuple(lines),
        meters=tuple(meters),
        tracks=tuple(tracks),
        key=song.key or None,
        is_key_said=bool(song.key) and all(guess.field != "key" for guess in song.guesses),
        quarters_per_minute=song.tempi[0].quarters_per_minute if song.tempi else None,
        chords=tuple((chord.start, chord.symbol) for chord in song.chords),
        lead_in=song.pickup > 0,
    )
