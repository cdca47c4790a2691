"""Reading audio files of any rate and width, as the renderer wants them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from render.audio.shape import resample
from render.audio.types import Audio
from structure.base.errors import AudioFileError
from structure.base.grid import SAMPLE_RATE


def read_audio(path: Path, sample_rate: int = SAMPLE_RATE, channels: int | None = None) -> Audio:
    """The samples of a WAV, FLAC, Ogg or MP3 file at ``sample_rate``: float32 (channels, samples).

    ``channels`` 1 asks for the mean of all channels, 2 doubles a mono file and keeps the first two of a
    wider one, None keeps one or two as they are. Raises AudioFileError where the file cannot be read, is
    empty, or holds samples that are not numbers.
    """
    if not path.is_file():
        what = "not a file" if path.exists() else "no such audio file"
        raise AudioFileError(f"{path}: {what}", path=path)
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError) as exc:
        raise AudioFileError(
            f"{path}: cannot be read as audio ({exc})", path=path, hint="WAV, FLAC, Ogg and MP3 can"
        ) from exc
    if not len(samples):
        raise AudioFileError(f"{path}: holds no samples", path=path)
    if not np.all(np.isfinite(samples)):
        raise AudioFileError(f"{path}: holds samples that are not numbers", path=path)
    audio = resample(_as_channels(samples.T, channels), rate, sample_rate)
    return np.ascontiguousarray(audio, dtype=np.float32)


def _as_channels(audio: Audio, channels: int | None) -> Audio:
    if channels == 1:
        return np.asarray(audio.mean(axis=0, keepdims=True, dtype=np.float32))
    if channels == 2 and len(audio) == 1:
        return np.repeat(audio, 2, axis=0)
    return audio[:2]
