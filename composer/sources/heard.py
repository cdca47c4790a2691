"""Notes of recordings: heard once, and kept in the cache by the recording's digest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from render.clips.cache import default_cache_dir
from structure.base.files import sha256, write_atomically
from structure.imports.song import ImportedSong

_FOLDER = "heard"
_LARGEST_BYTES = 16 << 20


def hear_recording(file: Path, quantise: float) -> ImportedSong:
    """Return what is heard in a recording, with its notes brought to the grid by ``quantise``, 0 to 1.

    Raises MissingPackageError where no listener is installed, AudioFileError for what cannot be heard.
    """
    from render.listening.hearing import VERSION, Wish, check_can_listen, hear

    kept = default_cache_dir() / _FOLDER / f"{sha256(file)}-{VERSION}-{quantise:g}.json"
    if (song := _recall(kept, file)) is not None:
        return song
    check_can_listen(str(file))
    song = hear(file, Wish(quantise)).song
    _keep(kept, song)
    return song


def _recall(kept: Path, file: Path) -> ImportedSong | None:
    """Return what was heard before; None where that is not kept, or damaged."""
    try:
        if kept.stat().st_size > _LARGEST_BYTES:
            return None
        song = _adapter().validate_json(kept.read_bytes())
    except (OSError, ValidationError):
        return None
    return replace(song, path=file)


def _keep(kept: Path, song: ImportedSong) -> None:
    """Keep what was heard; a full or read-only disk is no error."""
    data = json.dumps(_adapter().dump_python(song, mode="json"))
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(kept, data.encode())
    except OSError:
        return


def _adapter() -> TypeAdapter[ImportedSong]:
    return TypeAdapter(ImportedSong)
