"""Misspelled words are read as what they are meant for, and words of their own are left alone."""

from __future__ import annotations

import pytest

from structure.description.reading import read_wishes
from structure.description.words.slips import meant_by


@pytest.mark.parametrize(
    ("word", "entry", "english"),
    [
        ("schalgzeug", "schlagzeug", "drums"),
        ("gietarre", "gitarre", "guitar"),
        ("melancolisch", "melancholisch", "melancholic"),
        ("verregneter", "verregnet", "rainy"),
        ("tristee", "triste", "sad"),
        ("longues", "longue", "long"),
    ],
)
def test_a_slip_is_meant_for_an_entry(word: str, entry: str, english: str) -> None:
    assert meant_by(word, [(entry, english), ("zebra", "zebra")]) == entry


@pytest.mark.parametrize(
    ("word", "entry", "english"),
    [
        ("leben", "lieben", "love"),
        ("menschen", "moenchen", "monastic scenery"),
        ("tauschen", "tauchen", "underwater scenery"),
        ("schleicht", "schlicht", "simple"),
        ("estado", "estadio", "stadium"),
        ("perro", "perreo", "reggaeton"),
        ("violence", "violente", "aggressive"),
    ],
)
def test_a_word_of_its_own_is_no_slip(word: str, entry: str, english: str) -> None:
    assert meant_by(word, [(entry, english)]) is None


@pytest.mark.parametrize(
    ("sentence", "word"),
    [
        ("Pop, ein Lied über Menschen und das Leben", "monastic"),
        ("una canción pop sobre un perro y su barrio", "reggaeton"),
        ("une chanson pop sur la violence des villes", "aggressive"),
    ],
)
def test_ordinary_words_ask_for_no_music(sentence: str, word: str) -> None:
    assert not any(word in wish.what for wish in read_wishes(sentence, guessing=False).wishes)
