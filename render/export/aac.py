"""The master as AAC in MP4 (``.m4a``), with tags, cover and chapters.

FFmpeg writes it, through the optional package PyAV. Apple's atoms are by mutagen, chapters by FFmpeg,
which writes Nero's list and a QuickTime track.
"""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from mutagen.mp4 import MP4, AtomDataType, MP4Cover, MP4FreeForm

from render.audio.types import Audio
from render.export.bwf import ORIGINATOR
from render.export.encode import GENERATED, Tags
from structure.base.errors import MissingPackageError
from structure.base.files import replacing

_BIT_RATE = 320_000
"""With less, FFmpeg's encoder has too little for the first frames of a song that begins at once."""

_BLOCK = 1 << 16
_OWN = "----:com.apple.iTunes:"
_PNG = b"\x89PNG"


def check_can_write_m4a() -> None:
    """Raise MissingPackageError where PyAV is not installed."""
    if find_spec("av") is None:
        raise MissingPackageError("AAC", "av", "coders", "export to another format")


def write_m4a(path: Path, audio: Audio, tags: Tags) -> None:
    """Write (2, samples) as AAC of at most 320 kbit/s. The file appears only when it is complete.

    Raises MissingPackageError where PyAV is not installed.
    """
    check_can_write_m4a()
    av: Any = import_module("av")
    rate = tags.sample_rate
    chapters = [
        {
            "id": number,
            "start": chapter.start,
            "end": chapter.start + chapter.length,
            "time_base": Fraction(1, rate),
            "metadata": {"title": chapter.label},
        }
        for number, chapter in enumerate(tags.chapters)
    ]
    with replacing(path) as part:
        with av.open(str(part), "w", format="ipod", container_options={"fflags": "+bitexact"}) as container:
            container.set_chapters(chapters)
            stream = container.add_stream("aac", rate=rate)
            stream.bit_rate, stream.layout = _BIT_RATE, "stereo"
            for first in range(0, audio.shape[1], _BLOCK):
                block = np.ascontiguousarray(audio[:, first : first + _BLOCK], dtype=np.float32)
                frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

        file = MP4(part)
        file.update(_atoms(tags))
        file.save()


def read_m4a(path: Path) -> tuple[Audio, int]:
    """Return what a file's decoder gives back, (channels, samples), and its rate in Hz."""
    check_can_write_m4a()
    with import_module("av").open(str(path)) as container:
        rate = container.streams.audio[0].rate
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.concatenate(frames, axis=1).astype(np.float32), rate


def _atoms(tags: Tags) -> dict[str, list[Any]]:
    """Return the tags by the names of their atoms; what is empty is left out."""
    credits = tags.credits
    texts = {
        "\xa9nam": tags.title,
        "\xa9ART": credits.artist,
        "\xa9alb": credits.album,
        "\xa9wrt": credits.composer,
        "\xa9day": credits.year,
        "cprt": credits.copyright,
        "\xa9gen": tags.genre,
        "\xa9cmt": tags.comment,
        "\xa9too": ORIGINATOR,
    }
    found: dict[str, list[Any]] = {name: [str(text)] for name, text in texts.items() if text}
    own = {
        "ISRC": credits.isrc,
        "LABEL": credits.label,
        "initialkey": tags.short_key,
        "SOURCE": GENERATED,
    }
    for name, text in own.items():
        if text:
            found[_OWN + name] = [MP4FreeForm(text.encode(), dataformat=AtomDataType.UTF8)]
    found["tmpo"] = [round(tags.bpm)]
    if credits.track:
        found["trkn"] = [(credits.track, 0)]
    if tags.cover:
        is_png = tags.cover.startswith(_PNG)
        kind = MP4Cover.FORMAT_PNG if is_png else MP4Cover.FORMAT_JPEG
        found["covr"] = [MP4Cover(tags.cover, imageformat=kind)]
    return found
