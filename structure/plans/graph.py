"""The section graph: a song's identities, and the transitions that its walk takes.

A node is a section identity, with the attributes of :class:`SectionNode`; an edge is a transition with
``orders``, its places in the walk (0 is the first transition of the song), and ``kind``. All attributes are
plain data. :func:`walk` reads the song's order back from the edges alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Literal

import networkx as nx

TransitionKind = Literal["cut", "crossfade", "fill"]
"""``fill``: drums lead over; ``crossfade``: one quiet section melts into the next; else ``cut``."""


@dataclass(frozen=True, slots=True)
class SectionNode:
    """A section identity. ``chords`` are symbols in order; ``stems`` those that may sound in it;
    ``variation`` is the usual one of its later visits."""

    name: str
    kind: str
    bars: int
    energy: float
    key: str
    chords: tuple[str, ...]
    stems: tuple[str, ...]
    prompt: str
    seed: int
    variation: float
    visits: int


def build_graph(
    nodes: Iterable[SectionNode], order: Sequence[str], kind: Callable[[str, str], TransitionKind]
) -> nx.DiGraph:
    """The graph of a song that visits its sections in ``order``; ``kind`` tells a transition's kind."""
    graph = nx.DiGraph()
    for node in nodes:
        attributes = asdict(node)
        graph.add_node(attributes.pop("name"), **attributes)
    for index, (source, target) in enumerate(pairwise(order)):
        if graph.has_edge(source, target):
            graph.edges[source, target]["orders"] += (index,)
        else:
            graph.add_edge(source, target, orders=(index,), kind=kind(source, target))
    return graph


def walk(graph: nx.DiGraph) -> list[str]:
    """Section names in the order of the song, read from the orders of the edges.

    Raises ValueError where the edges do not form one walk.
    """
    steps = sorted((i, source, target) for source, target, i in _orders(graph))
    if not steps:
        if graph.number_of_nodes() != 1:
            raise ValueError("a graph without transitions has exactly one section")
        return list(graph.nodes)
    if [i for i, _, _ in steps] != list(range(len(steps))):
        raise ValueError("the orders of the transitions have gaps")
    for (_, _, arrived), (_, leaves, _) in pairwise(steps):
        if arrived != leaves:
            raise ValueError(f"the walk arrives at {arrived!r} but leaves from {leaves!r}")
    return [steps[0][1], *(target for _, _, target in steps)]


def _orders(graph: nx.DiGraph) -> Iterable[tuple[str, str, int]]:
    for source, target, orders in graph.edges(data="orders"):
        for order in orders:
            yield source, target, order
