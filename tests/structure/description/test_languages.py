"""What is kept of each word's language is what vocabulary and dictionaries say."""

import sys
from importlib import resources
from subprocess import run

from structure.description.words.languages import TELLING, telling_of
from structure.description.words.telling import telling_rows


def test_the_table_of_telling_words_is_that_of_the_dictionaries() -> None:
    """After a change of them, `python -m structure.description.words.telling` writes it anew."""
    kept = (resources.files("structure") / "data" / "languages" / TELLING).read_text("utf-8")
    assert kept.splitlines() == list(telling_rows())


def test_a_word_is_found_in_the_table() -> None:
    assert telling_of("ohne").weights == {"German": 1.0}
    assert telling_of("and").weights["English"] == 1.0
    assert "Spanish" in telling_of("guitarra").known_in
    assert "French" in telling_of("batterie").known_in
    assert telling_of("zzz") == telling_of("") == ({}, ())


def test_the_language_of_an_english_sentence_takes_no_dictionary() -> None:
    """They are read where a text is in their language, since reading them takes longer than planning."""
    code = (
        "from structure.description.words.dictionaries import read_dictionary\n"
        "from structure.description.reading import read_wishes\n"
        "read_wishes('a slow jazz waltz with brushes and a muted trumpet, two minutes')\n"
        "print(read_dictionary.cache_info().currsize)\n"
    )
    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"]  # that of English, for its idioms
