"""The moments of a picture that music is to meet on its downbeats."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from structure.base.exact import Fraction
from structure.base.lengths import LONGEST_S
from structure.base.plain_text import clean_line
from structure.picture.cues import CUE_FILES, Cue
from structure.picture.timecodes import CLOCK, TIMECODE, FrameCount, time_text

MOST_HITS = 64

_HIT = re.compile(rf"\s*({TIMECODE}|{CLOCK})(?:\s+(.*))?\s*", re.DOTALL)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HitSpec(_Model):
    """One moment: ``"0:42.5 logo"`` or ``{at: 42.5, label: logo}``."""

    at: float | str = Field(description="Seconds, 0:42.5, or a timecode such as 01:00:42:12.")
    label: Annotated[str, Field(max_length=80), AfterValidator(clean_line)] = Field(
        default="", description="What happens there."
    )

    @model_validator(mode="before")
    @classmethod
    def check_hit_is_text_or_mapping(cls, value: Any) -> Any:
        """Read a number as a time, and a text as a time and, after a blank, a label."""
        if isinstance(value, str):
            match = _HIT.fullmatch(value)
            return {"at": match[1], "label": match[2] or ""} if match else {"at": value}
        return {"at": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class HitsSpec(_Model):
    """Moments that downbeats are to fall on, as a list, or with how timecodes are counted."""

    at: Annotated[tuple[HitSpec, ...], Field(max_length=MOST_HITS)] = Field(
        default=(), description="The moments: '0:42.5 logo', seconds, or timecodes."
    )
    file: Annotated[str, Field(min_length=1, max_length=1000)] | None = Field(
        default=None,
        description="A cut list (.edl), a table of markers (.csv) or a timeline (.otio) beside the spec.",
    )
    rate: Literal["23.976", "24", "25", "29.97", "30", "47.952", "48", "50", "59.94", "60"] = Field(
        default="24", description="Frames a second of timecodes."
    )
    drop: bool = Field(
        default=False, description="Whether timecodes drop frames where they are written with colons."
    )
    start: str = Field(
        default="",
        description="The timecode at which the music begins; the full hour of the timecodes if left out.",
    )

    @model_validator(mode="before")
    @classmethod
    def check_hits_are_list_or_mapping(cls, value: Any) -> Any:
        """Read a list as moments, and a text as the name of a file or as one moment."""
        if isinstance(value, str):
            return {"file": value} if value.lower().endswith(CUE_FILES) else {"at": (value,)}
        if isinstance(value, list | tuple):
            return {"at": tuple(value)}
        if isinstance(value, dict):
            rate, at = value.get("rate"), value.get("at")
            is_number = isinstance(rate, int | float) and not isinstance(rate, bool)
            own = {"rate": format(rate, "g")} if is_number else {}
            listed = {"at": tuple(at)} if isinstance(at, list) else {}
            return {**value, **own, **listed}
        return value

    @model_validator(mode="after")
    def check_times_can_be_read(self) -> Self:
        """Check that every time can be read, lies after the start, and is not there twice."""
        cues = self.cues
        for cue in cues:
            if not 0 < cue.seconds <= LONGEST_S:
                raise ValueError(f"a hit at {time_text(cue.seconds)}; allowed: after 0 s, up to 30 min")
        twice = next((a for a, b in pairwise(cues) if a.seconds == b.seconds), None)
        if twice is not None:
            raise ValueError(f"two hits at {time_text(twice.seconds)}; remove one of them")
        return self

    @property
    def counting(self) -> FrameCount:
        """Return how timecodes are read."""
        return FrameCount(self.rate, self.drop, self.start)

    @property
    def cues(self) -> tuple[Cue, ...]:
        """Return the moments in order of time. Raises ValueError for a time that cannot be read."""
        found = []
        for hit in self.at:
            seconds = self.counting.seconds(hit.at) if isinstance(hit.at, str) else Fraction(str(hit.at))
            found.append(Cue(Fraction(seconds).limit_denominator(1_000_000), hit.label))
        return tuple(sorted(found, key=lambda cue: cue.seconds))


NO_HITS = HitsSpec()
"""Those of a song for no picture."""
