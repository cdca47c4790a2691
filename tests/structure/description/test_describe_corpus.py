"""Descriptions by many hands are read as a musician reads them, in three languages."""

from __future__ import annotations

from functools import cache

import pytest

from structure.description.reading import read_wishes
from structure.presets.styles import style_names
from tests.structure.description.readings import FIELDS, Answer, answers, cases

REQUIRED = 0.9


@cache
def _answers(name: str) -> tuple[Answer, ...]:
    return tuple(a for case in cases(name) for a in answers(case, read_wishes(case["text"])))


def _misses(given: list[Answer]) -> str:
    return "\n".join(
        f"{a.field}: {a.text}: {a.expected!r}, read {a.read!r}" for a in given if not a.is_right
    )


@pytest.mark.parametrize(
    ("name", "enough"),
    [("plain", 38), ("english", 50), ("german", 10), ("spanish", 10), ("second", 30), ("scenes", 24)],
)
def test_there_are_enough_descriptions_and_each_differs(name: str, enough: int) -> None:
    texts = [case["text"] for case in cases(name)]
    assert len(set(texts)) == len(texts) >= enough


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "english", "german", "spanish", "second"])
def test_nine_of_ten_fields_that_are_said_are_right(name: str) -> None:
    said = [answer for answer in _answers(name) if answer.is_said]
    assert sum(answer.is_right for answer in said) >= REQUIRED * len(said), _misses(said)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "english", "german", "spanish", "second"])
def test_hardly_anything_is_read_that_nobody_said(name: str) -> None:
    """At most one invention in four descriptions."""
    unsaid = [answer for answer in _answers(name) if not answer.is_said]
    assert sum(not answer.is_right for answer in unsaid) <= len(cases(name)) / 4, _misses(unsaid)


@pytest.mark.parametrize("field", sorted({*FIELDS} - {"title", "length_bars"}))
def test_no_field_of_the_english_ones_is_neglected(field: str) -> None:
    said = [a for name in ("plain", "english") for a in _answers(name) if a.field == field and a.is_said]
    assert sum(answer.is_right for answer in said) >= 0.8 * len(said) > 0, _misses(said)


@pytest.mark.slow
def test_scenes_are_guessed_far_better_than_by_chance() -> None:
    styles = [answer for answer in _answers("scenes") if answer.field == "style"]
    chance = sum(len(answer.expected) for answer in styles) / len(style_names())
    assert sum(answer.is_right for answer in styles) >= 3 * chance, _misses(styles)
