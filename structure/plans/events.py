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
