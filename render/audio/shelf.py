"""A place for audio that is too much for memory: files without a name, seen as arrays.

A song of a quarter of an hour with eight stems has 2.5 GB of them. They are written once and read one
after the other, so only the one that is looked at needs to be in memory. The samples are the same ones
either way.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock
from weakref import WeakSet

import numpy as np

from render.audio.types import Audio

MOST_IN_MEMORY = 200 * 1024**2
"""Bytes of audio by which a shelf stays in memory."""

_PILE_BYTES = 128 * 1024**2
_DISK = Path("/var/tmp")  # noqa: S108  (files there are made by tempfile, which makes names of its own)
"""Where systems keep large files; what lies in /tmp is often in memory itself."""

_maps: WeakSet[mmap.mmap] = WeakSet()
"""All files of this process that are still in use."""

_maps_lock = Lock()


class Shelf(Mapping[str, Audio]):
    """Audio by name, all of one shape, in the order in which it was put there.

    Of a large shelf, what was looked at before leaves memory when the next one is looked at; it is read
    from the disk again where it is still used. ``total_bytes`` is what all will have.
    """

    def __init__(self, total_bytes: int) -> None:
        self.is_on_disk = total_bytes > MOST_IN_MEMORY
        self._audio: dict[str, Audio] = {}
        self._maps: dict[str, mmap.mmap] = {}
        self._seen = ""

    def __getitem__(self, name: str) -> Audio:
        audio = self._audio[name]
        if self._seen != name:
            self.let_go()
            self._seen = name
        return audio

    def __iter__(self) -> Iterator[str]:
        return iter(self._audio)

    def __len__(self) -> int:
        return len(self._audio)

    def make(self, name: str, shape: tuple[int, int]) -> Audio:
        """Return zeros, float32 (channels, samples), to be filled, that lie here from now on."""
        found = _map_file(4 * shape[0] * shape[1]) if self.is_on_disk else None
        if found is None:
            self._audio[name] = np.zeros(shape, dtype=np.float32)
        else:
            self._maps[name] = found
            self._audio[name] = np.frombuffer(found, dtype=np.float32).reshape(shape)
        return self[name]

    def put(self, name: str, audio: Audio) -> None:
        """Keep audio here."""
        if self.is_on_disk:
            self.make(name, (audio.shape[0], audio.shape[1]))[:] = audio
        else:
            self._audio[name] = audio

    def drop(self, name: str) -> None:
        """Take audio away, if it is there."""
        self._audio.pop(name, None)
        self._maps.pop(name, None)

    def let_go(self) -> None:
        """Let what was looked at leave memory. Nothing is lost: arrays that are in use are read again."""
        found = self._maps.get(self._seen)
        if found is not None:
            _let_go(found)
        self._seen = ""


class Pile:
    """A place for pieces of audio of any shape: in memory until they are too many, then on the disk."""

    def __init__(self) -> None:
        self._bytes = 0
        self._map: mmap.mmap | None = None
        self._used = 0

    def put(self, audio: Audio) -> Audio:
        """Return the same samples, as they lie here from now on."""
        self._bytes += audio.nbytes
        if self._bytes <= MOST_IN_MEMORY or audio.dtype != np.float32:
            return audio
        if self._map is None or self._used + audio.nbytes > len(self._map):
            self._map, self._used = _map_file(max(_PILE_BYTES, audio.nbytes)), 0
            if self._map is None:
                return audio
        kept = np.frombuffer(self._map, np.float32, audio.size, self._used).reshape(audio.shape)
        kept[:] = audio
        self._used += audio.nbytes
        _let_go(self._map)
        return kept


def let_all_go() -> None:
    """Let all audio that lies on the disk leave memory, and give back what was freed, where that is known.

    The allocator of the C library keeps freed pieces of some megabytes, between others that are in use.
    """
    with _maps_lock:
        known = list(_maps)
    for found in known:
        _let_go(found)
    with suppress(OSError, AttributeError, TypeError):  # not of the GNU C library
        ctypes.CDLL(None).malloc_trim(0)


def _let_go(found: mmap.mmap) -> None:
    if hasattr(mmap, "MADV_DONTNEED"):
        found.madvise(mmap.MADV_DONTNEED)


def _map_file(size: int) -> mmap.mmap | None:
    """Return a file of zeros as memory, gone when nobody uses it; None where there is no room for it."""
    folder = _DISK if "TMPDIR" not in os.environ and os.access(_DISK, os.W_OK) else None
    with suppress(OSError, ValueError), tempfile.TemporaryFile(dir=folder) as file:
        # reserved at once: a disk that fills up later would end the process
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        found = mmap.mmap(file.fileno(), size)
        with _maps_lock:
            _maps.add(found)
        return found
    return None
