"""Recordings of the user's own in a song: which part of a file plays in a visit, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from structure.base.codec import Stored
from structure.base.types import Exact


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPiece(Stored):
    """What plays of a recording in a visit.

    ``file`` is its name in the song's folder, ``downbeat_s`` where its first downbeat lies in it. It plays
    ``factor`` times as fast as it was recorded, 1 being untouched. ``passed`` are the song's samples from
    that downbeat to the visit's first one; below 0 where it comes later. ``loop`` are the samples after
    which it begins again, None where it does not. ``goes_on``: the visit after this one plays on in it.
    """

    file: Annotated[str, Field(min_length=1, max_length=1000)]
    downbeat_s: Annotated[float, Field(ge=0.0, le=3600.0)]
    factor: Annotated[float, Field(ge=0.4, le=2.5)] = 1.0
    passed: int = 0
    loop: Exact | None = None
    goes_on: bool = False
