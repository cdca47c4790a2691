"""A test of many cases tells of every one that fails, and has its other arguments from pytest."""

from pathlib import Path

import pytest

from tests.loops import for_each


def test_every_case_that_fails_is_told() -> None:
    seen = []

    @for_each("number", [1, 2, 3, 4])
    def is_odd(number: int) -> None:
        seen.append(number)
        assert number % 2, "it is even"

    with pytest.raises(ExceptionGroup, match="2 of 4 cases fail:\nnumber=2\nnumber=4") as found:
        is_odd()
    assert seen == [1, 2, 3, 4]
    assert [str(fault).splitlines()[0] for fault in found.value.exceptions] == ["it is even"] * 2
    assert [fault.__notes__ for fault in found.value.exceptions] == [["with number=2"], ["with number=4"]]


def test_a_loop_over_nothing_is_no_test() -> None:
    with pytest.raises(AssertionError, match="nothing to look at"):
        for_each("number", [])


REMEMBERED: list[tuple[str, int]] = []


@for_each("word", ["a", "b"])
@for_each("number, more", [(1, 2), (3, 4)])
def test_loops_stand_above_each_other_and_fixtures_beside_them(
    word: str, number: int, more: int, tmp_path: Path
) -> None:
    assert tmp_path.is_dir() and more == number + 1
    REMEMBERED.append((word, number))
    assert REMEMBERED[-1] in {("a", 1), ("a", 3), ("b", 1), ("b", 3)}


def test_each_case_was_looked_at() -> None:
    assert sorted(set(REMEMBERED)) in ([], [("a", 1), ("a", 3), ("b", 1), ("b", 3)])
