"""Reads a file of music, whatever its format: the only door of this folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.imports.abc import read_abc
from structure.imports.chord_sheets import read_chord_sheet
from structure.imports.completing import complete_song, with_modes
from structure.imports.humdrum import read_humdrum
from structure.imports.ireal import read_ireal
from structure.imports.lrc import read_lrc
from structure.imports.midi import read_midi
from structure.imports.musicxml import read_musicxml
from structure.imports.own_plan import read_own_plan
from structure.imports.song import ImportedSong

LARGEST_BYTES = 16 * 1024 * 1024
"""Of a file; larger ones are refused unread."""

Reader = Callable[[bytes, Path], ImportedSong]

_MIDI = dict.fromkeys((".mid", ".midi", ".kar", ".rmi", ".smf"), read_midi)
_MUSICXML = dict.fromkeys((".musicxml", ".xml", ".mxl"), read_musicxml)
_SHEETS = dict.fromkeys((".cho", ".chopro", ".chordpro", ".crd", ".pro", ".txt"), read_chord_sheet)
READERS: dict[str, Reader] = {
    **_MIDI,
    **_MUSICXML,
    **_SHEETS,
    ".abc": read_abc,
    ".html": read_ireal,
    ".ireal": read_ireal,
    ".lrc": read_lrc,
    ".json": read_own_plan,
    ".krn": read_humdrum,
}
"""What reads the files of each ending."""


def read_music(path: Path | str) -> ImportedSong:
    """Return what a file of music says, and guesses for roles and for modes of signatures alone.

    The format is told by the name's ending. Raises MusicFileError, in one line with the file's name, where
    the file is missing, empty or too large, or nothing can be taken from it.
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        endings = ", ".join(sorted(READERS))
        raise MusicFileError(f"{file}: this is no music file", path=file, hint=f"allowed: {endings}")

    try:
        with file.open("rb") as stream:
            data = stream.read(LARGEST_BYTES + 1)
    except FileNotFoundError as exc:
        raise MusicFileError(f"{file}: no such file", path=file) from exc
    except (OSError, ValueError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise MusicFileError(f"{file}: cannot be read: {reason.lower()}", path=file) from exc
    if not data:
        raise MusicFileError(f"{file}: the file is empty (0 bytes)", path=file)
    if len(data) > LARGEST_BYTES:
        raise MusicFileError(f"{file}: the file is larger than {LARGEST_BYTES >> 20} MiB", path=file)

    try:
        return with_modes(reader(data, file))
    except MusicFileError as exc:
        raise exc if exc.path is not None else exc.with_context(f"{file}: ", path=file) from exc


def import_song(path: Path | str) -> ImportedSong:
    """Return what a file of music says, and guesses for the metre and the key that it does not say.

    Raises MusicFileError as :func:`read_music` does.
    """
    return complete_song(read_music(path))
