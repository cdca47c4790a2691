"""Two wishes of which only one can hold: the one that does not says what it contradicts."""

from __future__ import annotations

import pytest

from structure.outcomes.check import check_wishes, contradicting
from structure.specs.wishes import When, Where, Wish, Wishes
from tests.structure.planning.wished import planned

NO_DRUMS = Wish(kind="part", what="drums", polarity="avoid")
DRUM_SOLO = Wish(kind="event", what="solo", where=Where(stem="drums"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NO_DRUMS, DRUM_SOLO),
        (NO_DRUMS, Wish(kind="part", what="drum kit", where=Where(section="chorus"))),
        (Wish(kind="key", what="C minor"), Wish(kind="key", what="G major")),
        (Wish(kind="mix", what="mono"), Wish(kind="mix", what="wide")),
        (
            Wish(kind="ensemble", what="piano"),
            Wish(kind="event", what="enter", where=Where(stem="drums"), when=When(bar=9)),
        ),
        (
            Wish(kind="section", what="bridge", polarity="avoid"),
            Wish(kind="event", what="solo", where=Where(section="bridge")),
        ),
        (Wish(kind="ensemble", what="violin, piano"), Wish(kind="groove", what="backbeat")),
        (Wish(kind="meter", what="3/4"), Wish(kind="groove", what="bossa nova")),
        (Wish(kind="energy", what="quiet"), Wish(kind="energy", what="loud")),
        (Wish(kind="tempo", what="bpm", amount=90.0), Wish(kind="tempo", what="bpm", amount=140.0)),
    ],
)
def test_what_excludes_another_wish_is_known_from_both_sides(one: Wish, other: Wish) -> None:
    wishes = Wishes("", (one, other))
    assert contradicting(one, wishes) == other
    assert contradicting(other, wishes) == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NO_DRUMS, Wish(kind="event", what="solo", where=Where(stem="guitar"))),
        (
            Wish(kind="part", what="drums", polarity="avoid", where=Where(section="intro")),
            Wish(kind="part", what="drums", where=Where(section="chorus")),
        ),
        (
            Wish(kind="energy", what="quiet", where=Where(section="verse")),
            Wish(kind="energy", what="loud", where=Where(section="chorus")),
        ),
        (Wish(kind="mood", what="sad"), Wish(kind="mood", what="hopeful")),
    ],
)
def test_wishes_for_different_things_go_together(one: Wish, other: Wish) -> None:
    assert contradicting(one, Wishes("", (one, other))) is None


def test_a_drum_solo_without_drums_is_named_as_a_contradiction() -> None:
    plan = planned("rock", NO_DRUMS, DRUM_SOLO)
    outcomes = check_wishes(plan, Wishes("", (NO_DRUMS, DRUM_SOLO)))
    (unmet,) = (outcome for outcome in outcomes if outcome.result == "impossible")
    assert "contradicts" in unmet.why
