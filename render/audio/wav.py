"""PCM WAV files: written whole or not at all, the same bytes for the same samples."""

from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from render.audio.types import Audio
from structure.base.files import replacing

BLOCK_SAMPLES = 1 << 20
"""Samples that are written, and dithered, at once."""


def quantise(audio: Audio, bit_depth: int, dither_seed: int = 0) -> NDArray[np.int32]:
    """Turn float samples into integers of ``bit_depth`` bits in the high bits of int32.

    Both are (channels, samples). 24 bits are rounded. 16 bits are dithered, triangular and one step wide
    each way (Lipshitz, Wannamaker and Vanderkooy, "Quantization and dither", JAES 1992), save where a
    sample is exactly 0, so that silence stays silent. Raises ValueError for samples beyond full scale,
    which would clip, and for NaN.
    """
    peak = float(np.abs(audio).max(initial=0.0))
    if not peak <= 1.0:  # also true of NaN
        raise ValueError(f"samples reach {peak}, beyond full scale")
    steps = audio.astype(np.float64) * 2.0 ** (bit_depth - 1)
    if bit_depth == 16:
        rng = np.random.default_rng(dither_seed)
        steps += (rng.random(audio.shape) - rng.random(audio.shape)) * (audio != 0.0)
    top = 2 ** (bit_depth - 1) - 1
    return np.clip(np.rint(steps), -top - 1, top).astype(np.int32) << (32 - bit_depth)


def as_written(audio: Audio, bit_depth: int) -> Audio:
    """Return what a file of :func:`write_wav` reads back as. Raises ValueError as it does."""
    back = np.empty_like(audio)
    for first in range(0, audio.shape[1], BLOCK_SAMPLES):
        block = slice(first, first + BLOCK_SAMPLES)
        back[:, block] = quantise(audio[:, block], bit_depth, first) * 2.0**-31
    return back


def write_wav(path: Path, audio: Audio, sample_rate: int, bit_depth: int = 24) -> None:
    """Write (channels, samples) as PCM. The file appears only when it is complete.

    Raises OSError where it cannot be written as a whole.
    """
    channels, whole = audio.shape
    with replacing(path) as part:
        try:
            with soundfile.SoundFile(
                part, "w", sample_rate, channels, f"PCM_{bit_depth}", format="WAV"
            ) as file:
                for first in range(0, whole, BLOCK_SAMPLES):
                    file.write(quantise(audio[:, first : first + BLOCK_SAMPLES], bit_depth, first).T)
        except soundfile.LibsndfileError as exc:
            # libsndfile says no more than that there was an error, which mostly is a full disk
            raise _not_written(path) from exc
        # nor does it check what it writes when it closes a file
        if part.stat().st_size < audio.size * bit_depth // 8:
            raise _not_written(path)


def _not_written(path: Path) -> OSError:
    return OSError(errno.ENOSPC, "cannot be written as a whole; is the disk full?", str(path))
