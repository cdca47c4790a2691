"""Bars and seconds: the length of a section or of the song, or how long something lasts."""

from __future__ import annotations

from collections.abc import Sequence

from structure.description.grammar.drafts import (
    Anchor,
    Clause,
    Draft,
    Item,
    Measure,
    are_near,
)


def with_measures(clause: Clause) -> list[Item]:
    """Return the items of a clause without its measures.

    Bars and seconds become the length of a section or of the song, or how long something lasts.
    """
    found: list[Item] = []
    items = clause.items
    for i, item in enumerate(items):
        if not isinstance(item, Measure):
            found.append(item)
            continue
        before = items[i - 1] if i else None
        if isinstance(before, Draft) and before.kind in _ADJECTIVES and i > 1:
            noun = items[i - 2]
            before = noun if isinstance(noun, Anchor) and noun.sections else before
        behind = items[i + 1] if i + 1 < len(items) else None
        timed = items[i - 2] if i > 1 and isinstance(before, Anchor) else None
        length = Draft("length", item.unit, item.start, item.end, item.first, item.last, amount=item.amount)
        place = _place_of_length(clause, item, before, behind)
        if (
            place is None
            and item.relation == "for"
            and isinstance(before, Anchor)
            and before.relation is not None
            and isinstance(timed, Anchor)
            and timed.sections
            and timed.relation is None
        ):
            place = timed  # "a drum break at 1:00 for 4 bars"
        if place is None and item.relation == "for" and _is_of_section(items, before):
            place = before if isinstance(before, Anchor) else None  # "the bridge sits on F for 8 bars"
        if place is not None:
            length.anchors.append(place)
            length.start, length.end = min(length.start, place.start), max(length.end, place.end)
            found.append(length)
        elif (lasting := _lasting(clause, item, before, behind)) is not None:
            lasting.start, lasting.end = min(lasting.start, item.start), max(lasting.end, item.end)
            for one in items:  # all players of a list play for these bars
                if isinstance(one, Draft) and (one is lasting or lasting.kind == "part" == one.kind):
                    one.amount = item.amount
        elif _is_too_short(clause, item):
            for node in clause.nodes[item.first : item.last + 1]:
                node.kind = "unknown"
        else:
            found.append(length)
    return found


def _is_of_section(items: Sequence[Item], before: Item | None) -> bool:
    """Return whether the only wish of a clause so far is a section that is merely named."""
    return (
        isinstance(before, Anchor)
        and before.relation is None
        and bool(before.sections)
        and before is items[0]
    )


def _is_too_short(clause: Clause, item: Measure) -> bool:
    """Return whether a few bars or seconds among other words are no length of a song.

    So it is with the four bars of "four bars of nothing but echo".
    """
    least = _LEAST_BARS if item.unit == "bars" else _LEAST_S
    others = [node for i, node in enumerate(clause.nodes) if not item.first <= i <= item.last]
    said = any(node.kind not in ("filler", "stop", "work", "relation", "number") for node in others)
    return item.amount < least and said


_LEAST_BARS, _LEAST_S = 7.5, 4.0
"""Bars and seconds that are the length of a song only where a clause says nothing else."""


def _place_of_length(
    clause: Clause, item: Measure, before: Item | None, behind: Item | None
) -> Anchor | None:
    """Return the section whose length this is: the one before, the one behind, the header."""
    touches = (
        isinstance(behind, Anchor)
        and bool(behind.sections)
        and behind.first == item.last + 1
        and behind.relation in (None, "at")
    )
    if (
        isinstance(before, Anchor)
        and before.sections
        and are_near(clause, before.last, item.first, (*_OF_LENGTH, *_OF_SECTIONS))
        and not (touches and before.last + 1 < item.first)
    ):
        return before
    if (
        isinstance(behind, Anchor)
        and behind.sections
        and are_near(clause, item.last, behind.first, _OF_LENGTH)
    ):
        return behind if behind.relation in (None, "at") else None
    if isinstance(behind, Draft) and not item.relation:
        following = next(iter(clause.items[clause.items.index(behind) + 1 :]), None)
        if isinstance(following, Anchor) and following.sections and following.relation is None:
            between = (*_OF_LENGTH, "player", "mood", "sound", "energy", "pace")
            return following if are_near(clause, item.last, following.first, between) else None
    headed = clause.header is not None and bool(clause.header.sections)
    return clause.header if headed and not item.relation else None


_OF_LENGTH = ("filler", "relation", "stop", "linker", "exact", "ordinal", "number")


_OF_SECTIONS = ("mood", "pace", "energy", "sound")
"""Adjectives that may stand behind a section: "un puente lento de 12 compases"."""


_ADJECTIVES = ("mood", "tempo", "energy", "sound")


_LASTING = ("part", "event", "ensemble", "energy", "mood", "sound")


def _lasting(clause: Clause, item: Measure, before: Item | None, behind: Item | None) -> Draft | None:
    """Return what lasts so long: "just drums for 8 bars", "8 bars of drums"."""
    if isinstance(before, Draft) and before.kind == "sound" and item.relation in _LASTS:
        played = [d for d in clause.items if isinstance(d, Draft) and d.last < item.first]
        before = next((d for d in reversed(played) if d.kind in ("event", "part")), before)
    if isinstance(before, Draft) and before.kind in _LASTING and item.relation in _LASTS:
        is_of_song = before.kind == "part" and not before.exact and item.unit == "seconds"
        return None if is_of_song and item.amount >= _LONG else before  # "one riff for six minutes"
    if isinstance(behind, Anchor) and behind.relation == "before" and behind.first <= item.last + 1:
        if behind.edge is not None:
            behind.relation = "at"  # "eight bars before the end"
        return before if isinstance(before, Draft) and before.kind in _LASTING else None

    if isinstance(before, Draft):
        if item.is_long and before.kind == "part":  # "guitar riff 4 bars long"
            is_its_length = before.last + 1 == item.first
        else:  # "a fill of two bars"
            joined = are_near(clause, before.last, item.first, ("filler", "relation"))
            is_its_length = before.kind in ("event", "energy") and item.unit == "bars" and joined
        if is_its_length:
            return before

    if isinstance(before, Anchor) and item.relation == "for":
        events = [d for d in clause.items if isinstance(d, Draft) and d.kind == "event"]
        return next((event for event in reversed(events) if event.last < item.first), None)
    of_bars = isinstance(behind, Draft) and behind.kind in _LASTING[:3] and item.unit == "bars"
    if isinstance(behind, Draft) and of_bars and are_near(clause, item.last, behind.first, _OF_BARS):
        return behind
    return None


_LONG = 60.0
"""Seconds that nobody among others is asked to play: so many are the length of the song."""

_LASTS = ("for", "over", "during", "in")


_OF_BARS = ("filler", "exact", "sound", "relation", "mood")
