"""Files that appear whole or not at all, and what killed processes leave behind of them.

What is being written has a hidden name, ``.<name>.<8 hex digits>.part``, in the same folder, and its writer
holds an advisory lock on it (flock) until it has taken its place. The system drops that lock when the
process dies, however it dies; so a leftover that can be locked belongs to nobody, and may be removed. Where
there are no such locks (Windows), a leftover is removed when it is a day old. By hand, since filelock keeps
its lock in a file of its own, which a killed process leaves behind.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

POINTER = b"version https://git-lfs.github.com/spec/"
"""How a file begins that git-lfs has left in place of a large one."""

_STALE_S = 24 * 3600.0
_LEFTOVER = re.compile(r"\.(?P<name>.+)\.[0-9a-f]{8}\.(?:part|old)", re.DOTALL)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a new name in the same folder to write to.

    When the block ends, what was written takes the place of ``path``; when the block fails, it is deleted.
    """
    with _part(path, is_folder=False) as part:
        yield part
        part.replace(path)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file through a temporary one in the same folder, which then takes its place."""
    with replacing(path) as part:
        part.write_bytes(data)


def choose_hidden_name(path: Path, kind: str = "part") -> Path:
    """Return an unused hidden name beside ``path``, for a file that will replace it or that it replaced."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.{kind}")


@contextmanager
def work_folder(target: Path) -> Iterator[Path]:
    """Yield a new hidden folder beside ``target``, held until the block ends.

    The block should rename the folder by then; otherwise it is deleted.
    """
    with _part(target, is_folder=True) as part:
        yield part


@contextmanager
def _part(path: Path, *, is_folder: bool) -> Iterator[Path]:
    """Yield a new file or folder that is to become ``path``, locked.

    A sweep may delete it between its creation and its lock; then it is made again. Its name is chosen
    before it exists, so that an interruption at any moment leaves nothing behind.
    """
    part = choose_hidden_name(path)
    lock: int | None = None
    try:
        while True:
            try:
                if is_folder:
                    part.mkdir()
                else:
                    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
            except OSError as exc:  # the user knows no name of ours
                raise OSError(exc.errno, exc.strerror, str(path)) from exc
            lock = hold(part)
            if lock is None or part.exists():
                break
            release(lock)
        yield part
    finally:
        try:
            remove(part)
        finally:
            release(lock)


def is_file(path: Path) -> bool:
    """Return whether a path is that of a file; one that no file can have is not."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def locate(folder: Path, name: str) -> Path:
    """Return where a file lies that a user names, counted from ``folder``; ``~`` is the user's own.

    An accented letter may be one sign or two in a name; where there is no such file, the one whose name has
    them in the other form is meant.
    """
    path = folder / Path(name).expanduser()
    if is_file(path):
        return path
    found = Path(path.anchor)
    for part in path.parts[1 if path.anchor else 0 :]:
        forms = (part, unicodedata.normalize("NFC", part), unicodedata.normalize("NFD", part))
        for form in forms:
            with suppress(OSError, ValueError):
                if (found / form).exists():
                    found /= form
                    break
        else:
            found /= part
    return found if is_file(found) else path


def pointer_fault(path: Path) -> str:
    """Return in words that a file is no more than a pointer of git-lfs; "" where it is not."""
    try:
        with path.open("rb") as file:
            first = file.read(len(POINTER))
    except OSError:
        return ""
    return "is a pointer of git-lfs and not the file itself: run `git lfs pull`" if first == POINTER else ""


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it, as far as that is possible."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def hold(path: Path, *, wait: bool = True) -> int | None:
    """Lock a file or folder until :func:`release` and return the lock's file descriptor.

    Return None where another process holds the lock and ``wait`` is false, where the file or folder is gone
    or cannot be opened, and where the system or the file system has no such locks.
    """
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def release(lock: int | None) -> None:
    """Release a lock that :func:`hold` took; None is nothing to release."""
    if lock is not None:
        os.close(lock)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Let one process at a time do something in a folder; others wait."""
    lock = hold(folder)
    try:
        yield
    finally:
        release(lock)


def sha256_if_there(path: Path) -> str:
    """Return the SHA-256 of a file as :func:`sha256` does; "" where there is none."""
    return sha256(path) if path.is_file() else ""


def leftovers(folder: Path, name: str | None = None) -> list[Path]:
    """Return the parts that killed processes have left in a folder.

    They are those of the file or folder ``name``, or all if it is None. Nothing that a living process still
    writes is among them.
    """
    return [path for path in _parts(folder, name) if _is_left(path)]


def being_written(folder: Path, name: str) -> bool:
    """Return whether somebody is writing the file or folder ``name`` in a folder.

    This may be this process or another. Where there are no locks (Windows) nobody can tell, and nobody is.
    """
    return fcntl is not None and not all(map(_is_left, _parts(folder, name)))


def _parts(folder: Path, name: str | None) -> list[Path]:
    """Return the hidden parts in a folder that belong to ``name``, or all if that is None."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return []
    found = [(path, _LEFTOVER.fullmatch(path.name)) for path in entries]
    mine = [path for path, match in found if match is not None and name in (None, match["name"])]
    return [path for path in mine if not path.is_symlink()]


def sweep(folder: Path, name: str | None = None) -> int:
    """Remove :func:`leftovers`; returns how many. What cannot be removed stays."""
    swept = 0
    for path in leftovers(folder, name):
        remove(path)
        swept += not path.exists()
    return swept


def _is_left(path: Path) -> bool:
    """Return whether no living process holds ``path``.

    On systems without locks, a path counts as left after a day without changes.
    """
    if fcntl is None:
        try:
            return time.time() - path.stat().st_mtime > _STALE_S
        except OSError:
            return False
    lock = hold(path, wait=False)
    release(lock)
    return lock is not None


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
