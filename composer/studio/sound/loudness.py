"""How loud a file is along the song: short-term loudness (EBU R 128), measured once."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from composer.studio.sound.audio import AudioFile
from render.audio.loudness import k_weighted_powers
from structure.base.files import write_atomically

STEP_S = 0.1
_WINDOW = 30
"""Steps of the window of short-term loudness: 3 s."""
_QUIETEST_LUFS = -70.0

Levels = NDArray[np.float32]
"""LUFS, one for each step, of the window around it; silence is -70."""

_lock = Lock()


def loudness_of(file: AudioFile, folder: Path) -> Levels:
    """Return the short-term loudness of a file, kept in a folder by the file's tag."""
    path = folder / f"{file.etag}.lufs"
    with _lock:
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            step = round(STEP_S * file.sample_rate)
            blocks = [np.zeros((0, file.channels), np.float32), *file.frames(0, file.samples)]
            powers = k_weighted_powers(np.concatenate(blocks).T, file.sample_rate, step)

            # the mean power of the window around each step, shorter at the ends
            sums = np.concatenate([[0.0], np.cumsum(powers)])
            here = np.arange(len(powers))
            first = np.maximum(0, here - _WINDOW // 2)
            end = np.minimum(len(powers), here + _WINDOW // 2)
            means = (sums[end] - sums[first]) / np.maximum(1, end - first)

            lufs = -0.691 + 10 * np.log10(np.maximum(means, 1e-12))
            write_atomically(path, np.maximum(lufs, _QUIETEST_LUFS).astype(np.float32).tobytes())
    return np.fromfile(path, np.float32)
