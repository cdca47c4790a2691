"""What bands of a style do to shape a song: builds, fills, what leads into refrains, growth and endings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.types import UnitInterval

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

Hush = Literal["none", "beat", "half", "bar"]
"""How long all are silent at the end of a build: a beat, half a bar, or a bar."""

LeadIn = Literal["none", "stop", "shot", "pickup", "push"]
"""How a band goes into its refrains: as it is; after a stop of all; with a stroke of all; with a melody
that leads up to it; or with refrains whose chords come early."""

Filling = Literal["none", "eight", "four"]
"""After how many bars drums fill inside a section."""

Growth = Literal["part", "octaves", "harmony", "busier", "key"]
"""What the last refrain has more: a player, chords in octaves, a second voice to the melody, drums and
bass that are busier, or a key above."""

Ending = Literal["hold", "ritardando", "stop", "tag", "fade"]
"""How a song ends: on a chord that is held, slower and slower, at once, with its last line once more, or
ever softer."""


class Gestures(BaseModel):
    """The habits of a style, from which each song draws its own, and keeps them.

    ``builds`` is how often sections of a kind rise, ``hushes`` what is silent at the end of those that
    do, ``rolls`` which drum rolls in them. ``answers`` is how often two share the melody of a section that
    returns varied. ``grows`` is how often a last refrain is larger, ``growth`` by what. All others are
    weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    builds: dict[str, UnitInterval]
    hushes: dict[Hush, Weight]
    rolls: dict[str, Weight]
    lead_ins: dict[LeadIn, Weight]
    fills: dict[Filling, Weight]
    answers: UnitInterval
    grows: UnitInterval
    growth: dict[Growth, Weight]
    endings: dict[Ending, Weight]

    @model_validator(mode="after")
    def check_there_is_a_choice(self) -> Self:
        """Refuse a line of weights without one above 0."""
        lines: dict[str, Iterable[float]] = {
            "hushes": self.hushes.values(),
            "rolls": self.rolls.values(),
            "lead_ins": self.lead_ins.values(),
            "fills": self.fills.values(),
            "growth": self.growth.values(),
            "endings": self.endings.values(),
        }
        for name, weights in lines.items():
            if not sum(weights):
                raise ValueError(f"gestures.{name}: one of the weights has to be above 0")
        return self
