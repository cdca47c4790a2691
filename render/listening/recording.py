"""Opens recordings of the user's own, whatever they turn out to be, in bounded time and memory."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from render.audio.shape import resample
from render.audio.types import Audio
from structure.base.errors import AudioFileError
from structure.base.files import pointer_fault

LONGEST_S, LONGEST_STEM_S = 600.0, 3600.0
"""Seconds of a recording that are heard, and that a stem has; the rest is left out, and said."""

_FFMPEG_ENDINGS = (".m4a", ".mp4", ".aac", ".caf", ".wma")
_FFMPEG_S = 120.0
_SILENT = 1e-4
_CLIPPED_AT, _CLIPPED_SHARE = 0.999, 0.0005
_OFF_CENTRE = 0.01
_LOW_RATE = 22_050
_LEAST_RATE, _MOST_RATE = 4_000, 384_000


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording: float32 (1 or 2, samples) at ``rate`` Hz.

    ``faults`` are sentences on what is wrong with its sound, ``left_out`` on what was not taken of it.
    """

    path: Path
    audio: Audio
    rate: int
    faults: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Return its length in seconds."""
        return float(self.audio.shape[1] / self.rate)

    def mono(self, rate: int) -> Audio:
        """Return the mean of its channels, (samples,), at another rate and without its constant part."""
        mean = self.audio.mean(axis=0, keepdims=True, dtype=np.float32)
        mean -= mean.mean(dtype=np.float64).astype(np.float32)
        return np.ascontiguousarray(resample(mean, self.rate, rate)[0], dtype=np.float32)


def read_recording(path: Path, longest_s: float = LONGEST_S) -> Recording:
    """Read a recording, its first ``longest_s`` seconds at most.

    Raises AudioFileError, in one line with the file's name, where it is missing, empty, silent, or no
    audio. M4A and its like are read by ffmpeg, where that is installed.
    """
    if not path.is_file():
        what = "not a file" if path.exists() else "no such recording"
        raise AudioFileError(f"{path}: {what}", path=path)
    if path.stat().st_size == 0:
        raise AudioFileError(f"{path}: the file is empty (0 bytes)", path=path)

    needs_ffmpeg = path.suffix.lower() in _FFMPEG_ENDINGS
    if needs_ffmpeg:
        with suppress(soundfile.SoundFileError, OSError):
            soundfile.info(path)
            needs_ffmpeg = False
    if needs_ffmpeg:
        with tempfile.TemporaryDirectory() as folder:
            return _read(path, _by_ffmpeg(path, Path(folder) / "taken.wav", longest_s), longest_s)
    return _read(path, path, longest_s)


def _by_ffmpeg(path: Path, made: Path, longest_s: float) -> Path:
    """Write a recording that only ffmpeg reads as WAV. Raises AudioFileError."""
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise AudioFileError(
            f"{path}: {path.suffix[1:].upper()} is read by ffmpeg, which is not installed",
            path=path,
            hint="install ffmpeg, or save the recording as WAV, FLAC or MP3",
        )
    # one second more than is taken, so that it shows where something was left out
    wanted = ["-t", f"{longest_s + 1.0:.3f}", "-vn", "-c:a", "pcm_f32le", "-f", "wav", str(made)]
    source = ["-protocol_whitelist", "file", "-i", f"file:{path.absolute()}"]
    try:
        done = subprocess.run(  # noqa: S603  (a list, without a shell; the path is behind "file:")
            [ffmpeg, "-nostdin", "-v", "error", *source, *wanted],
            capture_output=True,
            timeout=_FFMPEG_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise AudioFileError(f"{path}: ffmpeg could not read it ({exc})", path=path) from exc
    if done.returncode or not made.is_file():
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise AudioFileError(
            f"{path}: cannot be read as audio ({said[-1][:200] if said else 'ffmpeg failed'})", path=path
        )
    return made


def _read(path: Path, opened: Path, longest_s: float) -> Recording:
    try:
        with soundfile.SoundFile(opened) as file:
            rate, whole = file.samplerate, file.frames
            if not _LEAST_RATE <= rate <= _MOST_RATE:
                raise AudioFileError(
                    f"{path}: has {rate} samples a second; allowed: {_LEAST_RATE} to {_MOST_RATE}",
                    path=path,
                )
            samples = file.read(round(longest_s * rate), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, ValueError, MemoryError) as exc:
        raise AudioFileError(
            f"{path}: {pointer_fault(path) or f'cannot be read as audio ({exc})'}",
            path=path,
            hint="WAV, FLAC, Ogg, AIFF and MP3 can, and M4A where ffmpeg is installed",
        ) from exc
    if not len(samples):
        raise AudioFileError(f"{path}: holds no samples", path=path)
    if not np.all(np.isfinite(samples)):
        first = int(np.flatnonzero(~np.isfinite(samples).all(axis=1))[0])
        raise AudioFileError(
            f"{path}: holds samples that are not numbers, first at {first / rate:.3f} s", path=path
        )
    audio = np.ascontiguousarray(samples.T[:2])
    if float(np.abs(audio - audio.mean(axis=1, keepdims=True)).max()) < _SILENT:
        raise AudioFileError(f"{path}: is silent", path=path, hint="was the right input recorded?")
    left_out = []
    if whole > len(samples):
        minutes, seconds = divmod(round(whole / rate), 60)
        lasts = f"{minutes}:{seconds:02}"
        if minutes >= 60:
            lasts = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        left_out.append(f"all after {longest_s / 60:.0f} minutes; the file lasts {lasts}")
    if samples.shape[1] > 2:
        left_out.append(f"channels 3 to {samples.shape[1]}; the first two were taken")
    return Recording(path, audio, rate, tuple(_faults(audio, rate)), tuple(left_out))


def _faults(audio: Audio, rate: int) -> list[str]:
    found = []
    clipped = np.abs(audio) >= _CLIPPED_AT
    if clipped.mean() > _CLIPPED_SHARE:
        first = int(np.flatnonzero(clipped.any(axis=0))[0])
        found.append(
            f"it is clipped in {100 * clipped.mean():.1f} % of its samples, first at {first / rate:.2f} s"
        )
    off = float(np.abs(audio.mean(axis=1)).max())
    if off > _OFF_CENTRE:
        found.append(f"it has a constant offset (DC) of {100 * off:.0f} % of full scale")
    if rate < _LOW_RATE:
        found.append(f"it has {rate} samples a second: nothing above {rate // 2} Hz is in it")
    return found
