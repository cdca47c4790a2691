"""Sections that are said to be long or short, without a figure: "a long, moody piano intro"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from structure.base.labels import kind_of
from structure.description.grammar.drafts import Anchor, Clause, Draft, Item
from structure.description.grammar.nodes import Node
from structure.specs.wishes import Polarity

_WORDS: Mapping[str, Polarity] = {
    **dict.fromkeys(
        ("long", "longer", "lengthy", "extended", "prolonged", "drawn out", "sprawling"), "more"
    ),
    **dict.fromkeys(("short", "shorter", "brief", "concise"), "less"),
}

_BARS_OF_LONG = {"verse": 16.0, "chorus": 16.0, "solo": 16.0, "build": 16.0}
_BARS_OF_SHORT = {"verse": 8.0}
_OTHERWISE_LONG, _OTHERWISE_SHORT = 12.0, 4.0
"""Bars that a long section has at least, and a short one at most."""

_BETWEEN = ("filler", "mood", "sound", "energy", "player", "refusal", "genre", "ordinal")
"""What may stand between "long" and its section."""

_EDGES = {"start": "intro", "end": "outro"}
"""The sections that "a long opening" and "a short ending" are about."""


def mark_long_sections(nodes: Sequence[Node]) -> None:
    """Note at each section whether it is said to be long or short, and by which words.

    The words themselves become fillers. "No long intro" is a short one.
    """
    for i, node in enumerate(nodes):
        way = _WORDS.get(node.token.word)
        if way is None:
            continue
        section = _section_behind(nodes, i) or _section_before(nodes, i)
        if section is None:
            continue
        start = min(node.start, section.start)
        if i and nodes[i - 1].kind == "negation":
            way, start = "less" if way == "more" else "more", min(start, nodes[i - 1].start)
            nodes[i - 1].kind = "filler"
        section.long = way, start, max(node.end, section.end)
        node.kind = "filler"


def _section_behind(nodes: Sequence[Node], i: int) -> Node | None:
    for k, node in enumerate(nodes[i + 1 :], start=i + 1):
        if _name_of(node):
            return node
        is_list = node.value == "," and k + 1 < len(nodes) and nodes[k + 1].kind in _BETWEEN
        if node.kind not in _BETWEEN and not is_list:
            return None
    return None


def _section_before(nodes: Sequence[Node], i: int) -> Node | None:
    """Return the section of "keep the intro short"."""
    ends = i + 1 == len(nodes) or nodes[i + 1].kind in ("stop", "breaker", "linker")
    k = i - 1
    while k >= 0 and (nodes[k].kind == "filler" or nodes[k].value == ":"):
        k -= 1
    return nodes[k] if ends and k >= 0 and _name_of(nodes[k]) else None


def _name_of(node: Node) -> str:
    if node.kind == "section" or (node.kind, node.value) == ("event", "solo"):
        return str(node.value)
    return _EDGES.get(str(node.value), "") if node.kind == "edge" else ""


def find_long_sections(clause: Clause, items: Sequence[Item]) -> Iterator[Draft]:
    """Yield the lengths of the sections that are marked as long or short."""
    for i, node in enumerate(clause.nodes):
        if node.long is None:
            continue
        way, start, end = node.long
        name = _name_of(node)
        kind = kind_of(name) or ""
        if way == "more":
            amount = _BARS_OF_LONG.get(kind, _OTHERWISE_LONG)
        else:
            amount = _BARS_OF_SHORT.get(kind, _OTHERWISE_SHORT)
        visits = (
            visit
            for item in items
            if isinstance(item, Anchor) and item.first <= i <= item.last
            for section, visit in item.sections
            if section == name
        )
        anchor = Anchor(node.start, node.end, i, i, "at", [(name, next(visits, None))])
        yield Draft("length", "bars", start, end, i, i, amount, polarity=way, anchors=[anchor])


def without_vague_lengths(drafts: Sequence[Draft]) -> list[Draft]:
    """Return drafts without the long and short sections whose length is told in figures, too."""
    told = {_section_of(draft) for draft in drafts if (draft.kind, draft.polarity) == ("length", "want")}
    return [
        draft
        for draft in drafts
        if draft.kind != "length" or draft.polarity == "want" or _section_of(draft) not in told
    ]


def _section_of(draft: Draft) -> str:
    return next((section for anchor in draft.anchors for section, _ in anchor.sections), "")
