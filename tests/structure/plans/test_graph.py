"""The section graph holds the walk of the song."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.plans.graph import SectionNode, build_graph, walk


def node(name):
    return SectionNode(name, "verse", 8, 0.5, "C major", ("C",), ("drums",), "", 1, 0.0, 1)


@given(st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=40))
def test_the_walk_is_read_back_from_the_edges(order):
    graph = build_graph([node(name) for name in dict.fromkeys(order)], order, lambda a, b: "cut")
    assert walk(graph) == order
    assert sum(len(orders) for _, _, orders in graph.edges(data="orders")) == len(order) - 1


def test_a_broken_walk_is_an_error():
    graph = build_graph([node("a"), node("b"), node("c")], ["a", "b", "c"], lambda a, b: "cut")
    graph.edges["b", "c"]["orders"] = (5,)
    with pytest.raises(ValueError, match="gaps"):
        walk(graph)
    graph.remove_edge("b", "c")
    graph.add_edge("a", "c", orders=(1,), kind="cut")
    with pytest.raises(ValueError, match="arrives at 'b' but leaves from 'a'"):
        walk(graph)
