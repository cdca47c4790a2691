"""Reads the places and the times of a clause: "after the second chorus", "at bar 9", "for 8 bars"."""

from __future__ import annotations

from typing import Literal

from structure.description.grammar.drafts import Anchor, AnchorRelation, Draft, Measure, changes_key
from structure.description.grammar.nodes import Node
from structure.description.grammar.walking import ClauseWalk
from structure.specs.wishes import Edge

_WHEN = ("when", "as", "once", "where", "as soon as", "by the time", "before", "until", "till")
_EACH = ("each", "every")
_LATE = ("only after", "not until after")
_ARRIVES = ("enter", "impact", "stop", "shot")


_FRAMES = ("intro", "outro", "interlude")
_WHOLE = ("melody", "chords", "vocals")
"""What is no player, so that it cannot be alone somewhere."""


_ARTICLES = ("the", "a", "an")

_ABOUT = ("around", "circa", "about")
"""What stands before a length, or a time at which something happens."""

_UP_TO = ("to", "until", "till", "til", "'til", "towards", "toward", "up to", "all the way to", "into")
"""What says that something goes on up to an end, and does not begin there."""


class PlaceReader(ClauseWalk):
    """Turns relations, sections, edges, bars and seconds into anchors and measures."""

    def _read_reference(self, i: int, node: Node) -> None:
        """Read "before that" as beside the place that was named last."""
        self._place(Anchor(node.start, node.end, i, i, node.value))

    def _read_relation(self, i: int, node: Node) -> None:
        self._relation = (i, node)
        if node.token.word == "for" and self._is_for_players(i):
            self._exact = node
        elif self._negation is not None and node.value != "at":
            self._negation = None

    def _is_for_players(self, i: int) -> bool:
        """Return whether a "for" names who plays, as in "for flute and harp".

        It does not in "for a guitar solo" and "for piano lovers".
        """
        last = None
        for k, node in enumerate(self._nodes[i + 1 :], start=i + 1):
            if node.kind == "player":
                last = k
            elif (
                node.kind not in ("linker", "sound", "mood", "filler", "number", "exact", "group")
                and node.value != ","
            ):
                break
        if last is None:
            return False
        behind = self._following(last)
        return behind is None or behind.kind not in (
            "section",
            "work",
            "unknown",
            "event",
            "genre",
            "edge",
            "energy",
        )

    def _read_ordinal(self, _i: int, node: Node) -> None:
        self._ordinal = node

    def _read_nth(self, i: int, node: Node) -> None:
        """Read "the last" as the last of the sections that were named."""
        first = self._first_of_place(i)
        one = Anchor(self._nodes[first].start, node.end, first, i, self._relation_value())
        one.sections = [("", int(node.token["ordinal"]) or None)]
        self._place(one)

    def _read_multiple(self, _i: int, node: Node) -> None:
        self._count = node

    def _read_times(self, i: int, node: Node) -> None:
        """Count the chorus of "the chorus at the end, three times"."""
        before = self._last_item()
        if isinstance(before, Draft) and changes_key(before) and self._only_fillers(before.last, i):
            before.times, before.end, before.last = int(node.value), node.end, i
            return
        named = [item for item in self._items[-2:] if isinstance(item, Anchor) and item.sections]
        if named and named[-1].count is None and named[-1].last < i:
            named[-1].count = int(node.value)
            named[-1].end = max(named[-1].end, node.end)

    def _read_section(self, i: int, node: Node) -> None:
        if node.value == "solo" and self._read_solo(i, node):
            return
        if self._is_compared_with(i) or self._is_riff(i, node):
            return
        visit, last = self._visit(i)
        start = self._nodes[self._first_of_place(i)].start
        anchor = Anchor(start, self._nodes[last].end, self._first_of_place(i), last, self._relation_value())
        anchor.sections = [(str(node.value), visit)]
        anchor.whose, self._whose = self._whose, None
        anchor.is_each = self._ordinal is not None and self._ordinal.token.word in _EACH
        before = self._last_item()
        if anchor.is_each and anchor.relation is None and isinstance(before, Draft) and changes_key(before):
            anchor.relation = "at"  # "a semitone up with every chorus"
        if anchor.relation is None and self._is_in_verb(i):
            anchor.relation = "at"
        word = self._relation[1].token.word if self._relation is not None else ""
        anchor.leads = word.endswith("into")
        anchor.late = word in _LATE
        anchor.exactly = word in ("at", *_WHEN[:-3])
        if self._is_part_of_a_section(i):
            return
        anchor.count = self._count_of_section(i)
        last = self._arrival(last) if word in _WHEN else last
        anchor.end, self._skip = self._nodes[last].end, last - i
        following = self._following(last)
        if following is not None and following.kind == "times":
            anchor.end = following.end
        refused = self._negation_is_near(i) or self._is_refused_too(i) or self._is_never_reached(i)
        how = self._last_item()
        if isinstance(how, Draft) and (how.kind, how.polarity) == ("energy", "avoid") and how.last + 1 == i:
            anchor.start = min(anchor.start, how.start)
            self._place(anchor)  # "no quiet verse"
            how.anchors.append(anchor)
            return
        self._take_alone(i, how)
        if self._negation is not None and refused:
            self._add(
                Draft(
                    "section", str(node.value), self._negation.start, anchor.end, i, last, polarity="avoid"
                )
            )
            self._close_place()
            return
        self._place(anchor)

    def _is_riff(self, i: int, node: Node) -> bool:
        """Read the hook of a "guitar hook" as what the guitar plays; return whether it is such."""
        before = self._last_item()
        if not isinstance(before, Draft) or before.kind != "part" or before.last != i - 1:
            return False
        if node.value != "hook" or self._relation is not None or node.token.word.endswith("s"):
            return False
        before.end, before.last = node.end, i
        return True

    def _take_alone(self, i: int, before: object) -> None:
        """Take the piano of a "piano intro" as all who play in it."""
        if (
            self._nodes[i].value in _FRAMES
            and isinstance(before, Draft)
            and (before.kind, before.polarity) == ("part", "want")
            and before.last == i - 1
            and before.what not in _WHOLE
        ):
            before.exact = True

    def _is_compared_with(self, i: int) -> bool:
        """Read the first chorus of "louder than the first chorus" as part of what is said of another.

        Return whether it is such.
        """
        than = next(
            (k for k in range(i - 1, max(-1, i - 4), -1) if self._nodes[k].token.word == "than"), None
        )
        if than is None or not all(n.kind in ("filler", "ordinal") for n in self._nodes[than:i]):
            return False
        _, last = self._visit(i)
        before = self._last_item()
        if isinstance(before, Draft) and self._only_fillers(before.last, than):
            before.end = self._nodes[last].end
        self._skip = last - i
        self._ordinal = self._count = None
        return True

    def _arrival(self, last: int) -> int:
        """Return the last node of "when the chorus hits": the verb says no more than that it is there."""
        verb = next((k for k in range(last + 1, len(self._nodes)) if self._nodes[k].kind != "filler"), None)
        if verb is None:
            return last
        node = self._nodes[verb]
        ends = verb + 1 == len(self._nodes) or self._nodes[verb + 1].kind in ("stop", "linker", "breaker")
        arrives = node.kind == "edge_verb" or (node.kind == "event" and str(node.value) in _ARRIVES)
        return verb if ends and arrives else last

    def _is_part_of_a_section(self, i: int) -> bool:
        """Read the edge of "the end of each verse" as that of the section; return whether it is such."""
        before = self._last_item()
        if not isinstance(before, Anchor) or before.sections or before.edge is None:
            return False
        between = self._nodes[before.last + 1 : i]
        if not any(n.token.word == "of" or n.token.word.startswith("of ") for n in between):
            return False
        if not self._only(before.last, i, ("filler", "ordinal", "relation")):
            return False
        visit, last = self._visit(i)
        before.sections = [(str(self._nodes[i].value), visit)]
        before.end, before.last, self._skip = self._nodes[last].end, last, last - i
        self._close_place()
        return True

    def _is_never_reached(self, i: int) -> bool:
        """Return whether a section is all that a "no" may be about, as in "never resolve into a chorus"."""
        no = self._negation
        if no is None or any(isinstance(item, Draft) and item.start >= no.start for item in self._items):
            return False
        between = [n.kind for n in self._nodes[:i] if n.start >= no.end]
        return "unknown" in between and set(between) <= {"unknown", "filler", "relation", "ordinal"}

    def _is_refused_too(self, i: int) -> bool:
        """Return whether a section is refused with the one before, as in "without a solo or a bridge"."""
        before = self._last_item()
        if not isinstance(before, Draft) or (before.kind, before.polarity) != ("section", "avoid"):
            return False
        return self._only(before.last, i, ("linker", "filler", "ordinal"))

    def _read_solo(self, i: int, node: Node) -> bool:
        """Read a solo of a named player as an event: "guitar solo", "the sax takes a solo".

        Return whether it is such. It is not in "after the piano solo", which is a place; whose solo that is
        gets noted.
        """
        before = self._last_item()
        if isinstance(before, Draft) and before.kind == "part" and self._only_fillers(before.last, i):
            if self._relation is not None and self._only_fillers(self._relation[0], before.first):
                self._items.pop()  # "after the piano solo" is a place, and says whose solo it is
                self._whose = before.what
                return False
            before.kind, before.stem, before.what = "event", before.what, "solo"
            before.end, before.last = node.end, i
            return True
        for k in range(i + 1, min(i + 5, len(self._nodes))):
            other = self._nodes[k]
            between = self._nodes[i + 1 : k]
            is_noun = node.kind == "section" and all(n.token.word in _ARTICLES for n in between)
            if other.kind == "player" and is_noun:
                return False  # "in the solo the drums drop out"
            if other.kind == "player":
                self._add(Draft("event", "solo", node.start, other.end, i, k, stem=str(other.value)))
                self._skip = k - i
                return True
            if other.token.word not in (
                "on",
                "by",
                "from",
                "for",
                "with",
                "the",
                "a",
                "an",
                "of",
                "played",
                "lead",
                "in",
            ):
                return False
        return False

    def _visit(self, i: int) -> tuple[int | None, int]:
        """Return which visit a section is, and the last node that says so; None for no visit of its own."""
        following = self._following(i)
        if following is not None and following.kind == "number" and following.value in range(1, 10):
            behind = self._nodes[i + 2].kind if i + 2 < len(self._nodes) else ""
            if (not self._lengths or following.value <= 3) and behind not in ("bars", "seconds"):
                return int(following.value), i + 1
        if self._ordinal is not None:
            visit = int(self._ordinal.value)
            return (visit or None), i
        return None, i

    def _count_of_section(self, i: int) -> int | None:
        """Return how often a section comes: "two verses", "chorus x2"; None where nothing says so."""
        count = self._count
        if count is not None and self._only_fillers_or_modifiers(count, i):
            return int(count.value)
        following = self._following(i)
        return int(following.value) if following is not None and following.kind == "times" else None

    def _only_fillers_or_modifiers(self, node: Node, i: int) -> bool:
        return all(
            n.kind in ("filler", "mood", "sound", "energy", "multiple", "number", "era", "ordinal")
            for n in self._nodes
            if node.end <= n.start < self._nodes[i].start
        )

    def _first_of_place(self, i: int) -> int:
        """Return the first node of a place: its relation, ordinal or count, or itself."""
        starts = [k for k, n in enumerate(self._nodes[:i]) if n in (self._ordinal, self._count)]
        if self._relation is not None:
            starts.append(self._relation[0])
        return min([*starts, i])

    def _relation_value(self) -> AnchorRelation | None:
        return None if self._relation is None else self._relation[1].value

    def _is_in_verb(self, i: int) -> bool:
        """Return whether a verb ends with the preposition of a place: "the fiddle joins in verse 2"."""
        verb = next((n for n in reversed(self._nodes[:i]) if n.kind not in ("filler", "ordinal")), None)
        return (
            verb is not None
            and verb.kind == "event"
            and (
                verb.token.word.endswith((" in", " on", " at", " for", " by", " out"))
                or verb.token.word in ("join", "joins", "enter", "enters")  # "joins the last chorus"
            )
        )

    def _place(self, anchor: Anchor) -> None:
        """Add a place; "verse and chorus" are one."""
        if self._exception is not None and self._leave_out(anchor):
            return
        before = self._last_item()
        if isinstance(before, Anchor) and before.sections and anchor.sections:
            # "In the intro and in the outro" may be one place as well.
            has_edge = before.edge or anchor.edge or before.leads or anchor.leads
            again = anchor.relation is None or (before.relation == anchor.relation == "at" and not has_edge)
            between = self._nodes[before.last + 1 : anchor.first]
            if (
                again
                and anchor.count in (None, before.count)
                and between
                and all(n.kind in ("linker", "filler") for n in between)
                and any(n.kind == "linker" and n.value in ("and", "&", "or", "+") for n in between)
            ):
                before.sections += anchor.sections
                before.end, before.last = anchor.end, anchor.last
                self._close_place()
                return
        self._items.append(anchor)
        self._close_place()
        self._negation = self._exact = None

    def _close_place(self) -> None:
        """Forget the words of a place that has been read."""
        self._relation = self._ordinal = self._count = None

    def _leave_out(self, anchor: Anchor) -> bool:
        """Keep those out of a place who play everywhere else: "drums but not in the bridge".

        Return whether there are such.
        """
        exception = self._exception
        following = [node.kind for node in self._nodes[anchor.last + 1 :] if node.kind != "filler"]
        if following[:1] != ["linker"] or following[1:2] not in (["section"], ["ordinal"]):
            self._exception = None
        parts = [item for item in self._items if isinstance(item, Draft) and item.kind == "part"]
        if exception is None or not parts:
            return False
        anchor.relation = "at" if anchor.relation is None else anchor.relation
        last = parts[-1]
        self._items.append(
            Draft("part", last.what, exception.start, anchor.end, polarity="avoid", anchors=[anchor])
        )
        self._items += [
            Draft("section", name, anchor.start, anchor.end)
            for name, _ in anchor.sections
            if name not in ("verse", "chorus")
        ]
        self._close_place()
        self._negation = self._exact = None
        return True

    def _read_edge(self, i: int, node: Node) -> None:
        is_open = self._relation_value() == "until" and node.token.word.endswith("end")
        goes_on = all(
            item.kind != "event" and item.polarity != "avoid"
            for item in self._items
            if isinstance(item, Draft)
        )
        if node.value == "end" and is_open and self._negation is None and goes_on:
            self._close_place()  # "quiet until the end" has no limit; "no drums until the end" has one
            return
        first = self._first_of_place(i)
        anchor = Anchor(self._nodes[first].start, node.end, first, i, self._relation_value() or "at")
        anchor.edge = node.value
        anchor.is_half = node.token.word.endswith(" half") and not node.token.word.startswith("half")
        words = [n.token.word for n in self._nodes[max(0, i - 2) : i]]
        behind = " ".join(words).split()[-2:]  # "builds to the end"
        anchor.leads = any(word in _UP_TO for word in (*words, *behind, node.token.word.split()[0]))
        self._place(anchor)

    def _read_edge_verb(self, i: int, node: Node) -> None:
        self._negation = None
        following = self._following(i)
        ends = following is None or following.kind == "stop" or following.value in ("and", "&")
        forward = not (ends and any(isinstance(item, Draft) for item in self._items))
        self._place(Anchor(node.start, node.end, i, i, "at", edge=node.value, forward=forward))

    def _read_bar(self, i: int, node: Node) -> None:
        first = self._first_of_place(i)
        relation = self._relation_value() or "at"
        self._place(
            Anchor(self._nodes[first].start, node.end, first, i, relation, bar=max(1, int(node.value)))
        )

    def _read_bar_range(self, i: int, node: Node) -> None:
        """Read "bars 9-16" as from bar 9 on for eight bars, "bars 1-8" as the first eight."""
        first = self._first_of_place(i)
        low, high = node.value
        anchor = Anchor(self._nodes[first].start, node.end, first, i, "at", bar=low)
        if high is not None:
            anchor.amount = float(high - low + 1)
        if low == 1:
            anchor.bar, anchor.edge = None, "start"
        self._place(anchor)

    def _read_bars(self, i: int, node: Node) -> None:
        first = self._first_of_place(i)
        relation = self._relation[1] if self._relation is not None else None
        if self._ordinal is not None and self._ordinal.value == 0:
            events = [item for item in self._items if isinstance(item, Draft) and item.kind == "event"]
            if events and events[-1].what in ("leave", "rest", "stop"):
                events[-1].end = max(events[-1].end, node.end)  # it says how often, not for how long
            elif events:
                events[-1].amount, events[-1].end = float(node.value), max(events[-1].end, node.end)
        elif self._ordinal is not None and self._ordinal.value in (1, -1):
            edge: Edge = "start" if self._ordinal.value == 1 else "end"
            start = self._nodes[first].start
            self._place(Anchor(start, node.end, first, i, "at", edge=edge, amount=float(node.value)))
        elif relation is not None and relation.value == "after":
            self._place(Anchor(relation.start, node.end, first, i, "at", bar=int(node.value) + 1))
        elif relation is not None and relation.value == "until":
            self._place(Anchor(relation.start, node.end, first, i, "until", bar=int(node.value) + 1))
        else:
            self._measure("bars", i, node)

    def _read_seconds(self, i: int, node: Node) -> None:
        relation = self._relation[1] if self._relation is not None else None
        if self._ordinal is not None and self._ordinal.value in (1, -1):
            first = self._first_of_place(i)
            start = self._nodes[first].start
            anchor = Anchor(start, node.end, first, i, "until", seconds=float(node.value))
            if self._ordinal.value == -1:
                anchor = Anchor(start, node.end, first, i, "at", seconds=-float(node.value))
            self._place(anchor)
            return
        timed = relation is not None and relation.token.word not in ("for", "in", "over", "of", "within")
        if relation is not None and relation.token.word == "in" and self._items:
            timed = True
        if relation is not None and relation.token.word.split()[-1] in _ABOUT:
            timed = self._happens()  # "around 3:00 a climax", and not "about 3 minutes"
        if relation is not None and timed:
            value: AnchorRelation = "at" if relation.value == "after" else relation.value
            first = self._first_of_place(i)
            self._place(Anchor(relation.start, node.end, first, i, value, seconds=float(node.value)))
        else:
            self._measure("seconds", i, node)

    def _happens(self) -> bool:
        """Return whether the clause names what is at a time: an event, a level, a section."""
        kinds = ("event", "energy", "section", "key_change", "halt")
        return any(node.kind in kinds for node in self._nodes)

    def _read_period(self, i: int, node: Node) -> None:
        first = self._first_of_place(i)
        start, over = node.value
        self._place(Anchor(self._nodes[first].start, node.end, first, i, "at", seconds=start, over=over))

    def _measure(self, unit: Literal["bars", "seconds"], i: int, node: Node) -> None:
        word = self._relation[1].token.word if self._relation is not None else ""
        is_long = unit == "bars" and node.token.word.endswith("long")
        self._items.append(Measure(unit, float(node.value), node.start, node.end, i, i, word, is_long))
        self._relation = None
