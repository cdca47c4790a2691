"""A wish says what is wanted, of what, and where in the sentence that stands; nothing else is a wish."""

import json
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from structure.specs.wishes import (
    LAST,
    Edge,
    Outcome,
    OutcomeKind,
    Polarity,
    Relation,
    When,
    Where,
    Wish,
    Wishes,
    WishKind,
)

SENTENCE = "No drums before the second chorus, then a solo on strings at 1:30."
WISHES = TypeAdapter(Wishes)
OUTCOMES = TypeAdapter(Outcome)


def wish(words: str, **fields) -> Wish:
    start = SENTENCE.index(words)
    return Wish(span=(start, start + len(words)), **fields)


NO_DRUMS = wish(
    "No drums before the second chorus",
    kind="ensemble",
    what="drums",
    when=When(relation="before", place=Where(section="chorus", visit=2)),
    polarity="avoid",
)
SOLO = wish(
    "a solo on strings at 1:30",
    kind="event",
    what="solo",
    where=Where(stem="strings"),
    when=When(seconds=90.0),
)


def test_a_sentence_gives_the_words_of_each_wish():
    wishes = Wishes(SENTENCE, (NO_DRUMS, SOLO))
    assert wishes.words_of(NO_DRUMS) == "No drums before the second chorus"
    assert wishes.words_of(SOLO) == "a solo on strings at 1:30"
    assert wishes.words_of(Wish(kind="tempo", what="92", amount=92)) == ""


def test_what_is_usual_is_not_written():
    assert WISHES.dump_python(Wishes(SENTENCE, (NO_DRUMS,)), mode="json")["wishes"] == [
        {
            "kind": "ensemble",
            "what": "drums",
            "when": {"relation": "before", "place": {"section": "chorus", "visit": 2}},
            "polarity": "avoid",
            "span": [0, 33],
        }
    ]


names = st.none() | st.sampled_from(["chorus", "verse", "a-b_2"])
places = st.builds(Where, section=names, stem=names) | st.builds(
    Where, section=st.just("verse"), visit=st.integers(1, 9) | st.just(LAST), stem=names
)
relations = st.sampled_from(get_args(Relation))
times = (
    st.builds(When, relation=relations, bar=st.integers(1, 4096))
    | st.builds(When, relation=relations, seconds=st.floats(0, 1e6))
    | st.builds(When, relation=relations, place=places)
    | st.builds(When, relation=relations, edge=st.sampled_from(get_args(Edge)))
)


@st.composite
def some_wishes(draw):
    sentence = draw(st.text(min_size=2, max_size=40))
    spans = st.none() | st.integers(0, len(sentence) - 2).flatmap(
        lambda start: st.tuples(st.just(start), st.integers(start + 1, len(sentence)))
    )
    wishes = st.builds(
        Wish,
        kind=st.sampled_from(get_args(WishKind)),
        what=st.text(min_size=1).filter(str.strip),
        where=places,
        when=st.none() | times,
        amount=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        allowed=st.none() | st.tuples(st.floats(0, 90), st.floats(90, 300)),
        polarity=st.sampled_from(get_args(Polarity)),
        span=spans,
        guessed=st.booleans(),
    )
    return Wishes(sentence, tuple(draw(st.lists(wishes, max_size=3))))


@given(some_wishes())
def test_wishes_read_back_from_json_as_they_were(wishes):
    assert WISHES.validate_json(WISHES.dump_json(wishes)) == wishes
    assert WISHES.validate_python(json.loads(WISHES.dump_json(wishes))) == wishes


@pytest.mark.slow
@given(some_wishes(), st.integers(1, 5))
def test_a_span_lies_inside_its_sentence(wishes, beyond):
    for one in wishes.wishes:
        assert wishes.words_of(one) == "" or wishes.words_of(one) in wishes.sentence
    outside = Wish(kind="mood", what="sad", span=(0, len(wishes.sentence) + beyond))
    with pytest.raises(ValueError, match="'sad' is said to stand at characters 0 to"):
        Wishes(wishes.sentence, (outside,))


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Wish(kind="mood", what=" "), "says nothing"),
        (lambda: Wish(kind="mood", what="sad", span=(3, 3)), "no part of a sentence"),
        (lambda: Wish(kind="mood", what="sad", span=(-1, 3)), "no part of a sentence"),
        (lambda: Wish(kind="tempo", what="fast", amount=float("nan")), "no amount"),
        (When, "this one has nothing"),
        (lambda: When(bar=3, seconds=2.0), "this one has bar and seconds"),
        (lambda: When(bar=0), "count from 1"),
        (lambda: When(seconds=float("inf")), "no time in a song"),
        (lambda: Where(visit=2), "needs the section"),
        (lambda: Where(section="verse", visit=0), "visits count from 1"),
        (lambda: Where(section="verse", visit=-2), "the last is -1"),
        (lambda: Wish(kind="tempo", what="bpm", allowed=(100.0, 90.0)), "no range"),
    ],
)
def test_what_is_no_wish_is_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


def test_outcomes_say_what_became_of_a_wish():
    obeyed = Outcome(SOLO, "obeyed")
    impossible = Outcome(NO_DRUMS, "impossible", "the song has one chorus")
    lost = Outcome(Wish(kind="unknown", what="like a Tuesday", span=(0, 4)), "not_understood")
    for outcome in (obeyed, impossible, lost):
        assert OUTCOMES.validate_json(OUTCOMES.dump_json(outcome)) == outcome
    assert {outcome.result for outcome in (obeyed, impossible, lost)} == set(get_args(OutcomeKind))


@pytest.mark.parametrize(
    ("wish", "result", "why", "says"),
    [
        (SOLO, "impossible", "", "impossible needs a reason"),
        (SOLO, "obeyed", "since it was easy", "obeyed has no reason to give"),
        (SOLO, "not_understood", "", "'event' cannot be not understood"),
        (Wish(kind="unknown", what="x"), "obeyed", "", "'unknown' cannot be obeyed"),
    ],
)
def test_outcomes_that_contradict_themselves_are_refused(wish, result, why, says):
    with pytest.raises(ValueError, match=says):
        Outcome(wish, result, why)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "weather"}, "kind"),
        ({"polarity": "perhaps"}, "polarity"),
        ({"where": {"stem": "../x"}}, "where"),
        ({"when": {"bar": 0}}, "when"),
        ({"colour": "blue"}, "colour"),
        ({"amount": "NaN"}, "amount"),
    ],
)
def test_a_file_with_another_field_or_value_is_refused(change, field):
    written = {"kind": "mood", "what": "sad"} | change
    with pytest.raises(ValidationError) as found:
        TypeAdapter(Wish).validate_python(written)
    assert found.value.errors()[0]["loc"][0] == field
