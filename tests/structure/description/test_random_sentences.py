"""Random sentences of known words and nonsense in four languages: no word is dropped."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structure.base.datafiles import read_data
from structure.description.reading import read_wishes
from tests.structure.description.test_nothing_dropped import dropped_words

NONSENSE = ("florb", "wuggle", "zimbrat", "quexil")
LISTS = ("events", "energies", "grooves", "harmonies", "mixes", "ensembles", "sounds", "other_genres")
GLUE = {
    "english": (
        "with",
        "and",
        "in the",
        "no",
        "a",
        ",",
        ".",
        "until the",
        "then",
        "after the",
        "only",
        "8 bars",
    ),
    "german": (
        "mit",
        "und",
        "im",
        "ohne",
        "ein",
        ",",
        ".",
        "bis zum",
        "dann",
        "nach dem",
        "nur",
        "8 Takte",
    ),
    "spanish": (
        "con",
        "y",
        "en el",
        "sin",
        "un",
        ",",
        ".",
        "hasta el",
        "luego",
        "después del",
        "8 compases",
    ),
    "french": (
        "avec",
        "et",
        "dans le",
        "sans",
        "un",
        ",",
        ".",
        "jusqu'au",
        "puis",
        "après le",
        "8 mesures",
    ),
}


@cache
def words_of(language: str) -> tuple[str, ...]:
    """Phrases that the vocabulary of a language knows, and some that none knows."""
    if language == "english":
        data = read_data("clauses.yaml")
        lists = [data[name] for name in LISTS]
        known = [
            p
            for entry in lists
            for ps in (entry.values() if isinstance(entry, dict) else [entry])
            for p in ps
        ]
        return (*map(str, known), *NONSENSE)
    data = read_data("languages", f"{language}.yaml")
    return (*map(str, (*data["nouns"], *data["adjectives"])), *NONSENSE)


def sentences(language: str) -> st.SearchStrategy[str]:
    """Some phrases in a row, with little words between them."""
    glue, words = st.sampled_from(GLUE[language]), st.sampled_from(words_of(language))
    pairs = st.lists(st.tuples(glue, words), min_size=2, max_size=6)
    return pairs.map(lambda found: " ".join(f"{one} {other}" for one, other in found))


@pytest.mark.slow
@pytest.mark.parametrize("language", sorted(GLUE))
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_word_is_dropped_without_a_word(language: str, data: st.DataObject) -> None:
    text = data.draw(sentences(language))
    assert dropped_words(text) == [], text
    found = read_wishes(text, guessing=False)
    heard = {i for wish in found.wishes for i in range(*(wish.span or (0, 0)))}
    for word in NONSENSE:
        starts = [i for i in range(len(text)) if text.startswith(word, i)]
        assert all(start in heard for start in starts), f"{word!r} of {text!r}"
