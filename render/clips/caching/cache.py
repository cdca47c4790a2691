"""Clips on disk, by the hash of everything that decides their samples.

A clip is one file, an entry of :mod:`render.clips.caching.entry`. It is written to a hidden name and
renamed, so that it is there as a whole or not at all, whoever else uses the folder meanwhile. A file
whose digest is wrong, or that belongs to another key, counts as missing and is removed, and the clip is
made again. The folder, or the memory, is kept under a size by dropping what was used longest ago. Behind
it there may be a place that machines share, :mod:`render.clips.caching.shared`.

By hand, since the caches on disk that libraries offer (diskcache, joblib) unpickle what they find.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from platformdirs import user_cache_path

from render.backends.request import Clip
from render.clips.caching.entry import decode_clip, encode_clip
from render.clips.caching.kinds import own_kind
from render.clips.caching.shared import SharedClips
from structure.base.errors import UsageError
from structure.base.files import sweep, write_atomically

FOLDER_LIMIT_BYTES = 4 * 1024**3
MEMORY_LIMIT_BYTES = 512 * 1024**2
FOLDER_VARIABLE = "RITORNELLO_CACHE"
"""Environment variable that moves the cache."""

SHARED_VARIABLE = "RITORNELLO_SHARED_CACHE"
"""Environment variable that names the URL of a cache that machines share."""

LIMIT_VARIABLE = "RITORNELLO_CACHE_LIMIT"
"""Environment variable that bounds the cache's folder, such as ``10GB``."""

_SUFFIX = ".clip"
_ENTRY = re.compile(r"[0-9a-f]{64}(-[0-9a-f]{8})?\.(clip|npz)")
"""Name of an entry; one that machines of another kind made has their code. The second ending is that of
version 0.1, whose entries are still counted and dropped, but not read. What is called otherwise is somebody
else's, and stays."""

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_LONGEST_SIZE = 24


def default_cache_dir() -> Path:
    """Return ``$RITORNELLO_CACHE``, else the place where this platform keeps users' caches."""
    wanted = os.environ.get(FOLDER_VARIABLE)
    return Path(wanted) if wanted else user_cache_path("ritornello", appauthor=False, opinion=False)


def default_limit_bytes() -> int:
    """Return ``$RITORNELLO_CACHE_LIMIT`` in bytes, else :data:`FOLDER_LIMIT_BYTES`.

    Raises RitornelloError where the variable is no size.
    """
    wanted = os.environ.get(LIMIT_VARIABLE)
    return parse_size(wanted, LIMIT_VARIABLE) if wanted else FOLDER_LIMIT_BYTES


def open_shared(url: str | None = None) -> SharedClips | None:
    """Return the place that machines share at ``url``, else at ``$RITORNELLO_SHARED_CACHE``.

    Returns None where neither is given. Raises RitornelloError.
    """
    url = url or os.environ.get(SHARED_VARIABLE)
    return SharedClips(url) if url else None


def parse_size(text: str, name: str = "the size") -> int:
    """Read a number of bytes from a text such as ``500MB``, ``1.5 GiB`` or ``0``.

    k, M, G and T count by 1000, with an i by 1024.

    Raises RitornelloError, which calls the value ``name``.
    """
    match = _SIZE.fullmatch(text.strip()) if len(text) <= _LONGEST_SIZE else None
    if match is None:
        raise UsageError(
            f"{name}: {text[:40]!r} is not a size", field=name, hint="write it as 500MB, 1.5GB or 0"
        )
    unit = "kmgt".find(match[2].lower()) + 1 if match[2] else 0
    base = 1024.0 if match[3] else 1000.0
    return round(float(match[1]) * base**unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheContents:
    """What a cache's folder holds.

    ``oldest_s`` and ``newest_s`` are times of last use, in seconds since 1970; None where it is empty.
    """

    folder: Path
    entries: int
    size_bytes: int
    limit_bytes: int
    oldest_s: float | None
    newest_s: float | None


class ClipCache:
    """Generated clips under their content hash; in memory alone where ``folder`` is None.

    Where ``limit_bytes`` is left out, it is :func:`default_limit_bytes` or :data:`MEMORY_LIMIT_BYTES`.
    ``hits`` and ``misses`` count the calls of :meth:`get`, ``damaged`` the entries that were broken.
    ``shared`` is asked for what is not here, and given what is made.
    """

    def __init__(
        self, folder: Path | None = None, limit_bytes: int | None = None, shared: SharedClips | None = None
    ) -> None:
        self._folder = folder
        if limit_bytes is None:
            limit_bytes = MEMORY_LIMIT_BYTES if folder is None else default_limit_bytes()
        self._limit_bytes = limit_bytes
        self._memory: dict[str, Clip] = {}
        self._is_swept = False
        self._failure: str | None = None
        self.shared = shared
        self.hits = 0
        self.misses = 0
        self.damaged = 0

    @property
    def failure(self) -> str | None:
        """Return what went wrong with keeping clips, or with the shared place; None if nothing did."""
        shared = self.shared
        if self._failure is None and shared is not None and shared.failure is not None:
            return f"{shared.place} {shared.failure}"
        return self._failure

    def has(self, key: str) -> bool:
        """Return whether a clip seems to be kept under ``key`` on this machine.

        It is not read, and nothing is counted.
        """
        return key in self._memory if self._folder is None else self._path(key, "").is_file()

    def get(
        self, key: str, fits: Callable[[Clip], bool] = lambda _clip: True, kind: str = ""
    ) -> Clip | None:
        """Return the clip under ``key``, or None.

        A clip on disk that does not fit is removed like a damaged one. ``kind`` is the code of the
        machines that are to have made it, "" for this one's.
        """
        clip = self._recall(key + kind) if self._folder is None else self._read(key, fits, kind)
        if clip is None and self.shared is not None:
            clip = self._fetch(self.shared, key, fits, kind)
        if clip is None:
            self.misses += 1
        else:
            self.hits += 1
        return clip

    def put(self, key: str, clip: Clip, kind: str = "") -> None:
        """Keep a clip that machines of a kind made, as in :meth:`get`; in the shared place too.

        A full or read-only disk is no error: the clip is then made again next time.
        """
        if self._folder is None:
            self._memory.pop(key + kind, None)  # what is kept anew was used last
            self._memory[key + kind] = replace(clip, seconds_by_stage={})
            self._forget()
        if self._folder is None and self.shared is None:
            return
        entry = encode_clip(key, clip)
        if self.shared is not None:
            self.shared.write(_build_shared_name(key, kind), entry)
        if self._folder is not None:
            self._keep(self._path(key, kind), entry)

    def _keep(self, path: Path, entry: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._is_swept:
                sweep(path.parent)
                self._is_swept = True
            write_atomically(path, entry)
            self.prune()
            self._failure = None
        except OSError as exc:
            self._failure = exc.strerror or str(exc)

    def _fetch(self, shared: SharedClips, key: str, fits: Callable[[Clip], bool], kind: str) -> Clip | None:
        """Return a clip of the shared place, and keep it here.

        What came damaged is fetched once more, since it may have been cut on its way. It is never removed
        there: who makes it again replaces it.
        """
        for is_last in (False, True):
            entry = shared.read(_build_shared_name(key, kind))
            if entry is None:
                return None
            clip = decode_clip(entry, key)
            if clip is not None and fits(clip):
                if self._folder is None:
                    self._memory[key + kind] = clip
                    self._forget()
                else:
                    self._keep(self._path(key, kind), entry)
                return clip
            self.damaged += is_last
        return None

    def contents(self) -> CacheContents:
        """Return what the folder holds.

        Raises ValueError for a cache in memory.
        """
        files = sorted(_list_used_files(self._clips_folder()))
        times = [used_ns / 1e9 for used_ns, _, _ in files]
        size = sum(size for _, size, _ in files)
        return CacheContents(
            folder=self._clips_folder().parent,
            entries=len(files),
            size_bytes=size,
            limit_bytes=self._limit_bytes,
            oldest_s=times[0] if times else None,
            newest_s=times[-1] if times else None,
        )

    def prune(self, to_bytes: int | None = None) -> tuple[int, int]:
        """Drop what was used longest ago until the folder holds ``to_bytes`` at most, by default its limit.

        Returns the number of clips and of bytes that went. Raises OSError where one cannot be removed.
        """
        bound = self._limit_bytes if to_bytes is None else to_bytes
        files = sorted(_list_used_files(self._clips_folder()))
        total = sum(size for _, size, _ in files)
        dropped = freed = 0
        for _, size, path in files:
            if total - freed <= bound:
                break
            path.unlink(missing_ok=True)
            dropped, freed = dropped + 1, freed + size
        return dropped, freed

    def clear(self) -> tuple[int, int]:
        """Drop everything, and what killed renders have left; as :meth:`prune`."""
        dropped = self.prune(to_bytes=-1)
        sweep(self._clips_folder())
        return dropped

    def _recall(self, key: str) -> Clip | None:
        """Return a clip in memory, or None; move it to the end of those that may be dropped."""
        clip = self._memory.pop(key, None)
        if clip is not None:
            self._memory[key] = clip
        return clip

    def _forget(self) -> None:
        """Drop what was used longest ago until the memory fits."""
        total = sum(clip.audio.nbytes for clip in self._memory.values())
        for key in list(self._memory):
            if total <= self._limit_bytes:
                return
            total -= self._memory.pop(key).audio.nbytes

    def _clips_folder(self) -> Path:
        if self._folder is None:
            raise ValueError("this cache is in memory alone")
        return self._folder / "clips"

    def _path(self, key: str, kind: str) -> Path:
        return self._clips_folder() / f"{key}{'-' if kind else ''}{kind}{_SUFFIX}"

    def _read(self, key: str, fits: Callable[[Clip], bool], kind: str) -> Clip | None:
        path = self._path(key, kind)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        clip = decode_clip(data, key)
        if clip is not None and not fits(clip):
            clip = None
        try:
            if clip is None:
                self.damaged += 1
                path.unlink(missing_ok=True)
            else:
                os.utime(path)
        except OSError:  # a read-only cache can be read all the same
            pass
        return clip


def _list_used_files(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Yield when each clip was last used (ns), its size in bytes and its path."""
    try:
        entries = [path for path in folder.iterdir() if _ENTRY.fullmatch(path.name)]
    except OSError:
        return
    for path in entries:
        try:
            status = path.stat()
        except FileNotFoundError:  # another process has made room
            continue
        yield status.st_mtime_ns, status.st_size, path


def _build_shared_name(key: str, kind: str) -> str:
    """Return the name of a clip where machines of several kinds leave theirs."""
    return f"clips/{kind or own_kind().code}/{key}{_SUFFIX}"
