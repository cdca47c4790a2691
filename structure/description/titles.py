"""Name a song whose description gives it no title."""

from __future__ import annotations

import re
from functools import cache

from structure.base.datafiles import read_data
from structure.description.reading import read_wishes
from structure.specs.wishes import is_song_wide

_LONGEST_WORDS, _LONGEST = 6, 60
"""Words and characters of a title."""

_CLAUSE_END = re.compile(r"[.,;:!?]+(?=\s|$)|[()\[\]{}\"“”„«»|\n\x00]+|\s[-–—/+]\s")
_NAMING = ("genre", "mood", "era", "part", "sound", "unknown", "form", "ensemble", "tempo", "groove")
"""Kinds of wish whose words suit a title."""


def title_from(description: str, otherwise: str = "Untitled") -> str:
    """Take a title from a description: what the song is about, or else how it is described first.

    ``A dreamy synthwave song in A minor`` is called ``Dreamy Synthwave Song``. Words about sections,
    lengths, keys and tempos are passed over; ``otherwise`` is the title where there are no others.
    """
    if not description.strip():
        return otherwise

    # What tells how the song is made is blotted out.
    letters = list(description)
    for wish in read_wishes(description, guessing=False).wishes:
        is_figure = wish.kind in ("tempo", "ensemble") and wish.amount is not None
        is_named = wish.kind in ("genre", "mood", "era") or (
            wish.kind in _NAMING and is_song_wide(wish) and not is_figure
        )
        if wish.span is not None and not (is_named and wish.polarity == "want"):
            letters[slice(*wish.span)] = "\0" * (wish.span[1] - wish.span[0])
    text = "".join(letters)

    # What the song is said to be about comes first, then the clauses, without what opens them.
    ends = _words()["ends"]
    about = "|".join(map(re.escape, _words()["about"]))
    for match in re.finditer(rf"\b(?:{about})\s+(?=[^\W\d])", text, re.I):
        words = _CLAUSE_END.split(text[match.end() :], maxsplit=1)[0].split()
        if title := _as_title(words, ends - _words()["places"]):
            return title

    for clause in _CLAUSE_END.split(text):
        words = clause.split()
        while words and _plain(words[0]) in _words()["opening"]:
            words.pop(0)
        if title := _as_title(words, ends):
            return title
    return otherwise


def _as_title(words: list[str], ends: frozenset[str]) -> str:
    """Return words as a title, cut at the first word that ends one; "" where too little is left."""
    kept: list[str] = []
    for word in words[:_LONGEST_WORDS]:
        is_end = bool(kept) and _plain(word) in ends
        if is_end or _plain(word) in _words()["never"] or len(" ".join([*kept, word])) > _LONGEST:
            break
        kept.append(word)
    while kept and not _is_content(kept[-1]):
        kept.pop()
    if not any(_is_content(word) and _plain(word) not in _words()["bare"] for word in kept):
        return ""
    small = _words()["small"]
    capitals = [
        word.lower() if k and _plain(word) in small else word[:1].upper() + word[1:]
        for k, word in enumerate(kept)
    ]
    return " ".join(capitals)


def _is_content(word: str) -> bool:
    """Return whether a word carries meaning; a figure, a letter or an article does not."""
    plain = _plain(word)
    if re.fullmatch(r"[A-F]{3,}|[A-H][#b♯♭]", word):  # a form in letters, a key
        return False
    return plain not in _words()["small"] and len(re.findall(r"[^\W\d_]", plain)) > 1


def _plain(word: str) -> str:
    return word.lower().strip("'’*#_<>~")


@cache
def _words() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(str(word) for word in words) for name, words in read_data("titles.yaml").items()
    }
