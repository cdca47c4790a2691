"""How many songs fit side by side into the memory there is."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import psutil

_GIB = 1 << 30
BASE_BYTES = round(1.3 * _GIB)
"""What a process needs for a song, whatever its length: libraries, models, a clip under way."""

_STEM_MINUTE_BYTES = round(0.042 * _GIB)
"""What a minute of a stem adds, mostly in the checks, which hold all stems at once."""

_SHARE = 0.9
"""Of the memory that is free, songs may have so much."""


def song_bytes(seconds: float, stems: int) -> int:
    """Return how many bytes a song needs at most, by its length in seconds and its number of stems.

    This was measured on songs of eight stems of 2:00 and 15:00 (docs/under_attack.md).
    """
    return BASE_BYTES + round(_STEM_MINUTE_BYTES * stems * seconds / 60.0)


def free_bytes() -> int:
    """Return the memory that songs may have now: of the system, or of the container that this runs in."""
    free = int(psutil.virtual_memory().available)
    with suppress(OSError, ValueError):
        most = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        if most != "max":
            used = int(Path("/sys/fs/cgroup/memory.current").read_text())
            free = min(free, max(0, int(most) - used))
    return round(_SHARE * free)


def cores() -> int:
    """Return the processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def songs_at_once(free: int, asked: int | None = None) -> int:
    """Return how many songs run side by side: at least one.

    They are as many as ``asked`` for, or one a processor where that is None, but no more than fit into
    ``free`` bytes.
    """
    room = max(1, free // BASE_BYTES)
    return max(1, min(asked if asked is not None else cores(), room))
