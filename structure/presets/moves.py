"""What a mix does over time: a filter that opens, an echo thrown at a line's end, a tape that stops."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

MoveKind = Literal["sweep", "rise", "throw", "wash", "widen", "lift", "fade_in", "fade_out", "tape_stop"]
"""Kinds of moves."""

USUAL_AMOUNTS: dict[MoveKind, float] = {
    "sweep": 0.8,
    "rise": 0.6,
    "throw": 0.6,
    "wash": 0.6,
    "widen": 0.4,
    "lift": 1.5,
    "fade_in": 1.0,
    "fade_out": 1.0,
    "tape_stop": 1.0,
}
"""How far each kind goes by itself: dB for a lift, 0 to 1 for all others."""


class Move(BaseModel):
    """One move of the mix; it returns wherever its section does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    do: MoveKind = Field(
        description="sweep opens a low-pass filter, rise lifts a high-pass; throw sends the ends of lines "
        "to the echo; wash opens the reverb; widen opens the width; lift moves the level; fade_in, "
        "fade_out; tape_stop slows all to a stand."
    )
    section: Annotated[str, Field(min_length=1, max_length=40)] | None = Field(
        default=None, description="A section, or one visit of it such as Chorus 2; all if left out."
    )
    stem: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        default="all", description="Whose move it is."
    )
    bars: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None,
        description="How many bars of the section it takes: the first ones of a fade_in, the last ones of "
        "others; the whole section if left out, the last bar for a tape_stop.",
    )
    amount: Annotated[float, Field(ge=-12.0, le=12.0, allow_inf_nan=False)] | None = Field(
        default=None, description="How far it goes: dB for a lift, 0 to 1 for all others."
    )

    @model_validator(mode="after")
    def check_amount_fits(self) -> Self:
        """Only a lift has decibels, and a tape slows for all that is on it."""
        if self.do != "lift" and self.amount is not None and not 0.0 <= self.amount <= 1.0:
            raise ValueError(f"the amount of a {self.do} is from 0 to 1, not {self.amount:g}")
        if self.do == "tape_stop" and self.stem != "all":
            raise ValueError("a tape_stop is the whole band's; leave out its stem")
        return self

    @property
    def far(self) -> float:
        """How far it goes."""
        return USUAL_AMOUNTS[self.do] if self.amount is None else self.amount
