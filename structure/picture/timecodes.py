"""Times as editors of film write them: seconds, clock times, and timecodes of frames (SMPTE ST 12-1)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from structure.base.exact import Fraction

RATES: dict[str, Fraction] = {
    "23.976": Fraction(24_000, 1001),
    "24": Fraction(24),
    "25": Fraction(25),
    "29.97": Fraction(30_000, 1001),
    "30": Fraction(30),
    "47.952": Fraction(48_000, 1001),
    "48": Fraction(48),
    "50": Fraction(50),
    "59.94": Fraction(60_000, 1001),
    "60": Fraction(60),
}
"""Frames a second, by the names that editors give them."""

TIMECODE = r"\d{1,2}[:.]\d{2}[:.]\d{2}[:;,]\d{2}"
CLOCK = r"(?:(?:\d{1,2}:)?\d{1,3}:)?\d{1,5}(?:\.\d{1,9})?"
FORMATS = "seconds (42.5), minutes and seconds (0:42.5) or a timecode (01:00:42:12)"
"""How times may be written, for error messages."""

_TIMECODE = re.compile(r"(\d{1,2})[:.](\d{2})[:.](\d{2})([:;,])(\d{2})")
_CLOCK = re.compile(CLOCK)
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class FrameCount:
    """How frames are counted.

    ``rate`` is named as usual. ``drops`` says that numbers are dropped to keep up with the clock; a ``;``
    before the frames says so too. ``start`` is the timecode of the song's first downbeat; if left out, the
    full hour of a timecode counts as it.
    """

    rate: str = "24"
    drops: bool = False
    start: str = ""

    def seconds(self, text: str) -> Fraction:
        """Return the exact time of ``0:42.5``, ``42.5`` or ``01:00:42:12`` from the first downbeat.

        Raises ValueError with what is allowed.
        """
        text = text.strip()
        if _TIMECODE.fullmatch(text) is not None:
            frames = self._frames(text)
            zero = self._frames(self.start or f"{text[:-8]}00:00{text[-3]}00")
            if frames < zero:
                raise ValueError(f"{text} is before {self.start}, where the picture starts")
            return (frames - zero) / RATES[self.rate]

        if _CLOCK.fullmatch(text) is None:
            raise ValueError(f"{text!r} is no time; write {FORMATS}")
        parts = [Fraction(part) for part in text.split(":")]
        if any(part >= 60 for part in parts[1:]):
            raise ValueError(f"{text} has more than 59 minutes or seconds")
        return sum((part * 60**i for i, part in enumerate(reversed(parts))), Fraction(0))

    def _frames(self, text: str) -> int:
        """Return the frames from midnight. Raises ValueError for a timecode that there is not."""
        match = _TIMECODE.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no timecode; write it as 01:00:42:12")
        hours, minutes, seconds, frame = (int(match[i]) for i in (1, 2, 3, 5))
        nominal = -(-RATES[self.rate].numerator // RATES[self.rate].denominator)
        if minutes > 59 or seconds > 59:
            raise ValueError(f"{text} has more than 59 minutes or seconds")
        if frame >= nominal:
            raise ValueError(f"{text} has frame {frame}, but at {self.rate} they count 0 to {nominal - 1}")
        frames = nominal * (_HOUR * hours + 60 * minutes + seconds) + frame
        if not self.drops and match[4] == ":":
            return frames
        if self.rate not in ("29.97", "59.94"):
            raise ValueError(f"{text} drops frames, which 29.97 and 59.94 do; the rate is {self.rate}")
        dropped = nominal // 15
        if minutes % 10 and seconds == 0 and frame < dropped:
            raise ValueError(f"{text} is dropped: that minute begins with frame {dropped:02d}")
        total = 60 * hours + minutes
        return frames - dropped * (total - total // 10)


def time_text(seconds: Fraction | float) -> str:
    """Write seconds as a clock time with thousandths: ``42.5`` as ``0:42.500``."""
    minutes, thousandths = divmod(round(float(seconds) * 1000), 60_000)
    return f"{minutes}:{thousandths // 1000:02d}.{thousandths % 1000:03d}"


def exact_time_text(seconds: Fraction) -> str:
    """Write seconds as a clock time to the nanosecond: ``42.5`` as ``0:42.5``."""
    minutes, rest = divmod(round(seconds * 10**9), 60 * 10**9)
    text = f"{rest // 10**9:02d}.{rest % 10**9:09d}".rstrip("0").rstrip(".")
    return f"{minutes}:{text}"
