"""How bands of a style come and go inside sections: habits, which styles carry as data."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.types import Role, UnitInterval

Shape = Literal["full", "gather", "late", "relay", "breath", "without", "scatter"]
"""How a section goes: all play throughout; they enter one after another; some enter late; one takes over
from another; one rests for some bars; one is left out; they leave one after another."""

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

Step = Annotated[int, Field(ge=1, le=16)]

ACCOMPANYING: tuple[Role, ...] = ("drums", "bass", "chords", "pad", "arpeggio")
"""Roles that have no melody."""

OTHER = "other"
"""What stands for all kinds of section that have no line of their own."""


Direction = Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]


Contrast = tuple[Direction, Direction]
"""How a section differs from the middle of its style: lower or higher, and with fewer notes or more."""


class Arrangement(BaseModel):
    """The habits of a style.

    ``order`` is who begins where not all do, the first of them first; melodies come of themselves.
    ``steps`` weighs after how many bars the next one enters. ``shapes`` weighs shapes per kind of section,
    with a line for ``other`` ones. ``thins`` is how often one plays less instead of resting, ``opens`` how
    often a pad has few voices at first. In long sections drums have another groove of the same level from
    the middle on as often as ``turns`` says, or keep time on another cymbal, ``moves_time``. ``contrasts``
    set the sections of an exact ensemble off from each other, the first of them its refrains. Where who
    comps plays less, it holds its chords if ``holds_chords``; a skank or an oom-pah strikes fewer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    order: tuple[Role, ...]
    steps: dict[Step, Weight]
    shapes: dict[str, dict[Shape, Weight]]
    thins: UnitInterval
    opens: UnitInterval
    turns: UnitInterval
    moves_time: UnitInterval
    contrasts: Annotated[tuple[Contrast, ...], Field(min_length=1)]
    holds_chords: bool = True

    @model_validator(mode="after")
    def check_there_is_a_choice(self) -> Self:
        """Refuse weights that leave no choice, and an order that lacks a role.

        Every line of weights needs one above 0, and there has to be a line for all other kinds of section.
        The order has each role that accompanies, once.
        """
        if sorted(self.order) != sorted(ACCOMPANYING):
            raise ValueError(f"the order has {', '.join(ACCOMPANYING)}, each once")
        if OTHER not in self.shapes:
            raise ValueError(f"shapes need a line for {OTHER!r} kinds of section")
        lines = {kind: sum(weights.values()) for kind, weights in self.shapes.items()}
        for name, total in (lines | {"steps": sum(self.steps.values())}).items():
            if not total:
                raise ValueError(f"{name}: one of the weights has to be above 0")
        return self

    def shapes_of(self, kind: str) -> dict[Shape, float]:
        """Return the weights of the shapes of a kind of section."""
        return self.shapes.get(kind, self.shapes[OTHER])
