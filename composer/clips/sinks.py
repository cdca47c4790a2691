"""Where endless music goes: a file, a pipe or the sound card; and where new prompts come from."""

from __future__ import annotations

import queue
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from render.audio.types import Audio
from structure.base.errors import DeviceError, MissingPackageError

Write = Callable[[Audio], None]


@contextmanager
def to_file(path: Path, sample_rate: int) -> Iterator[Write]:
    """Open a WAV file of 24 bits or a FLAC file of 16 bits, whose header is right after every chunk."""
    import soundfile

    subtype = "PCM_24" if path.suffix.lower() == ".wav" else "PCM_16"
    with soundfile.SoundFile(path, "w", sample_rate, 2, subtype) as file:

        def write(audio: Audio) -> None:
            file.write(audio.T)
            file.flush()

        yield write


@contextmanager
def to_pipe(stream: BinaryIO, sample_rate: int) -> Iterator[Write]:
    """Begin a WAV stream of 16 bits and unknown length.

    Players such as ffplay and aplay take it from a pipe.
    """
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, sample_rate, 4 * sample_rate, 4, 16)
    stream.write(b"RIFF\xff\xff\xff\xffWAVE" + form + b"data\xff\xff\xff\xff")

    def write(audio: Audio) -> None:
        stream.write(np.rint(np.clip(audio, -1.0, 1.0) * 32767.0).astype("<i2").T.tobytes())
        stream.flush()

    yield write


@contextmanager
def to_sound_card(sample_rate: int) -> Iterator[Write]:
    """Open the default sound output; one chunk plays while the next is made. Raises RitornelloError."""
    try:
        import sounddevice
    except (ImportError, OSError) as exc:
        raise MissingPackageError("--play", "sounddevice", "play") from exc
    waiting: queue.Queue[Audio | None] = queue.Queue(maxsize=2)
    try:
        stream = sounddevice.OutputStream(samplerate=sample_rate, channels=2, dtype="float32")
    except sounddevice.PortAudioError as exc:
        raise DeviceError(f"no sound card can be opened: {exc}", field="--play") from exc

    def feed() -> None:
        while (audio := waiting.get()) is not None:
            stream.write(np.ascontiguousarray(audio.T))

    with stream:
        feeder = threading.Thread(target=feed, daemon=True)
        feeder.start()
        try:
            yield waiting.put
        finally:
            waiting.put(None)
            feeder.join()


class PromptLines:
    """New prompts: lines typed on standard input, and lines appended to a file."""

    def __init__(self, file: Path | None, *, stdin: bool) -> None:
        self._file = file
        self._read = 0 if file is None or not file.is_file() else file.stat().st_size
        self._typed: queue.SimpleQueue[str] = queue.SimpleQueue()
        if stdin:
            threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._typed.put(line.strip())

    def __call__(self) -> Sequence[str]:
        """Return the prompts that are new since the last call, without waiting for any.

        Typed prompts come first, then those appended to the file. Blank lines are left out.
        """
        found = []
        while not self._typed.empty():
            found.append(self._typed.get())
        if self._file is not None and self._file.is_file():
            with self._file.open(encoding="utf-8", errors="replace") as file:
                file.seek(self._read)
                found += [line.strip() for line in file]
                self._read = file.tell()
        return [prompt for prompt in found if prompt]
