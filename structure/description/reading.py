"""Reads a sentence: the one way from words to wishes, by which songs are planned, checked and shown."""

from __future__ import annotations

from functools import lru_cache

from structure.base.plain_text import clean_text
from structure.description.meaning.wishing import wishes_of
from structure.specs.wishes import Wishes


@lru_cache(maxsize=64)
def read_wishes(text: str, *, guessing: bool = True) -> Wishes:
    """Read what a sentence asks for: a wish for each thing, and ``unknown`` ones for what is left.

    ``guessing`` lets words that no vocabulary knows mean what they are near to.
    """
    return wishes_of(clean_text(text), guessing=guessing)
