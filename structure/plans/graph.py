"""The section graph: a song's identities, and the transitions that its walk takes.

A node is a section identity ("chorus"). An edge is a transition with ``orders``, its places in the walk (0
is the first transition of the song), and ``kind``. :meth:`SectionGraph.walk` reads the song's order back
from the transitions alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ConfigDict

from structure.base.codec import Stored

if TYPE_CHECKING:
    import networkx as nx

TransitionKind = Literal["cut", "crossfade", "fill", "riser"]
"""``riser``: a build or a riser leads to it; ``fill``: drums, or a melody, lead over;
``crossfade``: one quiet section melts into the next; else ``cut``."""


@dataclass(frozen=True, slots=True)
class SectionNode(Stored):
    """A section identity.

    ``chords`` are symbols in order. ``stems`` are those that may sound in it. ``variation`` is the usual
    one of its later visits.
    """

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


@dataclass(frozen=True, slots=True)
class Transition(Stored):
    """A step from one section to another; ``orders`` are its places in the walk, from 0."""

    source: str
    target: str
    kind: TransitionKind
    orders: tuple[int, ...]


@dataclass(frozen=True)
class SectionGraph:
    """The sections of a song in the order in which they first appear, and the transitions between them."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    sections: tuple[SectionNode, ...]
    transitions: tuple[Transition, ...] = ()

    def section(self, name: str) -> SectionNode:
        """Return a section by name. Raises KeyError where there is none."""
        return self._by_name[name]

    def transition(self, source: str, target: str) -> Transition | None:
        """Return the transition from one section to another, or None."""
        return self._by_ends.get((source, target))

    def walk(self) -> list[str]:
        """Return the names of the sections in the order of the song, read from the transitions.

        Raises ValueError where the transitions do not form one walk through all sections.
        """
        steps = sorted((i, edge.source, edge.target) for edge in self.transitions for i in edge.orders)
        if not steps:
            if len(self.sections) != 1:
                raise ValueError("a graph without transitions has exactly one section")
            return [self.sections[0].name]
        if [i for i, _, _ in steps] != list(range(len(steps))):
            raise ValueError("the orders of the transitions have gaps")
        for (_, _, arrived), (_, leaves, _) in pairwise(steps):
            if arrived != leaves:
                raise ValueError(f"the walk arrives at {arrived!r} but leaves from {leaves!r}")
        return [steps[0][1], *(target for _, _, target in steps)]

    def reachable_from(self, name: str) -> frozenset[str]:
        """Return the sections that some path leads to from a section. Raises KeyError for unknown names."""
        import networkx as nx  # takes a quarter of a second to load

        self.section(name)
        return frozenset(nx.descendants(self._networkx_graph, name))

    def unreachable(self) -> tuple[str, ...]:
        """Return the sections that no path leads to from the first one, in their order."""
        first = self.sections[0].name
        reached = self.reachable_from(first) | {first}
        return tuple(section.name for section in self.sections if section.name not in reached)

    def paths(self, source: str, target: str) -> Iterator[tuple[str, ...]]:
        """Yield every way from one section to another that visits no section twice, the shortest first."""
        import networkx as nx

        found = nx.all_simple_paths(self._networkx_graph, source, target)
        yield from sorted((tuple(path) for path in found), key=lambda path: (len(path), path))

    def to_networkx(self) -> nx.DiGraph:
        """Return the graph for other programs: nodes and edges with plain attributes."""
        import networkx as nx

        graph = nx.DiGraph()
        for section in self.sections:
            attributes = asdict(section)
            graph.add_node(attributes.pop("name"), **attributes)
        for edge in self.transitions:
            graph.add_edge(edge.source, edge.target, kind=edge.kind, orders=edge.orders)
        return graph

    @cached_property
    def _by_name(self) -> Mapping[str, SectionNode]:
        return {section.name: section for section in self.sections}

    @cached_property
    def _by_ends(self) -> Mapping[tuple[str, str], Transition]:
        return {(edge.source, edge.target): edge for edge in self.transitions}

    @cached_property
    def _networkx_graph(self) -> Any:
        return self.to_networkx()


def build_graph(
    sections: Iterable[SectionNode], order: Sequence[str], kind: Callable[[str, str], TransitionKind]
) -> SectionGraph:
    """Return the graph of a song that visits sections in ``order``; ``kind`` tells a transition's kind."""
    orders: dict[tuple[str, str], list[int]] = {}
    for index, ends in enumerate(pairwise(order)):
        orders.setdefault(ends, []).append(index)
    return SectionGraph(
        tuple(sections),
        tuple(
            Transition(source, target, kind(source, target), tuple(places))
            for (source, target), places in orders.items()
        ),
    )
