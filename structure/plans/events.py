"""What happens inside a section, as the arranger decided it: events at bars and beats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from structure.base.codec import Stored
from structure.base.exact import Fraction
from structure.base.grid import MeterText
from structure.base.types import Bars, EventKind, Exact

WHOLE_BAND = "all"
"""``stem`` of an event that is every stem's."""

BRIEF: tuple[EventKind, ...] = (
    "rest",
    "stop",
    "fill",
    "shot",
    "impact",
    "pickup",
    "tag",
    "fermata",
    "meter",
    "riser",
    "sweep",
    "fall",
    "sub_drop",
    "reverse_cymbal",
    "reverse_swell",
)
"""Events that are over by themselves, after a bar at most; all others last to the end of their section."""


@dataclass(frozen=True, slots=True)
class Event(Stored):
    """Something that happens in a section, kept with its identity, so that it returns with it.

    ``bar`` and ``beat`` count from 1, in the section; ``stem`` is one stem's name, or the whole band.
    ``bars`` is how long it lasts; left out, as long as its kind does by itself. ``tempo`` are the beats a
    minute to which a ritardando or an accelerando leads, ``meter`` is that of bars of another metre.
    """

    bar: Bars
    do: EventKind
    stem: str = WHOLE_BAND
    beat: Annotated[Exact, Field(ge=1)] = Fraction(1)
    bars: Bars | None = None
    tempo: Exact | None = None
    meter: MeterText | None = None
