"""What the wishes for a song ask of its form: which sections, how often, where, and for how many bars."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from structure.base.errors import SpecError
from structure.base.labels import kind_of
from structure.presets.forms import load_form
from structure.specs.wishes import LAST, Polarity, When, Wish, Wishes, is_loop

MUCH_AT_START = 2
"""Bars from which on what is alone at the start of a song is worth an intro of as many bars."""

_LETTERED = re.compile(r"[a-h](?:'|[\s,-])*(?:[a-h](?:'|[\s,-])*)+", re.I)


@dataclass(frozen=True, slots=True)
class Beside:
    """``section`` comes directly before or after a visit of ``anchor``, both being kinds of section.

    ``visit`` counts from 1; :data:`~structure.specs.wishes.LAST` is the last.
    """

    section: str
    side: Literal["before", "after"]
    anchor: str
    visit: int = 1


@dataclass(frozen=True, slots=True)
class Timed:
    """``section`` begins at a bar of the song, counted from 0, or at the bar line nearest to a second."""

    section: str
    bar: int | None = None
    seconds: float = 0.0

    def line(self, bar_s: float) -> int:
        """Return the bars before it, where a bar lasts ``bar_s`` seconds."""
        return int(self.seconds / bar_s + 0.5) if self.bar is None else self.bar


@dataclass(frozen=True, slots=True)
class Lasting:
    """The length of all visits of a kind of section, or of one, in bars or in seconds.

    ``way`` is "more" or "less" where it is a bound: a long section has at least so many bars.
    """

    section: str
    amount: float
    in_seconds: bool = False
    visit: int | None = None
    way: Polarity = "want"

    def beside(self, usual: int) -> Lasting:
        """Return the very length of a long section, or a short one, that usually has so many bars."""
        if self.in_seconds:
            return self
        if self.way == "more":
            return replace(self, amount=max(self.amount, -(-3 * usual // 8) * 4))
        if self.way == "less":
            return replace(self, amount=min(self.amount, max(2, usual // 2)))
        return self

    def bars(self, bar_s: float) -> int:
        """Return the length in whole bars, at least one."""
        return max(1, int((self.amount / bar_s if self.in_seconds else self.amount) + 0.5))


_FRAMES = ("intro", "outro", "coda")
"""What a song that goes round has only where it is asked for: it neither begins nor ends."""

_CLOSING = ("outro", "coda")
"""What a song that stops dead has only where it is asked for: it is over before anything calms down."""

_EPISODES = frozenset({"solo", "instrumental", "bridge", "breakdown", "interlude"})
"""Kinds of section that a song may have once, and where it is asked for."""


@dataclass(frozen=True, slots=True)
class FormAsks:
    """All that is asked of a form. Sections are kinds.

    ``walk`` is the whole walk, ``named`` a form by name. ``counts`` are exact numbers of visits, ``least``
    fewest ones. ``starts`` and ``ends`` are what the song begins and ends with, and how often in a row.
    """

    walk: tuple[str, ...] = ()
    named: str | None = None
    wanted: frozenset[str] = frozenset()
    unwanted: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    least: Mapping[str, int] = field(default_factory=dict)
    beside: tuple[Beside, ...] = ()
    starts: tuple[str, int] | None = None
    ends: tuple[str, int] | None = None
    timed: tuple[Timed, ...] = ()
    lengths: tuple[Lasting, ...] = ()

    @property
    def shapes_walk(self) -> bool:
        """Return whether more is asked of the walk than that some kinds are in it and others are not."""
        split = any(length.visit is not None for length in self.lengths)
        often = any(number > 1 for number in self.least.values())
        return bool(self.counts or often or self.beside or self.starts or self.ends or self.timed or split)

    @property
    def wanted_inside(self) -> frozenset[str]:
        """Return the kinds that are to come in a song, without those that only begin or end it.

        A song that ends with a solo has no other because of that. Verses and refrains come anyway.
        """
        edges = {edge[0] for edge in (self.starts, self.ends) if edge is not None}
        return self.wanted - (edges & _EPISODES)


def form_asks(wishes: Wishes) -> FormAsks:
    """Return what the wishes ask of the form. Of two that say the same thing, the first counts."""
    found = [wish for wish in wishes.wishes if wish.polarity in ("want", "more")]
    sections = [wish for wish in found if wish.kind == "section" and _kind(wish.what)]
    placed = [*sections, *(solo for wish in found if (solo := _solo_section(wish)) is not None)]
    walk, named = _whole_form(found)
    unwanted = {
        _kind(wish.what) for wish in wishes.wishes if wish.kind == "section" and wish.polarity == "avoid"
    }
    if is_loop(wishes):
        unwanted |= set(_FRAMES)
    elif any(
        wish.kind == "event" and wish.what == "stop" and _is_at_edge(wish.when, "end") for wish in found
    ):
        unwanted |= set(_CLOSING)
    least = _fewest(wishes.wishes)
    wanted = {_kind(wish.what) for wish in placed} | set(least)

    lengths = [
        Lasting(kind, wish.amount, wish.what == "seconds", wish.where.visit, wish.polarity)
        for wish in wishes.wishes
        if wish.kind == "length"
        and wish.polarity != "avoid"
        and wish.amount is not None
        and (kind := _kind(wish.where.section or ""))
    ]
    if "intro" not in unwanted and all(length.section != "intro" for length in lengths):
        # Who is to be alone at the start for so many bars has an intro as long.
        alone = [w for w in found if w.kind in ("ensemble", "part") and _is_at_edge(w.when, "start")]
        bars = next((wish.amount for wish in alone if wish.amount), 0.0)
        lengths += [Lasting("intro", bars)] if bars >= MUCH_AT_START else []

    return FormAsks(
        walk=walk,
        named=named,
        wanted=frozenset(wanted | {length.section for length in lengths} - {""}),
        unwanted=frozenset(unwanted - wanted - {""}),
        counts={_kind(w.what): int(w.amount) for w in sections if w.amount and w.when is None},
        least=least,
        beside=tuple(beside for wish in placed if (beside := _beside(wish)) is not None),
        starts=_at_edge(sections, "start"),
        ends=_at_edge(sections, "end"),
        timed=tuple(timed for wish in placed if (timed := _read_time(wish)) is not None),
        lengths=tuple(lengths),
    )


def _kind(name: str) -> str:
    return kind_of(name) or ""


def _whole_form(wishes: Sequence[Wish]) -> tuple[tuple[str, ...], str | None]:
    """Return the walk that is asked for and the name of the form; empty and None where there is none."""
    # Letters say more than a name: "a rondo: A B A C A".
    forms = [wish for wish in wishes if wish.kind == "form"]
    for wish in sorted(forms, key=lambda wish: not read_letters(wish.what)):
        try:
            return (), load_form(wish.what).name
        except SpecError:
            words = re.split(r"[\s,]+", wish.what.lower())
            walk = read_letters(wish.what) or tuple(kind for word in words if (kind := _kind(word)))
            if walk:
                return walk, None
    return (), None


def read_letters(text: str) -> tuple[str, ...]:
    """Return the walk that letters stand for, empty for any other text.

    ``A B A B C B`` is verse, chorus, verse, chorus, bridge, chorus.
    """
    if not _LETTERED.fullmatch(text.strip()):
        return ()
    letters = re.findall(r"[a-h]", text.lower())
    visits = Counter(letters)
    order = list(dict.fromkeys(letters))
    names = ["bridge", "breakdown", "solo", "vamp", "head", "instrumental", "hook"]
    if len(order) > 1 and visits[order[1]] > 1:
        names.insert(0, "chorus")
    found = dict(zip(order, ["verse", *names], strict=False))
    return tuple(found[letter] for letter in letters)


def _fewest(wishes: Sequence[Wish]) -> dict[str, int]:
    """Return how often each kind must come for the places that wishes name to be there."""
    least: dict[str, int] = {}
    for wish in wishes:
        for place in (wish.where, wish.when and wish.when.place):
            kind = _kind(place.section or "") if place else ""
            if place and kind:
                # The last of them is one of several.
                number = 2 if place.visit == LAST else place.visit or 1
                least[kind] = max(least.get(kind, 1), number)

    soloists = {
        wish.where.stem
        for wish in wishes
        if wish.polarity == "want" and wish.when is None and _solo_section(wish) is not None
    }
    if len(soloists) > 1:
        least["solo"] = max(least.get("solo", 1), min(len(soloists), _MOST_SOLOS))
    return least


_MOST_SOLOS = 3
"""Sections that solos get at most where a form has not more by itself."""


def _solo_section(wish: Wish) -> Wish | None:
    """Return a wish for a section for a solo that is in no section by name; None for other wishes."""
    in_section = wish.where.section is not None
    at_place = wish.when is not None and wish.when.place is not None and wish.when.relation == "at"
    if wish.kind != "event" or wish.what != "solo" or in_section or at_place:
        return None
    return Wish(kind="section", what="solo", when=wish.when)


def _beside(wish: Wish) -> Beside | None:
    """Return which section a wish for one puts it beside; None where it is not to be beside another."""
    when = wish.when
    if (
        when is None
        or when.place is None
        or not when.place.section
        or when.relation not in ("before", "after")
    ):
        return None
    anchor = _kind(when.place.section)
    if not anchor or (anchor == _kind(wish.what) and when.place.visit is None):
        return None
    side: Literal["before", "after"] = "before" if when.relation == "before" else "after"
    return Beside(_kind(wish.what), side, anchor, when.place.visit or 1)


def _at_edge(wishes: Sequence[Wish], edge: str) -> tuple[str, int] | None:
    """Return the section that is to begin or end the song, and how often in a row; None for any."""
    return next(
        (
            (_kind(wish.what), int(wish.amount or 1))
            for wish in wishes
            if _is_at_edge(wish.when, edge) and wish.where.section is None
        ),
        None,
    )


def _is_at_edge(when: When | None, edge: str) -> bool:
    return when is not None and when.edge == edge and when.relation == "at"


def _read_time(wish: Wish) -> Timed | None:
    """Return when the section of a wish is to begin; None where no bar or second is said."""
    when = wish.when
    if when is None or when.relation != "at" or wish.where.section is not None:
        return None
    if when.seconds is not None and when.seconds >= 0:
        return Timed(_kind(wish.what), seconds=when.seconds)
    return Timed(_kind(wish.what), bar=when.bar - 1) if when.bar is not None else None
