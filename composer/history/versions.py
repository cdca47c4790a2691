"""The older versions of a rendered song, kept beside it when a render replaces it.

They lie in ``.ritornello/versions`` of the song's folder: ``<number>.json`` lists the files of a version,
and ``objects`` holds what they consist of, by its SHA-256. WAV files are cut where sections begin and every
few bars inside them, and kept as FLAC, so that sound which two versions share is stored once, also where
it has moved with its section. A version comes back to the very bytes: each piece is checked against its
digest, and each file against the digest that the version's list has for it.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import soundfile
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from composer.folder.layout import ListedFiles, place_in, read_listed, stage_folder
from composer.folder.song import SongFolder
from composer.history.flac import from_flac, to_flac
from structure.base.errors import FolderError, RitornelloError, UsageError
from structure.base.files import alone_in, sha256, write_atomically
from structure.base.jsonfile import read_json, write_json
from structure.base.names import CHANGES, LOCK, REPORT, SPEC, VERIFY
from structure.base.types import RelativePath
from structure.plans.plan import SongPlan

FOLDER = ".ritornello/versions"
"""Where the versions of a song lie in its folder."""

_OBJECTS = "objects"
_BARS = 4
"""Bars of a section that are kept as one piece."""

Digest = Field(pattern="^[0-9a-f]{64}$")


class _Piece(BaseModel):
    """Some bytes of a file. ``kind`` says how they are kept: as they are, or as FLAC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Digest
    kind: Literal["bytes", "flac"]


class _File(BaseModel):
    """A file of a version, as the pieces of which it consists."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sha256: str = Digest
    size: int = Field(ge=0)
    pieces: tuple[_Piece, ...]


class _List(BaseModel):
    """What ``<number>.json`` says of a version."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1]
    title: str
    bars: int
    seconds: float
    lock_sha256: str = Digest
    files: dict[RelativePath, _File]

    def objects(self) -> dict[str, str]:
        """Return the names of all objects that the version consists of, and their kinds."""
        return {piece.sha256: piece.kind for file in self.files.values() for piece in file.pieces}


@dataclass(frozen=True, slots=True)
class Version:
    """An older version of a song.

    ``size`` is how much its files hold together, ``own`` how much removing it would free; both in bytes.
    """

    number: int
    title: str
    bars: int
    seconds: float
    lock_sha256: str
    size: int
    own: int

    def document(self) -> dict[str, Any]:
        """Return the version as plain data."""
        return {
            "number": self.number,
            "title": self.title,
            "bars": self.bars,
            "seconds": round(self.seconds, 3),
            "lock_sha256": self.lock_sha256,
            "bytes": self.size,
            "own_bytes": self.own,
        }


def keep_version(song: Path) -> int | None:
    """Keep the song that is in a folder now as a version; return its number.

    Nothing is kept, and None returned, where the newest version is that song already, with that spec. An
    export is not kept: it can be made again. Raises LockError where the song's lock cannot be read.
    """
    store = song / FOLDER
    listed = sorted({*read_listed(song / LOCK, ListedFiles).written, REPORT, CHANGES, VERIFY})
    store.mkdir(parents=True, exist_ok=True)
    with alone_in(store):  # lest a prune takes a piece that the new list needs
        names = [name for name in listed if (song / name).is_file()]
        lists = _lists(store)
        digest = sha256(song / LOCK)
        if lists:
            newest = lists[max(lists)]
            kept, spec = newest.files.get(SPEC), song / SPEC
            if newest.lock_sha256 == digest and (
                kept is None or not spec.is_file() or sha256(spec) == kept.sha256
            ):
                return None

        try:
            plan = SongFolder.open(song).plan
        except RitornelloError:  # a plan of another format: the files are kept as they are
            plan = None
        number = max(lists, default=0) + 1
        written = _List(
            format=1,
            title="" if plan is None else plan.title,
            bars=0 if plan is None else plan.bars,
            seconds=0.0 if plan is None else plan.total_samples / plan.grid.sample_rate,
            lock_sha256=digest,
            files={name: _keep_file(song / name, store, plan) for name in names},
        )
        write_json(store / f"{number}.json", written.model_dump(mode="json"))
    return number


def list_versions(song: Path) -> list[Version]:
    """List the versions of a song, the oldest first. Raises FolderError where one is damaged."""
    store = song / FOLDER
    lists = _lists(store)
    users: dict[str, int] = {}
    for one in lists.values():
        for name in one.objects():
            users[name] = users.get(name, 0) + 1
    return [
        Version(
            number,
            one.title,
            one.bars,
            one.seconds,
            one.lock_sha256,
            sum(file.size for file in one.files.values()),
            sum(_size(_object(store, name)) for name in one.objects() if users[name] == 1),
        )
        for number, one in sorted(lists.items())
    ]


def disk_use(song: Path) -> int:
    """Return the bytes that all versions of a song take."""
    store = song / FOLDER
    return sum(_size(path) for path in store.rglob("*") if path.is_file()) if store.is_dir() else 0


def restore_version(song: Path, number: int, out: Path | None = None) -> Path:
    """Bring a version back, and return its folder.

    It goes to the folder ``out``, which must be new. Without ``out`` it takes the place of the song as it
    is, which becomes a version itself.

    Raises UsageError where there is no such version, FolderError where it is damaged or ``out`` is in use.
    """
    store, wanted = song / FOLDER, _find_version(song, number)
    if out is None:
        keep_version(song)
    target = song if out is None else out
    with stage_folder(target, list(wanted.files), replace=out is None) as work:
        _write_files(store, wanted, work, wanted.files)
    return target


@contextmanager
def version_folder(song: Path, number: int, *, audio: bool = True) -> Iterator[Path]:
    """Yield a folder with the files of a version, which vanishes when the block ends.

    Without ``audio``, its WAV files are left out. Raises as :func:`restore_version` does.
    """
    wanted = _find_version(song, number)
    names = [name for name in wanted.files if audio or not name.lower().endswith(".wav")]
    with tempfile.TemporaryDirectory(prefix="ritornello-") as made:
        _write_files(song / FOLDER, wanted, Path(made), names)
        yield Path(made)


@contextmanager
def song_or_version(text: str, song: Path | None = None, *, audio: bool = True) -> Iterator[Path]:
    """Yield the folder that a text names.

    The text is a folder, ``FOLDER@3`` for a version of the song in it, or a number alone for a version of
    ``song``. Raises as :func:`version_folder` does.
    """
    match = re.fullmatch(r"(?:(.+)@)?(\d+)", text)
    owner = song if match is None or match[1] is None else Path(match[1])
    if match is None or owner is None or Path(text).exists():
        yield Path(text)
        return
    with version_folder(owner, int(match[2]), audio=audio) as made:
        yield made


def prune_versions(song: Path, keep: int) -> tuple[list[int], int]:
    """Remove all versions but the newest ``keep``; return their numbers, and the bytes that are free now.

    What no version needs any more goes with them. The song itself is not touched.
    """
    store = song / FOLDER
    if not store.is_dir():
        return [], 0
    with alone_in(store):
        before = disk_use(song)
        lists = _lists(store)
        gone = sorted(lists)[: max(0, len(lists) - keep)]
        for number in gone:  # a list goes before its pieces: one that is there is always whole
            (store / f"{number}.json").unlink()
            lists.pop(number)
        used = {name for one in lists.values() for name in one.objects()}
        for path in (store / _OBJECTS).glob("??/*"):
            if path.is_file() and path.name not in used:
                path.unlink()
        return gone, before - disk_use(song)


def _find_version(song: Path, number: int) -> _List:
    lists = _lists(song / FOLDER)
    if number not in lists:
        known = ", ".join(map(str, sorted(lists)))
        raise UsageError(
            f"{song} has no version {number}",
            path=song,
            hint=f"there are {known}" if known else "none is kept: a render that replaces a song keeps it",
        )
    return lists[number]


def _lists(store: Path) -> dict[int, _List]:
    found = {}
    for path in store.glob("*.json") if store.is_dir() else ():
        if not path.stem.isdecimal():
            continue
        try:
            found[int(path.stem)] = _List.model_validate(read_json(path, FolderError))
        except ValidationError as exc:
            where = ".".join(str(part) for part in exc.errors()[0]["loc"])
            raise FolderError(
                f"{path} is damaged: {where}: {exc.errors()[0]['msg']}",
                path=path,
                hint="remove that file to go on without this version",
            ) from exc
    return found


def _object(store: Path, name: str) -> Path:
    return store / _OBJECTS / name[:2] / name


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _keep_file(path: Path, store: Path, plan: SongPlan | None) -> _File:
    """Store a file as pieces; WAV files of the song's length piece by piece as sound, all else whole."""
    data = path.read_bytes()
    cuts = _cuts(path, len(data), plan)
    pieces = []
    for kind, start, end in cuts:
        part = data[start:end]
        name = hashlib.sha256(part).hexdigest()
        kept = _object(store, name)
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, part if kind == "bytes" else to_flac(part))
        pieces.append(_Piece(sha256=name, kind=kind))
    return _File(sha256=hashlib.sha256(data).hexdigest(), size=len(data), pieces=tuple(pieces))


_FRAME = 6
"""Bytes of a sample of two channels of 24 bits."""


def _cuts(path: Path, size: int, plan: SongPlan | None) -> list[tuple[Literal["bytes", "flac"], int, int]]:
    """Return where a file is cut, in bytes, and how each piece is kept."""
    whole: list[tuple[Literal["bytes", "flac"], int, int]] = [("bytes", 0, size)]
    if plan is None or path.suffix.lower() != ".wav":
        return whole
    try:
        info = soundfile.info(path)
    except soundfile.SoundFileError:
        return whole
    if (info.subtype, info.channels, info.frames) != ("PCM_24", 2, plan.total_samples):
        return whole
    header = size - info.frames * _FRAME
    if header < 0:
        return whole
    bars = {0, plan.bars}
    for visit in plan.visits:
        first = visit.place.start_bar
        bars |= set(range(first, first + visit.bars, _BARS))
    samples = sorted({plan.grid.sample_at_bar(bar) for bar in bars} | {plan.total_samples})
    edges = [header + sample * _FRAME for sample in samples if sample <= plan.total_samples]
    found: list[tuple[Literal["bytes", "flac"], int, int]] = [("bytes", 0, header)]
    found += [("flac", start, end) for start, end in pairwise(edges)]
    return found


def _write_files(store: Path, wanted: _List, folder: Path, names: Iterable[str]) -> None:
    for name in names:
        file = wanted.files[name]
        data = b"".join(_read_piece(store, piece) for piece in file.pieces)
        if hashlib.sha256(data).hexdigest() != file.sha256:
            raise FolderError(f"{store}: {name} of that version is damaged", path=store)
        write_atomically(place_in(folder, name), data)


def _read_piece(store: Path, piece: _Piece) -> bytes:
    path = _object(store, piece.sha256)
    try:
        data = path.read_bytes()
        data = from_flac(data) if piece.kind == "flac" else data
    except (OSError, RitornelloError, soundfile.SoundFileError) as exc:
        raise FolderError(
            f"{path} is missing or damaged: that version cannot come back", path=path
        ) from exc
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        raise FolderError(f"{path} is damaged: that version cannot come back", path=path)
    return data
