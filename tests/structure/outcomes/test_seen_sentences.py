"""What the seen sentences ask for is what is planned, as far as the figures below say.

The reader and the planner are tuned on these sentences.
"""

import pytest

from tests.structure.outcomes.sentences import LANGUAGES, Score, score

FLOORS = {
    "en": Score(0.90, 21),
    "de": Score(0.93, 4),
    "es": Score(0.92, 6),
    "fr": Score(0.90, 6),
}
"""Least share of wishes that are obeyed, and most that are dropped without a word, as measured."""


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_wishes_are_obeyed_or_named(language: str) -> None:
    found = score("seen", language)
    assert found.obeyed >= FLOORS[language].obeyed
    assert found.dropped <= FLOORS[language].dropped
    assert found.without_plan == 0
