"""What somebody wants of a song, as data: one wish for each thing that a sentence or a field asks for.

A planner takes wishes, not words. After planning, each wish has an outcome: the song obeys it, it is
impossible for a reason, or nobody understood it. The fields of a spec are wishes that were written down, so
the same outcomes serve both. Nothing here reads a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from typing import Annotated, Literal

from pydantic import Field

from structure.base.codec import Stored
from structure.base.types import LATEST_BAR, SectionName, StemName

WishKind = Literal[
    "genre",
    "mood",
    "era",
    "tempo",
    "key",
    "meter",
    "length",
    "form",
    "section",
    "ensemble",
    "part",
    "event",
    "energy",
    "harmony",
    "groove",
    "lyrics",
    "sound",
    "mix",
    "unknown",
]
"""What a wish is about: ``ensemble`` is who plays at all, ``part`` what one of them plays, ``event`` what
happens at one place, ``sound`` how an instrument or the whole sounds. ``unknown`` are words that nobody
understood."""

Polarity = Literal["want", "avoid", "more", "less"]
"""``avoid`` is "no drums"; ``more`` and ``less`` compare with what would be planned without the wish."""

Relation = Literal["at", "before", "after"]
"""How the time of a wish lies to the place that it names."""

OutcomeKind = Literal["obeyed", "impossible", "not_understood"]
"""What became of a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where(Stored):
    """The part of a song that a wish is for; what is left out is all of it.

    ``visit`` counts the visits of ``section`` from 1. Raises ValueError for a visit of no section.
    """

    section: SectionName | None = None
    visit: Annotated[int, Field(ge=1)] | None = None
    stem: StemName | None = None

    def __post_init__(self) -> None:
        if self.visit is not None and self.section is None:
            raise ValueError(f"visit {self.visit} needs the section that is visited")
        if self.visit is not None and self.visit < 1:
            raise ValueError(f"visits count from 1, not from {self.visit}")


WHOLE_SONG = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Stored):
    """A time in a song: at, before or after a bar (from 1), a second, or a place.

    Bars count from the start of the wish's ``where``, seconds from the start of the song. Raises ValueError
    unless exactly one of the three is given.
    """

    relation: Relation = "at"
    bar: Annotated[int, Field(ge=1, le=LATEST_BAR)] | None = None
    seconds: Annotated[float, Field(ge=0)] | None = None
    place: Where | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("bar", "seconds", "place") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "nothing"
            raise ValueError(f"a time is a bar, seconds or a place; this one has {said}")
        if self.bar is not None and not 1 <= self.bar <= LATEST_BAR:
            raise ValueError(f"bars count from 1 to {LATEST_BAR}, not {self.bar}")
        if self.seconds is not None and not (isfinite(self.seconds) and self.seconds >= 0):
            raise ValueError(f"{self.seconds} s is no time in a song")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Stored):
    """One thing that is wanted.

    ``what`` is its subject, such as ``strings`` or ``A minor``. ``amount`` is a number that was said, in
    the unit of its kind: beats a minute for a tempo, bars or seconds as ``what`` says for a length, 0 … 1
    for an energy. ``span`` holds the first character of the sentence that says it, and the first one after
    it; None where a field says it. Raises ValueError for a wish for nothing, and an empty span.
    """

    kind: WishKind
    what: str
    where: Where = WHOLE_SONG
    when: When | None = None
    amount: float | None = None
    polarity: Polarity = "want"
    span: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise ValueError(f"a wish of the kind {self.kind!r} says nothing")
        if self.amount is not None and not isfinite(self.amount):
            raise ValueError(f"{self.amount} is no amount")
        if self.span is not None and not 0 <= self.span[0] < self.span[1]:
            raise ValueError(f"characters {self.span[0]} to {self.span[1]} are no part of a sentence")


@dataclass(frozen=True, slots=True)
class Wishes(Stored):
    """A sentence and all that it asks for. Raises ValueError where a span lies outside of the sentence."""

    sentence: str = ""
    wishes: tuple[Wish, ...] = field(default=())

    def __post_init__(self) -> None:
        for wish in self.wishes:
            if wish.span is not None and wish.span[1] > len(self.sentence):
                raise ValueError(
                    f"{wish.what!r} is said to stand at characters {wish.span[0]} to {wish.span[1]} "
                    f"of a sentence of {len(self.sentence)}"
                )

    def words_of(self, wish: Wish) -> str:
        """Return what the sentence says for a wish, "" for one that no sentence says."""
        return self.sentence[slice(*wish.span)] if wish.span is not None else ""


@dataclass(frozen=True, slots=True)
class Outcome(Stored):
    """What became of a wish; ``why`` is a sentence for people.

    Raises ValueError where what is impossible has no reason, where anything else has one, and where
    a wish that was understood counts as not understood or the other way round.
    """

    wish: Wish
    result: OutcomeKind
    why: str = ""

    def __post_init__(self) -> None:
        result = self.result.replace("_", " ")
        if bool(self.why.strip()) != (self.result == "impossible"):
            needs = "needs a reason" if self.result == "impossible" else "has no reason to give"
            raise ValueError(f"a wish that is {result} {needs}")
        if (self.wish.kind == "unknown") != (self.result == "not_understood"):
            raise ValueError(f"a wish of the kind {self.wish.kind!r} cannot be {result}")
