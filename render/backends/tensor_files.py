"""Files of safetensors: whole or cut off, how many weights they hold, and a digest that reads little."""

from __future__ import annotations

import hashlib
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from structure.base.errors import WeightsError
from structure.base.files import pointer_fault
from structure.base.jsonfile import parse_json

_LARGEST_HEADER = 100 * 1024**2
_PROBES = 16
_PROBE_BYTES = 1 << 16


def read_header(file: Path) -> Mapping[str, Any]:
    """Return the header of a safetensors file. Raises WeightsError where it is damaged or cut off."""
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            (length,) = struct.unpack("<Q", stream.read(8))
            if length > min(size, _LARGEST_HEADER):
                raise ValueError("its header is longer than the file")
            header = parse_json(stream.read(length))
        end = max(
            (entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"),
            default=0,
        )
        if 8 + length + end != size:
            raise ValueError("it is cut off" if 8 + length + end > size else "it is too long")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, struct.error) as exc:
        raise WeightsError(
            f"{file} {pointer_fault(file) or f'is damaged ({exc})'}",
            path=file,
            hint="" if pointer_fault(file) else "delete it and download it again",
        ) from exc
    return dict(header)


def count_parameters(file: Path) -> int:
    """Return the number of a file's weights, from its header."""
    return sum(
        math.prod(entry["shape"]) for name, entry in read_header(file).items() if name != "__metadata__"
    )


def probe_file(file: Path) -> bytes:
    """Return a digest of a file's size, its header and some evenly spaced blocks of it."""
    size = file.stat().st_size
    found = hashlib.sha256(str(size).encode())
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        found.update(stream.read(min(length, _LARGEST_HEADER)))
        for probe in range(_PROBES):
            stream.seek(max(0, size - _PROBE_BYTES) * probe // (_PROBES - 1), os.SEEK_SET)
            found.update(stream.read(_PROBE_BYTES))
    return found.digest()
