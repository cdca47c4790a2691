"""A text that is read phrase by phrase: what has been understood is taken out of what is left to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_TAKEN = "\x00"
"""Stands where a phrase was taken; it is neither a word nor a space, so nothing matches across it."""


class Phrases:
    """A text and which parts of it were understood. Matching ignores case; see :attr:`original`."""

    def __init__(self, text: str) -> None:
        self.original = text.translate(_PLAIN)
        self._rest = _lower(self.original)
        self._spans: list[tuple[int, int]] = []

    @property
    def rest(self) -> str:
        """What is left to read, in lower case; taken phrases are blanked, so positions stay."""
        return self._rest

    @property
    def understood(self) -> tuple[str, ...]:
        """The phrases that were taken, as they were written, in the order of the text."""
        return tuple(self.original[start:end].strip() for start, end in sorted(self._spans))

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches in what is left to read; phrases may be taken while iterating."""
        position = 0
        while match := pattern.search(self._rest, position):
            yield match
            position = max(match.end(), position + 1)

    def take(self, match: re.Match[str]) -> str:
        """Mark a match as understood; returns it as it was written."""
        start, end = match.span()
        self._spans.append((start, end))
        self._blank(start, end)
        return self.original[start:end]

    def hide(self, match: re.Match[str]) -> None:
        """Take a match out of what is left to read without claiming to have understood it."""
        self._blank(*match.span())

    def _blank(self, start: int, end: int) -> None:
        self._rest = self._rest[:start] + _TAKEN * (end - start) + self._rest[end:]


def any_of(phrases: Iterable[str]) -> str:
    """A pattern for any of the phrases, longest first, with an optional plural ending.

    A space in a phrase matches a hyphen too.
    """
    ordered = sorted(set(phrases), key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace("\\ ", r"[\s-]+") for phrase in ordered)
    return rf"(?<![\w/])(?:{alternatives})(?:e?s)?(?![\w/])"


def plain(phrase: str) -> str:
    """A matched phrase as vocabularies write it: lower case, single spaces, no hyphens."""
    return re.sub(r"[\s-]+", " ", phrase.lower()).strip()


def singular(phrase: str, known: Iterable[str]) -> str:
    """The form of a matched phrase that is in ``known``, without the plural ending it may have."""
    words = set(known)
    for ending in ("", "s", "es"):
        bare = phrase.removesuffix(ending)
        if bare in words:
            return bare
    raise KeyError(phrase)


_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "‑": "-", "♯": "#", "♭": "b"}
)


def _lower(text: str) -> str:
    """Lower case, character by character, so that positions stay (``"İ".lower()`` is two long)."""
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
    """``"96"``, ``"ninety six"``, ``"a hundred and ten"`` as a number."""
    if text[0].isdigit():
        return float(text)
    total = 0
    for word in re.split(r"[\s-]+", text):
        if word == "hundred":
            total = max(1, total) * 100
        else:
            total += _VALUES.get(word, 0)
    return float(total)
