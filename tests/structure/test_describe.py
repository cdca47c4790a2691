"""Descriptions are read as a musician reads them; the accuracy is counted field by field."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.describe import Reading, read_description
from structure.keys import parse_key
from structure.labels import kind_of
from structure.styles import style_names
from structure.types import ROLES
from structure.vocabulary import vocabulary

SENTENCES = yaml.safe_load((Path(__file__).parents[1] / "data" / "descriptions.yaml").read_text("utf-8"))
FIELDS = [field.name for field in fields(Reading) if field.name != "understood"]
REQUIRED = 0.9


def _expected(case: dict[str, Any], field: str) -> Any:
    if field == "section_hints":
        return case.get("sections", {})
    empty: Any = {"moods": [], "instruments": [], "unwanted": []}
    value = case.get(
        field, empty.get(field, False if field in ("quiet_start", "big_last_chorus") else None)
    )
    return [tuple(item) for item in value] if field == "instruments" else value


def _read(reading: Reading, field: str) -> Any:
    value = getattr(reading, field)
    if field == "section_hints":
        return dict(value)
    if field == "instruments":
        return [(wanted.role, wanted.prompt) for wanted in value]
    return list(value) if isinstance(value, tuple) else value


def _misreadings() -> list[tuple[str, str, Any, Any]]:
    found = []
    for case in SENTENCES:
        reading = read_description(case["text"])
        for field in FIELDS:
            expected, read = _expected(case, field), _read(reading, field)
            if expected != read:
                found.append((field, case["text"], expected, read))
    return found


def test_enough_sentences() -> None:
    assert len(SENTENCES) >= 30


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_right_in_nine_of_ten_sentences(field: str) -> None:
    wrong = [miss for miss in _misreadings() if miss[0] == field]
    assert len(wrong) <= (1 - REQUIRED) * len(SENTENCES), wrong


def test_fields_that_are_given_are_found() -> None:
    """Of the fields that a sentence does set (an empty reading scores nothing here), 90 % are right."""
    given_count: Counter[str] = Counter()
    for case in SENTENCES:
        given_count.update(field for field in FIELDS if _expected(case, field) not in (None, False, [], {}))
    missed = [
        (field, text, expected, read)
        for field, text, expected, read in _misreadings()
        if expected not in (None, False, [], {})
    ]
    assert len(missed) <= (1 - REQUIRED) * given_count.total(), missed


def test_the_vocabulary_names_styles_roles_and_sections_that_exist() -> None:
    words = vocabulary()
    assert set(words.genres.meanings.values()) == set(style_names())
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
    assert list(reading.unwanted) == unwanted
    assert [wanted.prompt for wanted in reading.instruments] == instruments


def test_denied_styles_and_moods_are_not_read() -> None:
    reading = read_description("not a ballad, not sad, drop D tuning, a fast ska song")
    assert (reading.style, reading.moods, reading.section_hints) == ("reggae", (), ())


def test_what_a_song_is_about_is_no_instrument_and_no_style() -> None:
    reading = read_description("a waltz about a country house where the drums are silent, with a cello")
    assert reading.style == "waltz"
    assert [wanted.prompt for wanted in reading.instruments] == ["cello"]


def test_understood_shows_the_words_in_their_order() -> None:
    reading = read_description("Slow Jazz in F minor, purple, with a Dusty Rhodes")
    assert reading.understood == ("Slow", "Jazz", "in F minor", "Dusty Rhodes")


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_any_text_can_be_read(text: str) -> None:
    reading = read_description(text)
    assert reading == read_description(text)
    assert sum(map(len, reading.understood)) <= len(text)
    assert reading.tempo_bpm is None or 30 <= reading.tempo_bpm <= 300
    assert reading.length_s is None or 5 <= reading.length_s <= 1800
