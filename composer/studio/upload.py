"""Files that a user drops on the page: specs, and music that a new song is written around."""

from __future__ import annotations

from pathlib import Path

from composer.sources.heard import hear_recording
from composer.sources.imported import begin_from
from composer.studio.begin import MUSIC, write_new
from composer.studio.desk import Desk
from composer.studio.messages.models import State
from composer.studio.security import LARGEST_UPLOAD
from structure.base.errors import ExistsError, UsageError
from structure.base.files import write_atomically
from structure.loading.loader import parse_spec

SPECS = (".yaml", ".yml")
SUFFIXES = (*SPECS, *MUSIC)


def take_file(desk: Desk, name: str, data: bytes) -> State:
    """Open a spec, or begin a song around the notes of a file, in the studio's folder.

    Music is written beside its new spec, of a recording also the notes that are heard in it. Nothing is
    left where that cannot be, and no other file is replaced.

    Raises UsageError for a file that is none of these or too large, SpecError for a spec with faults.
    """
    named = Path(name.replace("\\", "/").rsplit("/", 1)[-1])
    suffix = named.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(
            f"{named.name or 'this file'} cannot be taken",
            field="file",
            hint=f"allowed: {', '.join(SUFFIXES)}",
        )
    if len(data) > LARGEST_UPLOAD:
        raise UsageError(f"{named.name} is larger than {LARGEST_UPLOAD >> 20} MiB", field="file")

    if suffix in SPECS:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise UsageError(f"{named.name} is no text in UTF-8", field="file") from exc
        parse_spec(text, named.name, hear=hear_recording)
        return desk.open(write_new(desk.root, named.stem, text))

    path = write_new(desk.root, named.stem, "description: a song\n")
    made = [path]
    try:
        music = path.with_suffix(suffix)
        _put(music, data, made)
        begun = begin_from(music, "song around music of your own")
        if begun.name != music.name:
            _put(music.with_name(begun.name), begun.data, made)
        parse_spec(begun.text, str(path), hear=hear_recording)
    except Exception:
        for file in made:
            file.unlink(missing_ok=True)
        raise
    write_atomically(path, begun.text.encode())
    return desk.open(path)


def _put(file: Path, data: bytes, made: list[Path]) -> None:
    """Write a new file, and list it. Raises ExistsError where another one has its name."""
    if file.exists():
        if file.read_bytes() != data:
            raise ExistsError(f"{file.name} exists already, and is another file", path=file)
        return
    made.append(file)
    write_atomically(file, data)
