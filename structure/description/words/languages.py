"""Finds the language of a description by its words.

What each word tells is kept in ``data/languages/telling.txt``, in the order of the alphabet, so that no
dictionary has to be read for it; :mod:`structure.description.words.telling` writes that file.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import NamedTuple

from structure.base.datafiles import read_data
from structure.description.words.dictionaries import READ_LANGUAGES, split_compound
from structure.description.words.phrases import lower
from structure.description.words.sentences import is_english

TELLING = "telling.txt"
"""The file under ``data/languages`` that says of each word what it tells."""

QUOTED = re.compile(r"[\"“„«][^\"“”„»]{1,118}[\"”“»]")
WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")

_CHORDS = re.compile(r"(?<!\w)[A-G][#b]?(?:m|maj)?7?(?:[\s,|/–-]+[A-G][#b]?(?:m|maj)?7?)+(?!\w)")
"""Chords or the parts of a form, which tell no language: "Am F C G", "A, B, A"."""

WEAK, FAIR = 0.3, 0.6
"""How far the name of an instrument or a genre tells a language, and another word of music, next to the
common words of a language."""

FOREIGN = 0.85
"""The same for a language that cannot be read: a draw goes to one that can."""

_FEW, _LEAST_SHARE = 4, 0.12
"""From so many words on, so many of them must tell their language."""

_SHORT_WORD = 3
"""Letters of the small words of a language, which English has in names alone: "de", "la"."""

_LONG_WORD, _LEAST_FOREIGN = 7, 0.9


class Telling(NamedTuple):
    """What a word tells: how far it speaks for each language, and which dictionaries have it."""

    weights: Mapping[str, float]
    known_in: tuple[str, ...]


def find_language(text: str) -> str:
    """Return the English name of the language of a text; "" for one that cannot be read here.

    Each word counts for the languages that have it, less the more they are. A text without a word of any
    language is English where it is short, for it may be a name or a list of tags.
    """
    plain = _CHORDS.sub(" ", _compile_shared_names().sub(" ", QUOTED.sub(" ", text)))
    whole = [lower(word) for word in WORD.findall(plain)]
    whole = [word for word in whole if not word.isdigit()]
    words = whole + [part for word in whole if "-" in word for part in word.split("-") if len(part) > 1]
    letters = [char for char in text if char.isalpha()]
    if letters and sum(ord(char) < 0x250 for char in letters) < len(letters) / 2:
        return ""
    scores = dict.fromkeys(("English", *READ_LANGUAGES), 0.0)  # a draw goes to the first
    for word in words:
        weights = telling_of(word).weights
        for name, weight in weights.items():
            scores[name] = scores.get(name, 0.0) + weight / len(weights)
    best = max(scores, key=lambda name: scores[name])
    telling = {word: telling_of(word).weights for word in words}
    if not any(
        best in weights and ("English" not in weights or len(word) <= _SHORT_WORD)
        for word, weights in telling.items()
    ):
        best = "English"  # "cool jazz, ballad tempo": no word is foreign alone
    told = scores[best]

    # "Rock duro en 7/8" is foreign, for none of its words is English alone. The names of genres and
    # instruments are much the same everywhere, and tell nothing.
    if best == "English":
        english = [word for word in words if telling_of(word).weights.get("English", 0.0) >= FAIR]
        foreign: dict[str, float] = {}
        for name in READ_LANGUAGES:
            if any(name not in telling_of(word).known_in for word in english):
                continue
            own = [_told_beyond_english(word, name) for word in words if word not in english]
            long = [word for word in words if len(word) >= _LONG_WORD and word.isalpha()]
            compounds = [word for word in long if not is_english(word) and split_compound(word, name)]
            foreign[name] = sum(own) + len(compounds)
        likely = [name for name in foreign if foreign[name] >= _LEAST_FOREIGN]
        best = max(likely, key=lambda name: foreign[name], default=best)
        told = foreign.get(best, told)

    # "Strophe im Halftime" is foreign as well: musicians everywhere take words from English, but hardly the
    # common ones.
    if best == "English":
        common = {name: sum(_is_common_only(word, name) for word in whole) for name in scores}
        best = max(("English", *READ_LANGUAGES), key=lambda name: common[name])
        told = scores[best]

    spoken = [word for word in words if word.isalpha() and len(word) > 1]
    if len(spoken) >= _FEW and told < _LEAST_SHARE * len(spoken):
        return ""
    return best if best in ("English", *READ_LANGUAGES) else ""


def _told_beyond_english(word: str, name: str) -> float:
    """Return how far a word speaks for a language, less what it tells of English: "tempo" is of both."""
    weights = telling_of(word).weights
    of_english = weights.get("English", 0.0) if len(word) > _SHORT_WORD else 0.0
    return max(0.0, weights.get(name, 0.0) - of_english)


def _is_common_only(word: str, name: str) -> bool:
    """Return whether a word is a common one of a language, and none in another."""
    return telling_of(word).weights == {name: 1.0}


@cache
def _compile_shared_names() -> re.Pattern[str]:
    """Return a pattern of the names of several words that every language uses, such as "drum and bass"."""
    names = read_data("languages", "english.yaml")["used_everywhere"]
    return re.compile(
        rf"(?<!\w)(?:{'|'.join(re.escape(str(name)) for name in names)})(?!\w)", re.IGNORECASE
    )


@cache
def telling_of(word: str) -> Telling:
    """Return what a word in lower case tells of its language; nothing, where no language has it."""
    rows = _rows()
    place = bisect_left(rows, f"{word}\t")
    if place == len(rows) or not rows[place].startswith(f"{word}\t"):
        return Telling({}, ())
    weights: dict[str, float] = {}
    known: list[str] = []
    for said in rows[place].split("\t")[1:]:
        name, _, hundredths = said.partition(" ")
        known.append(name)
        if hundredths:
            weights[name] = int(hundredths) / 100
    return Telling(weights, tuple(known))


@cache
def _rows() -> Sequence[str]:
    path = resources.files("structure") / "data" / "languages" / TELLING
    return path.read_text(encoding="utf-8").splitlines()
