"""Sounds of syllables by the letters of their word, for words that no dictionary has.

Spanish and Italian are read nearly as they are spoken; German, French and Portuguese by their usual rules.
English words have a dictionary; their letters are read only for syllables such as "ooh" and "na".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from render.voice.phonemes import VOWELS
from structure.base.datafiles import read_yaml

_DATA = Path(__file__).parents[1] / "data"


@cache
def _tables() -> Mapping[str, Mapping[str, str]]:
    tables: Mapping[str, Mapping[str, str]] = read_yaml((_DATA / "sounds.yaml").read_text(encoding="utf-8"))
    return tables


@cache
def _rules(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    text = (_DATA / "letter_sounds.yaml").read_text(encoding="utf-8")
    rows: Sequence[tuple[str, str]] = read_yaml(text).get(language, ())
    found = []
    for pattern, sounds in rows:
        # the tilde of nasal vowels is a sign of its own, and ç is one
        apart = unicodedata.normalize("NFD", sounds).replace("c\u0327", "ç")
        found.append((re.compile(pattern), apart))
    return tuple(found)


def sounds_of_word(parts: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the sounds of each syllable of a word; ``parts`` are the letters of its syllables in order.

    A syllable whose letters have no vowel of their own is given "ə", so that it can be sung.
    """
    if not _rules(language):
        return tuple(_by_table(part, language) for part in parts)
    word = unicodedata.normalize("NFC", "".join(parts).lower())
    owners = [
        number for number, part in enumerate(parts) for _ in unicodedata.normalize("NFC", part.lower())
    ]
    found, at = [""] * len(parts), 0
    while at < len(word):
        # the first rule that fits says how many letters are read, and as which sounds
        end, sounds = next(
            (
                (m.end(), sounds)
                for rule, sounds in _rules(language)
                if (m := rule.match(word, at)) and m.end() > at
            ),
            (at + 1, ""),
        )
        is_double = end == at + 1 and word[at] not in "aeiou" and word[at : at + 2] == 2 * word[at]
        if not is_double:
            has_vowel = any(sound in VOWELS for sound in sounds)
            found[owners[at if has_vowel else end - 1]] += sounds
        at = end
    return tuple(_spell_sung(sounds, language) or "ə" for sounds in found)


def _spell_sung(sounds: str, language: str) -> str:
    """Return a syllable with one vowel: weak ones beside a full one are not sung."""
    vowels = [sound for sound in sounds if sound in VOWELS]
    if language == "fr" and len(vowels) > 1 and sounds.endswith("ə"):
        return sounds[:-1]
    if vowels or not sounds:
        return sounds
    full = {"j": "i", "w": "u", "ɥ": "y"}.get(sounds[-1])
    return sounds[:-1] + full if full else f"{sounds}ə"


def sounds_by_spelling(letters: str, language: str) -> str:
    """Return the sounds of one syllable, by its letters alone."""
    return sounds_of_word((letters,), language)[0]


def _by_table(letters: str, language: str) -> str:
    """Return the sounds of a syllable by its letters, in a language without rules."""
    table = _tables().get(language, _tables()["en"])
    text, found, at = letters.lower(), "", 0
    longest = max(map(len, table))
    while at < len(text):
        size = next((size for size in range(longest, 0, -1) if text[at : at + size] in table), 0)
        if not size:
            at += 1
            continue
        sound = table[text[at : at + size]]
        is_double = found.endswith(sound) and sound not in "aeiou"
        found += "" if is_double else sound
        at += size
    return found or "ɑ"
