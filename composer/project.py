"""The project folder: a song's files appear together, or not at all, and a user's own files stay.

Everything is made in a hidden folder beside the target, which is renamed when all of it is there. A
folder that holds a song of ours (it has a ``song.lock``) may be replaced when asked; what we did not
write there is carried over.

A render that is killed leaves its hidden folder behind, and the next one to the same target removes it,
unless a living process holds it (see :mod:`structure.files`). Killed between the two renames of a
replacement, it leaves the older song under a hidden name: the next one puts it back first.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from composer.hashing import sha256
from composer.jsonfile import read_json
from structure.errors import RitornelloError
from structure.files import hidden_name, hold, leftovers, release, remove, sweep, work_folder
from structure.plan import SongPlan

_Listed = TypeVar("_Listed", list[Any], dict[str, Any])

MASTER = "master.wav"
PREMASTER = "premaster.wav"
STEMS = "stems"
MIDI = "score.mid"
MUSICXML = "score.musicxml"
PLAN = "plan.json"
REPORT = "report.json"
LOCK = "song.lock"
OVERVIEW = "overview.png"
SPEC = "song.yaml"
VERIFY = "verify.json"

INIT_FOLDER = "init"
"""Where audio that sections begin from lies, if it cannot lie where the spec says."""

EXPORT_FOLDER = "export"
EXPORT_MANIFEST = "export.json"
"""Where a hand-over lies in a song's folder, and the file in it that lists what is ours."""

RESERVED = frozenset(
    {MASTER, PREMASTER, STEMS, MIDI, MUSICXML, PLAN, REPORT, LOCK, OVERVIEW, SPEC, VERIFY, EXPORT_FOLDER}
)
"""What a song's folder may hold of ours; no audio of the user's can go by such a name."""


def song_files(plan: SongPlan) -> list[str]:
    """Every file that a render of ``plan`` writes, relative to its folder, in order of name; with them a
    style of the user's own, for ``song.yaml`` to find it there."""
    export = plan.export
    wanted = {MASTER, PREMASTER, PLAN, REPORT, LOCK, SPEC}
    wanted |= {stem_path(stem.name) for stem in plan.stems} if export.stems else set()
    wanted |= {MIDI} if export.midi else set()
    wanted |= {MUSICXML} if export.musicxml else set()
    wanted |= {OVERVIEW} if export.overview else set()
    wanted |= {own.file.name} if (own := plan.own_style) and own.file else set()
    return sorted(wanted | set(plan.init_audio))


def stem_path(name: str) -> str:
    """Where a stem lies in the project folder."""
    return f"{STEMS}/{name}.wav"


@contextmanager
def staged(target: Path, files: Collection[str], *, replace: bool, marker: str = LOCK) -> Iterator[Path]:
    """A folder to fill, which becomes ``target`` when the block ends and vanishes when it fails.

    ``files`` are the paths, relative to the folder, that will be written. ``replace`` allows an older
    song of ours in its place. Raises RitornelloError where ``target`` is something else, or where a
    file of the user's own is in the way; nothing has been touched then. ``marker`` is the file that lists
    what is ours in such a folder: a song's lock, or an export's manifest.
    """
    target = target.resolve()
    recover(target, marker)
    check_target(target, files, replace=replace, marker=marker)
    missing = [folder for folder in target.parents if not folder.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with work_folder(target) as work:
            yield work
            with _alone_in(target.parent):
                _take_place(work, target, files, marker)
    except BaseException:
        _remove_empty(missing)
        raise


def recover(target: Path, marker: str = LOCK) -> None:
    """Clear away what killed renders to ``target`` have left; an older song whose replacement was cut short
    is put back."""
    if not target.parent.is_dir():
        return
    with _alone_in(target.parent):
        if not target.exists():
            for old in leftovers(target.parent, target.name):
                if old.suffix == ".old" and (old / marker).is_file():
                    old.rename(target)
                    break
        sweep(target.parent, target.name)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time swap folders here; they take milliseconds."""
    lock = hold(folder)
    try:
        yield
    finally:
        release(lock)


def check_target(target: Path, files: Collection[str], *, replace: bool, marker: str = LOCK) -> None:
    """Whether a song or an export may be written to ``target``. Raises RitornelloError that says why."""
    if not target.exists():
        return
    if not target.is_dir():
        raise RitornelloError(f"{target} is a file; --out names a folder")
    if not any(target.iterdir()):
        return
    if not (target / marker).is_file():
        raise RitornelloError(
            f"{target} is not empty, and has no {marker}: ritornello did not write it; name another folder"
        )
    if not replace:
        what, does = ("a song", "renders") if marker == LOCK else ("an export", "exports")
        raise RitornelloError(f"{target} holds {what} already; --force {does} it again in its place")
    folders = {parent.as_posix() for name in files for parent in Path(name).parents}
    in_the_way = sorted({*files, *folders} & (set(_all_paths(target)) - _own_files(target, marker)))
    if in_the_way:
        raise RitornelloError(
            f"{target / in_the_way[0]} is a file of your own; move it out of the way first"
        )


def _own_files(folder: Path, marker: str = LOCK) -> set[str]:
    """Paths in a folder that its lock or manifest says are ours; in a song's, also those of its export."""
    if marker == EXPORT_MANIFEST:
        return _exported_files(folder)
    names = _listed(folder / LOCK, "written", list)
    exported = folder / EXPORT_FOLDER
    inside = _exported_files(exported) if (exported / EXPORT_MANIFEST).is_file() else set()
    return {str(name) for name in names} | {VERIFY} | {f"{EXPORT_FOLDER}/{name}" for name in inside}


def _exported_files(folder: Path) -> set[str]:
    """What an export wrote and nobody has changed since: a project that was worked on in a DAW and saved
    under its old name belongs to its user."""
    files = _listed(folder / EXPORT_MANIFEST, "files", dict)
    ours = {EXPORT_MANIFEST}
    for name, entry in files.items():
        path = folder / str(name)
        digest = entry.get("sha256") if isinstance(entry, dict) else None
        if not path.is_file() or path.is_symlink() or sha256(path) == digest:
            ours.add(str(name))
    return ours


def _listed(path: Path, field: str, kind: type[_Listed]) -> _Listed:
    """A field of a lock or a manifest. Raises RitornelloError where it is not of its kind."""
    document = read_json(path)
    found = document.get(field) if isinstance(document, dict) else None
    if not isinstance(found, kind):
        raise RitornelloError(f"{path} is damaged; name another folder")
    return found


def _all_paths(folder: Path) -> Iterator[str]:
    """Every file and link below a folder, relative to it; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_dir():
            yield path.relative_to(folder).as_posix()


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders, the innermost first, as far up as they hold nothing."""
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return


def _take_place(work: Path, target: Path, files: Collection[str], marker: str) -> None:
    if not target.exists():
        work.rename(target)
        return
    if not any(target.iterdir()):
        target.rmdir()
        work.rename(target)
        return
    check_target(target, files, replace=True, marker=marker)
    _carry_over(target, work, _own_files(target, marker))
    old = hidden_name(target, "old")
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
        elif name not in ours:
            copy.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                copy.symlink_to(path.readlink())
            else:
                _link_or_copy(path, copy)


def _link_or_copy(path: Path, copy: Path) -> None:
    """A second name for a file, so that nothing is lost or copied; a copy where links are not possible."""
    try:
        os.link(path, copy, follow_symlinks=False)
    except OSError:
        shutil.copy2(path, copy, follow_symlinks=False)
