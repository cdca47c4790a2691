"""A text that is read phrase by phrase: what has been understood is taken out of what is left to read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_TAKEN, _HIDDEN = "\x00", "\x01"
"""Stand where a phrase was taken or hidden; neither is a word or a space, so nothing matches across it."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A phrase that was understood: what it says something about, where it stands in the text that was
    read, and how it was written."""

    about: str
    start: int
    end: int
    written: str


class Phrases:
    """A text and which parts of it were understood. Matching ignores case; see :attr:`original`.

    ``written`` gives the writer's own words for a range of the text, where the text is a translation.
    """

    def __init__(self, text: str, written: Callable[[int, int], str] | None = None) -> None:
        self.original = text.translate(_PLAIN)
        self._rest = lower(self.original)
        self._taken: list[Taken] = []
        self._written = written or (lambda start, end: self.original[start:end])

    @property
    def rest(self) -> str:
        """What is left to read, in lower case; taken phrases are blanked, so positions stay."""
        return self._rest

    @property
    def understood(self) -> tuple[str, ...]:
        """The phrases that were taken, in the order of the text, in the words that were read."""
        return tuple(self.original[taken.start : taken.end].strip() for taken in self.taken)

    @property
    def taken(self) -> tuple[Taken, ...]:
        """The phrases that were taken, in the order of the text."""
        return tuple(sorted(self._taken, key=lambda taken: (taken.start, taken.end)))

    @property
    def left(self) -> tuple[str, ...]:
        """The stretches of text that nothing was understood of, parted by what was, and by punctuation."""
        parts = re.split(rf"[{_TAKEN}{_HIDDEN}]+|[,.;:!?()\n]+", self._rest)
        return tuple(part.strip() for part in parts if re.search(r"\w", part))

    @property
    def spans_left(self) -> Iterator[tuple[int, int]]:
        """Where the stretches of :attr:`left` begin and end."""
        for match in re.finditer(rf"[^{_TAKEN}{_HIDDEN},.;:!?()\n]+", self._rest):
            part = match[0].strip()
            if re.search(r"\w", part):
                start = match.start() + match[0].index(part)
                yield start, start + len(part)

    def find(self, pattern: re.Pattern[str]) -> Iterator[re.Match[str]]:
        """Matches in what is left to read; phrases may be taken while iterating."""
        position = 0
        while match := pattern.search(self._rest, position):
            yield match
            position = max(match.end(), position + 1)

    def take(self, match: re.Match[str], about: str, group: str | int = 0) -> str:
        """Mark a match, or a group of it, as understood; returns it in the words that were read."""
        return self.take_span(*match.span(group), about)

    def take_span(self, start: int, end: int, about: str) -> str:
        """Mark a range of the text as understood; returns it in the words that were read."""
        self._taken.append(Taken(about, start, end, self._written(start, end).strip()))
        self._blank(start, end, _TAKEN)
        return self.original[start:end]

    def hide(self, match: re.Match[str]) -> None:
        """Take a match out of what is left to read without claiming to have understood it."""
        self._blank(*match.span(), _HIDDEN)

    def _blank(self, start: int, end: int, sign: str) -> None:
        self._rest = self._rest[:start] + sign * (end - start) + self._rest[end:]


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


def lower(text: str) -> str:
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
