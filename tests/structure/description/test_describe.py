"""Rules by which a description is read: keys, tempos, lengths, what is unwanted, forms and eras."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from structure.base.labels import kind_of
from structure.base.types import ROLES
from structure.description.reading import read_description
from structure.description.vocabulary import vocabulary
from structure.harmony.keys import parse_key
from structure.planning.planner import plan_song
from structure.presets.forms import form_names
from structure.presets.styles import style_names
from structure.specs.spec import SongSpec


def test_the_vocabulary_names_styles_roles_and_sections_that_exist() -> None:
    words = vocabulary()
    assert set(words.genres.meanings.values()) == set(style_names())
    assert set(words.forms.meanings.values()) == set(form_names())
    assert set(words.genre_paces.meanings) <= set(words.genres.meanings)
    assert set(words.genre_colours.meanings.values()) <= set(style_names())
    assert {word.role for word in words.instruments.meanings.values()} == set(ROLES)
    assert all(kind_of(label) == label for label in words.sections.meanings.values())


@pytest.mark.parametrize("tonic", ["C", "C#", "Db", "Eb", "F#", "A", "Bb", "B"])
@pytest.mark.parametrize("mode", ["major", "minor", "dorian"])
@pytest.mark.parametrize("text", ["a song in {}", "rock, key of {}, 100 bpm", "{}, slow"])
def test_every_key_is_read(tonic: str, mode: str, text: str) -> None:
    reading = read_description(text.format(f"{tonic} {mode}"))
    assert reading.key == f"{tonic} {mode}"
    assert parse_key(reading.key).family == reading.mode


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
    assert read_description(text).key == key


@settings(max_examples=40)
@given(st.integers(40, 240))
def test_every_tempo_is_read(bpm: int) -> None:
    assert read_description(f"pop at {bpm}").tempo_bpm == bpm
    assert read_description(f"pop, {bpm}bpm, 3:20").tempo_bpm == bpm


@settings(max_examples=40)
@given(st.integers(5, 1800))
def test_every_length_is_read(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    assert read_description(f"rock, {minutes}:{rest:02d}, 120 bpm").length_s == seconds
    assert read_description(f"rock of {seconds} seconds").length_s == seconds


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
    assert read_description(text).tempo_bpm == bpm


@pytest.mark.parametrize(
    ("text", "unwanted", "instruments"),
    [
        ("no drums", ["drums"], []),
        ("no drums, soft piano", ["drums"], ["soft piano"]),
        ("no drums or bass, piano", ["drums", "bass"], ["piano"]),
        ("without drums and bass", ["drums", "bass"], []),
        ("no drums, no guitar", ["drums", "guitar"], []),
        ("don't want any strings", ["strings"], []),
    ],
)
def test_what_is_not_wanted_is_not_wanted(text: str, unwanted: list[str], instruments: list[str]) -> None:
    reading = read_description(text)
    implied = {sound for word in unwanted for sound in vocabulary().relatives.get(word.rstrip("s"), ())}
    assert [word for word in reading.unwanted if word not in implied or word in unwanted] == unwanted
    assert [wanted.prompt for wanted in reading.instruments] == instruments


def test_denied_styles_and_moods_are_not_read() -> None:
    reading = read_description("not a ballad, not sad, drop D tuning, a fast ska song")
    assert (reading.style, reading.moods, reading.section_hints) == ("reggae", (), ())


def test_what_a_song_is_about_is_no_instrument_and_no_style() -> None:
    reading = read_description("a waltz about a country house where the drums are silent, with a cello")
    assert reading.style == "waltz"
    assert [wanted.prompt for wanted in reading.instruments] == ["cello"]


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a guitar solo after the second chorus", [("solo", "after", "chorus", 2)]),
        ("sax solo right before the last chorus", [("solo", "before", "chorus", -1)]),
        ("breakdown after the bridge", [("breakdown", "after", "bridge", 1)]),
        ("the second chorus is loud", []),
    ],
)
def test_where_a_section_belongs(text: str, places: list[tuple[str, str, str, int]]) -> None:
    reading = read_description(text, guessing=False)
    assert [(p.section, p.side, p.anchor, p.visit) for p in reading.placements] == places
    assert all(dict(reading.section_hints)[section] for section, *_ in places)


@pytest.mark.parametrize("form", form_names())
def test_every_form_is_known_by_its_name(form: str) -> None:
    name = form if "-" in form or form == "AABA" else f"{form} form"
    assert read_description(f"a song in D major as {name}, slow", guessing=False).form == form


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
    assert read_description(text, guessing=False).era == era


@pytest.mark.parametrize(
    ("text", "alone"),
    [
        ("just piano and cello", True),
        ("for solo harp, slow", True),
        ("music box only", True),
        ("the bridge has only bass", False),
        ("starts with just piano", False),
        ("piano and cello", False),
    ],
)
def test_instruments_that_play_alone_leave_no_room_for_others(text: str, alone: bool) -> None:
    reading = read_description(text, guessing=False)
    assert reading.plays_alone == alone
    left = {"drums", "bass", "chords", "pad", "arpeggio", "lead"} - {w.role for w in reading.instruments}
    assert (set(reading.unwanted) == left) if alone else not reading.unwanted


def test_what_is_refused_takes_its_relatives_along() -> None:
    unwanted = read_description("jazz without horns", guessing=False).unwanted
    assert {"horn", "trumpet", "trombone", "saxophone"} <= set(unwanted)


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
    reading = read_description("12-bar blues in A", guessing=False)
    assert (reading.form, reading.style) == ("12-bar-blues", "blues")
    assert read_description("a jazz tune, 12-bar blues form", guessing=False).style == "jazz"


def test_names_of_musicians_are_no_styles_by_rule() -> None:
    assert read_description("something like Daft Punk, slow", guessing=False).style is None


def test_understood_shows_the_words_in_their_order() -> None:
    reading = read_description("Slow Jazz in F minor, purple, with a Dusty Rhodes")
    assert reading.understood == ("Slow", "Jazz", "in F minor", "Dusty Rhodes")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    reading = read_description(text, guessing=False)
    assert reading == read_description(text, guessing=False)
    assert reading.tempo_bpm is None or 30 <= reading.tempo_bpm <= 300
    assert reading.length_s is None or 5 <= reading.length_s <= 1800


WORDS = [
    "piano",
    "no",
    "drums",
    "and",
    "slow",
    "A minor",
    ",",
    "waltz",
    "about",
    "90",
    "solo",
    "after",
    "chorus",
    "1980s",
    "only",
]


@given(st.lists(st.sampled_from(WORDS), max_size=12))
def test_no_word_is_understood_twice(words: list[str]) -> None:
    """What one rule has taken is left alone by all later ones."""
    findings = read_description(" ".join(words), guessing=False).findings
    assume(len(findings) > 1)
    for before, behind in pairwise(findings):
        assert before.end <= behind.start


def test_solos_in_the_plural_are_sections_as_well():
    assert ("solo", True) in read_description("metal with two guitar solos").section_hints
