"""Wishes in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from structure.base.lengths import format_seconds
from structure.specs.wishes import LAST, When, Where, Wish, WishKind


def say_wish(wish: Wish) -> str:
    """Return a wish in words, in English: ``no drums until chorus 2``, ``92 BPM``, ``guitar solo``."""
    polarity = {"avoid": "no ", "more": "more ", "less": "less ", "want": ""}[wish.polarity]
    words = f"{polarity}{_subject(wish)}"
    is_length_of_a_part = wish.kind == "length" and wish.where.section is not None
    preposition = "for" if is_length_of_a_part else "in"
    if wish.where.section is not None:
        words += f" {preposition} {say_place(wish.where)}"
    return f"{words} {_say_time(wish.when)}" if wish.when is not None else words


def say_place(where: Where) -> str:
    """Return a place in words: ``chorus 2``, ``the last chorus``, ``the chorus``."""
    if where.section is None:
        return "the song"
    if where.visit is None:
        return f"the {where.section}"
    return f"the last {where.section}" if where.visit == LAST else f"{where.section} {where.visit}"


def _subject(wish: Wish) -> str:
    special = _SUBJECTS.get(wish.kind)
    if special is not None:
        return special(wish)
    owner = f"{wish.where.stem}: " if wish.where.stem is not None else ""
    return f"{owner}{wish.what}"


def _say_tempo(wish: Wish) -> str:
    if wish.allowed is not None:
        return f"{wish.allowed[0]:g} to {wish.allowed[1]:g} BPM"
    return wish.what if wish.amount is None else f"{wish.amount:g} BPM"


def _say_key(wish: Wish) -> str:
    if wish.what not in ("up", "down"):
        return {"change": "key change"}.get(wish.what, wish.what)
    return f"{wish.what} {wish.amount:g} semitones" if wish.amount is not None else f"key {wish.what}"


def _say_length(wish: Wish) -> str:
    if wish.amount is None:
        return wish.what
    return f"{wish.amount:g} bars" if wish.what == "bars" else format_seconds(wish.amount)


def _say_time(when: When) -> str:
    if when.bar is not None:
        place = f"bar {when.bar}"
    elif when.seconds is not None:
        place = format_seconds(when.seconds)
    elif when.place is not None:
        place = say_place(when.place)
    else:
        place = f"the {when.edge}"
    return f"{when.relation} {place}"


_SUBJECTS: Mapping[WishKind, Callable[[Wish], str]] = {
    "tempo": _say_tempo,
    "key": _say_key,
    "length": _say_length,
    "ensemble": lambda wish: f"{wish.what} and nobody else",
    "section": lambda wish: wish.what if wish.amount is None else f"{wish.amount:g} × {wish.what}",
    "title": lambda wish: f"“{wish.what}”",
    "unknown": lambda wish: f"“{wish.what}”",
    "event": lambda wish: " ".join(filter(None, (wish.where.stem, wish.what.replace("_", " ")))),
}
"""How the subject of a wish is said, by its kind; any other is said as it is."""
