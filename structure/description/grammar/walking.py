"""Walks over the nodes of a clause, and keeps what is still open: a "no", an "only", an "in the"."""

from __future__ import annotations

from collections.abc import Collection

from structure.description.grammar.drafts import Anchor, Draft, Item
from structure.description.grammar.nodes import Node

_FACTS = ("key", "meter", "title")
"""Kinds that a "no" reaches only where it stands right before them."""


class ClauseWalk:
    """The nodes of a clause, the items that were read so far, and the words that bind what comes next."""

    def __init__(self, nodes: list[Node], lengths: bool, kinds: Collection[str]) -> None:
        self._nodes = nodes
        self._has_genre, self._has_tempo = "genre" in kinds, "tempo" in kinds
        self._lengths = lengths
        self._items: list[Item] = []
        self._negation: Node | None = None
        self._exact: Node | None = None
        self._degree: Node | None = None
        self._relation: tuple[int, Node] | None = None
        self._ordinal: Node | None = None
        self._count: Node | None = None
        self._group: Node | None = None
        self._exception: Node | None = None
        self._whose: str | None = None
        self._swapped = False
        self._skip = 0

    def _add(self, draft: Draft) -> None:
        no, nodes = self._negation, self._nodes[: draft.first]
        if no is not None and draft.kind in _FACTS and any(node.start >= no.end for node in nodes):
            self._negation = None  # "without a beat in B minor": the key is wanted
        if self._negation is not None and draft.polarity == "want" and draft.kind != "everybody":
            draft.polarity = "avoid"
            if self._negation_is_near(draft.first):
                draft.start = min(draft.start, self._negation.start)
            if draft.kind not in ("part", "sound", "mood"):
                self._negation = None
        if self._degree is not None and draft.polarity == "want":
            draft.polarity = "more" if self._degree.kind == "more" else "less"
            draft.start = min(draft.start, self._degree.start)
            self._degree = None
        self._items.append(draft)

    def _negation_is_near(self, i: int) -> bool:
        """Return whether only articles and adjectives stand between a "no" and a node."""
        if self._negation is None:
            return False
        between = [n for n in self._nodes[:i] if n.start >= self._negation.end]
        return all(n.kind in ("filler", "sound", "mood", "energy", "ordinal", "number") for n in between)

    def _last_item(self) -> Item | None:
        """Return the item that was read last, or None."""
        return self._items[-1] if self._items else None

    def _following(self, i: int) -> Node | None:
        """Return the node right behind a node, or None."""
        return self._nodes[i + 1] if i + 1 < len(self._nodes) else None

    def _next(self, i: int) -> Node | None:
        """Return the next node behind a node that is no filler, or None."""
        return next((n for n in self._nodes[i + 1 :] if n.kind != "filler"), None)

    def _only_fillers(self, first: int, last: int) -> bool:
        """Return whether nothing but small words stands between two nodes."""
        return self._only(first, last, ("filler", "exact", "group"))

    def _only(self, first: int, last: int, kinds: Collection[str]) -> bool:
        """Return whether nothing but some kinds of nodes stands between two nodes."""
        return all(node.kind in kinds for node in self._nodes[first + 1 : last])

    def _last_players(self) -> list[Draft]:
        """Return the list of players that was read last."""
        found: list[Draft] = []
        for item in reversed(self._items):
            if isinstance(item, Draft) and item.kind == "sound":
                continue
            if not found and isinstance(item, Anchor) and self._nodes[item.last].kind == "edge_verb":
                continue
            if not (isinstance(item, Draft) and item.kind == "part" and item.polarity == "want"):
                break
            found.append(item)
        return list(reversed(found))

    def _list_goes_on(self, i: int) -> bool:
        """Return whether another player of the same list follows a node."""
        for node in self._nodes[i + 1 :]:
            if node.kind == "player":
                return True
            if node.kind not in ("linker", "sound", "mood", "filler", "number") and node.value != ",":
                return False
        return False
