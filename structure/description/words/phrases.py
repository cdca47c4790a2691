"""Text in lower case, position by position, and numbers in words."""

from __future__ import annotations

import re


def lower(text: str) -> str:
    """Return text in lower case, character by character, so that positions stay.

    ``"İ".lower()`` is two characters long.
    """
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


_UNITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {word: i for i, word in enumerate([*_UNITS, *_TEENS, "nineteen"])} | {
    word: 10 * i for i, word in enumerate(_TENS, start=2)
}
_WORD = "|".join(sorted(_VALUES, key=len, reverse=True))

_SMALL = rf"(?:{_WORD})(?:[\s-](?:{_WORD}))?"
_HUNDRED = r"(?:a|one|two)[\s-]hundred"

NUMBER = rf"(?:\d+(?:\.\d+)?|{_HUNDRED}(?:[\s-](?:and[\s-])?{_SMALL})?|{_SMALL})"
"""Pattern of a number in figures or in words, to a few hundred."""


def number_value(text: str) -> float:
    """Return the number of ``"96"``, ``"ninety six"`` or ``"a hundred and ten"``."""
    if text[0].isdigit():
        return float(text)
    total = 0
    for word in re.split(r"[\s-]+", text):
        if word == "hundred":
            total = max(1, total) * 100
        else:
            total += _VALUES.get(word, 0)
    return float(total)
