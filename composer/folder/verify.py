"""Checks a song's folder: its WAV files against its plan, and both against the lock."""

from __future__ import annotations

import errno
from functools import partial
from pathlib import Path

from composer.folder.lock import check_lock, find_other_version
from composer.folder.report import checks_document
from composer.folder.song import SongFolder
from render.audio.shelf import Shelf, let_all_go
from render.audio.types import Audio
from render.checks.check import Check, list_names
from render.checks.verify import verify_song
from structure.base.errors import AudioFileError
from structure.base.jsonfile import write_json
from structure.base.names import MASTER, PREMASTER, VERIFY, stem_path

_READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


def verify_folder(folder: Path) -> tuple[Check, ...]:
    """Check the song in ``folder`` and write ``verify.json`` there, where the folder can be written.

    Raises RitornelloError where that is no folder, or holds no plan, or one that is damaged. A file of
    audio that is missing, damaged, or of another sample rate or channel count fails a check.
    """
    checks = check_folder(folder)
    try:
        write_json(folder / VERIFY, checks_document(checks))
    except OSError as exc:  # a song on a read-only disk can be checked all the same
        if exc.errno not in _READ_ONLY:
            raise
    return checks


def check_folder(folder: Path, *, has_report: bool = True) -> tuple[Check, ...]:
    """Run all checks of the song in a folder, from its files alone; nothing is written.

    ``has_report`` is false where the report is still to be written.
    """
    song = SongFolder.open(folder)
    found: dict[str, Audio] = {}
    all_bytes = 8 * (len(song.plan.stems) + 2) * song.plan.total_samples
    stems, buses = Shelf(all_bytes), Shelf(all_bytes)
    faults = []
    for name in (MASTER, PREMASTER):
        try:
            found[name] = song.read(name, any_length=True, make=partial(buses.make, name))
        except AudioFileError as exc:
            faults.append(str(exc).removeprefix(f"{folder}/"))
    for stem in song.plan.stems if song.plan.export.stems else ():
        try:
            song.read(stem_path(stem.name), any_length=True, make=partial(stems.make, stem.name))
        except AudioFileError as exc:
            stems.drop(stem.name)
            faults.append(str(exc).removeprefix(f"{folder}/"))
    let_all_go()
    files = Check.at_most("files can be read", len(faults), 0.0, "files", list_names(faults), decimals=0)
    checks = verify_song(
        song.plan, stems, found.get(PREMASTER), found.get(MASTER), other_version=find_other_version(folder)
    )
    return (files, *checks, check_lock(folder, has_report=has_report))
