"""Reading audio files of any rate and width, as the renderer wants them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from render.audio.shape import resample
from render.audio.types import Audio
from structure.base.errors import AudioFileError
from structure.base.files import pointer_fault
from structure.base.grid import SAMPLE_RATE

LONGEST_S = 7200.0
"""Seconds of a file; one that lasts longer is refused unread."""

_RATES = range(1_000, 768_001)
_MOST_CHANNELS = 64
_BLOCK = 1 << 18


def read_audio(
    path: Path,
    sample_rate: int = SAMPLE_RATE,
    channels: int | None = None,
    *,
    most_channels: int | None = None,
) -> Audio:
    """Return the samples of a WAV, FLAC, Ogg or MP3 file at ``sample_rate``: float32 (channels, samples).

    ``channels`` 1 asks for the mean of all channels, 2 doubles a mono file and keeps the first two of a
    wider one, None keeps one or two as they are. A file of more than ``most_channels`` is refused. Raises
    AudioFileError where the file cannot be read, is empty, lasts more than two hours, or holds samples that
    are not numbers.
    """
    keep = None if channels == 1 else 2
    samples, rate = read_whole(path, keep=keep, most_channels=most_channels)
    if channels == 1:
        audio = np.asarray(samples.mean(axis=0, keepdims=True, dtype=np.float32))
    elif channels == 2 and len(samples) == 1:
        audio = np.repeat(samples, 2, axis=0)
    else:
        audio = samples[:2]
    return np.ascontiguousarray(resample(audio, rate, sample_rate), dtype=np.float32)


def read_whole(
    path: Path, *, keep: int | None = None, most_channels: int | None = None
) -> tuple[Audio, int]:
    """Return the samples of a file, float32 (channels, samples), and its own rate in Hz.

    ``keep`` is how many channels are kept, from the first on; all where it is left out. More than
    ``most_channels`` are refused. Raises AudioFileError.
    """
    if not path.is_file():
        what = "not a file" if path.exists() else "no such audio file"
        raise AudioFileError(f"{path}: {what}", path=path)
    try:
        with soundfile.SoundFile(path) as file:
            rate, width, length = file.samplerate, file.channels, file.frames
            _check_shape(path, rate, width, length, most_channels)
            # as much as there is, and not as much as its header claims
            blocks = [
                np.ascontiguousarray(block[:, :keep].T)
                for block in file.blocks(_BLOCK, dtype="float32", always_2d=True)
            ]
    except (soundfile.SoundFileError, OSError, ValueError, MemoryError) as exc:
        raise AudioFileError(
            f"{path}: {pointer_fault(path) or f'cannot be read as audio ({exc})'}",
            path=path,
            hint="WAV, FLAC, Ogg and MP3 can",
        ) from exc
    if not blocks:
        raise AudioFileError(f"{path}: holds no samples", path=path)
    samples = np.concatenate(blocks, axis=1)
    if not np.all(np.isfinite(samples)):
        raise AudioFileError(f"{path}: holds samples that are not numbers", path=path)
    return samples, rate


def _check_shape(path: Path, rate: int, width: int, length: int, most_channels: int | None) -> None:
    """Raise AudioFileError for what no recording of a song has."""
    fault, hint = "", ""
    if rate not in _RATES:
        fault = f"has {rate} samples a second; allowed: {_RATES[0]} to {_RATES[-1]}"
    elif length > LONGEST_S * rate:
        fault = f"lasts {length / rate / 3600:.1f} hours; allowed: {LONGEST_S / 3600:g}"
    elif most_channels is not None and width > most_channels:
        fault = f"has {width} channels, of which this cannot tell which speaker plays which"
        hint = "mix it down to stereo first"
    elif width > _MOST_CHANNELS:
        fault = f"has {width} channels; allowed: {_MOST_CHANNELS}"
    if fault:
        raise AudioFileError(f"{path}: {fault}", path=path, hint=hint)
