"""Waveforms: the lowest and the highest sample of each stretch of a file, found once, a block at a time."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from composer.studio.sound.audio import AudioFile
from structure.base.errors import UsageError
from structure.base.files import write_atomically

STRETCH = 256
"""Samples of the shortest stretch that is kept."""

MOST_PAIRS = 1 << 16

Pairs = NDArray[np.int8]
"""(pairs, 2): lowest and highest, 127 is full scale. They are rounded away from zero."""


class Peaks:
    """Waveforms of files, kept in a folder by the files' tags."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()

    def pairs(self, file: AudioFile, start: int, count: int, per: int) -> bytes:
        """Return ``count`` pairs, or as many as there are, of ``per`` samples each from sample ``start``.

        A pair is two signed bytes: the lowest and the highest sample of all channels, in steps of 1/127 of
        full scale. Raises UsageError for stretches that are not allowed.
        """
        if per < 1 or start < 0 or not 0 < count <= MOST_PAIRS:
            raise UsageError(
                f"start is 0 or more, per 1 or more, count 1 to {MOST_PAIRS}",
                field="per" if per < 1 else "start" if start < 0 else "count",
            )
        end = min(file.samples, start + count * per)
        if start >= end:
            return b""
        if per % STRETCH or start % STRETCH:
            if end - start > MOST_PAIRS * STRETCH:
                raise UsageError(
                    f"per and start are multiples of {STRETCH} for so long a stretch", field="per"
                )
            return b"".join(_measure(file, start, end, per))

        # several of the pairs that are kept become one; the last one may be of fewer
        kept = self._load(file)[start // STRETCH : -(-end // STRETCH)]
        starts = np.arange(0, len(kept), per // STRETCH)
        low, high = np.minimum.reduceat(kept[:, 0], starts), np.maximum.reduceat(kept[:, 1], starts)
        return np.stack([low, high], 1).tobytes()

    def _load(self, file: AudioFile) -> Pairs:
        """Return the pairs of a whole file, of ``STRETCH`` samples each, (pairs, 2).

        They are measured when they are first asked for, and read from the folder from then on.
        """
        path = self._folder / f"{file.etag}.i8"
        with self._lock:
            wanted = -(-file.samples // STRETCH)
            if not path.is_file() or path.stat().st_size != 2 * wanted:
                self._folder.mkdir(parents=True, exist_ok=True)
                write_atomically(path, b"".join(_measure(file, 0, file.samples, STRETCH)))
        return np.fromfile(path, np.int8).reshape(-1, 2)


def _measure(file: AudioFile, start: int, end: int, per: int) -> list[bytes]:
    """Return the pairs of ``per`` samples each from sample ``start`` to ``end``, as bytes.

    The last pair may be of fewer samples. The file is read a block at a time.
    """
    found: list[bytes] = []
    rest = np.zeros((0, file.channels), np.float32)
    for block in file.frames(start, end):
        samples = np.concatenate([rest, block]) if len(rest) else block
        whole = len(samples) // per * per
        if whole:
            found.append(_extremes(samples[:whole].reshape(-1, per * file.channels)).tobytes())
        rest = samples[whole:]
    if len(rest):
        found.append(_extremes(rest.reshape(1, -1)).tobytes())
    return found


def _extremes(stretches: NDArray[np.float32]) -> Pairs:
    """Return the lowest and the highest of each row, in steps of 1/127."""
    low, high = np.floor(127 * stretches.min(1)), np.ceil(127 * stretches.max(1))
    pairs: Pairs = np.clip(np.stack([low, high], 1), -127, 127).astype(np.int8)
    return pairs
