"""What the held sentences ask for is what is planned, as far as the figures below say.

Nobody who writes the reader or the planner looks at these sentences (``tests/data/wishes/held3``).
"""

import pytest

from tests.structure.outcomes.sentences import LANGUAGES, Score, score

FLOORS = {
    "en": Score(0.84, 24),
    "de": Score(0.83, 13),
    "es": Score(0.84, 9),
    "fr": Score(0.87, 10),
}
"""Least share of wishes that are obeyed, and most that are dropped without a word, as measured."""


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_wishes_are_obeyed_or_named(language: str) -> None:
    found = score(language, "held3")
    assert found.obeyed >= FLOORS[language].obeyed
    assert found.dropped <= FLOORS[language].dropped
    assert found.without_plan == 0
