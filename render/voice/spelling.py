"""Sounds of syllables by their letters, for words that no dictionary has.

Spanish and Italian are read nearly as they are spoken. German, French and Portuguese are approximate.
English words have a dictionary; their letters are read only for syllables such as "ooh" and "na".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from structure.base.datafiles import read_yaml

_VOWELS = "aeiou"


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).parents[1] / "data" / "sounds.yaml"
    tables: Mapping[str, Mapping[str, str]] = read_yaml(path.read_text(encoding="utf-8"))
    return tables


def sounds_by_spelling(letters: str, language: str) -> str:
    """Return the sounds of a syllable by its letters; those of English where the language has no table."""
    table = _tables().get(language, _tables()["en"])
    text, found, at = letters.lower(), "", 0
    longest = max(map(len, table))
    while at < len(text):
        size = next((size for size in range(longest, 0, -1) if text[at : at + size] in table), 0)
        if not size:
            at += 1
            continue
        sound = table[text[at : at + size]]
        is_double = found.endswith(sound) and sound not in _VOWELS
        found += "" if is_double else sound
        at += size
    return found or "ɑ"
