"""What lossy coders make of a master: coded, decoded, and its true peak measured.

A coder drops what is masked, and what is left may reach higher than the master did. MP3 and Opus are coded
by libsndfile (LAME, libopus) at 128 kbit/s, AAC by FFmpeg where PyAV is installed.
"""

from __future__ import annotations

import io
from importlib.util import find_spec

import numpy as np
import soundfile

from render.audio.loudness import true_peak_dbtp
from render.audio.shape import resample
from render.audio.types import Audio
from structure.base.errors import UsageError
from structure.presets.masters import Coder

BIT_RATE = 128_000
_BLOCK = 1 << 16
_MP3_LEVEL = 2.0 / 3.0
"""libsndfile counts from 320 kbit/s at 0 to 32 at 1."""

_OPUS_LEVEL = 0.768
"""libsndfile counts from 256 kbit/s a channel at 0 to 6 at 1."""

_OPUS_RATE = 48_000


def code(audio: Audio, sample_rate: int, coder: Coder) -> tuple[Audio, int]:
    """Return (2, samples) as a coder's decoder gives it back, with its delay, and its rate in Hz.

    Raises UsageError where the coder is not installed.
    """
    match coder:
        case "mp3":
            return _by_libsndfile(audio, sample_rate, "MP3", "MPEG_LAYER_III", _MP3_LEVEL)
        case "opus":
            resampled = resample(audio, sample_rate, _OPUS_RATE)
            return _by_libsndfile(resampled, _OPUS_RATE, "OGG", "OPUS", _OPUS_LEVEL)
        case "aac":
            check_can_code(coder)
            return _aac(audio, sample_rate)


def check_can_code(coder: Coder) -> None:
    """Raise UsageError where a coder is not installed."""
    if coder == "aac" and find_spec("av") is None:
        raise UsageError(
            "AAC is coded by PyAV, which is not installed",
            field="master.coders",
            hint="pip install 'ritornello[coders]'",
        )


def measure_coded_peaks(audio: Audio, sample_rate: int, coders: tuple[Coder, ...]) -> dict[Coder, float]:
    """Return the true peak of (2, samples) behind each coder. Raises UsageError as :func:`code` does."""
    return {coder: true_peak_dbtp(code(audio, sample_rate, coder)[0]) for coder in coders}


def _by_libsndfile(
    audio: Audio, sample_rate: int, container: str, subtype: str, level: float
) -> tuple[Audio, int]:
    file = io.BytesIO()
    constant = {"bitrate_mode": "CONSTANT"} if container == "MP3" else {}
    with soundfile.SoundFile(
        file, "w", sample_rate, 2, subtype, format=container, compression_level=level, **constant
    ) as writer:
        for first in range(0, audio.shape[1], _BLOCK):
            writer.write(np.ascontiguousarray(audio[:, first : first + _BLOCK].T))
    file.seek(0)
    back, rate = soundfile.read(file, dtype="float32", always_2d=True)
    return np.ascontiguousarray(back.T), rate


def _aac(audio: Audio, sample_rate: int) -> tuple[Audio, int]:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="adts") as container:
        stream = container.add_stream("aac", rate=sample_rate)
        stream.bit_rate, stream.layout = BIT_RATE, "stereo"
        for first in range(0, audio.shape[1], _BLOCK):
            block = np.ascontiguousarray(audio[:, first : first + _BLOCK])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
            frame.sample_rate = sample_rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    file.seek(0)
    with av.open(file, "r") as coded_file:
        frames = [frame.to_ndarray() for frame in coded_file.decode(audio=0)]
    return np.concatenate(frames, axis=1).astype(np.float32), sample_rate
