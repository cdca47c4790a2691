"""What the tunes of a style are like, beside their density and syncopation."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from structure.base.types import UnitInterval

Times = Annotated[float, Field(ge=0.0, le=4.0, allow_inf_nan=False)]
"""How many times as often as usual."""


class TuneStyle(BaseModel):
    """The habits that the tunes of a style have in common; each song draws its own around them.

    ``like`` names the counts of real tunes from which rhythms, intervals and lengths are drawn: ``pop`` or
    ``folk``. ``sixteenths``, ``rests``, ``leaps`` and ``repeats`` (of a pitch) are times as often as
    there; ``held`` is how many times as likely a note is held until the next. ``span`` is the range of a
    song's tunes against what is usual, ``contrast`` how far sections differ in the notes of a bar: 0 not
    at all. With ``upbeats`` a tune begins with its upbeat while others still play alone. ``odd_phrases``
    is how often a section has phrases of three and five bars, ``short_breaths`` how often one of four bars
    breathes after two. ``riffs`` is how often a bar is the one before it again. ``develops`` is how often
    an idea comes back higher, lower, upside down, in pieces or drawn out instead of as it was.
    ``approaches`` are the short notes that come from a semitone below the next, ``blue_notes`` the thirds
    and sevenths that are lowered, ``leanings`` the notes from which the line steps down into its chord, on
    weak beats and less often on strong ones: each the share of those that could be.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    like: Literal["pop", "folk"] = "pop"
    sixteenths: Times = 1.0
    rests: Times = 1.0
    leaps: Times = 1.0
    repeats: Times = 1.0
    held: Times = 1.0
    span: Times = 1.0
    contrast: Times = 1.0
    upbeats: bool = False
    odd_phrases: UnitInterval = 0.15
    short_breaths: UnitInterval = 0.4
    riffs: UnitInterval = 0.1
    develops: UnitInterval = 0.35
    approaches: UnitInterval = 0.0
    blue_notes: UnitInterval = 0.0
    leanings: UnitInterval = 0.15
