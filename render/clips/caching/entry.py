"""A clip as bytes, in a file of a cache or on its way between machines.

An entry is a line that names the format, a BLAKE2b digest of all that follows, then a header in JSON and
the samples, float32 in little-endian order, channel by channel. What is not whole, or belongs to another
key, is no clip.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from render.backends.request import Clip
from structure.base.jsonfile import parse_json
from structure.base.plain_text import clean_line

_MAGIC = b"ritornello clip 1\n"
_DIGEST_BYTES = 32
_MOST_HEADER = 1 << 16
_MOST_RATE = 384_000
_LOUDEST = 100.0
"""No sample of a clip is beyond this, 40 dB over full scale: what is would be noise at any fader."""

_Channels = Annotated[int, Field(ge=1, le=2)]
_Samples = Annotated[int, Field(ge=0, lt=2**40)]
_Sentences = Annotated[
    tuple[Annotated[str, Field(max_length=1000), AfterValidator(clean_line)], ...], Field(strict=False)
]


class _Header(BaseModel):
    """What an entry says of its clip."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: str
    shape: Annotated[tuple[_Channels, _Samples], Field(strict=False)]
    sample_rate: Annotated[int, Field(ge=1, le=_MOST_RATE)]
    downbeat_sample: _Samples
    notes: _Sentences = ()
    doubts: _Sentences = ()


def encode_clip(key: str, clip: Clip) -> bytes:
    """Return a clip as the entry of a key; what its backend spent on it is left out."""
    header = {
        "key": key,
        "shape": list(clip.audio.shape),
        "sample_rate": clip.sample_rate,
        "downbeat_sample": clip.downbeat_sample,
    }
    header |= {name: said for name, said in (("notes", clip.notes), ("doubts", clip.doubts)) if said}
    samples = np.ascontiguousarray(clip.audio, dtype="<f4").tobytes()
    body = json.dumps(header).encode() + b"\n" + samples
    return _MAGIC + _digest(body) + body


def decode_clip(data: bytes, key: str) -> Clip | None:
    """Return the clip in an entry; None where it is not whole, not the one of ``key``, or no sound.

    A digest says that nothing was lost, and not who wrote it.
    """
    start = len(_MAGIC) + _DIGEST_BYTES
    body = memoryview(data)[start:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : start] != _digest(body):
        return None
    end = data.find(b"\n", start, start + _MOST_HEADER)
    if end < 0 or (len(data) - end - 1) % 4:
        return None
    try:
        header = _Header.model_validate(parse_json(data[start:end]))
    except ValueError:  # pydantic's ValidationError is one
        return None
    samples = np.frombuffer(data, dtype="<f4", offset=end + 1)
    channels, length = header.shape
    if header.key != key or channels * length != len(samples):
        return None
    if not float(np.abs(samples).max(initial=0.0)) <= _LOUDEST:  # nor is NaN
        return None
    return Clip(
        np.array(samples.reshape(header.shape), dtype=np.float32),
        header.sample_rate,
        header.downbeat_sample,
        notes=header.notes,
        doubts=header.doubts,
    )


def _digest(body: bytes | memoryview) -> bytes:
    return hashlib.blake2b(body, digest_size=_DIGEST_BYTES).digest()
