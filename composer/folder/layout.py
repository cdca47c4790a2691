"""The project folder: a song's files appear together, or not at all, and a user's own files stay.

Everything is made in a hidden folder beside the target, which is renamed when all of it is there. A
folder that holds a song of ours (it has a ``song.lock``) may be replaced when asked; what we did not
write there is carried over.

A render that is killed leaves its hidden folder behind, and the next one to the same target removes it,
unless a living process holds it (see :mod:`structure.base.files`). Killed between the two renames of a
replacement, it leaves the older song under a hidden name: the next one puts it back first.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from structure.base.errors import ExistsError, FolderError, LockError
from structure.base.files import (
    alone_in,
    being_written,
    choose_hidden_name,
    leftovers,
    remove,
    sha256,
    sha256_if_there,
    sweep,
    work_folder,
)
from structure.base.jsonfile import read_json
from structure.base.names import (
    CHANGES,
    EXPORT_FOLDER,
    EXPORT_MANIFEST,
    LOCK,
    RESERVED,
    STEMS,
    VERIFY,
)
from structure.base.types import FileName, RelativePath, check_relative_path

_Model = TypeVar("_Model", bound=BaseModel)


_SHOULD_BE = {
    "missing": "it is missing",
    "string_type": "it should be text",
    "list_type": "it should be a list",
    "tuple_type": "it should be a list",
    "dict_type": "it should be a mapping",
    "model_type": "it should be a mapping",
}
"""What is wrong with a value, by pydantic's name for it."""

_STEM_FILE = re.compile(rf"{STEMS}/[a-z][a-z0-9_-]{{0,31}}\.wav")


class ListedStyle(BaseModel):
    """The file of a style of the user's own, in a lock."""

    name: FileName
    text: str


class ListedFiles(BaseModel):
    """What a lock says about the files in its folder."""

    model_config = ConfigDict(extra="ignore")

    written: list[RelativePath]
    files: dict[RelativePath, str] = {}
    init_audio: dict[RelativePath, str] = {}
    part_files: dict[RelativePath, str] = {}
    clips: dict[RelativePath, str] = {}
    style_file: ListedStyle | None = None


class ListedExport(BaseModel):
    """What a manifest says about the files in its folder."""

    model_config = ConfigDict(extra="ignore")

    files: dict[RelativePath, Any]


@contextmanager
def stage_folder(
    target: Path,
    files: Collection[str],
    *,
    replace: bool,
    marker: str = LOCK,
    kept: Collection[str] = (),
) -> Iterator[Path]:
    """Yield a folder to fill, which becomes ``target`` when the block ends and vanishes when it fails.

    ``files`` are the paths, relative to the folder, that will be written; :func:`place_in` says where each
    is written. ``replace`` allows an older song of ours in its place. ``marker`` is the file that lists
    what is ours in such a folder: a song's lock, or an export's manifest. ``kept`` are files of the older
    song or export that come over to the new one.

    Raises FolderError where ``target`` is something else, where a file of the user's own is in the way,
    where somebody else is writing it, or where one of ``files`` would lie outside of the folder; nothing
    has been touched then. Where somebody else has written it meanwhile, theirs stays, ours is put beside
    it under a name of its own, and a FolderError says so.
    """
    target = target.resolve()
    for name in files:
        _check_name(target, name)
    recover(target, marker)
    check_target(target, files, replace=replace, marker=marker)
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as writing:
            with alone_in(target.parent):
                if being_written(target.parent, target.name):
                    raise FolderError(
                        f"{target} is being written by somebody else right now",
                        path=target,
                        hint="wait for that to end, or name another folder",
                    )
                work = writing.enter_context(work_folder(target))
                before = _read_digest(target, marker)
            yield work
            for name in files:
                _check_inside(work, name)
            with alone_in(target.parent):
                if _read_digest(target, marker) != before:
                    raise _put_beside(work, target)
                _take_place(work, target, files, marker, kept)
    except BaseException:
        with suppress(OSError):  # the first one that holds something ends this
            for folder in missing:
                folder.rmdir()
        raise


def _read_digest(target: Path, marker: str) -> str:
    """Return the digest that tells one song or export in a folder from the next; "" where there is none."""
    return sha256_if_there(target / marker)


def _put_beside(work: Path, target: Path) -> FolderError:
    """Keep what was made where somebody else was faster; return the error that says so."""
    number = 2
    while (other := target.with_name(f"{target.name}-{number}")).exists():
        number += 1
    work.rename(other)
    return FolderError(
        f"{target} was written by somebody else meanwhile, and is theirs; what was made here is in {other}",
        path=target,
    )


def place_in(folder: Path, name: str) -> Path:
    """Return where to write the file ``name`` in a folder; the folders that it lies in are made.

    Raises FolderError where that is outside of the folder, also by way of a link.
    """
    path = _check_inside(folder, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _check_name(folder: Path, name: str) -> None:
    try:
        check_relative_path(name)
    except ValueError as exc:
        raise FolderError(f"nothing can be written to {folder}: {exc}", path=folder) from exc


def _check_inside(folder: Path, name: str) -> Path:
    _check_name(folder, name)
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise FolderError(f"{path} is not written: a link leads out of {folder}", path=path)
    return path


def recover(target: Path, marker: str = LOCK) -> None:
    """Clear away what killed renders to ``target`` have left.

    An older song whose replacement was cut short is put back.
    """
    if not target.parent.is_dir():
        return
    with alone_in(target.parent):
        if not target.exists():
            for old in leftovers(target.parent, target.name):
                if old.suffix == ".old" and (old / marker).is_file():
                    old.rename(target)
                    break
        sweep(target.parent, target.name)


def check_target(target: Path, files: Collection[str], *, replace: bool, marker: str = LOCK) -> None:
    """Check that a song or an export may be written to ``target``.

    Raises FolderError that says why not.
    """
    if not target.exists():
        return
    if not target.is_dir():
        raise FolderError(f"{target} is a file; --out names a folder", path=target)
    if not any(target.iterdir()):
        return
    if not (target / marker).is_file():
        raise FolderError(
            f"{target} is not empty, and has no {marker}: ritornello did not write it",
            path=target,
            hint="name another folder",
        )
    if not replace:
        what, does = ("a song", "renders") if marker == LOCK else ("an export", "exports")
        raise ExistsError(
            f"{target} holds {what} already",
            path=target,
            hint=f"--force {does} it again in its place",
        )
    folders = {parent.as_posix() for name in files for parent in Path(name).parents}
    there = {
        path.relative_to(target).as_posix()
        for path in target.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }
    in_the_way = sorted({*files, *folders} & (there - _own_files(target, marker)))
    if in_the_way:
        path = target / in_the_way[0]
        raise FolderError(f"{path} is a file of your own", path=path, hint="move it out of the way first")


def _own_files(folder: Path, marker: str = LOCK) -> set[str]:
    """Return paths in a folder that may be replaced, since its lock or manifest lists them as ours.

    A song's lock can only list what a render writes: files of fixed names, stems, audio to begin from and a
    style. In a song's folder, the files of its export count too, unless that folder is a link.
    """
    if marker == EXPORT_MANIFEST:
        return _list_exported_files(folder)
    lock = read_listed(folder / LOCK, ListedFiles)
    known = (RESERVED - {STEMS, EXPORT_FOLDER}) | set(lock.init_audio) | set(lock.part_files)
    known |= {lock.style_file.name} if lock.style_file else set()
    ours = {name for name in lock.written if name in known or _STEM_FILE.fullmatch(name)}
    exported = folder / EXPORT_FOLDER
    has_export = not exported.is_symlink() and (exported / EXPORT_MANIFEST).is_file()
    inside = _list_exported_files(exported) if has_export else set()
    return ours | {VERIFY, CHANGES} | {f"{EXPORT_FOLDER}/{name}" for name in inside}


def _left_behind(folder: Path, files: Collection[str], marker: str) -> set[str]:
    """Return paths in a folder that go with its old song; all others come over to the new one.

    What the new song does not write again goes only where it is still what the old one wrote.
    """
    ours = _own_files(folder, marker)
    if marker == EXPORT_MANIFEST:
        return ours
    lock = read_listed(folder / LOCK, ListedFiles)
    digests = {**lock.init_audio, **lock.part_files, **lock.files}
    if lock.style_file:
        digests[lock.style_file.name] = hashlib.sha256(lock.style_file.text.encode()).hexdigest()

    def goes(name: str) -> bool:
        path = folder / name
        if name in files or name in RESERVED or name.startswith(f"{EXPORT_FOLDER}/"):
            return True
        return path.is_file() and not path.is_symlink() and sha256(path) == digests.get(name)

    return {name for name in ours if goes(name)}


def _list_exported_files(folder: Path) -> set[str]:
    """Return the files that an export wrote and that nobody has changed since.

    A project that was worked on in a DAW and saved under its old name belongs to its user.
    """
    ours = {EXPORT_MANIFEST}
    for name, entry in read_listed(folder / EXPORT_MANIFEST, ListedExport).files.items():
        path = folder / name
        digest = entry.get("sha256") if isinstance(entry, dict) else None
        if not path.is_file() or path.is_symlink() or sha256(path) == digest:
            ours.add(name)
    return ours


def read_listed(path: Path, model: type[_Model]) -> _Model:
    """Read what a lock or a manifest says about files. Raises LockError that names the field."""
    return check_listed(path, read_json(path, LockError), model)


def check_listed(path: Path, data: object, model: type[_Model]) -> _Model:
    """Check what a lock or a manifest says about files; ``path`` names it in errors.

    Raises LockError that names the field.
    """
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"]).removesuffix(".[key]")
        message = _SHOULD_BE.get(first["type"], first["msg"].removeprefix("Value error, "))
        raise LockError(
            f"{path} is damaged: {where + ': ' if where else ''}{message}", path=path, field=where
        ) from exc


def _take_place(
    work: Path, target: Path, files: Collection[str], marker: str, kept: Collection[str]
) -> None:
    if not target.exists():
        work.rename(target)
        return
    if not any(target.iterdir()):
        target.rmdir()
        work.rename(target)
        return
    check_target(target, files, replace=True, marker=marker)
    _carry_over(target, work, _left_behind(target, files, marker) - set(kept))
    old = choose_hidden_name(target, "old")
    try:
        target.rename(old)
        work.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)
        remove(old)


def _carry_over(old: Path, new: Path, ours: Collection[str]) -> None:
    """Bring a user's own files, links and empty folders into the new folder."""
    for path in sorted(old.rglob("*")):
        name = path.relative_to(old).as_posix()
        copy = new / name
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                copy.mkdir(parents=True, exist_ok=True)
            continue
        if name in ours:
            continue

        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            copy.symlink_to(path.readlink())
            continue
        # a second name for the file loses and copies nothing; but not every disk has such names
        try:
            os.link(path, copy, follow_symlinks=False)
        except OSError:
            shutil.copy2(path, copy, follow_symlinks=False)
