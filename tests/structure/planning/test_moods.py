"""Moods, ages and genres make music: the notes of a song move in the direction of the word."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from structure.base.datafiles import read_data
from structure.harmony.keys import parse_key
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.presets.genres import find_genre
from structure.presets.moods import NEUTRAL, Feeling, blend, era_feeling, mood_feeling
from structure.presets.styles import load_style
from structure.specs.spec import SongSpec
from structure.specs.wishes import Where, Wish, Wishes, WishKind
from tests.builders import BASE_STYLES
from tests.structure.planning.facts import measures_of
from tests.structure.planning.plan_once import plan_once

LEAST = {"mode": 0.5, "tempo": 0.0, "register": 0.5, "density": 0.0, "articulation": 0.0, "harmony": 0.0}


def planned(*wishes: Wish, **fields: object) -> SongPlan:
    spec = SongSpec.model_validate({"description": "a song", "length": "40 bars"} | fields)
    return plan_once(spec, wishes=Wishes(wishes=wishes))


def mood(word: str, kind: WishKind = "mood", **other: object) -> Wish:
    return replace(Wish(kind=kind, what=word), **other)  # type: ignore[arg-type]


def directions(one: SongPlan, other: SongPlan) -> dict[str, float]:
    """How far the first song lies above the second in each measure; 0 where it is next to nothing."""
    mine, theirs = measures_of(one), measures_of(other)
    apart = {name: mine[name] - theirs[name] for name in mine}
    share = {"tempo": 0.1, "density": 0.05, "articulation": 0.05, "harmony": 0.1}
    least = {name: share[name] * abs(theirs[name]) if name in share else LEAST[name] for name in mine}
    return {name: by if abs(by) >= least[name] * 0.999 else 0.0 for name, by in apart.items()}


def agreeing(apart: dict[str, float], feeling: Feeling) -> list[str]:
    """The measures that move as the feeling says."""
    return [name for name, by in apart.items() if by * getattr(feeling, name) > 0]


@pytest.mark.slow
@pytest.mark.parametrize("style", BASE_STYLES)
def test_a_gloomy_song_differs_from_a_joyful_one(style: str) -> None:
    gloomy, joyful = (planned(mood(word), genre=style, seed=4) for word in ("gloomy", "joyful"))
    assert len(agreeing(directions(gloomy, joyful), mood_feeling("gloomy"))) >= 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "word", ["gloomy", "happy", "calm", "angry", "dreamy", "epic", "romantic", "tense"]
)
@pytest.mark.parametrize("style", ["pop", "rock", "classical", "house"])
def test_a_mood_moves_a_song_from_what_it_is_without(style: str, word: str) -> None:
    apart = directions(planned(mood(word), genre=style), planned(genre=style))
    # What does not go the way of the mood lies there already, or has no room to move.
    found = agreeing(apart, mood_feeling(word))
    assert len(found) >= 3, apart
    assert "tempo" in found or style == "house"


@pytest.mark.slow
@pytest.mark.parametrize("style", ["house", "techno", "drum-and-bass"])
def test_a_style_that_is_known_by_its_tempo_hardly_leaves_it(style: str) -> None:
    low, high = load_style(style).tempo
    slow, fast = (planned(mood(word), genre=style).grid.tempo_bpm for word in ("gloomy", "upbeat"))
    assert 0.93 * low <= slow < low and high < fast <= 1.07 * high


@pytest.mark.slow
@pytest.mark.parametrize("word", ["1960s", "1980s", "1990s", "baroque", "medieval"])
def test_an_age_moves_a_song(word: str) -> None:
    apart = directions(planned(mood(word, "era"), genre="pop"), planned(genre="pop"))
    assert len(agreeing(apart, era_feeling(word))) >= 3, apart


@pytest.mark.slow
def test_what_is_said_in_figures_wins() -> None:
    tempo, key = Wish(kind="tempo", what="bpm", amount=120.0), Wish(kind="key", what="C major")
    song = planned(mood("gloomy"), tempo, key, genre="pop")
    assert (song.grid.tempo_bpm, song.key) == (120, "C major")
    written = planned(mood("gloomy"), genre="pop", tempo=132, key="D major")
    assert (written.grid.tempo_bpm, written.key) == (132, "D major")
    slow = planned(mood("happy"), Wish(kind="tempo", what="slow"), genre="pop")
    assert slow.grid.tempo_bpm < planned(genre="pop").grid.tempo_bpm


def test_chords_of_the_user_keep_their_pace() -> None:
    sections = {"verse": {"chords": "C | F | G | C", "bars": 8}}
    form = ["verse", "verse"]
    sad, plain = (
        planned(*wishes, form=form, sections=sections, length=None, key="C major")
        for wishes in ((mood("sad"),), ())
    )
    assert [v.music.score.chords for v in sad.visits] == [v.music.score.chords for v in plain.visits]


@pytest.mark.slow
@pytest.mark.parametrize("style", ["pop", "jazz", "techno"])
def test_a_word_that_is_no_mood_changes_no_note(style: str) -> None:
    plain, odd = planned(genre=style), planned(mood("blorptastic"), genre=style)
    assert [v.music for v in odd.visits] == [v.music for v in plain.visits]


@pytest.mark.slow
def test_a_mood_that_is_not_wanted_leads_the_other_way() -> None:
    sad = planned(mood("happy", polarity="avoid"), genre="pop")
    assert measures_of(sad)["tempo"] < measures_of(planned(genre="pop"))["tempo"]


def test_a_mood_of_one_section_leaves_the_others_as_they_are() -> None:
    form = ["verse", "chorus", "verse", "chorus"]
    plain = planned(genre="pop", form=form, length=None)
    calm = planned(mood("calm", where=Where(section="verse")), genre="pop", form=form, length=None)
    pairs = list(zip(plain.visits, calm.visits, strict=True))
    assert all((a.music.score == b.music.score) == (a.place.name == "chorus") for a, b in pairs)


def test_a_mood_of_one_visit_moves_that_visit_alone() -> None:
    form = {"form": ["verse", "chorus", "verse", "chorus"], "description": "a song", "genre": "pop"}
    spec = SongSpec.model_validate(form | {"sections": {n: {"bars": 4} for n in ("verse", "chorus")}})
    sad = Wish(kind="mood", what="sad", where=Where(section="chorus", visit=2))
    plain = plan_song(spec, seed=1, wishes=Wishes())
    plan = plan_song(spec, seed=1, wishes=Wishes("", (sad,)))
    tempi = [plan.grid.span_at(plan.grid.quarters_at_bar(v.place.start_bar)).tempo_bpm for v in plan.visits]
    assert tempi[3] < tempi[0] == tempi[1] == tempi[2]
    assert parse_key(plan.visits[3].music.key).family == "minor"
    assert plan.visits[1].music.score == plain.visits[1].music.score
    assert plan.visits[3].music.score != plain.visits[3].music.score


def test_every_mood_that_sentences_know_moves_something() -> None:
    words = [word for word in read_data("describe.yaml")["moods"] if word != "laid back mood"]
    assert [word for word in words if mood_feeling(word) == NEUTRAL] == []


def test_every_genre_that_sentences_know_is_played_in_its_style() -> None:
    wrong = {
        name: style
        for style, names in read_data("describe.yaml")["genres"].items()
        for name in names
        if (found := find_genre(name)) is not None and found.style != style
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("name", "style"),
    [
        ("string quartet piece", "classical"),
        ("Deep House", "house"),
        ("lo-fi beat", "lo-fi"),
        ("celtic punk", "punk"),
        ("R&B", "r-and-b"),
        ("dark disco", "disco"),
    ],
)
def test_a_genre_is_found_by_its_name_and_by_the_last_word_of_it(name: str, style: str) -> None:
    found = find_genre(name)
    assert found is not None
    assert found.style == style


def test_a_genre_without_a_style_has_what_is_its_own() -> None:
    tarantella = planned(Wish(kind="genre", what="tarantella"))
    assert tarantella.genre == "folk"
    assert parse_key(tarantella.key).is_minor
    assert str(tarantella.meter) == "6/8"
    assert 110 <= tarantella.grid.tempo_bpm <= 130
    assert planned(Wish(kind="genre", what="slow air"), genre=None).genre == "folk"
    assert planned(Wish(kind="genre", what="reel"), genre=None).genre == "celtic"


@pytest.mark.parametrize("seconds", [20, 47, 61, 90, 133])
def test_a_range_of_tempi_holds_the_tempo(seconds: int) -> None:
    wish = Wish(kind="tempo", what="bpm", amount=95.0, allowed=(90.0, 100.0))
    song = planned(wish, genre="pop", length=seconds)
    assert 90 <= song.grid.tempo_bpm <= 100
    assert song.bars % 2 == 0


@pytest.mark.slow
@pytest.mark.parametrize(("what", "minor"), [("minor", True), ("major", False)])
def test_a_mode_alone_is_a_wish(what: str, minor: bool) -> None:
    assert all(
        parse_key(planned(Wish(kind="key", what=what), genre="pop", seed=seed).key).is_minor == minor
        for seed in range(4)
    )


@pytest.mark.slow
@pytest.mark.parametrize("meter", ["3/4", "6/8", "5/4", "7/8"])
def test_a_metre_is_a_wish(meter: str) -> None:
    assert str(planned(Wish(kind="meter", what=meter), genre="pop").meter) == meter


def test_moods_that_agree_are_heard_in_full():
    both = blend([mood_feeling("sad"), mood_feeling("gloomy")])
    assert both == mood_feeling("sad")


def test_of_opposite_moods_each_keeps_something():
    happy, calm = mood_feeling("happy"), mood_feeling("calm")
    both = blend([happy, calm])
    assert both.mode == happy.mode
    assert all(abs(value) == 1.0 for value in vars_of(both).values())
    assert {both.tempo, both.register, both.density} != {happy.tempo, happy.register, happy.density}
    assert len(agreeing_fields(both, happy)) >= 2 and len(agreeing_fields(both, calm)) >= 2


def test_a_dark_driving_song_is_low_and_fast():
    both = blend([mood_feeling("dark"), mood_feeling("driving")])
    assert (both.mode, both.register, both.tempo, both.density) == (-1.0, -1.0, 1.0, 1.0)


def vars_of(feeling):
    return {f.name: getattr(feeling, f.name) for f in fields(feeling)}


def agreeing_fields(one, other):
    return [name for name, value in vars_of(one).items() if value and value == vars_of(other)[name]]


@pytest.mark.parametrize("style", ["reggae", "pop", "house", "waltz"])
def test_a_calm_song_has_fewer_strokes(style: str) -> None:
    calm, plain = planned(mood("calm"), genre=style, seed=2), planned(genre=style, seed=2)
    assert measures_of(calm)["density"] <= 0.95 * measures_of(plain)["density"]
