"""Reads times that stand in front: "0:20 drums enter, 0:45 full choir", "bar 1 flute, bar 9 harp"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from structure.description.grammar.nodes import Node
from structure.description.words.tokens import Token

_CLOCK = re.compile(r"\d{0,2}:\d\d")
_AFTER_A_TIME = ("-", ":", "]", ")", ">", "->", "=>", "→")
"""Signs between a time and what is then: "0:10 - bass enters", "[0:30] strings"."""

_HAPPENS = ("event", "halt", "section", "key_change", "played", "edge_verb")
"""What is at a time, even where no other time is named: "1:00 everything stops"."""

_SAID = (*_HAPPENS, "player", "everybody", "energy", "exact", "harmony", "mood", "negation", "sound")
"""What may be at a time among others."""

_OVER = ("out", "done", "over", "end of cue", "cut to black")
"""What behind a time says that all is over by then, besides an end."""

_TOO_SMALL = ("filler", "work", "relation")
_LATER = ("later",)


def mark_times(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of a sentence in which each time that stands in front is a place.

    A time in front of a clause is one where something happens at it, or where other times stand in front as
    well; otherwise it is a length, as in "2:30 folk song". "Four bars later" is a bar after the one before.
    """
    nodes = _count_on(nodes)
    _square(nodes)
    leading = [i for i, node in enumerate(nodes) if _is_time(node) and _begins(nodes, i)]
    times = [i for i in leading if _rest(nodes, i)]
    many = len(times) > 1 and _rises([nodes[i] for i in times])
    found: list[Node] = []
    skipped: set[int] = set()
    for i, node in enumerate(nodes):
        if i in skipped:
            continue
        rest = _rest(nodes, i) if i in times else []
        if many and node.kind == "seconds" and _is_over(rest):
            found.append(node)  # "2:00 the end" says how long it is
            for each in rest:
                each.kind = "filler"
            continue
        is_place = any(each.kind in _HAPPENS for each in rest) or (
            many and any(each.kind in _SAID for each in rest)
        )
        if not rest or not is_place or node.kind == "bar_range":
            found.append(node)
            continue
        if found and found[-1].kind == "stop" and found[-1].value in ("[", "("):
            found[-1] = replace(found[-1], value=";")
        elif found and found[-1].kind != "stop":
            found.append(Node("stop", ";", node.start, node.start, Token(node.start, node.start, ";")))
        _name_verbs(rest)
        at = Token(node.start, node.start, "at")
        found.append(Node("relation", "at", node.start, node.start, at))
        is_first = node.value == 0 if node.kind == "seconds" else (node.value == 1 and many)
        found.append(replace(node, kind="edge", value="start") if is_first else node)
        for k in range(i + 1, len(nodes)):
            if nodes[k].kind != "stop" or nodes[k].value not in _AFTER_A_TIME:
                break
            skipped.add(k)
    return found


def _square(nodes: Sequence[Node]) -> None:
    """Read "(intro) … (chorus) …" as "[intro] … [chorus] …", in place."""
    marked = [
        (opens, shuts)
        for before, opens, section, shuts in zip([None, *nodes], nodes, nodes[1:], nodes[2:], strict=False)
        if (opens.value, section.kind, shuts.value) == ("(", "section", ")")
        and (before is None or before.kind != "section")
    ]
    if len(marked) > 1:
        for opens, shuts in marked:
            opens.value, shuts.value = "[", "]"


def _is_time(node: Node) -> bool:
    """Return whether a node is a time by the clock, or the number of a bar."""
    return node.kind in ("bar", "bar_range") or _is_clock(node)


def _is_clock(node: Node) -> bool:
    """Return whether a node is a time by the clock, and no length: "0:45"."""
    return node.kind == "seconds" and _CLOCK.fullmatch(node.token.word.strip()) is not None


def _begins(nodes: Sequence[Node], i: int) -> bool:
    """Return whether a node is the first of its clause."""
    before = nodes[i - 1] if i else None
    return before is None or before.kind in ("stop", "breaker") or before.token.word in ("and", "by")


def _rest(nodes: Sequence[Node], i: int) -> list[Node]:
    """Return what stands behind a time in its clause."""
    found: list[Node] = []
    for node in nodes[i + 1 :]:
        if node.kind == "stop":
            if not found and node.value in _AFTER_A_TIME:
                continue
            break
        if _is_time(node) and node.kind == "seconds":
            break
        found.append(node)
    return found


def _name_verbs(rest: Sequence[Node]) -> None:
    """Let who starts or ends at a time come in or leave there, in place: "0:20 drums start"."""
    for player, verb in pairwise(rest):
        if player.kind in ("player", "everybody") and verb.kind in ("edge", "edge_verb"):
            verb.kind, verb.value = "event", "enter" if verb.value == "start" else "leave"


def _is_over(rest: Sequence[Node]) -> bool:
    """Return whether what stands behind a time says that all is over by then, and nothing else."""
    said = [each for each in rest if each.kind not in _TOO_SMALL or each.token.word in _OVER]
    return bool(said) and all(
        each.token.word in _OVER or (each.kind in ("edge", "edge_verb") and each.value == "end")
        for each in said
    )


def _rises(times: Sequence[Node]) -> bool:
    """Return whether times by the clock, and bars, come one after another."""
    for kinds in (("seconds",), ("bar", "bar_range")):
        values = [_start(node) for node in times if node.kind in kinds]
        if values != sorted(set(values)):
            return False
    return True


def _start(node: Node) -> float:
    """Return the second or the bar at which a time begins."""
    return float(node.value[0] if isinstance(node.value, tuple) else node.value)


def _count_on(nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes with the bar or the second that "four bars later" is, from the one before."""
    found: list[Node] = []
    last: dict[str, float] = {}
    for i, node in enumerate(nodes):
        following = nodes[i + 1] if i + 1 < len(nodes) else None
        if node.kind == "bar":
            last["bars"] = float(node.value)
        elif _is_clock(node):
            last["seconds"] = float(node.value)
        if node.kind == "bars" and "bars" not in last and following and following.token.word in _LATER:
            node.kind = following.kind = "unknown"  # nobody knows later than what
        if (
            node.kind in last
            and following is not None
            and following.token.word in _LATER
            and not _is_clock(node)
        ):
            last[node.kind] += float(node.value)
            if not found or found[-1].kind != "relation":
                at = Token(node.start, node.start, "at")
                found.append(Node("relation", "at", node.start, node.start, at))
            node.kind, node.value = ("bar" if node.kind == "bars" else node.kind), last[node.kind]
            following.kind = "filler"
        found.append(node)
    return found
