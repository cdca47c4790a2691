"""A place for audio that is too much for memory: files without a name, seen as arrays.

A song of a quarter of an hour with eight stems has 2.5 GB of them. They are written once and read one
after the other, so only the one that is looked at needs to be in memory. The samples are the same ones
either way.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from render.audio.types import Audio

MOST_IN_MEMORY = 200 * 1024**2
"""Bytes of audio by which a shelf stays in memory."""

_DISK = Path("/var/tmp")
"""Where systems keep large files; what lies in /tmp is often in memory itself."""


class Shelf(Mapping[str, Audio]):
    """Audio by name, all of one shape, in the order in which it was put there.

    Of a large shelf, what was looked at before leaves memory when the next one is looked at; it is read
    from the disk again where it is still used. ``total_bytes`` is what all will have.
    """

    def __init__(self, total_bytes: int) -> None:
        self._is_on_disk = total_bytes > MOST_IN_MEMORY
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
        found = _map_file(4 * shape[0] * shape[1]) if self._is_on_disk else None
        if found is None:
            self._audio[name] = np.zeros(shape, dtype=np.float32)
        else:
            self._maps[name] = found
            self._audio[name] = np.frombuffer(found, dtype=np.float32).reshape(shape)
        return self[name]

    def put(self, name: str, audio: Audio) -> None:
        """Keep audio here."""
        if self._is_on_disk:
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
        if found is not None and hasattr(mmap, "MADV_DONTNEED"):
            found.madvise(mmap.MADV_DONTNEED)
        self._seen = ""


def _map_file(size: int) -> mmap.mmap | None:
    """A file of zeros as memory, which is gone when nobody uses it; None where there is no room for it."""
    folder = _DISK if "TMPDIR" not in os.environ and os.access(_DISK, os.W_OK) else None
    with suppress(OSError, ValueError), tempfile.TemporaryFile(dir=folder) as file:
        # reserved at once: a disk that fills up later would end the process
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:
            file.truncate(size)
        return mmap.mmap(file.fileno(), size)
    return None
