"""Wishes in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from structure.base.lengths import format_seconds
from structure.specs.wishes import EACH, LAST, Polarity, Where, Wish, WishKind


def say_wish(wish: Wish) -> str:
    """Return a wish in words, in English: ``no drums until chorus 2``, ``92 BPM``, ``guitar solo``."""
    words = (_BOUNDS if wish.kind == "length" else _WAYS)[wish.polarity]
    if (say_subject := _SUBJECTS.get(wish.kind)) is not None:
        words += say_subject(wish)
    else:
        words += f"{wish.where.stem}: {wish.what}" if wish.where.stem is not None else wish.what

    if wish.where.section is not None:
        words += f" {'for' if wish.kind == 'length' else 'in'} {say_place(wish.where)}"

    when = wish.when
    if when is None:
        return words
    if when.seconds is not None and when.seconds < 0:
        return f"{words} {_FROM_THE_END[when.relation]} the last {format_seconds(-when.seconds)}"
    if when.bar is not None:
        moment = f"bar {when.bar}"
    elif when.seconds is not None:
        moment = format_seconds(when.seconds)
    elif when.place is not None:
        moment = say_place(when.place)
    else:
        moment = f"the {when.edge}"
    return f"{words} {when.relation} {moment}"


_FROM_THE_END = {"at": "from", "after": "in", "before": "before", "until": "until"}
"""How a time lies to the last seconds of a song."""

_WAYS: Mapping[Polarity, str] = {"avoid": "no ", "more": "more ", "less": "less ", "want": ""}
_BOUNDS: Mapping[Polarity, str] = {"avoid": "not ", "more": "at least ", "less": "at most ", "want": ""}


def say_place(where: Where) -> str:
    """Return a place in words: ``chorus 2``, ``the last chorus``, ``the chorus``."""
    if where.section is None:
        return "the song"
    if where.visit is None:
        return f"the {where.section}"
    return f"the last {where.section}" if where.visit == LAST else f"{where.section} {where.visit}"


def _say_tempo(wish: Wish) -> str:
    if wish.allowed is not None:
        return f"{wish.allowed[0]:g} to {wish.allowed[1]:g} BPM"
    return wish.what if wish.amount is None else f"{wish.amount:g} BPM"


def _say_key(wish: Wish) -> str:
    often = {None: "", EACH: " each time", 2: " twice"}.get(wish.times, f" {wish.times} times")
    if wish.what not in ("up", "down"):
        return {"change": "key change"}.get(wish.what, wish.what) + often
    far = f"{wish.what} {wish.amount:g} semitones" if wish.amount is not None else f"key {wish.what}"
    return far + often


def _say_length(wish: Wish) -> str:
    if wish.amount is None:
        return wish.what
    return f"{wish.amount:g} bars" if wish.what == "bars" else format_seconds(wish.amount)


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
