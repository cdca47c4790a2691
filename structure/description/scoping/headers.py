"""Places that stand in front: a header with a colon, a tag in brackets, "in the bridge, …"."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from structure.description.grammar.drafts import (
    THEN,
    Anchor,
    Clause,
    Draft,
    Item,
    Measure,
    anchors_of,
    is_time,
)
from structure.description.scoping.carrying import OF_SONG
from structure.description.scoping.repeating import REPEATS


def hand_on_headers(clauses: Sequence[Clause]) -> None:
    """Hand a place with a colon or in brackets to what follows, one alone before a comma to the next."""
    header: Anchor | None = None
    previous: Anchor | None = None
    before: Clause | None = None
    until: tuple[str, ...] = ()
    for clause, following in zip(clauses, [*clauses[1:], None], strict=False):
        stop = clause.nodes[0].value if clause.nodes and clause.nodes[0].kind == "stop" else ""
        ends = following.nodes[0].value if following is not None and following.nodes else ""
        first = clause.items[0] if clause.items else None
        only = first if isinstance(first, Anchor) and len(clause.items) == 1 else None

        if stop in until:
            header = None
        if stop == "(" and previous is not None:
            header, until = previous, (")",)
        if "[" in until and any(isinstance(item, Draft) and item.kind == "genre" for item in clause.items):
            header = None  # "[Chorus] [Outro] indie pop, B major": the song again
        if header is not None and not anchors_of(clause.items):
            clause.header = header

        # "In the bridge, drums only": a place that leads on, with no word besides.
        leads_on = (
            only is not None
            and only.relation is not None
            and all(
                node.kind in ("filler", "stop", "linker", "breaker", "ordinal")
                for k, node in enumerate(clause.nodes)
                if not only.first <= k <= only.last
            )
            and not any(node.token.word in REPEATS for node in clause.nodes)
        )
        if only is not None and (ends in (":", "-") or stop == "["):
            header, until = only, (("[", "].") if ends == "]" else (".", ";", "\n", "!", "]", "["))
        elif stop == "[" and ends == "," and isinstance(first, Anchor):
            header, until = first, ("]",)  # "[Intro 4 bars, only guitar]"
        elif only is not None and leads_on and following is not None and ends in (",", *THEN):
            places = anchors_of(following.items)
            if _is_of_song(following) and before is not None and _is_free(before):
                before.header, clause.items = only, []  # "a piano, for the intro, pop"
            elif not places or (is_time(only) and all(place.relation is None for place in places)):
                following.header = only
                clause.items = []
        elif header is not None and anchors_of(clause.items) and stop == "[":
            header = None
        before = clause
        previous = clause.items[-1] if clause.items and isinstance(clause.items[-1], Anchor) else None


def _is_of_song(clause: Clause) -> bool:
    """Return whether a clause is a mere tag that tells of the whole song: ", pop"."""
    drafts = [item for item in clause.items if isinstance(item, Draft)]
    return len(drafts) == len(clause.items) == 1 and drafts[0].kind in OF_SONG


def _is_free(clause: Clause) -> bool:
    """Return whether a clause asks for players or what they do, and has no place of its own."""
    drafts = [item for item in clause.items if isinstance(item, Draft)]
    kinds = ("part", "event", "sound", "energy")
    is_for_players = bool(drafts) and all(draft.kind in kinds for draft in drafts)
    return is_for_players and clause.header is None and not anchors_of(clause.items)


_SHORT, _SHORT_SOLO = 8, 16
"""Bars that no song has alone: so few behind a comma are the length of what was named before it."""


def _is_solo(item: Item | None) -> bool:
    """Return whether an item is the solo of a player."""
    return isinstance(item, Draft) and (item.kind, item.what) == ("event", "solo")


def join_short_lengths(clauses: Sequence[Clause]) -> None:
    """Give a few bars behind a comma to what was named before it: "bass solo, eight bars"."""
    for before, clause in pairwise(clauses):
        item = clause.items[0] if len(clause.items) == 1 else None
        if not isinstance(item, Measure) or item.unit != "bars" or item.relation:
            continue
        named = before.items[-1] if before.items else None
        earlier = before.items[-2] if len(before.items) > 1 else None
        if isinstance(named, Anchor) and named.relation in ("after", "before") and _is_solo(earlier):
            named = earlier  # "a solo after the second chorus, 16 bars"
        if item.amount > (_SHORT_SOLO if _is_solo(named) else _SHORT):
            continue
        if isinstance(named, Anchor) and named.edge is not None and len(before.items) > 1:
            named = before.items[-2]  # "drums only at the start, two bars"
        if isinstance(named, Draft) and _is_solo(named):
            clause.header = Anchor(
                named.start, named.end, named.first, named.last, sections=[("solo", None)]
            )
        elif isinstance(named, Anchor) and named.sections and named.relation is None:
            clause.header = named
        elif isinstance(named, Draft) and named.kind in ("ensemble", "part") and named.exact:
            named.amount, named.end, clause.items = item.amount, item.end, []
