"""Read images as moods: "like a king entering his hall", "for the moment the monster appears"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from structure.description.grammar.nodes import Node

_LIKE = ("like", "as if", "as though", "as in", "it's like", "sounds like", "feels like", "feel like")
"""What an image begins with, right before an article or what somebody is doing."""

_IMAGINE = ("picture", "imagine", "think of", "evoke", "evokes", "evoking", "conjures up", "visualise")
"""Verbs that an image begins with."""

_ARTICLES = ("a", "an", "the", "my", "our", "your", "someone", "somebody", "you", "you're", "we", "i")

_SCENES = ("scene", "moment", "shot", "sequence", "part", "bit", "montage")
"""What a film or a game has that music is for."""

_THERE = ("where", "when", "in", "of", "the", "that", "as", "with")
"""What tells more of a scene."""

_OF_MUSIC = (
    *("player", "genre", "section", "era", "ensemble", "title", "name", "key", "tempo", "meter", "form"),
    *("harmony", "group", "negation", "refusal", "exact"),
)
"""Nodes with which a comparison is one of music: "like a guitar solo"."""

_ENDS = ("stop", "seconds", "period", "bar", "bar_range", "bars", "tempo")

_DOINGS = ("event", "energy", "halt", "groove", "edge", "edge_verb", "key_change")
"""What happens in an image and not in the song."""

_DETAILS = (
    *_DOINGS,
    "unknown",
    "sound",
    "mix",
    "ordinal",
    "number",
    "relation",
    "breaker",
    "sudden",
    "work",
)


def read_images(nodes: Sequence[Node]) -> None:
    """Let an image say its mood alone, in place; one without a mood is not understood as a whole."""
    for first, last in _images(nodes):
        inside = nodes[first:last]
        if any(node.kind in _OF_MUSIC for node in inside):
            continue
        has_mood = any(node.kind == "mood" for node in inside)
        is_strange = any(node.kind == "unknown" for node in inside)
        if has_mood and nodes[first - 1].kind == "unknown":
            nodes[first - 1].kind = "filler"  # "for the moment …"
        for node in inside:
            if has_mood and node.kind in _DETAILS:
                node.kind = "filler"
            elif node.kind in _DOINGS or (node.kind == "sound" and is_strange):
                node.kind = "unknown"


def _images(nodes: Sequence[Node]) -> Iterator[tuple[int, int]]:
    """Yield where images begin, and where each is over."""
    at = 0
    while at < len(nodes):
        first = _begins(nodes, at)
        if first is None:
            at += 1
            continue
        last = next((k for k in range(first, len(nodes)) if nodes[k].kind in _ENDS), len(nodes))
        if last < len(nodes) and nodes[last].kind != "stop":
            last -= 1  # "… at 1:10"
        yield first, last
        at = max(last, at + 1)


def _begins(nodes: Sequence[Node], at: int) -> int | None:
    """Return the first node of an image behind a "like" or a "for the scene where", None for no image."""
    word = nodes[at].token.word
    following = nodes[at + 1].token.word if at + 1 < len(nodes) else ""
    if word in _LIKE or word.endswith(" like"):
        before = nodes[at - 1].kind if at else "stop"
        opens = following.split()[:1]
        kind = nodes[at + 1].kind if at + 1 < len(nodes) else "stop"
        is_picture = kind in ("unknown", "mood", "energy") or opens[:1] == ["being"]
        if before != "player" and (is_picture or (bool(opens) and opens[0] in _ARTICLES)):
            return at + 1
    if word in _IMAGINE and (at == 0 or nodes[at - 1].kind in ("stop", "filler", "breaker")):
        return at + 1
    if word.split()[-1:] and word.split()[-1] in _SCENES and following.split()[:1]:
        leads = [node.token.word for node in nodes[max(0, at - 3) : at]]
        is_for = any(lead.split()[0] in ("for", "it's") for lead in leads) or word.startswith("for")
        if is_for and following.split()[0] in _THERE:
            return at + 1
    return None
