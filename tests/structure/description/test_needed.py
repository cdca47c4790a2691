"""Letters that a pattern cannot do without: none of its matches is ever passed over for want of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.description.words.dictionaries import READ_LANGUAGES, read_dictionary
from structure.description.words.needed import may_match, needed_by, plain_of

PATTERNS = [pattern for name in READ_LANGUAGES for pattern, _ in read_dictionary(name).rule_texts][::7]


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"\bfade\s+in\b", ("fade",)),
        (r"\b(?:very\s+)?(?:loud|quiet)(?:er)?\b", ("loud", "quiet")),
        (r"\bcolou?rs?\b", ("colo",)),
        (r"\b(?P<n>\d+)\s+bars?\b|\bbars?\s+(?P<m>\d+)", ("bar",)),
        (r"(?<!no )\bdrums(?! only)", ("drums",)),
        (r"\b[a-z]+\s+\d{2,3}\b", ()),
        (r"(?:one|two|three)?", ()),
        (r"a+b{2}c", ("a",)),
    ],
)
def test_letters_that_a_pattern_needs(pattern: str, needed: tuple[str, ...]) -> None:
    assert needed_by(pattern) == needed


@pytest.mark.slow
@given(st.data())
def test_no_match_of_a_rule_is_passed_over(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.IGNORECASE)))
    assert may_match(needed_by(pattern), plain_of(text))


def test_most_rules_are_passed_over_by_a_sentence_that_has_nothing_of_them() -> None:
    plain = plain_of("Ein ruhiges Lied mit Klavier und Streichern")
    passed = [pattern for pattern in PATTERNS if may_match(needed_by(pattern), plain)]
    assert len(passed) < 0.2 * len(PATTERNS)
