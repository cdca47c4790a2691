"""Read the nodes of a sentence clause by clause: who is asked for what, and what is not wanted.

A clause is a list of items: wishes in the making (:class:`Draft`), places and times that they may belong to
(:class:`Anchor`), and lengths that belong to one of these (:class:`Measure`).
:mod:`structure.description.scoping.scopes` gives each wish its place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from structure.description.grammar.drafts import Anchor, Clause, Draft, Item
from structure.description.grammar.nodes import Node, wish_kind
from structure.description.grammar.wanting import ALL_BUT, WishReader
from structure.specs.wishes import Polarity, WishKind

_ORED = ("or", "nor")

_ALONE = ("alone", "all alone", "on its own", "on their own", "by itself", "by themselves", "unaccompanied")
"""What says of who stands in front of it that nobody else plays."""

_SOUNDS = ("play", "plays", "playing", "heard", "sound", "sounds", "used", "comes", "come")
"""What says that a place is all where somebody plays: "the banjo plays only in the intro"."""

_TEMPI = 60, 200
"""Numbers that alone between two signs are a tempo."""

_SLOWEST_OF_A_LIST = 60
"""The least number behind a genre that is a tempo whatever follows it."""

_PLAIN: Mapping[str, WishKind | Literal["everybody"]] = {
    "refused": "part",
    "everybody": "everybody",
    "title": "title",
}
"""Nodes that are a wish without more, and the kind of that wish."""


def clauses_of(nodes: Sequence[Node]) -> list[Clause]:
    """Return the clauses of a sentence, in order."""
    kinds = {node.kind for node in nodes}

    # A number behind a section that is too large for a visit is its length: "intro 4, verse 16". So are the
    # numbers in a clause that tells how many bars a section has, and behind it.
    lengths = any(
        one.kind == "section" and other.kind == "number" and other.value > 9
        for one, other in pairwise(nodes)
    )
    found = []
    parts = list(split_clauses(nodes))
    _find_lone_tempo(parts, kinds)
    for part in parts:
        lengths = lengths or {"section", "bars"} <= {node.kind for node in part}
        if part:
            found.append(Clause(part, _ClauseReader(part, lengths, kinds).items(), None))
    return found


def _find_lone_tempo(parts: Sequence[list[Node]], kinds: Collection[str]) -> None:
    """Read a number that is all of its clause as the tempo, in place: "liquid dnb - 174 - melancholy"."""
    if "tempo" in kinds:
        return
    for before, part in pairwise([[], *parts]):
        said = [node for node in part if node.kind not in ("stop", "filler")]
        is_of_section = bool(before) and before[-1].kind in ("section", "bars", "ordinal")
        if len(said) == 1 and said[0].kind == "number" and not is_of_section:
            low, high = _TEMPI
            if low <= said[0].value <= high:
                said[0].kind, said[0].value = "tempo", (float(said[0].value), None, None)


def split_clauses(nodes: Sequence[Node]) -> Iterator[list[Node]]:
    """Yield the nodes of each clause of a sentence.

    A stop begins a clause and belongs to it. A comma within a list of players begins none. The colon of
    "jazz trio of: piano, bass, drums" and a comma before an exception are left out.
    """
    part: list[Node] = []
    for i, node in enumerate(nodes):
        before = next((other for other in reversed(nodes[:i]) if other.token.word != "of"), None)
        if node.value == ":" and before is not None and before.kind in ("group", "exact"):
            continue
        if node.value == "," and i + 1 < len(nodes) and nodes[i + 1].kind == "exception":
            continue
        if node.value == "," and i and nodes[i - 1].kind == "group" and _lists_members(nodes, i):
            continue  # "a duo, banjo and upright bass"
        if node.kind == "breaker" or (node.kind == "stop" and not _within_a_list(nodes, i)):
            yield part
            part = [node]
        else:
            part.append(node)
    yield part


def _lists_members(nodes: Sequence[Node], i: int) -> bool:
    """Return whether as many players as a group has members are listed behind the comma at ``i``."""
    named = 0
    for node in nodes[i + 1 :]:
        if node.kind == "player":
            named += 1
        elif node.kind not in ("filler", "sound", "linker", "mood", "number") and node.value != ",":
            break
    before = any(node.kind == "player" for node in nodes[max(0, i - 3) : i])
    return named == nodes[i - 1].value and not before


def _within_a_list(nodes: Sequence[Node], i: int) -> bool:
    """Return whether a node is a comma of a list of players.

    So are the commas of "for A, B and C" and of "without A, B or C", and not those of tags.
    """
    if nodes[i].value != "," or not i or nodes[i - 1].kind != "player" or not _player_after(nodes, i):
        return False

    # The word that joins the last player of the list, if any.
    joint = ""
    for k, node in enumerate(nodes[i + 1 :], start=i + 1):
        if node.kind == "linker" and node.value not in ("with", "plus") and _player_after(nodes, k):
            joint = str(node.value)
            break
        if node.kind not in ("player", "filler", "sound", "mood", "number") and node.value != ",":
            break

    # The node in front of the list, or the first of all.
    inside = ("player", "filler", "sound", "mood", "number", "linker")
    outside = (
        node for node in reversed(nodes[:i]) if node.kind not in inside and node.value not in (",", ":")
    )
    front = next(outside, nodes[0])
    if front.kind == "negation":
        refuses = front.value in ("without", "w/o", "minus", "sans", "w/out")
        return joint in _ORED or (joint != "" and refuses)

    # "Solo piano, drums come in": the comma begins a new clause.
    player = next((k for k in range(i + 1, len(nodes)) if nodes[k].kind == "player"), len(nodes))
    behind = [node for node in nodes[player + 1 : player + 5] if node.kind != "filler"][:2]
    comes_in = bool(behind) and (behind[0].kind in ("event", "negation") or _has_its_own_time(behind))
    return joint != "" or (front.kind in ("relation", "exact", "group") and not comes_in)


def _has_its_own_time(behind: Sequence[Node]) -> bool:
    """Return whether what stands behind a player says since when, or up to when, it plays.

    So it is in "only piano, drums only from bar 33", and not in "only piano, bass in the intro".
    """
    if behind[0].kind in ("exact", "ordinal") and len(behind) > 1:
        return behind[1].kind == "relation"
    return behind[0].kind == "relation" and behind[0].value in ("from", "until", "before", "after")


def _player_after(nodes: Sequence[Node], i: int) -> bool:
    """Return whether a player stands behind a node, with nothing but a list's words between."""
    for node in nodes[i + 1 :]:
        if node.kind == "player":
            return True
        if node.kind not in ("filler", "sound", "linker", "mood", "number"):
            return False
    return False


class _ClauseReader(WishReader):
    """Turns a whole clause into drafts, with the words that bind them: no, only, more, and, numbers."""

    def items(self) -> list[Item]:
        """Return the items of the clause."""
        for i, node in enumerate(self._nodes):
            if self._skip:
                self._skip -= 1
                continue
            reader = getattr(self, f"_read_{node.kind}", None)
            if reader is not None:
                reader(i, node)
            elif node.kind in _PLAIN:
                self._add(Draft(_PLAIN[node.kind], str(node.value), node.start, node.end, i, i))
            elif (kind := wish_kind(node.kind)) is not None:
                self._read_wish(i, node, kind)

        # The one player of "a duo of cellos" plays as many times as the group has members.
        players = [
            item for item in self._items if isinstance(item, Draft) and item.kind == "part" and item.exact
        ]
        if self._group is not None and len(players) == 1 and players[0].copies == 1:
            players[0].copies = max(1, int(self._group.value))
        return self._items

    def _read_negation(self, _i: int, node: Node) -> None:
        self._negation = node

    def _read_swap(self, _i: int, _node: Node) -> None:
        self._swapped = True

    def _read_exception(self, _i: int, node: Node) -> None:
        self._exception = node

    def _read_post_negation(self, i: int, node: Node) -> None:
        """Refuse the wishes or the sections that stand before a "no thanks"."""
        for item in reversed(self._items):
            if isinstance(item, Anchor) and item.sections and item.relation is None:
                self._items.remove(item)
                self._items += [
                    Draft("section", name, item.start, node.end, item.first, i, polarity="avoid")
                    for name, _ in item.sections
                ]
                return
            if not isinstance(item, Draft) or item.polarity != "want":
                return
            item.polarity, item.end = "avoid", node.end

    def _read_exact(self, i: int, node: Node) -> None:
        following = self._next(i)
        kinds = ("player", "everybody", "sound", "number", "mood", "mix", "genre", "work", "era")
        goes = ("event", "halt", "fade")
        if node.token.word in ALL_BUT and not any(n.kind in goes for n in self._nodes[i:]):
            self._negation = node  # "everything but the drums" leaves these out
            return
        if following is not None and following.kind in kinds and node.token.word not in _ALONE:
            if self._negation is not None:
                self._negation = None  # "no drums, just a shaker": others play as well
            elif self._exact is None or self._exact.kind != "event":
                self._exact = node
            return

        last = self._last_item()
        if isinstance(last, Anchor):
            is_verb = self._nodes[last.last].kind == "edge_verb" and len(self._items) > 1
            if not is_verb:  # as in "the guitar starts alone"
                last.end = node.end  # "in the choruses only"
                before = self._items[-2] if len(self._items) > 1 else None
                if isinstance(before, Draft) and before.kind == "part" and last.sections:
                    before.only = before.seldom = before.polarity == "want"
                return
        for item in self._last_players():
            item.exact, item.only = True, True
            verbs = (*self._nodes[item.last + 1 : i], *self._nodes[i + 1 : i + 2])  # "they only play in"
            item.seldom = any(n.token.word in _SOUNDS for n in verbs)
            item.end = max(item.end, node.end) if item is self._items[-1] else item.end

    def _read_more(self, _i: int, node: Node) -> None:
        self._degree = node

    _read_less = _read_more

    def _read_again(self, i: int, node: Node) -> None:
        """Ask for more or less of whoever the clause before was about.

        "Fewer drums in the verse, more in the chorus" asks for more drums.
        """
        polarity: Polarity = "more" if node.token.word == "more" else "less"
        self._add(Draft("part", "", node.start, node.end, i, i, polarity=polarity))

    def _read_number(self, i: int, node: Node) -> None:
        """Read a number as a place, a tempo or the bars of a section; otherwise as a count of players.

        A place is "the second one", a tempo the number of "drum and bass 174". A number behind a section is
        its bars where another's were told ("verse 8 bars, chorus 16") or where it is larger than 9.
        """
        if node.token.word == "one" and self._ordinal is not None:
            first = self._first_of_place(i)
            one = Anchor(self._nodes[first].start, node.end, first, i, self._relation_value())
            one.sections = [("", int(self._ordinal.value) or None)]
            self._place(one)
            return
        if self._is_tempo(i, node):
            self._add(Draft("tempo", "bpm", node.start, node.end, i, i, amount=float(node.value)))
            return
        before = self._last_item()
        is_behind = (
            isinstance(before, Anchor) and bool(before.sections) and self._only_fillers(before.last, i)
        )
        if is_behind and (self._lengths or node.value > 9):
            self._measure("bars", i, node)
        else:
            self._count = node

    def _is_tempo(self, i: int, node: Node) -> bool:
        """Return whether a number from 50 to 220 is a tempo, as at the end of "drum and bass 174"."""
        if not 50 <= node.value <= 220:
            return False
        following = self._following(i)
        if self._has_tempo and following is not None and following.kind == "relation":
            return True  # "90 bpm in the verse, 120 in the chorus"
        if not i:
            return False
        if following is not None:  # "psytrance 145 rolling bass"
            counts = node.value >= _SLOWEST_OF_A_LIST and self._nodes[i - 1].kind == "genre"
            tags = ("sound", "player", "mood", "genre", "groove", "key", "pace")
            return counts and following.kind in tags
        return self._nodes[i - 1].kind in ("genre", "work", "mood", "pace", "era", "groove")

    def _read_linker(self, i: int, node: Node) -> None:
        following = self._following(i)
        stays = node.value in _ORED or (
            node.value in ("and", "&", "+")
            and following is not None
            and (
                following.kind in ("player", "section", "negation")
                or following.value in ("any", "the", "a", "an")
            )
        )
        if not stays:
            self._negation = None
