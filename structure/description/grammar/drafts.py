"""What a clause is made of: wishes in the making, places and times that they may hang on, and lengths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from structure.description.grammar.nodes import Node
from structure.specs.wishes import Edge, Polarity, WishKind

AnchorRelation = Literal["at", "before", "after", "until", "from"]


@dataclass(slots=True)
class Draft:
    """A wish in the making; see :class:`~structure.specs.wishes.Wish`.

    ``first`` and ``last`` are the nodes of its clause that say it. ``exact`` says that nobody else plays,
    ``seldom`` that it plays nowhere else, ``sheds`` that the others have just stopped,
    ``stands_out`` that it is called solo, ``leads`` that it gets to its place, ``rests`` that who leaves is
    back behind it, ``turns`` that it leaves and comes back again and again.
    """

    kind: WishKind | Literal["everybody"]
    what: str
    start: int
    end: int
    first: int = 0
    last: int = 0
    amount: float | None = None
    allowed: tuple[float, float] | None = None
    polarity: Polarity = "want"
    exact: bool = False
    stem: str | None = None
    edge: Edge | None = None
    follows: bool = False
    only: bool = False
    seldom: bool = False
    leads: bool = False
    rests: bool = False
    sheds: bool = False
    stands_out: bool = False
    turns: bool = False
    copies: int = 1
    times: int | None = None
    anchors: list[Anchor] = field(default_factory=list)


@dataclass(slots=True)
class Anchor:
    """A place or a time. Without a ``relation`` it is a mere mention of a section.

    ``leads`` is a place that something leads up to ("a fill into the chorus"), ``exactly`` its first bar
    ("a crash at the chorus"), ``late`` one before which nothing happens ("only after it"). ``whose``
    is the player of a solo ("after the piano solo"), ``over`` the second at which a time is over ("0:45 to
    1:15"). ``is_half`` says that all of the half of something is meant that begins or ends in its middle,
    ``is_each`` that it is every visit of a section, one after another.
    """

    start: int
    end: int
    first: int
    last: int
    relation: AnchorRelation | None = None
    sections: list[tuple[str, int | None]] = field(default_factory=list)
    bar: int | None = None
    seconds: float | None = None
    edge: Edge | None = None
    amount: float | None = None
    forward: bool = False
    count: int | None = None
    leads: bool = False
    exactly: bool = False
    late: bool = False
    whose: str | None = None
    over: float | None = None
    is_half: bool = False
    is_each: bool = False


@dataclass(slots=True)
class Measure:
    """A number of bars or of seconds that belongs to what stands beside it, or to the song."""

    unit: Literal["bars", "seconds"]
    amount: float
    start: int
    end: int
    first: int
    last: int
    relation: str = ""
    is_long: bool = False


Item = Draft | Anchor | Measure


@dataclass(slots=True)
class Clause:
    """The items of a clause, and the header that stands above it ("Chorus: …")."""

    nodes: list[Node]
    items: list[Item]
    header: Anchor | None = None


SCOPED = (
    "section",
    "genre",
    "mood",
    "tempo",
    "key",
    "event",
    "energy",
    "harmony",
    "groove",
    "sound",
    "part",
    "ensemble",
    "meter",
    "mix",
)
"""Kinds of wish that may be for a part of the song."""


THEN = ("then", "and then", "followed by", "which then", "then a", "later", "and later")
"""Words that begin what comes next."""


WHICH = ("that", "which", "who", "that only", "which only", "who only")
"""Words that begin what is said of the player right in front of them."""


def are_near(clause: Clause, first: int, last: int, kinds: Sequence[str]) -> bool:
    """Return whether only nodes of some kinds stand between two nodes of a clause."""
    return all(node.kind in kinds for node in clause.nodes[first + 1 : last])


def anchors_of(items: Iterable[Item]) -> list[Anchor]:
    """Return the places and times among the items of a clause."""
    return [item for item in items if isinstance(item, Anchor)]


def changes_key(draft: Draft) -> bool:
    """Return whether a draft is for a key that goes up or down, or changes somehow."""
    return draft.kind == "key" and draft.what in ("up", "down", "change")


def is_time(anchor: Anchor) -> bool:
    """Return whether a place is a bar or a second that something begins at."""
    return anchor.relation in ("at", "after", "from") and (
        anchor.bar is not None or anchor.seconds is not None
    )
