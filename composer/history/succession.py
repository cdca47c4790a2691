"""What is done when a song takes the place of an older one."""

from __future__ import annotations

from pathlib import Path

from composer.folder.song import SongFolder
from composer.history.certificate import certify
from composer.history.versions import keep_version
from structure.base.errors import RitornelloError
from structure.base.files import sha256_if_there
from structure.base.jsonfile import write_json
from structure.base.names import CHANGES, LOCK, SPEC


def keep_older_song(older: Path, newer: Path) -> None:
    """Keep the song in ``older`` as a version of it, and write in ``newer`` what is left of it there.

    Where both are the same song, nothing is done. An older song that is damaged, or of a format that this
    version cannot read, is kept as far as it is there, and not compared. Raises LockError where its lock is
    damaged.
    """
    if all(sha256_if_there(older / name) == sha256_if_there(newer / name) for name in (LOCK, SPEC)):
        return
    keep_version(older)
    try:
        told = certify(SongFolder.open(older), SongFolder.open(newer))
    except RitornelloError:
        return
    write_json(newer / CHANGES, told.document())
