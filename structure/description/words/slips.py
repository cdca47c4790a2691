"""Which misspelled words are meant: "gietarre" is a guitar, but "leben" is no slip for "lieben"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from structure.description.words.vocabulary import vocabulary

SHORTEST = 5
"""Letters of a word that may be misspelled; shorter ones are like too many others."""

_LIKENESS = 0.86
_SHORTEST_SWAPPED, _SHORTEST_DOUBLED, _SHORTEST_NAME, _SHORTEST_CHANGED = 6, 7, 8, 11
_ENDINGS = frozenset(
    ("", "e", "en", "er", "es", "em", "n", "s", "d", "de", "der", "den", "des", "a", "o", "as", "os")
)
_SHORTEST_STEM = 4
_PLAIN = str.maketrans("áàâäãçéèêëíîïñóôöúùûü", "aaaaaceeeeiiinooouuuu")


def meant_by(word: str, near: Iterable[tuple[str, str]]) -> str | None:
    """Return the entry that a misspelled word is meant for, or None where it looks like another word.

    ``near`` holds entries and their English. Most words that differ from an entry by a letter are
    words of their own; slips swap or double letters, and long names of players are told from others.
    """
    english = dict(near)
    for entry in get_close_matches(word, english, 4, _LIKENESS):
        if _is_slip(word, entry, english[entry]):
            return entry
    return None


def _is_slip(word: str, entry: str, english: str) -> bool:
    plain, other = word.translate(_PLAIN), entry.translate(_PLAIN)
    stem = next((i for i, pair in enumerate(zip(plain, other, strict=False)) if pair[0] != pair[1]), None)
    stem = min(len(plain), len(other)) if stem is None else stem
    if plain == other:
        return True
    is_inflected = any(
        plain[at:] in _ENDINGS and other[at:] in _ENDINGS for at in range(_SHORTEST_STEM, stem + 1)
    )
    if is_inflected:
        return True
    if sorted(plain) == sorted(other):
        return len(word) >= _SHORTEST_SWAPPED and plain[stem + 2 :] == other[stem + 2 :]
    if _without_doubles(plain) == _without_doubles(other):
        return len(word) >= _SHORTEST_DOUBLED
    is_close = abs(len(plain) - len(other)) <= 1 and (
        plain[stem + 1 :] in (other[stem:], other[stem + 1 :]) or plain[stem:] == other[stem + 1 :]
    )
    names = vocabulary()
    is_name = english.removesuffix("s") in names.instruments or english in names.genres
    return is_close and len(word) >= (_SHORTEST_NAME if is_name else _SHORTEST_CHANGED)


def _without_doubles(word: str) -> str:
    return "".join(letter for i, letter in enumerate(word) if not i or letter != word[i - 1])
