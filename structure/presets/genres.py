"""Genres by name, each with the style by which it is planned. Data in ``data/genres.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.presets.styles import style_names


@dataclass(frozen=True, slots=True)
class Genre:
    """A genre: the name of its style, and what sets it apart from that style; None where nothing does.

    ``tempo`` is a range of beats a minute; ``pace`` says where in the style's range it lies, from 0 to 1;
    ``feel`` is a word of ``data/moods.yaml``. An occasion says what a song is for; where another genre is
    named beside it, the song is in the style of that.
    """

    style: str
    tempo: tuple[float, float] | None = None
    pace: float | None = None
    meter: str | None = None
    mode: str | None = None
    feel: str | None = None
    is_occasion: bool = False


def plain_words(text: str) -> str:
    """Return a text in lower case with single blanks for all that is no letter, digit, ``'`` or ``&``."""
    return " ".join(re.findall(r"[^\W_]+(?:['&][^\W_]+)*|&", text.lower()))


def find_genre(name: str) -> Genre | None:
    """Return a genre by its usual name, or by the last words in it that name one; None for other names.

    "celtic disco" is disco.
    """
    words = plain_words(name).split()
    table = _genres()
    for end in range(len(words), 0, -1):
        for start in range(end):
            phrase = " ".join(words[start:end])
            found = table.get(phrase) or table.get(re.sub(r"(?<=[a-z]{3})s$", "", phrase))
            if found is not None:
                return found
    return None


def genre_of_mood(mood: str) -> Genre | None:
    """Return the genre that a mood means where nothing names one ("cinematic"); None for most moods."""
    return _genres_of_moods().get(mood)


@cache
def _genres_of_moods() -> Mapping[str, Genre]:
    return {mood: _genre(row) for row in read_data("genres.yaml") for mood in row.get("moods", ())}


@cache
def _genres() -> Mapping[str, Genre]:
    own = {plain_words(style): Genre(style) for style in style_names()}
    return own | {
        plain_words(name): _genre(row) for row in read_data("genres.yaml") for name in row["names"]
    }


def _genre(row: Mapping[str, Any]) -> Genre:
    low_high = row.get("tempo")
    return Genre(
        style=row["style"],
        tempo=(float(low_high[0]), float(low_high[1])) if low_high else None,
        pace=row.get("pace"),
        meter=row.get("meter"),
        mode=row.get("mode"),
        feel=row.get("feel"),
        is_occasion=row.get("occasion", False),
    )
