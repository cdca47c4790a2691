"""The sound of a song for the page: exact samples by byte ranges, read a block at a time.

What is sent is a file that does not exist: all frames as float32, little-endian, channels interleaved. So a
range of bytes is a range of samples, whatever the file on the disk has.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from composer.studio.messages.faults import NotFoundError
from structure.base.errors import AudioFileError, RitornelloError
from structure.base.names import MASTER, PREMASTER, stem_path
from structure.base.types import check_file_name

BLOCK_FRAMES = 1 << 16
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class RangeError(RitornelloError):
    """A range of bytes that the file does not have; ``size`` are the bytes that it has."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the file has {size} bytes", field="Range")
        self.size = size


@dataclass(frozen=True, slots=True)
class AudioFile:
    """A file of audio on the disk. ``etag`` is another one where the file is."""

    path: Path
    samples: int
    channels: int
    sample_rate: int
    etag: str

    @classmethod
    def open(cls, path: Path) -> AudioFile:
        """Look at a file. Raises NotFoundError, and AudioFileError for one that is damaged."""
        import soundfile

        try:
            stat = path.stat()
            with soundfile.SoundFile(path) as file:
                samples, channels, rate = file.frames, file.channels, file.samplerate
        except FileNotFoundError as exc:
            raise NotFoundError(f"{path.name} is not rendered", path=path, hint="render the song") from exc
        except (soundfile.SoundFileError, OSError) as exc:
            raise AudioFileError(f"{path} is not audio that can be read", path=path) from exc
        return cls(path, samples, channels, rate, _tag(path, stat))

    @property
    def frame_bytes(self) -> int:
        """Return the bytes of one sample of all channels."""
        return 4 * self.channels

    @property
    def size(self) -> int:
        """Return the bytes of all of it."""
        return self.samples * self.frame_bytes

    def headers(self) -> dict[str, str]:
        """Return what an answer says of the file."""
        return {
            "X-Channels": str(self.channels),
            "X-Sample-Rate": str(self.sample_rate),
            "X-Samples": str(self.samples),
            "ETag": f'"{self.etag}"',
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
        }

    def frames(self, first: int, end: int) -> Iterator[np.ndarray]:
        """Yield samples from ``first`` to before ``end``, float32 (frames, channels), in blocks."""
        import soundfile

        with soundfile.SoundFile(self.path) as file:
            if _tag(self.path, self.path.stat()) != self.etag:
                raise AudioFileError(f"{self.path.name} was rendered again meanwhile", path=self.path)
            file.seek(first)
            while first < end:
                block = file.read(min(BLOCK_FRAMES, end - first), dtype="float32", always_2d=True)
                if not len(block):
                    raise AudioFileError(f"{self.path} is shorter than it says", path=self.path)
                yield block
                first += len(block)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to before ``end``."""
        width = self.frame_bytes
        at = start // width * width
        for block in self.frames(start // width, -(-end // width)):
            data = block.astype("<f4", copy=False).tobytes()
            yield data[max(0, start - at) : end - at]
            at += len(data)


def _tag(path: Path, stat: os.stat_result) -> str:
    """Return a tag of a file; files are replaced as a whole, and never written to in place."""
    mark = f"{path.name} {stat.st_ino} {stat.st_size} {stat.st_mtime_ns}"
    return hashlib.sha256(mark.encode()).hexdigest()[:32]


def read_range(header: str | None, size: int) -> tuple[int, int] | None:
    """Return the bytes that a ``Range`` asks for, as the first and the one after the last; None for all.

    Raises RangeError for bytes that are not there. Several ranges at once count as none.
    """
    match = None if header is None else _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    if not match[1]:
        start, end = max(0, size - int(match[2])), size
    else:
        start, end = int(match[1]), min(size, int(match[2]) + 1) if match[2] else size
    if start >= end:
        raise RangeError(size)
    return start, end


def audio_path(folder: Path, name: str) -> Path:
    """Return where a stem, the ``master`` or the ``premaster`` lies in a song's folder.

    Raises NotFoundError for what is no name of a stem.
    """
    if name in ("master", "premaster"):
        return folder / (MASTER if name == "master" else PREMASTER)
    try:
        return folder / stem_path(check_file_name(name))
    except ValueError as exc:
        raise NotFoundError(f"no stem is called {name[:40]!r}", field="stem") from exc
