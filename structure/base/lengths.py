"""How long a song should be: ``3:20``, ``200 s``, ``3 min 20 s``, ``96 bars`` or plain seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from structure.base.types import LATEST_BAR

SHORTEST_S = 5.0
"""Seconds; a shorter song has no form."""

LONGEST_S = 1800.0
"""Seconds (30 minutes)."""

FORMATS = "'3:20', '200 s', '3 min 20 s', '96 bars' or plain seconds"
"""How a length may be written, for error messages."""

_NUMBER = r"(\d+(?:\.\d+)?)"
_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(\.\d+)?")
_BARS = re.compile(r"(\d+)\s*(?:bars?|measures?)")
_SECONDS = re.compile(_NUMBER)
_UNITS = re.compile(
    rf"(?:{_NUMBER}\s*(?:h|hrs?|hours?)\b\s*)?"
    rf"(?:{_NUMBER}\s*(?:m|mins?|minutes?)(?=\d|\b)\s*)?"
    rf"(?:{_NUMBER}\s*(?:s|secs?|seconds?)\b)?"
)


@dataclass(frozen=True, slots=True)
class SongLength:
    """A length in seconds or in bars; exactly one of the two is set."""

    seconds: float | None = None
    bars: int | None = None


def parse_length(value: str | float) -> SongLength:
    """Read a length; a bare number counts seconds.

    Raises ValueError with what is allowed: 5 s to 30 min, or 1 to 4096 bars.
    """
    text = str(value).strip().lower()
    if match := _BARS.fullmatch(text):
        if len(match[1]) > 9 or not 1 <= int(match[1]) <= LATEST_BAR:
            raise ValueError(f"a song has 1 to {LATEST_BAR} bars, got {match[1][:12]}")
        return SongLength(bars=int(match[1]))

    total = None
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds, fraction = match.groups()
        if int(seconds) <= 59 and (hours is None or int(minutes) <= 59):
            total = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(fraction or 0)
    elif _SECONDS.fullmatch(text):
        total = float(text)
    elif (match := _UNITS.fullmatch(text)) and any(match.groups()):
        hours, minutes, seconds = (float(part or 0) for part in match.groups())
        total = hours * 3600 + minutes * 60 + seconds

    if total is None:
        raise ValueError(f"{value!r} is not a length; write it as {FORMATS}")
    if not SHORTEST_S <= total <= LONGEST_S:
        raise ValueError(f"a song lasts 5 s to 30 min, got {text[:24]}")
    return SongLength(seconds=total)


def format_seconds(seconds: float) -> str:
    """Write seconds as a clock time: ``200`` as ``3:20``, ``3723`` as ``1:02:03``, in whole seconds."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
