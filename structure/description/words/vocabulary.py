"""The words of music that sentences are read by, from ``data/describe.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.presets.styles import style_names
from structure.specs.wishes import WishKind


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Phrases, in lower case and without hyphens, with what each of them means.

    ``genres`` name styles, ``paces`` a share (0 slow … 1 fast) of a range of tempos, ``refusals`` what
    "drumless" and the like are without. ``levels`` say how loud a player is in the mix, ``heard`` what a
    word for the sound of a player asks for besides.
    """

    genres: Mapping[str, str]
    meters: Mapping[str, str]
    paces: Mapping[str, float]
    modes: Mapping[str, str]
    moods: frozenset[str]
    sections: Mapping[str, str]
    instruments: frozenset[str]
    role_words: Mapping[str, str]
    refusals: Mapping[str, str]
    sound_words: frozenset[str]
    forms: Mapping[str, str]
    levels: Mapping[str, str]
    heard: Mapping[str, tuple[WishKind, str]]


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary of the package."""
    data = read_data("describe.yaml")
    named = {name.replace("-", " "): name for name in style_names()}
    return Vocabulary(
        genres=named | _invert(data["genres"]),
        meters=_invert(data["meters"]),
        paces={phrase: float(share) for phrase, share in _invert(data["paces"]).items()},
        modes=_invert(data["modes"]),
        moods=frozenset(data["moods"]),
        sections=_invert(data["sections"]),
        instruments=frozenset(word for words in data["instruments"] for word in words),
        role_words=_invert(data["role_words"]),
        refusals=_invert(data["unwanted_adjectives"]),
        sound_words=frozenset(data["sound_words"]),
        forms=_invert(data["forms"]),
        levels=_invert(data["levels"]),
        heard={
            word: (kind, what)
            for kind, rows in data["heard"].items()
            for what, words in rows.items()
            for word in words
        },
    )


def _invert(meanings: Mapping[Any, Iterable[str]]) -> dict[str, Any]:
    return {word: meaning for meaning, words in meanings.items() for word in words}
