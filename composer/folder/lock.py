"""``song.lock``: what a song was made from, so that a render can be repeated, and its repeat be proved.

It holds no time, path or machine: the same spec, model and versions give the same bytes. ``spec`` is the
spec itself, so that the lock alone is enough to make the song again; ``only`` are the sections that were
rendered, where not all were; ``documents`` are the digests of sheets and picture, ``report_sha256`` that of
what the reports of two renders have in common; ``style`` is a style of the user's own, ``style_file`` what
was written in its file. ``written`` lists every file of ours in the folder, ``files`` the SHA-256 of each
WAV, ``init_audio`` that of audio that sections begin from, ``part_files`` that of the music of parts, where
there are some, ``players`` what played which clips where parts of the song name backends of their own,
``clips`` the content hash of each stem of each visit, by ``section/visit/stem``.
``made_on`` is the kind of machine that made the clips, where a cluster's was another than that of the one
that mixed them.
:mod:`composer.history.reproduce` is the way back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from composer.folder.layout import ListedFiles, check_listed
from composer.folder.report import digest_of, players_document, report_faults
from render.checks.check import Check
from structure.base.errors import LockError
from structure.base.files import sha256_if_there
from structure.base.jsonfile import read_json
from structure.base.names import LOCK, MIDI, MUSICXML, OVERVIEW, PLAN, REPORT
from structure.base.types import RelativePath
from structure.base.versions import own_version, package_versions
from structure.loading.own_styles import is_style_file
from structure.presets.styles import OwnStyle, Style, StyleFile
from structure.specs.spec import SongSpec

if TYPE_CHECKING:
    from composer.sources.source import Source
    from render.renderer import RenderResult


class _ListedPlayer(BaseModel):
    """What a lock says of a backend that played clips."""

    name: str
    fingerprint: str
    places: Annotated[list[str], Field(min_length=1)]


class _ListedBackend(BaseModel):
    """What a lock says of the song's own backend."""

    name: str = ""
    fingerprint: str = ""


class _Locked(ListedFiles):
    """What a lock has to be like for this version to read it."""

    documents: dict[RelativePath, str] = Field(default_factory=dict)
    packages: dict[str, str | None]
    backend: _ListedBackend
    players: tuple[_ListedPlayer, ...] = ()
    only: tuple[str, ...] = ()
    made_on: str = ""
    ritornello: str = ""
    spec: dict[str, Any] = Field(default_factory=dict)
    spec_sha256: str = ""
    plan_sha256: str
    report_sha256: str = ""


DOCUMENTS = (MIDI, MUSICXML, OVERVIEW)
"""What is in the lock so that a change is noticed, though it decides no sample."""

FORMAT = 3
"""Raised when ``plan_sha256`` or the hashes in ``clips`` are taken of another form of the plan."""


def lock_document(
    files: Sequence[str],
    digests: Mapping[str, str],
    source: Source,
    result: RenderResult,
    own_files: Mapping[str, str],
    report: Mapping[str, Any] | None = None,
    made_on: str = "",
) -> dict[str, Any]:
    """Return the lock of a song that consists of ``files``.

    ``digests`` are the SHA-256 of its WAVs, its plan, its sheets and its picture. ``own_files`` are the
    SHA-256 of the audio that sections begin from, and of the music of parts. ``report`` is what its report
    has in common with that of another render. ``made_on`` is the kind of machine that made its clips,
    where another kind of machine mixed them.
    """
    spec = source.spec
    parts = {name: digest for name, digest in own_files.items() if name in source.part_files}
    init = {name: digest for name, digest in own_files.items() if name not in parts}
    # a style of the user's own: as it was read and, if from a file, as it was written
    own = spec.own_style
    style: dict[str, Any] = {"style": None}
    if own is not None:
        style["style"] = own.style.model_dump(mode="json", by_alias=True)
    if own is not None and own.file is not None:
        style["style_file"] = {"name": own.file.name, "text": own.file.text}
    return {
        "format": FORMAT,
        "ritornello": own_version(),
        "packages": package_versions(),
        "seed": spec.seed,
        "spec": spec_data(spec),
        "spec_sha256": spec_hash(spec),
        **style,
        "only": list(source.only),
        "plan_sha256": digests[PLAN],
        "backend": {"name": result.backend, "fingerprint": result.backend_fingerprint},
        **players_document(result),
        "files": {
            name: digests[name] for name in files if name.endswith(".wav") and name in digests.keys() - init
        },
        "documents": {name: digests[name] for name in DOCUMENTS if name in digests},
        **({} if report is None else {"report_sha256": digest_of(report)}),
        "init_audio": init,
        **({"part_files": parts} if parts else {}),
        "clips": result.clip_keys,
        **({"made_on": made_on} if made_on else {}),
        "written": list(files),
    }


def spec_hash(spec: SongSpec) -> str:
    """Return the SHA-256 of what a spec says.

    Its layout, its comments and what it leaves open do not matter.
    """
    text = json.dumps(spec_data(spec), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def spec_data(spec: SongSpec) -> dict[str, Any]:
    """Return the fields that a spec sets, as plain data that reads back as the spec."""
    return spec.model_dump(mode="json", exclude_unset=True)


def read_lock(path: Path) -> dict[str, Any]:
    """Read the lock in a file, or in a song's folder.

    Raises LockError where there is none that can be read.
    """
    path = path / LOCK if path.is_dir() else path
    lock = read_json(path, LockError)
    if not isinstance(lock, dict) or lock.get("format") not in range(1, FORMAT + 1):
        raise LockError(f"{path} is not a lock that this version can read", path=path, field="format")
    for key in ("files", "clips"):
        if key not in lock:
            raise LockError(f"{path} is damaged: {key} is missing", path=path, field=key)
    check_listed(path, {"written": [], **lock}, _Locked)
    return lock


def check_lock(folder: Path, *, has_report: bool = True) -> Check:
    """Check that the files are those of the render that wrote the lock.

    They are the audio, the plan, the sheets, the picture, and the report unless it is still to be written
    (``has_report`` is false). A song without a lock fails: no render left it so.
    """
    name = "files match the lock"
    if not (folder / LOCK).is_file():
        return Check.at_most(name, 1, 0.0, "files", f"there is no {LOCK}", decimals=0)
    locked = read_lock(folder)
    digests = {
        **locked["files"],
        **locked.get("documents", {}),
        **locked.get("init_audio", {}),
        **locked.get("part_files", {}),
        PLAN: locked["plan_sha256"],
    }
    changed = find_changed_files(folder, digests)
    if has_report and "report_sha256" in locked:
        changed += report_faults(folder / REPORT, locked["report_sha256"])
    made_on = f"its clips were made on {locked['made_on']}" if locked.get("made_on") else ""
    detail = ", ".join(changed) or made_on
    return Check.at_most(name, len(changed), 0.0, "files", detail, decimals=0)


def find_other_version(folder: Path) -> str | None:
    """Return the version that rendered the song in a folder, where its lock names another than this one.

    Returns None where there is no lock, or where this version rendered it.
    """
    if not (folder / LOCK).is_file():
        return None
    version = read_lock(folder).get("ritornello")
    return None if version == own_version() else str(version)


def find_changed_files(folder: Path, digests: Mapping[str, str]) -> list[str]:
    """Return the files of ``digests`` that are missing from a folder, or have another SHA-256."""
    return [file for file, digest in digests.items() if sha256_if_there(folder / file) != digest]


def read_locked_style(lock: Mapping[str, Any]) -> OwnStyle | None:
    """Read the style of the user's own that a lock holds, with its file, which older locks lack.

    Raises LockError where this version cannot read it, or its file is to lie elsewhere.
    """
    data, file = lock.get("style"), lock.get("style_file")
    if data is None:
        return None
    try:
        written = None
        if file is not None:
            name = file["name"]
            if not is_style_file(name) or Path(name).name != name or "\\" in name:
                raise ValueError(f"{name} is not the name of a style's file")
            written = StyleFile(name, str(file["text"]))
        return OwnStyle(Style.model_validate(data), written)
    except (KeyError, TypeError, ValueError) as exc:  # pydantic's ValidationError is a ValueError
        raise LockError("the style in the lock cannot be read by this version", field="style") from exc
