"""What wishes ask of a form is so in the song: walks, counts, neighbours, times and lengths."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from structure.base.errors import PlanError
from structure.base.lengths import format_seconds
from structure.forms.asked import read_letters
from structure.planning.planner import plan_song
from structure.presets.styles import load_style
from structure.specs.spec import FormEntry, SectionSpec, SongSpec
from structure.specs.wishes import LAST, Polarity, When, Wish
from tests.structure.planning.wished import (
    END,
    START,
    after,
    before,
    kinds,
    place,
    planned,
    seconds_at,
    visits_of,
)

GENRES = ("pop", "rock", "house", "jazz")
LONG_AND_SHORT: tuple[tuple[str, float, Polarity], ...] = (("intro", 12.0, "more"), ("outro", 4.0, "less"))


def _bars(kind: str, amount: float, visit: int | None = None) -> Wish:
    return Wish(kind="length", what="bars", where=place(kind, visit), amount=amount)


def _section(what: str, when: When | None = None, amount: float | None = None) -> Wish:
    return Wish(kind="section", what=what, when=when, amount=amount)


@pytest.mark.slow
@pytest.mark.parametrize("genre", GENRES)
def test_sections_have_the_bars_that_are_asked_for(genre: str) -> None:
    plan = planned(genre, _bars("verse", 8), _bars("chorus", 16), _bars("intro", 4))
    assert {visit.bars for visit in visits_of(plan, "verse")} == {8}
    assert {visit.bars for visit in visits_of(plan, "chorus")} == {16}
    assert [visit.bars for visit in visits_of(plan, "intro")] == [4]
    assert kinds(plan)[0] == "intro"


@pytest.mark.slow
def test_bars_of_sections_and_seconds_of_the_song_are_both_met() -> None:
    length = Wish(kind="length", what="seconds", amount=180.0)
    plan = planned("rock", _bars("verse", 8), _bars("chorus", 16), length)
    bar = seconds_at(plan, 1)
    assert {visit.bars for visit in visits_of(plan, "chorus")} == {16}
    assert abs(plan.bars * bar - 180.0) <= bar


def test_a_length_in_seconds_is_met_to_the_bar() -> None:
    intro = Wish(kind="length", what="seconds", where=place("intro"), amount=20.0)
    plan = planned("ambient", intro)
    (visit,) = visits_of(plan, "intro")
    assert abs(visit.bars * seconds_at(plan, 1) - 20.0) <= seconds_at(plan, 1)


@pytest.mark.slow
@pytest.mark.parametrize("genre", GENRES)
def test_a_long_intro_is_longer_than_usual_and_a_short_outro_shorter(genre: str) -> None:
    usual = load_style(genre).section_bars
    plan = planned(genre, *(replace(_bars(kind, bars), polarity=way) for kind, bars, way in LONG_AND_SHORT))
    (intro,), outros = visits_of(plan, "intro"), [*visits_of(plan, "outro"), *visits_of(plan, "coda")]
    assert intro.bars >= 12 and intro.bars > usual["intro"]
    assert [outro.bars for outro in outros] == [min(4, max(2, usual["outro"] // 2))]


def test_one_visit_may_be_longer_than_the_others() -> None:
    plan = planned("soul", _bars("chorus", 8), _bars("chorus", 24, LAST))
    bars = [visit.bars for visit in visits_of(plan, "chorus")]
    assert len(bars) > 1
    assert bars == [8] * (len(bars) - 1) + [24]


def test_sections_that_ask_for_more_than_the_song_has_are_longer_than_the_song_should_be() -> None:
    song = Wish(kind="length", what="bars", amount=16.0)
    plan = planned("pop", song, _bars("verse", 8), _bars("chorus", 16), _section("chorus", amount=3))
    assert [visit.bars for visit in visits_of(plan, "chorus")] == [16] * 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "walk"),
    [
        ("verse chorus verse chorus bridge chorus", "verse chorus verse chorus bridge chorus"),
        ("A B A B C B", "verse chorus verse chorus bridge chorus"),
        ("abac", "verse bridge verse breakdown"),
        ("intro, verse, drop, verse, drop, outro", "intro verse drop verse drop outro"),
    ],
)
def test_a_walk_is_obeyed_to_the_letter(text: str, walk: str) -> None:
    for genre in ("rock", "house"):
        assert kinds(planned(genre, Wish(kind="form", what=text))) == walk.split()


@pytest.mark.slow
def test_a_walk_has_the_length_of_the_song() -> None:
    form = Wish(kind="form", what="verse chorus verse chorus bridge chorus")
    plan = planned("rock", form, Wish(kind="length", what="seconds", amount=200.0))
    assert abs(seconds_at(plan, plan.bars) - 200.0) <= seconds_at(plan, 1)
    assert max(visit.bars for visit in plan.visits) <= 32


def test_letters_that_are_words_are_no_letters() -> None:
    assert read_letters("a b a") == ("verse", "bridge", "verse")
    assert read_letters("verse") == ()


@pytest.mark.parametrize(("name", "bars"), [("aaba", 32), ("rondo", 64), ("binary", 32), ("ternary", 48)])
def test_a_form_by_name_is_whole(name: str, bars: int) -> None:
    plan = planned(
        "classical", Wish(kind="form", what=name), Wish(kind="length", what="bars", amount=float(bars))
    )
    own = [visit.place.name for visit in plan.visits if visit.place.name not in ("intro", "coda", "outro")]
    order: dict[str, int] = {}
    pattern = [order.setdefault(section, len(order)) for section in own]
    assert plan.bars == bars
    if name == "rondo":
        assert set(pattern[::2]) == {0}
        assert 0 not in pattern[1::2]
        assert len(pattern) >= 5
    elif name == "aaba":
        assert pattern[:4] == [0, 0, 1, 0]
    else:
        assert pattern in ({"binary": [[0, 0, 1, 1]], "ternary": [[0, 1, 0]]}[name])


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_section_comes_as_often_as_is_asked_for(number: int) -> None:
    for genre in GENRES:
        plan = planned(genre, _section("verse", amount=float(number)), _section("bridge", amount=1.0))
        assert kinds(plan).count("verse") == number
        assert kinds(plan).count("bridge") == 1


@pytest.mark.slow
@pytest.mark.parametrize("genre", [*GENRES, "blues", "classical"])
def test_a_solo_stands_where_it_is_wanted(genre: str) -> None:
    plan = planned(genre, _section("solo", after("chorus", 2)))
    walk = kinds(plan)
    choruses = [i for i, kind in enumerate(walk) if kind == "chorus"]
    assert walk[choruses[1] + 1] == "solo"


def test_two_sections_may_stand_beside_others() -> None:
    plan = planned("pop", _section("bridge", before("chorus", LAST)), _section("solo", after("chorus", 1)))
    walk = kinds(plan)
    choruses = [i for i, kind in enumerate(walk) if kind == "chorus"]
    assert walk[choruses[-1] - 1] == "bridge"
    assert walk[choruses[0] + 1] == "solo"


@pytest.mark.slow
@pytest.mark.parametrize("genre", ["house", "techno", "drum-and-bass"])
@pytest.mark.parametrize("total", [None, 200.0])
def test_a_drop_comes_at_its_second(genre: str, total: float | None) -> None:
    length = [Wish(kind="length", what="seconds", amount=total)] if total else []
    plan = planned(genre, _section("drop", When(seconds=60.0)), *length)
    starts = [seconds_at(plan, visit.place.start_bar) for visit in visits_of(plan, "drop")]
    assert min(abs(start - 60.0) for start in starts) <= seconds_at(plan, 1) / 2 + 1e-6
    if total:
        assert abs(seconds_at(plan, plan.bars) - total) <= seconds_at(plan, 1)


def test_two_sections_come_at_their_times() -> None:
    plan = planned("pop", _section("chorus", When(seconds=75.0)), _section("verse", When(bar=17)))
    starts = [seconds_at(plan, visit.place.start_bar) for visit in visits_of(plan, "chorus")]
    assert min(abs(start - 75.0) for start in starts) <= seconds_at(plan, 1) / 2 + 1e-6
    assert 16 in [visit.place.start_bar for visit in visits_of(plan, "verse")]


@pytest.mark.slow
def test_a_song_ends_with_two_choruses_and_begins_with_one() -> None:
    for genre in ("pop", "rock", "folk"):
        plan = planned(genre, _section("chorus", END, 2.0), _section("chorus", START))
        assert kinds(plan)[-2:] == ["chorus", "chorus"]
        assert kinds(plan)[0] == "chorus"


def test_an_outro_that_is_wanted_follows_the_last_choruses() -> None:
    plan = planned("pop", _section("chorus", END, 2.0), _section("outro"))
    assert kinds(plan)[-3:] == ["chorus", "chorus", "outro"]


@pytest.mark.slow
def test_sections_that_are_not_wanted_are_not_there() -> None:
    unwanted = [Wish(kind="section", what=what, polarity="avoid") for what in ("bridge", "intro", "chorus")]
    for genre in GENRES:
        assert not {"bridge", "intro", "chorus"} & set(kinds(planned(genre, *unwanted)))


@pytest.mark.slow
def test_a_place_that_a_wish_names_is_there() -> None:
    drums = Wish(kind="part", what="drums", polarity="avoid", when=before("chorus", 3))
    assert kinds(planned("folk", drums)).count("chorus") >= 3


@pytest.mark.slow
def test_no_section_follows_an_outro_or_comes_before_an_intro() -> None:
    wishes = (
        _section("verse", amount=5.0),
        _section("solo", amount=2.0),
        _section("intro"),
        _section("outro"),
    )
    for genre in GENRES:
        walk = kinds(planned(genre, *wishes))
        assert walk[0] == "intro"
        assert walk[-1] == "outro"
        assert walk.count("intro") == walk.count("outro") == 1
        assert ("solo", "solo") not in list(pairwise(walk))


def test_the_spec_wins_over_the_sentence() -> None:
    spec = SongSpec(
        description="pop song",
        form=tuple(FormEntry(section=name) for name in ("verse", "chorus", "verse")),
        sections={"verse": SectionSpec(bars=12)},
    )
    wishes = (
        _bars("verse", 8),
        _bars("chorus", 6),
        _section("solo", after("chorus", 2)),
        Wish(kind="form", what="chorus chorus"),
    )
    plan = planned("pop", *wishes, spec=spec)
    assert kinds(plan) == ["verse", "chorus", "verse"]
    assert [visit.bars for visit in plan.visits] == [12, 6, 12]


def test_a_firm_length_wins_over_the_lengths_that_are_asked_for() -> None:
    spec = SongSpec(description="pop song", length="24 bars")
    plan = planned("pop", _bars("verse", 16), _bars("chorus", 16), spec=spec)
    assert plan.bars == 24


def test_what_the_user_writes_and_cannot_be_is_still_a_fault() -> None:
    spec = SongSpec(
        description="pop song",
        length="9 bars",
        form=(FormEntry(section="verse"), FormEntry(section="verse")),
    )
    with pytest.raises(PlanError):
        planned("pop", _bars("verse", 8), spec=spec)


def test_a_time_that_a_form_cannot_have_is_said() -> None:
    text = "a pop song with verse, chorus, verse, chorus; the chorus comes at 0:%02d"
    early = plan_song(SongSpec(description=text % 5, seed=1))
    starts = [seconds_at(early, visit.place.start_bar) for visit in visits_of(early, "chorus")]
    assert min(starts) > 5 + seconds_at(early, 1)
    told = [note for note in early.notes if note.startswith("chorus is asked for at 0:05")]
    assert len(told) == 1
    assert format_seconds(min(starts)) in told[0]
    met = plan_song(SongSpec(description=text % round(min(starts)), seed=1))
    assert not any("is asked for at" in note for note in met.notes)
