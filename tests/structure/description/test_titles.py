"""A title is a title: a few whole words that name the song, never what tells how it is made."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.description.titles import title_from
from structure.planning.planner import plan_song
from structure.specs.spec import SongSpec


@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("A dreamy synthwave song in A minor", "Dreamy Synthwave Song"),
        ("dark and moody techno, 90 bpm", "Dark and Moody Techno"),
        ("a song about the sea at night, slow", "The Sea at Night"),
        ("Gloomy pop about death", "Death"),
        ("a waltz, about two minutes", "Waltz"),
        ("Ein trauriger Walzer in h-Moll ohne Schlagzeug", "Trauriger Walzer"),
        ("una balada triste sobre el mar", "El Mar"),
        ("lo-fi hip hop, 1.5 minutes", "Lo-fi Hip Hop"),
        ("no drums, calm", "Calm"),
        ("warm folk waltz for the end of a harbour feast", "Warm Folk Waltz"),
        ("solo piano", "Solo Piano"),
    ],
)
def test_the_words_that_name_a_song_are_its_title(description: str, title: str) -> None:
    assert title_from(description) == title


@pytest.mark.parametrize(
    "description",
    ["verse 8 bars, chorus 16", "in E♭", "song in E", "4 bar intro", "please make me a song", "x" * 200],
)
def test_words_that_say_how_it_is_made_are_no_title(description: str) -> None:
    assert title_from(description, "Other") == "Other"


def test_a_song_that_nothing_names_is_called_by_its_style_and_key() -> None:
    assert plan_song(SongSpec(description="verse 8 bars, chorus 16, in E minor")).title == "Pop in E Minor"


WORDS = ("sad", "piano", "the", "of", "in", "E", "verse", "8", "bars,", "extraordinarily.", "(sea)", "3:20")


@given(st.lists(st.sampled_from(WORDS)))
def test_nothing_is_cut_inside_a_word(words: list[str]) -> None:
    said = {re.sub(r"\W", "", word).lower() for word in words}
    title = title_from(" ".join(words), "")
    assert {word.lower() for word in title.split()} <= said
    assert len(title) <= 60
