"""The score of sentences counts what was asked, what was named, and what was dropped without a word."""

import pytest
import yaml

from structure.specs.wishes import LAST, Outcome, When, Where, Wish
from tests.benchmarks.wishes import Case, Expected, Result, misses, read_cases, read_expected, report

SAY = "sad piano, no drums until the second chorus, drop at 1:00, a theremin duel"


def test_a_case_is_read_as_wishes():
    entry = {
        "part": "drums",
        "avoid": True,
        "before": "chorus 2",
        "words": "no drums until the second chorus",
    }
    wish = read_expected(entry, SAY).wish
    place = Where(section="chorus", visit=2)
    assert (wish.kind, wish.what, wish.polarity) == ("part", "drums", "avoid")
    assert wish.when == When(relation="before", place=place)
    assert SAY[slice(*wish.span)] == entry["words"]


@pytest.mark.parametrize(
    ("entry", "place", "when"),
    [
        ({"event": "solo", "in": "chorus last"}, Where(section="chorus", visit=LAST), None),
        ({"section": "drop", "at": "60 s"}, Where(), When(seconds=60.0)),
        ({"event": "enter", "stem": "Double bass", "at": "bar 9"}, Where(stem="double-bass"), When(bar=9)),
        ({"event": "fade", "at": "end"}, Where(), When(edge="end")),
        (
            {"part": "drums", "until": "chorus"},
            Where(),
            When(relation="until", place=Where(section="chorus")),
        ),
    ],
)
def test_places_and_times_are_read(entry, place, when):
    wish = read_expected(entry, SAY).wish
    assert (wish.where, wish.when) == (place, when)


def test_a_range_and_what_may_be_impossible_are_read():
    ranged = read_expected({"tempo": "bpm", "amount": 95, "low": 90, "high": 100, "words": ""}, SAY)
    assert (ranged.wish.amount, ranged.wish.allowed, ranged.may_be_impossible) == (
        95.0,
        (90.0, 100.0),
        False,
    )
    assert read_expected({"event": "solo", "impossible": "allowed", "words": "duel"}, SAY).may_be_impossible


@pytest.mark.parametrize(
    "entry",
    [{"colour": "red"}, {"part": "drums", "sometimes": True}, {"part": "drums", "words": "not there"}],
)
def test_what_is_no_wish_is_an_error(entry):
    with pytest.raises(ValueError, match=r"no part of a wish|not in the sentence"):
        read_expected(entry, SAY)


def test_files_of_a_folder_are_read_in_order(tmp_path):
    for name, lang in (("b", "de"), ("a", "en")):
        case = {"say": "piano", "lang": lang, "wishes": [{"ensemble": "piano", "words": "piano"}]}
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump([case]))
    assert [case.lang for case in read_cases(tmp_path)] == ["en", "de"]


def span(words):
    return SAY.index(words), SAY.index(words) + len(words)


def result(*, own=()):
    """A sentence of which sad is obeyed, the drums are wrong, and the theremins are impossible."""
    wishes = [
        Wish(kind="mood", what="sad", span=span("sad")),
        Wish(kind="part", what="drums", span=span("no drums until the second chorus"), polarity="avoid"),
        Wish(kind="event", what="solo", span=span("a theremin duel")),
    ]
    expected = tuple(Expected(wish, SAY[slice(*wish.span)], wish.what == "solo") for wish in wishes)
    outcomes = [Outcome(wishes[0], "obeyed"), *(Outcome(w, "impossible", why="no") for w in wishes[1:])]
    return Result(Case(SAY, "en", expected), tuple(outcomes), tuple(own))


def named(words, kind="unknown"):
    wish = Wish(kind=kind, what=words, span=span(words))
    return (
        Outcome(wish, "not_understood")
        if kind == "unknown"
        else Outcome(wish, "impossible", why="not built")
    )


def test_what_nobody_names_is_dropped():
    lost = result()
    assert [lost.is_obeyed(i) for i in range(3)] == [True, False, False]
    assert [lost.is_dropped(i) for i in range(3)] == [False, True, True]


def test_what_may_be_impossible_counts_where_it_is_named():
    said = result(own=[named("theremin")])
    assert said.is_obeyed(2) and not said.is_dropped(2)
    assert not said.is_obeyed(1) and said.is_dropped(1)


def test_what_is_named_is_not_dropped_and_not_obeyed_either():
    said = result(own=[named("no drums", "part")])
    assert not said.is_dropped(1) and not said.is_obeyed(1)


def test_the_report_has_figures_and_no_sentence():
    text = report([result(own=[named("theremin")])])
    assert "wishes obeyed: 2/3 = 67%" in text and "silent drops: 1" in text
    assert "| en | 2/3 = 67% | 1 |" in text and "| mood | 1/1 = 100% | 0 |" in text
    assert "theremin" not in text
    assert any("theremin" in line for line in misses([result()]))
