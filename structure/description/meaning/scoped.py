"""From a draft to its wishes: one for each section or time that it is for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from structure.description.grammar.drafts import Anchor, Draft, changes_key
from structure.description.words.translation import Translation
from structure.specs.wishes import EACH, When, Where, Wish


def wishes_of_draft(draft: Draft, translation: Translation) -> Iterator[Wish]:
    """Yield the wishes of a draft: one for each section that it is for."""
    if draft.kind == "everybody":
        return

    # A span begins and ends between words; a translated one may lie across others.
    source = translation.source
    start, end = translation.span_of(draft.start, draft.end)
    while 0 < start < end and source[start - 1].isalpha() and source[start].isalpha():
        start -= 1
    while start < end < len(source) and source[end - 1].isalpha() and source[end].isalpha():
        end += 1

    scopes = _scopes(draft)
    what = draft.what
    if draft.kind == "title":  # as it is written, in whatever language
        at = translation.text.rfind(what, draft.start, draft.end)
        what = translation.quote(at, at + len(what)).strip("\"'“”„«» ") or what
    for where, when in scopes:
        yield Wish(
            kind=draft.kind,
            what=what,
            where=where,
            when=when,
            amount=draft.amount,
            times=EACH if changes_key(draft) and any(one.is_each for one in draft.anchors) else draft.times,
            allowed=draft.allowed,
            polarity=draft.polarity,
            span=(start, end) if start < end else (0, len(source)),
        )


def _scopes(draft: Draft) -> list[tuple[Where, When | None]]:
    """Return where and when a draft is for; the player of a stem is kept in each.

    Who leaves for a time rests: the draft becomes a rest where it is such a wish.
    """
    edge = When(edge=draft.edge) if draft.edge is not None else None
    _come_back(draft)
    if not draft.anchors:
        return [(Where(stem=draft.stem), edge)]

    anchor, *more = draft.anchors
    is_entry = draft.kind == "event" and draft.what in ("enter", "leave")
    is_moment = draft.kind == "event" and draft.what in _OF_A_MOMENT and anchor.exactly
    is_inside = (
        anchor.relation in (None, "at") and draft.kind != "section" and not is_entry and not is_moment
    )
    found: list[tuple[Where, When | None]] = []
    for section in anchor.sections or _NOWHERE:
        if is_inside and section is not None:
            where = Where(section=section[0], visit=section[1], stem=draft.stem)
            when = When(edge=anchor.edge) if anchor.edge is not None else None
            found.append((where, _half_of(draft, anchor) or when))
            continue
        lasts = draft.kind in ("part", "ensemble", "event", "energy") and draft.what != "enter"
        if draft.amount is None and lasts:
            draft.amount = anchor.amount
        found.append((Where(stem=draft.stem), _when(draft, anchor, section)))

    if more:  # a time besides a place
        second = _when(draft, more[0], (more[0].sections or _NOWHERE)[0])
        return [(where, second) for where, _ in found]
    return [(where, when or (edge if where.section is None else None)) for where, when in found]


def _half_of(draft: Draft, anchor: Anchor) -> When | None:
    """Return the half of a song, or of a section, that a draft is for; None where it is for a moment."""
    if not anchor.is_half or (draft.kind == "event" and draft.what not in _LASTING):
        return None
    if draft.kind in ("section", "key") and draft.what in ("up", "down", "change", "solo"):
        return None
    if anchor.edge == "start":
        return When(relation="before" if draft.polarity == "avoid" else "until", edge="middle")
    return When(relation="after", edge="middle")


_LASTING = ("half_time", "double_time", "thin", "push", "double", "answer", "trade", "stop_time")
"""Events that go on for as long as their place."""


_FIRST = ("verse", 1)
"""A section before which there may be nothing that one could leave."""


_OFTEN = ("verse", "prechorus", "chorus", "hook", "drop")
"""Sections that a song visits again and again."""


def _come_back(draft: Draft) -> None:
    """Take "the guitar lays out for four bars" as a rest, but for that of the last bars.

    One that comes and goes has more rests than one.
    """
    at_end = any(anchor.edge == "end" for anchor in draft.anchors)
    if draft.turns and draft.stem:
        draft.what = "rest"
        draft.polarity = "more" if draft.polarity == "want" else draft.polarity
    if (draft.kind, draft.what) == ("event", "leave") and draft.stem:
        place = draft.anchors[0] if len(draft.anchors) == 1 else None
        if (
            place is not None
            and place.relation in (None, "at")
            and place.sections
            and (
                draft.rests
                or all(
                    name in _OFTEN and (visit is None or (name, visit) == _FIRST)
                    for name, visit in place.sections
                )
            )
        ):
            draft.what = "rest"  # "the guitar drops out in the verses": it is back behind each
        before = [anchor for anchor in draft.anchors if anchor.relation == "before" and anchor.sections]
        if not at_end and before:
            draft.what = "rest"  # "the drums drop out before every chorus"
    amounts = [draft.amount, *(anchor.amount for anchor in draft.anchors)]
    if draft.kind == "event" and draft.what in ("leave", "stop") and any(amounts) and not at_end:
        draft.what = "rest"


_OF_A_MOMENT = ("impact", "fall", "sub_drop")


_LEADING_UP = ("sweep", "riser")


_NOWHERE: Sequence[tuple[str, int | None] | None] = (None,)


def _when(draft: Draft, anchor: Anchor, section: tuple[str, int | None] | None) -> When | None:
    if draft.kind == "section" and anchor.edge == "middle":
        return None  # wherever a form has it
    is_slope = draft.kind == "energy" and draft.what in ("build", "fall")
    if is_slope and anchor.edge == "end" and anchor.leads and anchor.amount is None:
        return None  # "it swells to the end"
    relation = anchor.relation or "at"
    if relation in ("from", "at") and section is None and (half := _half_of(draft, anchor)) is not None:
        return half
    if relation == "from":
        relation = "at"
    if draft.what == "fade" and (anchor.seconds or 0.0) < 0:
        return When(edge="end")  # out of the song
    if relation == "at" and (anchor.seconds or 0.0) < 0:
        relation = "after"  # "the last 30 seconds" are all of them
    if relation == "until" and draft.polarity == "avoid":
        relation = "before"
    if draft.what in _LEADING_UP and draft.amount and anchor.edge == "start":
        return When(bar=int(draft.amount) + 1)  # "a filter opens over the first 16 bars"
    place = None if section is None else Where(section=section[0], visit=section[1])
    edge = anchor.edge if place is None else None
    return When(relation=relation, bar=anchor.bar, seconds=anchor.seconds, edge=edge, place=place)
