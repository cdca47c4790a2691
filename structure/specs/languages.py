"""Languages in which words are sung: by their names, or guessed from the words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.errors import did_you_mean

USUAL = "en"
"""The language of words that tell none."""

_SIGNS: Mapping[str, str] = {
    "de": "äöüß",
    "es": "ñ¿¡",
    "fr": "çœêèûîôë",
    "it": "ìò",
    "pt": "ãõ",
}
"""Letters that hardly any other of the languages has."""

_SIGN_WEIGHT = 1.5


@cache
def _table() -> Mapping[str, Mapping[str, Any]]:
    table: Mapping[str, Mapping[str, Any]] = read_data("sung_languages.yaml")
    return table


@cache
def _common() -> Mapping[str, frozenset[str]]:
    return {code: frozenset(map(str, row["common"])) for code, row in _table().items()}


@cache
def weak_words(language: str) -> frozenset[str]:
    """Return the words of a language that carry no stress where they stand alone."""
    return frozenset(map(str, _table()[language]["weak"]))


def language_names() -> tuple[str, ...]:
    """Return the English names of the languages in which words are sung."""
    return tuple(str(row["name"]) for row in _table().values())


def find_language(name: str) -> str:
    """Return the code of a language by its name, or by a code such as ``en-US``.

    Raises ValueError, with what is allowed, for one that is not known.
    """
    plain = name.strip().lower()
    short = re.split(r"[-_]", plain)[0]
    for code, row in _table().items():
        if plain in row["names"] or short == code:
            return code
    said = [str(one) for row in _table().values() for one in row["names"] if len(str(one)) > 2]
    close = did_you_mean(plain, said)
    hint = close if close.startswith("did") else f"allowed: {', '.join(language_names())}"
    raise ValueError(f"nobody sings in the language {name!r}; {hint}")


def guess_language(text: str) -> str:
    """Return the code of the language that words seem to be in; English where nothing tells."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower().replace("’", "'"))
    scores = {
        code: sum(word in common for word in words)
        + _SIGN_WEIGHT * sum(text.lower().count(sign) for sign in _SIGNS.get(code, ""))
        for code, common in _common().items()
    }
    best = max(scores.values(), default=0.0)
    if best <= 0 or scores[USUAL] == best:
        return USUAL
    return next(code for code, score in scores.items() if score == best)
