"""The fast fractions count, compare, hash and print as the standard ones do, and mix with them."""

import copy
import math
import operator
import pickle
from collections.abc import Callable
from fractions import Fraction as StandardFraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structure.base.exact import Fraction
from tests.loops import for_each

PAIRS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
    operator.eq,
    operator.ne,
]
SINGLES = [operator.neg, operator.abs, hash, float, int, bool, repr, str, round, math.floor, math.ceil]
NUMBERS = st.fractions(-40, 40, max_denominator=60) | st.integers(-9, 9) | st.sampled_from([0.5, True])


@for_each("under", [2, 3, 8, 960, 2**52, 2**53, 2**60, 3 * 2**60, 2**61 - 1, 2**1100])
@for_each("over", [1, 5, 2**53 - 1, 2**53 + 1, 2**62 + 1, 2**1100 + 1])
def test_hashes_are_the_same_where_floats_end(over, under):
    for sign in (1, -1):
        assert hash(Fraction(sign * over, under)) == hash(StandardFraction(sign * over, under))


def tried(act: Callable[..., Any], *numbers: Any) -> Any:
    """What comes out, or which error."""
    try:
        return act(*numbers)
    except ZeroDivisionError as error:
        return type(error)


def fast(number: Any) -> Any:
    return Fraction(number) if isinstance(number, StandardFraction) else number


@given(st.fractions(-40, 40, max_denominator=60), NUMBERS)
@example(StandardFraction(-1), StandardFraction(0))
@example(StandardFraction(7, 2**61 - 1), StandardFraction(-7, 2))
def test_every_operation_gives_what_the_standard_one_gives(one: StandardFraction, other: Any) -> None:
    for act in PAIRS:
        for first, second in ((one, other), (other, one)):
            wanted = tried(act, first, second)
            for left, right in ((fast(first), fast(second)), (fast(first), second), (first, fast(second))):
                found = tried(act, left, right)
                assert found == wanted, (act, left, right)
                assert isinstance(found, type(wanted)), (act, left, right)
    for do in SINGLES:
        assert do(fast(one)) == do(one), do


@pytest.mark.parametrize("given_as", [("7/2",), (7, 2), (-14, -4), (3.5,), (Fraction(7, 2),)])
def test_it_is_made_in_every_way_in_lowest_terms(given_as: tuple[Any, ...]) -> None:
    made = Fraction(*given_as)
    assert (type(made), made.numerator, made.denominator) == (Fraction, 7, 2)


def test_copies_and_pickles_are_equal() -> None:
    for number in (Fraction(7, 3), Fraction(0)):
        assert copy.deepcopy(number) == copy.copy(number) == pickle.loads(pickle.dumps(number)) == number


def test_a_sum_of_fast_fractions_stays_fast() -> None:
    assert type(sum([Fraction(1, 2), StandardFraction(1, 3), 1])) is Fraction
