"""Clips on disk, by the hash of everything that decides their samples.

A clip is one file: a line that names the format, a BLAKE2b digest of all that follows, then a header in
JSON and the samples, float32 in little-endian order, channel by channel. It is written to a hidden name
and renamed, so that it is there as a whole or not at all, whoever else uses the folder meanwhile. A file
whose digest is wrong, or that belongs to another key, counts as missing and is removed, and the clip is
made again. The folder, or the memory, is kept under a size by dropping what was used longest ago.

By hand, since the caches on disk that libraries offer (diskcache, joblib) unpickle what they find.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import numpy as np
from platformdirs import user_cache_path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from render.backends.request import Clip
from structure.base.errors import UsageError
from structure.base.files import replacing, sweep
from structure.base.jsonfile import parse_json
from structure.base.plain_text import clean_line

FOLDER_LIMIT_BYTES = 4 * 1024**3
MEMORY_LIMIT_BYTES = 512 * 1024**2
FOLDER_VARIABLE = "RITORNELLO_CACHE"
"""Environment variable that moves the cache."""

LIMIT_VARIABLE = "RITORNELLO_CACHE_LIMIT"
"""Environment variable that bounds the cache's folder, such as ``10GB``."""

_MAGIC = b"ritornello clip 1\n"
_DIGEST_BYTES = 32
_SUFFIX = ".clip"
_ENTRY = re.compile(r"[0-9a-f]{64}\.(clip|npz)")
"""Name of an entry; the second kind is what version 0.1 wrote, which is still counted and dropped, but not
read. What is called otherwise is somebody else's, and stays."""

_MOST_HEADER = 1 << 16
_MOST_RATE = 384_000
_LOUDEST = 100.0
"""No sample of a clip is beyond this, 40 dB over full scale: what is would be noise at any fader."""

_Channels = Annotated[int, Field(ge=1, le=2)]
_Samples = Annotated[int, Field(ge=0, lt=2**40)]
_Sentences = Annotated[
    tuple[Annotated[str, Field(max_length=1000), AfterValidator(clean_line)], ...], Field(strict=False)
]

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?", re.IGNORECASE)
_LONGEST_SIZE = 24


def default_cache_dir() -> Path:
    """Return ``$RITORNELLO_CACHE``, else the place where this platform keeps users' caches."""
    wanted = os.environ.get(FOLDER_VARIABLE)
    return Path(wanted) if wanted else user_cache_path("ritornello", appauthor=False, opinion=False)


def default_limit_bytes() -> int:
    """``$RITORNELLO_CACHE_LIMIT``, else :data:`FOLDER_LIMIT_BYTES`. Raises RitornelloError."""
    wanted = os.environ.get(LIMIT_VARIABLE)
    return parse_size(wanted, LIMIT_VARIABLE) if wanted else FOLDER_LIMIT_BYTES


def parse_size(text: str, name: str = "the size") -> int:
    """Bytes from ``500MB``, ``1.5 GiB`` or ``0``; k, M, G and T count by 1000, with an i by 1024.

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
    """What a cache's folder holds. ``oldest_s`` and ``newest_s`` are times of last use, in seconds since
    1970; None where it is empty."""

    folder: Path
    entries: int
    size_bytes: int
    limit_bytes: int
    oldest_s: float | None
    newest_s: float | None


class _Header(BaseModel):
    """What an entry says of its clip."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str
    shape: Annotated[tuple[_Channels, _Samples], Field(strict=False)]
    sample_rate: Annotated[int, Field(ge=1, le=_MOST_RATE)]
    downbeat_sample: _Samples
    notes: _Sentences = ()
    doubts: _Sentences = ()


class ClipCache:
    """Generated clips under their content hash; in memory alone where ``folder`` is None.

    Where ``limit_bytes`` is left out, it is :func:`default_limit_bytes` or :data:`MEMORY_LIMIT_BYTES`.
    ``hits`` and ``misses`` count the calls of :meth:`get`, ``damaged`` the entries that were broken.
    ``failure`` says why the last clip could not be kept; None where it could.
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int | None = None) -> None:
        self._folder = folder
        if limit_bytes is None:
            limit_bytes = MEMORY_LIMIT_BYTES if folder is None else default_limit_bytes()
        self._limit_bytes = limit_bytes
        self._memory: dict[str, Clip] = {}
        self._is_swept = False
        self.hits = 0
        self.misses = 0
        self.damaged = 0
        self.failure: str | None = None

    def has(self, key: str) -> bool:
        """True where a clip seems to be kept under ``key``; it is not read, and nothing is counted."""
        return key in self._memory if self._folder is None else self._path(key).is_file()

    def get(self, key: str, fits: Callable[[Clip], bool] = lambda clip: True) -> Clip | None:
        """The clip under ``key``, or None. On disk, one that does not fit is removed as a damaged one."""
        clip = self._recall(key) if self._folder is None else self._read(key, fits)
        if clip is None:
            self.misses += 1
        else:
            self.hits += 1
        return clip

    def put(self, key: str, clip: Clip) -> None:
        """Keep a clip. A full or read-only disk is no error: the clip is then made again next time."""
        if self._folder is None:
            self._memory.pop(key, None)  # what is kept anew was used last
            self._memory[key] = replace(clip, seconds_by_stage={})
            self._forget()
            return
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not self._is_swept:
                sweep(path.parent)
                self._is_swept = True
            _write(path, key, clip)
            self.prune()
            self.failure = None
        except OSError as exc:
            self.failure = exc.strerror or str(exc)

    def contents(self) -> CacheContents:
        """What the folder holds. Raises ValueError for a cache in memory."""
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

    def _clips_folder(self) -> Path:
        if self._folder is None:
            raise ValueError("this cache is in memory alone")
        return self._folder / "clips"

    def _path(self, key: str) -> Path:
        return self._clips_folder() / f"{key}{_SUFFIX}"

    def _read(self, key: str, fits: Callable[[Clip], bool]) -> Clip | None:
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        clip = _decode(data, key)
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
    """When each clip was last used (ns), its size in bytes and its path."""
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


def _write(path: Path, key: str, clip: Clip) -> None:
    header = {
        "key": key,
        "shape": list(clip.audio.shape),
        "sample_rate": clip.sample_rate,
        "downbeat_sample": clip.downbeat_sample,
    }
    header |= {name: said for name, said in (("notes", clip.notes), ("doubts", clip.doubts)) if said}
    samples = np.ascontiguousarray(clip.audio, dtype="<f4").tobytes()
    body = json.dumps(header).encode() + b"\n" + samples
    with replacing(path) as part:
        part.write_bytes(_MAGIC + _digest(body) + body)


def _decode(data: bytes, key: str) -> Clip | None:
    """The clip in an entry; None where it is not whole, not the one of ``key``, or no sound.

    A digest says that nothing was lost, and not who wrote it.
    """
    start = len(_MAGIC) + _DIGEST_BYTES
    body = memoryview(data)[start:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : start] != _digest(body):
        return None
    end = data.find(b"\n", start, start + _MOST_HEADER)
    if end < 0 or (len(data) - end - 1) % 4:
        return None
    try:
        header = _Header.model_validate(parse_json(data[start:end]))
    except ValueError:  # pydantic's ValidationError is one
        return None
    samples = np.frombuffer(data, dtype="<f4", offset=end + 1)
    channels, length = header.shape
    if header.key != key or channels * length != len(samples):
        return None
    if not float(np.abs(samples).max(initial=0.0)) <= _LOUDEST:  # nor is NaN
        return None
    return Clip(
        np.array(samples.reshape(header.shape), dtype=np.float32),
        header.sample_rate,
        header.downbeat_sample,
        notes=header.notes,
        doubts=header.doubts,
    )


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()
