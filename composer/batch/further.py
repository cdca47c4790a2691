"""A folder of further files beside a song: whole or not there, made again only when the song changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composer.folder.layout import stage_folder
from composer.folder.report import file_table
from composer.folder.song import SongFolder
from render.audio.types import Audio
from render.audio.wav import write_wav
from structure.base.errors import RitornelloError
from structure.base.files import sha256_if_there
from structure.base.jsonfile import read_json, write_json
from structure.base.names import EXPORT_MANIFEST, MASTER

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Further:
    """Files beside a song.

    ``files`` maps what was asked for to what the table says of it. ``notes`` say what could not be made,
    and why. ``is_new`` says that some of it was made now.
    """

    files: Mapping[str, Mapping[str, Any]]
    notes: tuple[str, ...] = ()
    is_new: bool = False


NOTHING = Further({})

Sound = tuple[Audio, Mapping[str, Any]]
"""What is written, (2, samples), and what is to be said of it."""


def write_further(
    song: SongFolder,
    name: str,
    wanted: Sequence[str],
    make: Callable[[str], Sound | str],
    file_name: Callable[[str], str],
) -> Further:
    """Write a WAV file for each thing that is wanted to the folder ``name`` beside a song, all or none.

    ``make`` gives the sound, or says why there is none. What is there already stays, if it is
    whole and of this song.
    """
    if not wanted:
        return NOTHING
    folder = song.path / name
    made_from = {"master": song.lock["files"].get(MASTER), "wanted": list(wanted)}
    if (known := _read(folder, made_from)) is not None:
        return known
    files = {one: file_name(one) for one in wanted}
    said: dict[str, Mapping[str, Any]] = {}
    notes = []
    rate, bits = song.plan.grid.sample_rate, song.plan.export.bit_depth
    with stage_folder(
        folder, [*files.values(), EXPORT_MANIFEST], replace=True, marker=EXPORT_MANIFEST
    ) as work:
        for one in wanted:
            made = make(one)
            if isinstance(made, str):
                notes.append(made)
                continue
            audio, about = made
            path = work / files[one]
            write_wav(path, audio, rate, bits)
            said[one] = {"file": f"{song.path.name}/{name}/{files[one]}", **about}
        written = file_table(work, [files[one] for one in said])
        document = {"format": _FORMAT, "made_from": made_from, "files": written}
        write_json(work / EXPORT_MANIFEST, {**document, "said": said, "notes": notes})
    return Further(said, tuple(notes), is_new=True)


def _read(folder: Path, made_from: Mapping[str, Any]) -> Further | None:
    """Return what is in a folder; None where it is not whole, or was made from another song."""
    try:
        known = read_json(folder / EXPORT_MANIFEST)
        if known["made_from"] != dict(made_from):
            return None
        if any(sha256_if_there(folder / name) != entry["sha256"] for name, entry in known["files"].items()):
            return None
        return Further(known["said"], tuple(known["notes"]))
    except (OSError, RitornelloError, KeyError, TypeError, AttributeError):
        return None
