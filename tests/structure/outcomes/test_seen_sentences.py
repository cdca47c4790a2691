"""What the sentences that anybody may look at ask for is what is planned, as the figures below say.

The reader and the planner are tuned on these sentences. ``python -m tests.benchmarks.wishes`` plans all of
them; here it is every third.
"""

import pytest

from tests.structure.outcomes.sentences import LANGUAGES, Score, score

FLOORS = {
    "en": Score(0.90, 7),
    "de": Score(0.92, 1),
    "es": Score(0.92, 3),
    "fr": Score(0.93, 3),
}
"""Least share of wishes that are obeyed, and most that are dropped without a word, as measured."""


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_wishes_are_obeyed_or_named(language: str) -> None:
    found = score(language, "seen", "held", "events", step=3)
    assert found.obeyed >= FLOORS[language].obeyed
    assert found.dropped <= FLOORS[language].dropped
    assert found.without_plan == 0
