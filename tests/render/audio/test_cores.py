"""Work on several threads comes in order, is bounded, and fails as it would on one."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.cores import MOST_THREADS, count_cores, in_order


@settings(max_examples=40, deadline=None)
@given(items=st.lists(st.integers(), max_size=12), at_once=st.integers(1, 4))
def test_results_come_in_the_order_of_the_items(items: list[int], at_once: int) -> None:
    assert list(in_order(lambda item: 3 * item, items, at_once)) == [3 * item for item in items]


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_no_more_are_taken_than_may_be_under_way(at_once: int) -> None:
    taken = 0

    def items():
        nonlocal taken
        for item in range(10):
            taken += 1
            yield item

    for done, _ in enumerate(in_order(lambda item: item, items(), at_once)):
        assert taken <= done + at_once


@pytest.mark.parametrize("at_once", [1, 2])
def test_an_error_comes_in_its_turn_and_ends_the_work(at_once: int) -> None:
    def work(item: int) -> int:
        if item == 2:
            raise ValueError("two")
        return item

    made = []
    with pytest.raises(ValueError, match="two"):
        made.extend(in_order(work, range(1000), at_once))
    assert made == [0, 1]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("audio")]


def test_there_is_at_least_one_core_and_a_bound() -> None:
    assert 1 <= count_cores() <= MOST_THREADS
