"""What an export adds to one that is there already: formats go beside each other.

Only files of the same name are in each other's way. What both hold alike, such as the stems of two
projects, is not: the same song and options give the same bytes. An export of another state of the song is
replaced as a whole, since its files would not fit the new ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from composer.folder.layout import read_listed
from composer.handover.layout import Layout
from render.audio.types import Audio
from structure.base.errors import ExistsError
from structure.base.names import EXPORT_MANIFEST, PROVENANCE
from structure.base.types import RelativePath

_OF_ALL = frozenset((EXPORT_MANIFEST, PROVENANCE))
"""Files that are about the whole export."""

_OF_AUDIO = ("sample_rate", "bit_depth", "drum_parts")
"""Options that change what is in files of the same name."""


class OlderExport(BaseModel):
    """What a manifest says of an export."""

    model_config = ConfigDict(extra="ignore")

    song: str = ""
    options: dict[str, Any] = {}
    files: dict[RelativePath, dict[str, Any]] = {}
    checks: list[dict[str, Any]] = []


@dataclass(frozen=True)
class Addition:
    """An export that goes beside an older one, of which ``kept`` files stay."""

    older: OlderExport
    kept: tuple[str, ...]

    def merge(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the manifest of both."""
        files = {name: self.older.files[name] for name in self.kept} | document["files"]
        new = {check["name"] for check in document["checks"]}
        checks = [check for check in self.older.checks if check.get("name") not in new]
        formats = [*self.older.options.get("to", ()), *document["options"]["to"]]
        return {
            **document,
            "options": {**document["options"], "to": list(dict.fromkeys(formats))},
            "checks": [*checks, *document["checks"]],
            "files": dict(sorted(files.items())),
            "written": sorted({*self.kept, *document["written"]}),
        }


def song_mark(master: Audio) -> str:
    """Return what tells one state of a song from another: a digest of its master, (2, samples)."""
    return hashlib.sha256(master.tobytes()).hexdigest()


def addition_to(target: Path, layout: Layout, song: str, *, replace: bool) -> Addition | None:
    """Return how an export goes beside the one in a folder.

    Returns None where no export is there, or where it is to be replaced as a whole.

    Raises ExistsError where files of the same name, or an export of another state of the song, are in the
    way and ``replace`` does not allow it; LockError for a damaged manifest.
    """
    if not (target / EXPORT_MANIFEST).is_file():
        return None
    older = read_listed(target / EXPORT_MANIFEST, OlderExport)
    new = set(layout.files()) - _OF_ALL
    if older.song != song:
        if replace:
            return None
        raise ExistsError(
            f"{target} holds an export already, of another state of the song",
            path=target,
            hint="--force replaces all of it",
        )
    if not replace:
        # what both have and may differ in, or all of it where nothing else would be written
        in_the_way = sorted(older.files.keys() & new)
        options = layout.options.model_dump(mode="json")
        is_alike = all(older.options.get(name) == options[name] for name in _OF_AUDIO)
        if is_alike and len(in_the_way) != len(new):
            shared = {*layout.track_files(), layout.labels}
            in_the_way = [name for name in in_the_way if name not in shared]
        if in_the_way:
            raise ExistsError(
                f"{target} holds {in_the_way[0]} already",
                path=target / in_the_way[0],
                hint="--force writes it again in its place",
            )
    return Addition(older, tuple(sorted(older.files.keys() - new - _OF_ALL)))
