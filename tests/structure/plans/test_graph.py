"""The section graph holds the walk of the song, and networkx finds the ways through it."""

from dataclasses import replace

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.plans.graph import SectionGraph, SectionNode, Transition, build_graph

ORDERS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=40)


def node(name: str) -> SectionNode:
    return SectionNode(name, "verse", 8, 0.5, "C major", ("C",), ("drums",), "", 1, 0.0, 1)


def graph_of(order: list[str]) -> SectionGraph:
    return build_graph([node(name) for name in dict.fromkeys(order)], order, lambda a, b: "cut")


@given(ORDERS)
def test_the_walk_is_read_back_from_the_transitions(order: list[str]) -> None:
    graph = graph_of(order)
    assert graph.walk() == order
    assert sum(len(edge.orders) for edge in graph.transitions) == len(order) - 1


@given(ORDERS)
def test_every_section_of_a_walk_is_reached_from_its_first(order: list[str]) -> None:
    graph = graph_of(order)
    assert graph.unreachable() == ()
    assert graph.reachable_from(order[0]) | {order[0]} == set(order)


@given(ORDERS)
def test_equal_walks_are_equal_graphs(order: list[str]) -> None:
    assert graph_of(order) == graph_of(list(order))
    assert nx.utils.graphs_equal(graph_of(order).to_networkx(), graph_of(order).to_networkx())


def test_paths_visit_no_section_twice() -> None:
    graph = graph_of(["intro", "verse", "chorus", "verse", "bridge", "chorus", "outro"])
    paths = list(graph.paths("intro", "outro"))
    assert paths == [("intro", "verse", "chorus", "outro"), ("intro", "verse", "bridge", "chorus", "outro")]


def test_a_section_that_nothing_leads_to_is_named() -> None:
    graph = graph_of(["a", "b"])
    assert replace(graph, sections=(*graph.sections, node("lost"))).unreachable() == ("lost",)


def test_a_broken_walk_is_an_error() -> None:
    graph = graph_of(["a", "b", "c"])
    first, second = graph.transitions
    gap = replace(graph, transitions=(first, replace(second, orders=(5,))))
    with pytest.raises(ValueError, match="gaps"):
        gap.walk()
    jump = replace(graph, transitions=(first, Transition("a", "c", "cut", (1,))))
    with pytest.raises(ValueError, match="arrives at 'b' but leaves from 'a'"):
        jump.walk()
