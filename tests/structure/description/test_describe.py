"""Rules by which a description is read: keys, tempos, lengths, what is unwanted, forms and eras."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.base.labels import kind_of
from structure.base.types import ROLES
from structure.description.reading import read_wishes
from structure.description.words.vocabulary import vocabulary
from structure.harmony.keys import parse_key
from structure.planning.planner import plan_song
from structure.presets.forms import form_names, load_form
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec
from structure.specs.wishes import Wishes
from tests.loops import for_each
from tests.structure.description.readings import (
    form as form_of,
)
from tests.structure.description.readings import (
    is_alone,
    length_s,
    moods,
    sections,
    style,
    tempo_bpm,
)
from tests.structure.description.readings import (
    key as key_of,
)
from tests.structure.description.readings import (
    mode as mode_of,
)
from tests.structure.description.readings import (
    places as places_of,
)


def by_rules(text: str) -> Wishes:
    """The wishes of a sentence without guesses."""
    return read_wishes(text, guessing=False)


def players(wishes: Wishes, polarity: str = "want") -> list[str]:
    """Who is to be heard, or is not."""
    found = [w for w in wishes.wishes if w.kind in ("part", "ensemble") and w.polarity == polarity]
    return [name for wish in found for name in wish.what.split(", ")]


def test_the_vocabulary_names_styles_roles_and_sections_that_exist() -> None:
    words = vocabulary()
    assert set(words.genres.values()) == set(style_names())
    assert set(words.forms.values()) >= set(form_names())
    assert all(load_form(form).name == form for form in words.forms.values())
    assert set(words.role_words.values()) <= set(ROLES)
    assert all(kind_of(label) == label for label in words.sections.values())


@for_each("tonic", ["C", "C#", "Db", "Eb", "F#", "A", "Bb", "B"])
@for_each("mode", ["major", "minor", "dorian"])
@for_each("text", ["a song in {}", "rock, key of {}, 100 bpm", "{}, slow"])
def test_every_key_is_read(tonic: str, mode: str, text: str) -> None:
    wishes = by_rules(text.format(f"{tonic} {mode}"))
    assert key_of(wishes) == f"{tonic} {mode}"
    assert parse_key(f"{tonic} {mode}").family == mode_of(wishes)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("in a minor mood", None),
        ("a minor setback, a major hit", None),
        ("I am in a hurry", None),
        ("in a minor", "A minor"),
        ("in A", "A major"),
        ("in A quiet house", None),
        ("in F♯m", "F# minor"),
        ("in b-flat major", "Bb major"),
        ("E flat major waltz", "Eb major"),
    ],
)
def test_a_key_is_told_from_an_article(text: str, key: str | None) -> None:
    assert key_of(by_rules(text)) == key


@settings(max_examples=40)
@given(st.integers(40, 240))
def test_every_tempo_is_read(bpm: int) -> None:
    assert tempo_bpm(by_rules(f"pop at {bpm}")) == bpm
    assert tempo_bpm(by_rules(f"pop, {bpm}bpm, 3:20")) == bpm


@settings(max_examples=40)
@given(st.integers(5, 1800))
def test_every_length_is_read(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    assert length_s(by_rules(f"rock, {minutes}:{rest:02d}, 120 bpm")) == seconds
    assert length_s(by_rules(f"rock of {seconds} seconds")) == seconds


@pytest.mark.parametrize(
    ("text", "bpm"),
    [
        ("a hundred and ten bpm", 110),
        ("ninety-six beats per minute", 96),
        ("two hundred bpm", 200),
        ("at seventy-two bpm", 72),
        ("120 to 128 bpm", 124),
        ("at 3:20", None),
        ("at 64 bars", None),
        ("techno, 140, dark", 140),
        ("5 bpm", None),
        ("12, rue de la Paix", None),
    ],
)
def test_tempos_in_words(text: str, bpm: float | None) -> None:
    assert tempo_bpm(by_rules(text)) == bpm


@pytest.mark.parametrize(
    ("text", "unwanted", "instruments"),
    [
        ("no drums", ["drums"], []),
        ("no drums, soft piano", ["drums"], ["piano"]),
        ("no drums or bass, piano", ["drums", "bass"], ["piano"]),
        ("without drums and bass", ["drums", "bass"], []),
        ("no drums, no guitar", ["drums", "guitar"], []),
        ("don't want any strings", ["strings"], []),
        ("please no melody and no beat", ["melody", "drums"], []),
    ],
)
def test_what_is_not_wanted_is_not_wanted(text: str, unwanted: list[str], instruments: list[str]) -> None:
    wishes = by_rules(text)
    assert players(wishes, "avoid") == unwanted
    assert players(wishes) == instruments


def test_denied_styles_and_moods_are_not_read() -> None:
    wishes = by_rules("not a ballad, not sad, drop D tuning, a fast ska song")
    assert (style(wishes), moods(wishes), sections(wishes)) == ("ska", [], {})


def test_what_a_song_is_about_is_no_instrument_and_no_style() -> None:
    wishes = by_rules("a waltz about a country house where the drums are silent, with a cello")
    assert style(wishes) == "waltz"
    assert "cello" in players(wishes)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a guitar solo after the second chorus", {"solo": ["after", "chorus", 2]}),
        ("sax solo right before the last chorus", {"solo": ["before", "chorus", -1]}),
        ("breakdown after the bridge", {"breakdown": ["after", "bridge", 1]}),
        ("the second chorus is loud", {}),
        ("rock in E with a solo before the last chorus", {"solo": ["before", "chorus", -1]}),
    ],
)
def test_where_a_section_belongs(text: str, places: dict[str, list[object]]) -> None:
    wishes = by_rules(text)
    assert places_of(wishes) == places
    assert all(sections(wishes)[section] for section in places)


def test_what_is_said_of_a_song_is_not_for_a_place_in_it() -> None:
    wishes = by_rules("energetic rock in E major with a solo before the last chorus")
    assert (key_of(wishes), moods(wishes)) == ("E major", ["energetic"])


@pytest.mark.parametrize("form", form_names())
def test_every_form_is_known_by_its_name(form: str) -> None:
    name = form if "-" in form or form == "AABA" else f"{form} form"
    found = form_of(by_rules(f"a song in D major as {name}, slow"))
    assert found is not None and found.lower() == form.lower()


@pytest.mark.parametrize(
    ("text", "era"),
    [
        ("80s rock", "1980s"),
        ("rock of the early sixties", "1960s"),
        ("2000s pop", "2000s"),
        ("1920s jazz", "1920s"),
        ("medieval dance", "medieval"),
        ("a rock song of 80 s", None),
        ("rock at 80", None),
    ],
)
def test_eras(text: str, era: str | None) -> None:
    assert next((wish.what for wish in by_rules(text).wishes if wish.kind == "era"), None) == era


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("just piano and cello", True),
        ("for solo harp, slow", True),
        ("music box only", True),
        ("pop, the bridge has only bass", False),
        ("pop that starts with just piano", False),
        ("pop with piano and cello", False),
        ("piano and cello", True),
    ],
)
def test_instruments_that_play_alone_leave_no_room_for_others(text: str, alone: bool) -> None:
    assert is_alone(by_rules(text)) == alone


def test_what_is_refused_takes_its_relatives_along() -> None:
    plan = plan_song(SongSpec(description="big band jazz without horns"))
    words = " ".join(f"{stem.name} {stem.prompt}" for stem in plan.stems)
    assert not [name for name in ("trumpet", "trombone", "sax", "horn", "brass") if name in words]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("description", "absent"),
    [
        ("rock without drums", "drums"),
        ("synthwave, no bass", "bass"),
        ("pop with no pads, 2 minutes", "pad"),
        ("a jazz song for solo piano", "drums"),
    ],
)
def test_what_is_unwanted_does_not_play(description: str, absent: str) -> None:
    plan = plan_song(SongSpec(description=description))
    assert absent not in {stem.role for stem in plan.stems}


def test_a_form_that_is_named_after_a_style_is_of_that_style() -> None:
    wishes = by_rules("12-bar blues in A")
    assert (form_of(wishes), style(wishes)) == ("12-bar-blues", "blues")
    assert style(by_rules("a jazz tune, 12-bar blues form")) == "jazz"


def test_names_of_musicians_are_no_styles_by_rule() -> None:
    assert style(by_rules("something like Daft Punk, slow")) is None


@pytest.mark.parametrize(
    ("text", "meter"), [("seven-eight metal", "7/8"), ("pop in three-four", "3/4"), ("in six eight", "6/8")]
)
def test_metres_in_words(text: str, meter: str) -> None:
    assert [wish.what for wish in by_rules(text).wishes if wish.kind == "meter"] == [meter]


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    wishes = by_rules(text)
    assert tempo_bpm(wishes) is None or 30 <= (tempo_bpm(wishes) or 0) <= 300


def test_solos_in_the_plural_are_sections_as_well() -> None:
    assert sections(by_rules("metal with two guitar solos"))["solo"]
