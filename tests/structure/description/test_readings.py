"""Sentences of four languages, and all the wishes that are read in each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from structure.base.datafiles import read_yaml
from structure.description.reading import read_wishes
from structure.description.words.languages import find_language
from tests.benchmarks.wishes import Case, read_cases
from tests.loops import for_each
from tests.structure.description.test_wishes_read import wishes

DATA = Path(__file__).parents[2] / "data"
LANGUAGES = {"en": "English", "de": "German", "es": "Spanish", "fr": "French"}


def rows() -> list[tuple[str, dict[str, Any]]]:
    """All sentences, with the code of their language."""
    return [
        (code, row)
        for code in LANGUAGES
        for row in read_yaml((DATA / "readings" / f"{code}.yaml").read_text("utf-8"))
    ]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_sentence_is_read_as_a_musician_reads_it(code: str) -> None:
    @for_each("row", [row for language, row in rows() if language == code])
    def is_read(row: dict[str, Any]) -> None:
        assert wishes(row["say"]) == set(row["reads"])

    is_read()


@pytest.mark.parametrize("code", sorted(LANGUAGES))
def test_nearly_every_sentence_is_known_for_its_language(code: str) -> None:
    said = [row["say"] for language, row in rows() if language == code]
    wrong = [text for text in said if find_language(text) != LANGUAGES[code]]
    assert len(wrong) <= 0.04 * len(said), wrong


def _unheard(case: Case) -> list[str]:
    """The words of expected wishes that no wish of a reading, nor an unknown one, is about."""
    spans = [wish.span for wish in read_wishes(case.say).wishes if wish.span is not None]
    return [
        expected.words
        for expected in case.expected
        if (span := expected.wish.span) is not None
        and not any(a < span[1] and span[0] < b for a, b in spans)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("folder", ["seen", "events"])
def test_every_wish_of_the_corpora_is_read_or_named(folder: str) -> None:
    cases = read_cases(DATA / "wishes" / folder)
    unheard = {case.say: words for case in cases if (words := _unheard(case))}
    assert unheard == {}
