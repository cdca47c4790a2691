"""Seeded choices."""

import random

import pytest

from structure.base.sampling import draws


@pytest.mark.parametrize("count", [1, 7, 1009])
def test_many_draws_at_once_are_those_of_the_generator(count: int) -> None:
    at_once, one_by_one = random.Random(5), random.Random(5)
    assert draws(at_once, count).tolist() == [one_by_one.random() for _ in range(count)]
    assert at_once.random() == one_by_one.random()
