"""Clips on disk, by the hash of everything that decides their samples.

A clip is one NumPy file of float32, written to a temporary name and renamed. A file that cannot be
read counts as missing. The folder, or the memory, is kept under a size by dropping what was used
longest ago.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np

from render.request import Clip
from structure.files import replacing

FOLDER_LIMIT_BYTES = 4 * 1024**3
MEMORY_LIMIT_BYTES = 512 * 1024**2
FOLDER_VARIABLE = "RITORNELLO_CACHE"
"""Environment variable that moves the cache."""


def default_cache_dir() -> Path:
    """``$RITORNELLO_CACHE``, else the place where this platform keeps users' caches."""
    wanted = os.environ.get(FOLDER_VARIABLE)
    if wanted:
        return Path(wanted)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ritornello"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", str(Path.home() / "AppData" / "Local"))) / "ritornello"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ritornello"


class ClipCache:
    """Generated clips under their content hash; in memory alone where ``folder`` is None.

    ``limit_bytes`` is :data:`FOLDER_LIMIT_BYTES` or :data:`MEMORY_LIMIT_BYTES` where it is left out.
    ``hits`` and ``misses`` count the calls of :meth:`get`.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int | None = None) -> None:
        usual = MEMORY_LIMIT_BYTES if folder is None else FOLDER_LIMIT_BYTES
        self._folder = folder
        self._limit_bytes = usual if limit_bytes is None else limit_bytes
        self._memory: dict[str, Clip] = {}
        self.hits = 0
        self.misses = 0

    def has(self, key: str) -> bool:
        """True where a clip seems to be kept under ``key``; it is not read, and nothing is counted."""
        return key in self._memory if self._folder is None else self._path(key).is_file()

    def get(self, key: str) -> Clip | None:
        """The clip under ``key``, or None."""
        clip = self._recall(key) if self._folder is None else self._read(self._path(key))
        if clip is None:
            self.misses += 1
        else:
            self.hits += 1
        return clip

    def put(self, key: str, clip: Clip) -> None:
        """Keep a clip. A full or read-only disk is no error: the clip is then made again next time."""
        if self._folder is None:
            self._memory[key] = clip
            self._forget()
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, clip)
            self._trim()
        except OSError:
            return

    def _recall(self, key: str) -> Clip | None:
        """A clip in memory, moved to the end of those that may be dropped."""
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

    def _path(self, key: str) -> Path:
        assert self._folder is not None
        return self._folder / "clips" / f"{key}.npz"

    def _read(self, path: Path) -> Clip | None:
        try:
            with np.load(path, allow_pickle=False) as stored:
                header = json.loads(str(stored["header"]))
                audio = np.asarray(stored["audio"], dtype=np.float32)
            os.utime(path)
            return Clip(audio, int(header["sample_rate"]), int(header["downbeat_sample"]))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
            return None

    def _trim(self) -> None:
        """Drop what was used longest ago until the folder fits."""
        assert self._folder is not None
        files = sorted(_used_files(self._folder / "clips"))
        total = sum(size for _, size, _ in files)
        for _, size, path in files:
            if total <= self._limit_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size


def _used_files(folder: Path) -> list[tuple[int, int, Path]]:
    """When each clip was last used (ns), its size in bytes and its path."""
    found = []
    for path in folder.glob("*.npz"):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process has made room
            continue
        found.append((status.st_mtime_ns, status.st_size, path))
    return found


def _write(path: Path, clip: Clip) -> None:
    header = json.dumps({"sample_rate": clip.sample_rate, "downbeat_sample": clip.downbeat_sample})
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, audio=clip.audio, header=np.array(header))
