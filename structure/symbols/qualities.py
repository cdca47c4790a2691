"""What stands behind the root of a chord symbol: a grammar of its parts, and the tones that they make.

A quality is a kind of triad, a number, and any alterations in any order, with or without brackets::

    m7  maj7(#11)  7b9#5  -7b5  +7  6/9  13sus  mM7  ^9#11  07  h7  7alt  9no3  sus2  madd9

Nothing here knows roots, keys or names; :mod:`structure.symbols.naming` gives every set of tones its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

Tones = tuple[int, ...]
"""Semitones above the root in ascending order, 0 first."""

_SCALE = {1: 0, 2: 2, 3: 4, 4: 5, 5: 7, 6: 9, 7: 11, 8: 0, 9: 2, 10: 4, 11: 5, 12: 7, 13: 9}
"""Semitones of the degrees of a major scale above its tonic."""

_LONGEST = 40
"""Characters of a quality; longer ones are no chord."""

_MAJOR = r"major|MAJOR|Major|maj|MAJ|Maj|MA|(?:Ma|ma)(?!dd|ug)|M(?!I)|j|Δ|\^"
_MINOR = r"minor|MINOR|Minor|min|MIN|Min|MI|Mi|mi|m"
_DEGREE = r"13|11|10|9|7|6|5|4|3|2"
_KINDS = {
    "no": rf"(?:no|omit|NO|No|Omit)(?P<left>{_DEGREE})(?:rd|th)?",
    "half": r"half-?dim(?:inished)?7?|hdim7?|[øh]7?",
    "dim": r"diminished|dim|DIM|Dim|o|0(?!\d)|0(?=7)",
    "aug": r"augmented|aug|AUG|Aug",
    "add": rf"(?:add|ADD|Add)(?P<added>maj7|M7|[#b+-]?(?:{_DEGREE}))",
    "sus": r"(?:sus|SUS|Sus)(?P<held>(?:[b#]?[24])*)",
    "alt": r"alt|ALT|Alt",
    "dom": r"dominant|dom",
    "major": _MAJOR,
    "minor": _MINOR,
    "altered": rf"(?:[#b](?:{_DEGREE})|[+-](?:5|9|11|13))(?!\d)",
    "plus": r"\+",
    "sixnine": r"6/?9",
    "number": r"(?:13|11|9|7|6|5|4|2)(?:th)?",
    "slash": r"/",
}
"""The kinds of token after the first, by what they look like."""

_FIRST = {
    "minor": rf"{_MINOR}|-(?!5(?!\d))",
    "altered": rf"(?:[#b](?:{_DEGREE})|[+-]5)(?!\d)",
}
"""Kinds that look otherwise right after the root: there ``-`` is minor and ``+`` augmented."""


def _compile(kinds: Mapping[str, str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in kinds.items()))


_FIRST_TOKEN, _TOKEN = _compile(_KINDS | _FIRST), _compile(_KINDS)


@dataclass(slots=True)
class _Parts:
    """What has been read of a quality so far.

    ``number`` says how far thirds are piled up, 0 not at all; ``has_seventh`` asks for one without a
    number. ``tones`` come on top of triad and number; ``replaced`` are the degrees that are altered, and
    ``left_out`` those that are to go.
    """

    third: int | None = 4
    fifths: set[int] = field(default_factory=lambda: {7})
    is_dim: bool = False
    is_half: bool = False
    is_major: bool = False
    is_minor: bool = False
    number: int = 0
    tones: set[int] = field(default_factory=set)
    replaced: set[int] = field(default_factory=set)
    left_out: set[int] = field(default_factory=set)
    is_held: bool = False
    has_own_fifth: bool = False
    is_altered: bool = False
    has_seventh: bool = False


@lru_cache(maxsize=8192)
def read_quality(text: str) -> Tones | None:
    """Return the tones that a quality means, None for what is none.

    ``text`` has ASCII accidentals; brackets and blanks part its tokens and say nothing else.
    """
    if len(text) > _LONGEST:
        return None
    parts, begins = _Parts(), True
    # `C/9` and `C/#11` add a tone.
    text = re.sub(r"^/(?=[#b+-]?\d)", "add", text)
    for index, chunk in enumerate(re.split(r"[()\[\]\s,]+", text)):
        at = 0
        while at < len(chunk):
            token = (_FIRST_TOKEN if begins and index == 0 else _TOKEN).match(chunk, at)
            if token is None or not _take(token, parts, begins):
                return None
            at, begins = token.end(), False
    return None if text.endswith("/") else _tones(parts)


def degree_above(text: str) -> int | None:
    """Return the semitones of a degree such as ``b3``, ``#11`` or ``bb7``; None for what is none."""
    match = re.fullmatch(r"([#b]{0,2})(1[0-3]|[1-9])", text)
    if match is None:
        return None
    return (_SCALE[int(match[2])] + match[1].count("#") - match[1].count("b")) % 12


def _take(token: re.Match[str], parts: _Parts, begins: bool) -> bool:
    """Take one token into the parts of a quality; return whether it may stand there."""
    kind = next(name for name in _KINDS if token[name] is not None)
    if kind in ("half", "dim", "minor", "aug"):
        return _take_triad(kind, parts, begins)
    if kind == "plus":
        return _set_fifth(parts, 8)
    if kind == "major":
        parts.is_major = True
        parts.has_seventh |= token["major"] in ("Δ", "^") or parts.is_minor or parts.is_dim
    elif kind == "number":
        return _take_number(int(token["number"].removesuffix("th")), parts, begins)
    elif kind == "sixnine":
        parts.number, parts.tones = parts.number or 6, parts.tones | {2, 9}
    elif kind == "altered":
        return _take_altered(token["altered"][0], int(token["altered"][1:]), parts)
    elif kind == "add":
        added = token["added"].replace("+", "#").replace("-", "b")
        tone = _SEVENTHS.get(added, degree_above(added))
        if tone is None:
            return False
        parts.tones.add(tone)
    elif kind == "no":
        parts.left_out.add(int(token["left"]))
    elif kind == "sus":
        _hold(token["held"], parts)
    elif kind == "alt":
        parts.is_altered = True
    elif kind == "dom":
        parts.has_seventh = True
    return kind != "dom" or begins


def _take_triad(kind: str, parts: _Parts, begins: bool) -> bool:
    """Take the name of a kind of triad; return whether it may stand there."""
    if kind == "aug":
        return (begins or parts.is_minor or parts.is_major or parts.number > 0) and _set_fifth(parts, 8)
    if kind == "minor":
        if parts.is_minor or parts.is_dim or not begins:
            return False
        parts.third, parts.is_minor = 3, True
        return True
    if not begins and not parts.is_minor:
        return False
    parts.third, parts.fifths, parts.is_dim = 3, {6}, True
    if kind == "half":
        parts.is_half, parts.number = True, 7
    return True


def _take_number(number: int, parts: _Parts, begins: bool) -> bool:
    """Read a number into the parts of a quality, and return whether it may stand there.

    The first number says how far thirds are piled up; a later one adds a tone. A 5 leaves out the third. A
    2 adds its tone, and so does a 4 where it does not take the place of the third.
    """
    if number == 5:
        parts.third = None
        return begins
    if number in (2, 4):
        if number == 4 and not parts.is_minor and not parts.tones:
            _hold("4", parts)
        else:
            parts.tones.add(_SCALE[number])
    elif parts.number:
        if number in (parts.number, 7):
            return False
        parts.tones.add(_SCALE[number])
    else:
        parts.number = number
    return True


def _take_altered(sign: str, degree: int, parts: _Parts) -> bool:
    """Take an altered degree; return whether there is such."""
    sign = {"+": "#", "-": "b"}.get(sign, sign)
    if degree == 5:
        return _set_fifth(parts, 6 if sign == "b" else 8)
    tone = _ALTERED.get(f"{sign}{degree}")
    if tone is None:
        return False
    if sign == "b" and degree == 3:
        parts.third = 3
        return True
    parts.tones.add(tone)
    parts.replaced.add(degree)
    return True


_SEVENTHS = {"maj7": 11, "M7": 11, "7": 10}
"""Sevenths that a symbol adds, by what they are called there."""

_ALTERED = {"b9": 1, "b2": 1, "#9": 3, "#2": 3, "b10": 3, "#11": 6, "#4": 6, "b13": 8, "b6": 8, "b7": 10,
            "b3": 3}  # fmt: skip


def _set_fifth(parts: _Parts, fifth: int) -> bool:
    parts.fifths = (parts.fifths if parts.has_own_fifth else set()) | {fifth}
    parts.has_own_fifth = True
    return True


def _hold(held: str, parts: _Parts) -> None:
    """Put tones in the place of the third."""
    parts.third, parts.is_held = None, True
    for sign, degree in re.findall(r"([b#]?)([24])", held) or [("", "4")]:
        parts.tones.add((_SCALE[int(degree)] + {"": 0, "b": -1, "#": 1}[sign]) % 12)


def _tones(parts: _Parts) -> Tones:
    """Return the tones of what was read.

    As players leave them out, an eleventh takes the place of the third where that is major and the seventh
    minor, and a thirteenth that of the fifth.
    """
    number = parts.number or (7 if parts.has_seventh else 0)
    seventh = 11 if parts.is_major else 10
    is_minor = parts.is_minor or parts.is_dim

    # The sixth, or the seventh and what is piled on it.
    piled: set[int] = {9} if number == 6 else set()
    if number not in (0, 6):
        is_full_dim = parts.is_dim and not parts.is_half and not parts.is_major
        eleventh = {5} if is_minor and not parts.is_major else {2, 5}
        piled = {9 if is_full_dim else seventh}
        piled |= {9: {2}, 11: eleventh, 13: {2, 9}}.get(number, set())

    tones = set(parts.tones)
    if parts.is_altered:
        tones |= {1, 3, 10} if not parts.is_major else {1, 3}
        parts.fifths = parts.fifths if parts.has_own_fifth else {8}
        piled -= {2}
    third = {parts.third} if parts.third is not None else set()
    fifths = set(parts.fifths)
    if number == 13 and not parts.has_own_fifth and fifths == {7}:
        fifths = set()
    if number == 11 and seventh == 10 and not is_minor and third:
        third = set()
    if parts.replaced & {2, 9, 10}:
        piled.discard(2)
    if number == 13 and parts.replaced & {6, 13}:
        piled.discard(9)

    found = {0} | third | fifths | piled | tones
    for degree in parts.left_out:
        found -= {3: {3, 4}, 5: {6, 7, 8}, 7: {10, 11}}.get(degree, {_SCALE[degree]})
    return tuple(sorted(found))
