"""Voices by the words for them: how high they sing, and what they sing where there are no words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from structure.base.datafiles import read_data


@dataclass(frozen=True, slots=True)
class VoiceRange:
    """The lowest and the highest MIDI pitch that a voice is asked for."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Wordless:
    """Syllables for a tune without words: for strong and for weak places, in turn, and for the last."""

    strong: tuple[str, ...]
    weak: tuple[str, ...]
    last: str

    def line(self, is_strong: Sequence[bool]) -> list[str]:
        """Return a syllable for each note of a phrase, of which some are strong."""
        said = [
            (self.strong if strong else self.weak)[i % len(self.strong if strong else self.weak)]
            for i, strong in enumerate(is_strong)
        ]
        return [*said[:-1], self.last] if said else []


@cache
def _table() -> Mapping[str, Any]:
    table: Mapping[str, Any] = read_data("voices.yaml")
    return table


def range_of_voice(words: str) -> VoiceRange:
    """Return the range of a voice by words such as "low male"; a usual one where they tell none."""
    rows: Mapping[str, Mapping[str, Any]] = _table()["ranges"]
    found, longest = str(_table()["usual"]), 0
    for name, row in rows.items():
        for phrase in row["words"]:
            if len(phrase) > longest and _says(words, phrase):
                found, longest = name, len(phrase)
    return VoiceRange(int(rows[found]["low"]), int(rows[found]["high"]))


def wordless_of(words: str) -> Wordless | None:
    """Return what a voice sings that is asked for by "oohs", "la la" or "scat"; None for no such words."""
    best, longest = None, 0
    for row in _table()["wordless"]:
        for phrase in row["words"]:
            if len(phrase) > longest and _says(words, phrase):
                best, longest = row, len(phrase)
    if best is None:
        return None
    return Wordless(tuple(best["strong"]), tuple(best["weak"]), str(best["last"]))


def is_harmonised(style: str) -> bool:
    """Return whether a second voice joins the last refrain of songs of a style."""
    return style in _table()["harmonised"]


def usual_wordless() -> Wordless:
    """Return what is sung where nothing is said: ah."""
    found = wordless_of("ah")
    if found is None:
        raise LookupError("the table of voices has no ah")
    return found


def voice_words(text: str, start: int, end: int) -> str:
    """Return the words for a voice in a description that stand before, in or right after a span of it."""
    around = text[max(0, start - 60) : end + 30].lower()
    clause = re.split(r"[,.;]| with | and ", around[: min(60, start) + end - start])[-1]
    behind = re.split(r"[,.;]| with | and ", around[min(60, start) + end - start :])[0]
    said = [str(word) for word in _table()["says"] if _says(f"{clause} {behind}", str(word))]
    ordered = sorted(said, key=f"{clause} {behind}".find)
    return " ".join(dict.fromkeys(ordered))


def _says(text: str, phrase: str) -> bool:
    """Return whether a phrase stands in a text, as whole words."""
    return re.search(rf"(?<![\w]){re.escape(phrase)}(?![\w])", text.lower()) is not None
