"""How the harmony of a style moves: how fast, by what inside a bar, and to which keys."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from structure.base.types import UnitInterval

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]

Pace = Literal["half", "bar", "double"]
"""How long a chord of a progression lasts: half as long as it is written, as written, or twice as long."""

Move = Literal[
    "passing",
    "passing_bass",
    "inversion",
    "suspension",
    "colour",
    "approach",
    "two_five",
    "minor_subdominant",
    "diminished",
    "anticipation",
    "neighbour",
    "walk",
    "six_four",
]
"""What chords do inside a bar. ``passing``: another chord of the key in the second half; ``passing_bass``:
an inversion whose bass leads by step into the next; ``inversion``: the whole bar on its third, where the
bass goes by step; ``suspension``: the fourth (or, in minor, the second) before the third; ``colour``: a
seventh, sixth or ninth is added; ``approach``: the dominant of the next chord; ``two_five``: a dominant is
preceded by its second step; ``minor_subdominant``: iv after IV; ``diminished``: a diminished seventh
between two roots a whole step apart; ``anticipation``: the next chord on the last beat; ``neighbour``: the
subdominant over the same bass and back; ``walk``: two chords by step in the last two beats; ``six_four``:
the tonic over the fifth before a dominant that goes home."""


class HarmonicRhythm(BaseModel):
    """The habits of a style, from which each song draws its own, and keeps them.

    ``paces`` are weights; each section of a song has one. ``bars`` is the share of bars in which chords
    move, in the calmest song and in the busiest. ``moves`` are weights, of which a song has ``words``.
    ``late`` is how often a move takes the last beat, or all but the first, and not the second half.
    ``vamps`` is how often a section of a kind stays on its first chord, ``pedals`` how often its chords
    stand over the tonic. ``leads_on`` is how often a section that leads on ends with a cadence. ``beats``
    is how likely chords change with each beat under a tune of the user's own that moves in beats, as
    chorales do; 0 where they last half a bar at least.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    paces: dict[Pace, Weight]
    bars: tuple[UnitInterval, UnitInterval]
    moves: dict[Move, Weight]
    words: Annotated[int, Field(ge=1, le=13)] = 6
    late: UnitInterval = 0.5
    vamps: dict[str, UnitInterval] = Field(default_factory=dict)
    pedals: dict[str, UnitInterval] = Field(default_factory=dict)
    leads_on: UnitInterval = 1.0
    beats: UnitInterval = 0.0

    @model_validator(mode="after")
    def check_there_is_a_choice(self) -> Self:
        """Refuse paces that are all 0, moves that are all 0 where bars move, and unordered ``bars``."""
        if sum(self.paces.values()) <= 0.0:
            raise ValueError("one of `paces` must be above 0")
        if self.bars[1] > 0.0 and sum(self.moves.values()) <= 0.0:
            raise ValueError("one of `moves` must be above 0 where `bars` move")
        if self.bars[0] > self.bars[1]:
            raise ValueError("`bars` is the least share of bars, then the most")
        return self


KeyMove = Literal["relative", "parallel", "fourth", "fifth", "third", "step"]
"""Where a section goes: to the relative key, to major or minor on the same tonic, or the same mode a
fourth, a fifth, a minor third or a whole step above."""


class Modulations(BaseModel):
    """How often a section is in another key than the song, and in which.

    ``sections`` is how often, by the section's name or its kind; ``to`` are the keys with their weights.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    sections: dict[str, UnitInterval] = Field(default_factory=dict)
    to: dict[KeyMove, Weight] = Field(default_factory=dict)

    @model_validator(mode="after")
    def check_there_is_a_key(self) -> Self:
        """Refuse sections in another key where there is no key to go to."""
        if sum(self.sections.values()) > 0.0 and sum(self.to.values()) <= 0.0:
            raise ValueError("one of `to` must be above 0 where `sections` go to other keys")
        return self
