"""Sections that are named, where they stand, and how often they come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.description.grammar.drafts import (
    THEN,
    Anchor,
    Clause,
    Draft,
    Item,
    are_near,
    is_time,
)
from structure.specs.wishes import LAST

_AT_EDGES = ("chorus", "hook", "drop", "bridge", "solo")
"""Sections that may be where a song begins or ends and are not named for it."""


_BEFORE_PLACE = ("filler", "event", "stop", "linker", "times")


_BEHIND_TIME = ("filler", "stop", "linker", "sound")
"""Nodes that may stand between a section and its place or its time."""


def find_sections(clause: Clause, items: Sequence[Item], named: Anchor | None) -> list[Draft]:
    """Return a wish for each section that is named; "solo after the second chorus" says where it stands."""
    found: list[Draft] = []
    for i, item in enumerate(items):
        if not isinstance(item, Anchor):
            continue
        before = items[i - 1] if i else None
        behind = items[i + 1] if i + 1 < len(items) else None
        for section, visit in item.sections:
            draft = Draft("section", section, item.start, item.end, item.first, item.last)
            draft.amount = None if item.count is None else float(item.count)
            found.append(draft)
            if item.count is not None and visit == LAST and _is_repeated(clause, item):
                draft.anchors.append(replace(item, relation="at", sections=[], edge="end"))
                continue
            if item.relation is not None:
                continue

            if isinstance(before, Anchor) and before.forward and section in _AT_EDGES:
                draft.anchors.append(replace(before, forward=False))  # "starts with the chorus"
            elif (
                isinstance(behind, Anchor)
                and behind.relation is not None
                and not behind.forward
                and are_near(clause, item.last, behind.first, _BEFORE_PLACE)
            ):
                draft.anchors.append(behind)
                draft.end = behind.end
            elif isinstance(before, Anchor) and _stands_behind(clause, before, item):
                # "At 1:00 a drop", "after the second chorus comes a breakdown".
                draft.anchors.append(replace(before, relation="at") if is_time(before) else before)
                draft.start = before.start
            elif (at := _time_around(clause, items, i)) is not None:
                draft.anchors.append(replace(at, relation="at"))
            elif i == 0 and named is not None and named.edge is None and clause.nodes[0].value in THEN:
                if not named.sections and named.over is None:
                    continue
                after = Anchor(draft.start, draft.end, 0, 0, "after", list(named.sections))
                if named.over is not None:
                    after.relation, after.seconds = "at", named.over  # "0:45 to 1:15, then the drop"
                draft.anchors.append(after)
    return found


def _stands_behind(clause: Clause, place: Anchor, section: Anchor) -> bool:
    """Return whether a place in front of a section says where this stands."""
    if is_time(place):
        return are_near(clause, place.last, section.first, _BEHIND_TIME)
    is_beside = place.relation in ("after", "before") and len(place.sections) == 1
    is_beside = is_beside and place.sections[0][0] != section.sections[0][0]
    return is_beside and are_near(clause, place.last, section.first, ("filler", "stop"))


def _time_around(clause: Clause, items: Sequence[Item], i: int) -> Anchor | None:
    """Return the time that a section is at by the header above it, or by the end of its clause; else None.

    At the end stands that of "break it down to just hats at 1:20".
    """
    last = items[-1]
    players = items[i + 1 : -1]
    alone = all(isinstance(item, Draft) and item.kind == "part" and item.exact for item in players)
    if players and alone and isinstance(last, Anchor) and is_time(last):
        return last
    header = clause.header
    return header if header is not None and i == 0 and is_time(header) else None


def _is_repeated(clause: Clause, section: Anchor) -> bool:
    """Return whether a section is said to come again: "the last chorus twice", "repeat the last chorus"."""
    said = clause.nodes[section.first : section.last + 2]
    if said and said[-1].token.word.startswith("repeat"):
        said = clause.nodes[section.first : section.last + 3]  # "the last chorus repeats twice"
    return any(node.kind in ("times", "multiple") for node in said)
