"""Every word of a sentence that says something is in a wish, if only in one that nobody understood."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from structure.base.datafiles import read_data
from structure.description.reading import read_wishes
from structure.description.words.translation import to_english
from tests.structure.description.readings import cases

SILENT = (
    "fillers",
    "linkers",
    "breakers",
    "relations",
    "ordinals",
    "references",
    "works",
    "exact",
    "nobody_else",
    "everybody",
    "edges",
    "edge_verbs",
    "more",
    "less",
    "mix_nouns",
)
"""Lists of ``clauses.yaml`` whose words ask for nothing by themselves."""


@cache
def silent_words() -> frozenset[str]:
    """The words of those lists."""
    data = read_data("clauses.yaml")
    return frozenset(word for name in SILENT for phrase in _phrases(data[name]) for word in _words(phrase))


def _phrases(entry: Any) -> Iterator[str]:
    for value in entry.values() if isinstance(entry, dict) else [entry]:
        yield from map(str, value)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())


def _is_silent(word: str) -> bool:
    return word in silent_words() or word.removesuffix("s") in silent_words()


def dropped_words(text: str) -> list[str]:
    """The words of a sentence, in English, that say something and are in no wish."""
    translation = to_english(text)
    spans = [wish.span for wish in read_wishes(text).wishes if wish.span is not None]
    found = []
    for match in re.finditer(r"[^\W\d_]+", translation.text):
        start, end = translation.span_of(*match.span())
        is_heard = any(first < end and start < last for first, last in spans)
        if start < end and not is_heard and not _is_silent(match[0].lower()):
            found.append(match[0])
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "english", "german", "spanish", "second", "scenes"])
def test_no_word_that_says_something_is_dropped(name: str) -> None:
    dropped = {case["text"]: words for case in cases(name) if (words := dropped_words(case["text"]))}
    assert dropped == {}


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("pop, leave", "leave"),
        ("rock, add", "add"),
        ("techno, mute", "mute"),
        ("pop, drops out", "drops out"),
        ("jazz, comes in", "comes in"),
        ("with a quintet, guitar duel", "quintet"),
    ],
)
def test_what_happens_to_nobody_is_not_understood(text: str, unknown: str) -> None:
    wishes = read_wishes(text, guessing=False)
    said = [wishes.words_of(wish) for wish in wishes.wishes if wish.kind == "unknown"]
    assert len(said) == 1 and unknown in said[0]
