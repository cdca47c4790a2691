"""Genre words that people type lead to the style that they mean, in four languages."""

import pytest

from structure.presets.families import style_families
from structure.presets.genres import find_genre
from structure.presets.styles import style_names
from tests.benchmarks.genre_table import PAGE, genre_rows, page, planned_style

ROWS = genre_rows()


def test_there_are_enough_words_and_each_style_has_one() -> None:
    assert len(ROWS) >= 150
    assert len({row["en"] for row in ROWS}) == len(ROWS)
    assert {row["style"] for row in ROWS} == set(style_names())


@pytest.mark.parametrize("family", style_families())
def test_english_words_are_planned_as_the_style_that_they_mean(family: str) -> None:
    rows = [row for row in ROWS if row["style"] in style_families()[family]]
    assert rows
    planned = {row["en"]: planned_style(row["en"], "en") for row in rows}
    assert planned == {row["en"]: row["style"] for row in rows}


@pytest.mark.parametrize("language", ["de", "es", "fr"])
def test_words_of_other_languages_are_too(language: str) -> None:
    rows = [row for row in ROWS if language in row]
    assert len(rows) >= 30
    planned = {row[language]: planned_style(row[language], language) for row in rows}
    assert planned == {row[language]: row["style"] for row in rows}


def test_the_page_of_genre_words_is_up_to_date() -> None:
    assert PAGE.read_text("utf-8") == page(ROWS, {row["en"]: row["style"] for row in ROWS}), (
        "run `python -m tests.benchmarks.genre_table`"
    )


def test_a_genre_within_a_style_keeps_its_own_tempo_and_metre() -> None:
    jig, cha_cha = find_genre("jig"), find_genre("cha cha")
    assert jig is not None and cha_cha is not None
    assert (jig.style, jig.meter) == ("celtic", "6/8")
    assert cha_cha.tempo == (112, 128)
