"""Broadcast WAV files: audio with its place in time, its loudness and its sections.

A file has a ``bext`` chunk (EBU Tech 3285, version 2), whose time reference says on which sample of the
song it begins, and a cue point with a label and a length for each section (Microsoft and IBM, "Multimedia
Programming Interface and Data Specifications 1.0", 1991): DAWs show them as markers or regions. There is
no date in it, as the same song gives the same bytes. By hand, since libraries read these chunks (wavinfo),
and none writes them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from render.audio.r128 import Loudness
from render.audio.types import Audio
from render.audio.wav import quantise
from render.export.riff import Musical, chunk, info_chunk, ixml_chunk, musical_chunks
from structure.base.files import replacing

ORIGINATOR = "Ritornello"
_PCM, _FLOAT = 1, 3
_UNKNOWN = 0x7FFF
"""What ``bext`` holds for a loudness that was not measured."""

_BLOCK = 1 << 20
_LARGEST = 2**32 - 2**20


@dataclass(frozen=True, slots=True)
class Region:
    """A section in a file: its first sample there, its length in samples, and its name."""

    start: int
    length: int
    label: str


@dataclass(frozen=True, slots=True)
class Wave:
    """What a file says of itself.

    ``time_reference`` is the sample of the song on which it begins, ``track`` what sounds in it, ``music``
    its tempo and key, ``facts`` names by the letters of RIFF's list (``IART``).
    """

    description: str = ""
    time_reference: int = 0
    regions: tuple[Region, ...] = ()
    loudness: Loudness | None = None
    track: str = ""
    music: Musical | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def write_bwf(path: Path, audio: Audio, sample_rate: int, bit_depth: int, wave: Wave) -> None:
    """Write (channels, samples) as integers of 16 bits, dithered, or 24, or, with 32, as floating point.

    The file appears only when it is complete. Raises ValueError for NaN, for samples beyond full scale
    in integers, and for more than 4 GiB.
    """
    channels, count = audio.shape
    size = channels * count * bit_depth // 8
    if size > _LARGEST:
        raise ValueError(f"{size} bytes are too many for a WAV file")

    before = chunk(b"bext", _bext(wave, sample_rate, channels, bit_depth))
    frame = channels * bit_depth // 8
    kind = _FLOAT if bit_depth == 32 else _PCM
    body = struct.pack("<HHIIHH", kind, channels, sample_rate, sample_rate * frame, frame, bit_depth)
    before += chunk(b"fmt ", body if kind == _PCM else body + struct.pack("<H", 0))
    if kind == _FLOAT:
        before += chunk(b"fact", struct.pack("<I", count))

    after = _cues(wave.regions)
    if wave.music:
        after += b"".join(musical_chunks(wave.music, sample_rate))
    if wave.track:
        title = wave.description.partition(":")[0]
        after += ixml_chunk(title, wave.track, channels, wave.music, wave.description)
    after += info_chunk(wave.facts)

    total = 4 + len(before) + 8 + size + size % 2 + len(after)
    with replacing(path) as part, part.open("wb") as file:
        file.write(struct.pack("<4sI4s", b"RIFF", total, b"WAVE") + before)
        file.write(struct.pack("<4sI", b"data", size))
        for first in range(0, count, _BLOCK):
            block = audio[:, first : first + _BLOCK]
            if bit_depth == 32:
                if not np.isfinite(block).all():
                    raise ValueError("samples are not numbers")
                file.write(np.ascontiguousarray(block.T, dtype="<f4").tobytes())
            else:
                # what was rounded to 16 bits before is not dithered again
                steps = np.ascontiguousarray(quantise(block, 24).T, dtype="<i4")
                file.write(steps.reshape(-1, 1).view(np.uint8)[:, 4 - bit_depth // 8 :].tobytes())
        file.write(b"\0" * (size % 2) + after)


def _bext(wave: Wave, sample_rate: int, channels: int, bit_depth: int) -> bytes:
    """Return the body of the chunk that says what the file is, where it begins, and how loud it is."""
    coding = "FLOAT" if bit_depth == 32 else "PCM"
    mode = "stereo" if channels == 2 else "mono"
    history = f"A={coding},F={sample_rate},W={bit_depth},M={mode},T={ORIGINATOR}\r\n"

    loudness = [_UNKNOWN] * 5
    if wave.loudness is not None:
        values = (
            wave.loudness.integrated_lufs,
            wave.loudness.range_lu,
            wave.loudness.true_peak_dbtp,
            wave.loudness.max_momentary_lufs,
            wave.loudness.max_short_term_lufs,
        )
        loudness = [round(100.0 * value) if math.isfinite(value) else _UNKNOWN for value in values]

    return (
        _text(wave.description, 256)
        + _text(ORIGINATOR, 32)
        + bytes(32 + 10 + 8)  # reference, date and time are left open
        + struct.pack("<QH", wave.time_reference, 2)
        + bytes(64)
        + struct.pack("<5h", *loudness)
        + bytes(180)
        + history.encode("ascii")
    )


def _cues(regions: Sequence[Region]) -> bytes:
    """Return a cue point for each region, and a list of their labels and lengths; empty without regions."""
    if not regions:
        return b""
    points = struct.pack("<I", len(regions))
    labels = lengths = b""
    for number, region in enumerate(regions, 1):
        points += struct.pack("<II4sIII", number, region.start, b"data", 0, 0, region.start)
        labels += chunk(b"labl", struct.pack("<I", number) + region.label.encode() + b"\0")
        lengths += chunk(b"ltxt", struct.pack("<II4sHHHH", number, region.length, b"rgn ", 0, 0, 0, 0))
    return chunk(b"cue ", points) + chunk(b"LIST", b"adtl" + labels + lengths)


def _text(text: str, size: int) -> bytes:
    """Return a field of fixed length in ASCII, which is all that ``bext`` knows."""
    return text.encode("ascii", "replace")[:size].ljust(size, b"\0")
