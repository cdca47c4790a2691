"""What somebody wants of a song, as data: one wish for each thing that a sentence or a field asks for.

A planner takes wishes, not words. After planning, each wish has an outcome: the song obeys it, it is
impossible for a reason, or nobody understood it. The fields of a spec are wishes that were written down, so
the same outcomes serve both. Nothing here reads a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite
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
    "title",
    "unknown",
]
"""What a wish is about, and so what its subject may be. Subjects are in lower case and in English, whatever
the language of the sentence.

- ``genre``: its usual name, ``bossa nova``.
- ``mood``: an adjective, ``gloomy``.
- ``era``: a decade or an age, ``1980s``, ``baroque``.
- ``tempo``: ``bpm`` with an amount; ``slow``, ``medium`` or ``fast``.
- ``key``: ``C minor``; ``minor`` or ``major`` for a mode alone; ``relative minor`` or ``parallel major``
  for a place; ``up``, ``down`` (amount: semitones) or ``change`` for a key that changes at a place.
- ``meter``: ``3/4``.
- ``length``: ``seconds`` or ``bars``, with an amount; of a section, where ``where`` names one.
- ``form``: kinds of section in order, ``verse chorus verse``; letters, ``A B A``; or a name, ``rondo``.
  A ``loop`` may have any other form: it leads back to its start, and has no ending.
- ``section``: a kind of section that must be there. Amount: how many visits. ``when``: where it stands.
- ``ensemble``: the exact set of players, by commas: nobody else plays. Amount: for so many bars alone.
- ``part``: an instrument or a role that must be heard.
- ``event``: an :data:`~structure.base.types.EventKind`; ``where.stem`` is whose. Who has more than one
  ``rest`` comes and goes.
- ``energy``: ``quiet``, ``loud``, ``build`` or ``fall``.
- ``harmony``: a progression, ``I V vi IV``, or a word for one.
- ``groove``: ``swing``, ``shuffle``, ``straight``, ``four on the floor``, ``half time`` …
- ``lyrics``, ``sound``, ``mix``: words; ``where.stem`` is whose sound.
- ``title``: the title, as it is written.
- ``unknown``: words that nobody understood.
"""

Polarity = Literal["want", "avoid", "more", "less"]
"""``avoid`` is "no drums"; ``more`` and ``less`` compare with what would be planned without the wish."""

Relation = Literal["at", "before", "after", "until"]
"""How the time of a wish lies to the place that it names.

A section before or after a place is next to it. What is avoided before a place is avoided in all that comes
before it, and so for after. ``until`` holds from the start of ``where`` up to the place, and ends there.
"""

LAST = -1
"""The number of the last visit of a section."""

EACH = 0
"""How often something happens that does so at each visit of its place, on top of what it did before."""

EDGE_BARS = 4
"""Bars that the start or the end of something lasts at most, where nobody says."""

LASTING: tuple[WishKind, ...] = ("ensemble", "event", "part", "energy", "groove")
"""Kinds of wish whose amount is bars."""

Edge = Literal["start", "middle", "end"]
"""Where a song, or the part of it that a wish is for, begins, is half over, or ends."""

OutcomeKind = Literal["obeyed", "impossible", "not_understood"]
"""What became of a wish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where(Stored):
    """The part of a song that a wish is for; what is left out is all of it.

    ``section`` is a kind of section, such as ``chorus``. ``visit`` counts its visits from 1; the last is
    :data:`LAST`. Raises ValueError for a visit of no section.
    """

    section: SectionName | None = None
    visit: Annotated[int, Field(ge=LAST)] | None = None
    stem: StemName | None = None

    def __post_init__(self) -> None:
        if self.visit is not None and self.section is None:
            raise ValueError(f"visit {self.visit} needs the section that is visited")
        if self.visit is not None and self.visit < 1 and self.visit != LAST:
            raise ValueError(f"visits count from 1, and the last is {LAST}; {self.visit} is none")


WHOLE_SONG = Where()


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Stored):
    """A time in a song: at, before, after or until a bar (from 1), a second, a place, or an edge.

    Bars count from the start of the wish's ``where``, seconds from the start of the song, or, below 0, from
    its end; an edge is that of ``where``. Raises ValueError unless exactly one of the four is given.
    """

    relation: Relation = "at"
    bar: Annotated[int, Field(ge=1, le=LATEST_BAR)] | None = None
    seconds: float | None = None
    place: Where | None = None
    edge: Edge | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("bar", "seconds", "place", "edge") if getattr(self, name) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "nothing"
            raise ValueError(f"a time is a bar, seconds, a place or an edge; this one has {said}")
        if self.bar is not None and not 1 <= self.bar <= LATEST_BAR:
            raise ValueError(f"bars count from 1 to {LATEST_BAR}, not {self.bar}")
        if self.seconds is not None and not isfinite(self.seconds):
            raise ValueError(f"{self.seconds} s is no time in a song")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Stored):
    """One thing that is wanted.

    ``what`` is its subject, such as ``strings`` or ``A minor``; see :data:`WishKind`. ``amount`` is a
    number that was said, in the unit of its kind: beats a minute for a tempo, bars or seconds as ``what``
    says for a length, semitones for a key that goes up or down, bars for an ensemble or an event that lasts
    so long. ``times`` is how often it happens, where that is said: a key that changes twice, or with
    :data:`EACH` in every chorus. ``allowed`` is the range that was said, where it was one ("between 90 and
    100"). ``span`` holds the first character of the sentence that says it, and the first one after it; None
    where a field says it. ``guessed`` says that no rule knows the words, and that their meaning is only
    near to ``what``.

    Raises ValueError for a wish for nothing, a number of times below 0, an empty span, and a range that
    ends before it begins.
    """

    kind: WishKind
    what: str
    where: Where = WHOLE_SONG
    when: When | None = None
    amount: float | None = None
    times: Annotated[int, Field(ge=EACH)] | None = None
    allowed: tuple[float, float] | None = None
    polarity: Polarity = "want"
    span: tuple[int, int] | None = None
    guessed: bool = False

    def __post_init__(self) -> None:
        if not self.what.strip():
            raise ValueError(f"a wish of the kind {self.kind!r} says nothing")
        if self.amount is not None and not isfinite(self.amount):
            raise ValueError(f"{self.amount} is no amount")
        if self.times is not None and self.times < EACH:
            raise ValueError(f"nothing happens {self.times} times")
        if self.allowed is not None and not -inf < self.allowed[0] <= self.allowed[1] < inf:
            raise ValueError(f"{self.allowed[0]} to {self.allowed[1]} is no range")
        if self.span is not None and not 0 <= self.span[0] < self.span[1]:
            raise ValueError(f"characters {self.span[0]} to {self.span[1]} are no part of a sentence")

    @property
    def names(self) -> tuple[str, ...]:
        """Return what the subject names by commas, as an ensemble names its players."""
        return tuple(name for part in self.what.split(",") if (name := part.strip()))


@dataclass(frozen=True, slots=True)
class Wishes(Stored):
    """A sentence and all that it asks for. ``language`` is its English name, "" for one that is not known.

    Raises ValueError where a span lies outside of the sentence.
    """

    sentence: str = ""
    wishes: tuple[Wish, ...] = field(default=())
    language: str = "English"

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


def is_song_wide(wish: Wish) -> bool:
    """Return whether a wish is for the whole song, and not for a part of it or a time in it."""
    return wish.where.section is None and wish.when is None


def is_next_to(wish: Wish) -> bool:
    """Return whether a wish is for players who are alone in the section before or after another.

    "Just the bass after the second chorus" ends with the section that follows; "just the guitar before the
    first chorus" is all that comes before it.
    """
    when = wish.when
    if (
        wish.kind != "ensemble"
        or wish.polarity != "want"
        or wish.amount
        or when is None
        or when.place is None
    ):
        return False
    is_later = when.place.visit is not None and when.place.visit != 1
    return when.relation == "after" or (when.relation == "before" and is_later)


def named_place(wish: Wish) -> Where:
    """Return the section that a wish names: that of its place, else that of its time."""
    if wish.where.section is not None or wish.when is None:
        return wish.where
    return wish.when.place or wish.where


def is_loop(wishes: Wishes) -> bool:
    """Return whether the song is to lead from its end back to its start, and so has no ending."""
    return any((wish.kind, wish.what, wish.polarity) == ("form", "loop", "want") for wish in wishes.wishes)


def song_wide(wishes: Wishes, kind: WishKind, polarity: Polarity = "want") -> tuple[Wish, ...]:
    """Return the wishes of a kind that are for the whole song, in the order of the sentence."""
    return tuple(
        wish
        for wish in wishes.wishes
        if wish.kind == kind and wish.polarity == polarity and is_song_wide(wish)
    )


@dataclass(frozen=True, slots=True)
class Outcome(Stored):
    """What became of a wish.

    ``why`` is a sentence for people; it says what a song does instead of what is impossible. ``evidence``
    says where, or how, a song obeys: "planned, bars 41-48".

    Raises ValueError where what is impossible has no reason, where anything else has one, where anything
    but what is obeyed has evidence, and where a wish that was understood counts as not understood or the
    other way round.
    """

    wish: Wish
    result: OutcomeKind
    why: str = ""
    evidence: str = ""

    def __post_init__(self) -> None:
        result = self.result.replace("_", " ")
        if bool(self.why.strip()) != (self.result == "impossible"):
            needs = "needs a reason" if self.result == "impossible" else "has no reason to give"
            raise ValueError(f"a wish that is {result} {needs}")
        if self.evidence.strip() and self.result != "obeyed":
            raise ValueError(f"a wish that is {result} has no evidence to give")
        if (self.wish.kind == "unknown") != (self.result == "not_understood"):
            raise ValueError(f"a wish of the kind {self.wish.kind!r} cannot be {result}")
