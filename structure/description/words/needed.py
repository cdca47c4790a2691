"""What a text must have for a pattern to match it: a quick look that spares most searches.

A language has a thousand rules, and hardly any matches a given sentence. Letters that a match cannot do
without are found in the text, or not, in a fraction of the time of a search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

Needed = tuple[str, ...]
"""Letters in lower case of which a match has at least one entry; empty where nothing is known."""

_MOST = 8
"""To look for more entries takes as long as the search."""

_PARTS = re.compile(
    r"""\\[0-9A-Za-z]|\\.          # a class of characters, an anchor, or a sign as it is
    |\[\^?\]?(?:\\.|[^\]\\])*\]    # a set
    |\(\?P<\w+>|\(\?[:=!]|\(\?<[=!]|\(\?P=\w+\)|\(\?|\(|\)|\|
    |\{[\d,]+\}|[?*+]
    |.""",
    re.VERBOSE | re.DOTALL,
)

_OPTIONAL = ("?", "*", "{")


def plain_of(text: str) -> str:
    """Return a text in which letters that patterns take for each other, whatever their case, are one."""
    return text.replace("İ", "i").lower().replace("ſ", "s").replace("ı", "i")


def needed_by(pattern: str) -> Needed:
    """Return letters of which every text that a pattern matches, whatever its case, has an entry.

    They are in the form of :func:`plain_of`.
    """
    found = _needed(_PARTS.findall(pattern))
    return found if len(found) <= _MOST else ()


def may_match(needed: Needed, plain: str) -> bool:
    """Return whether what needs these letters may match a text in the form of :func:`plain_of`."""
    return not needed or any(letters in plain for letters in needed)


def _needed(parts: Sequence[str]) -> Needed:
    """Return what one of the alternatives needs; nothing where one of them needs nothing."""
    found: list[str] = []
    for branch in _branches(parts):
        own = max(_candidates(branch), key=_worth, default=())
        if not own:
            return ()
        found += own
    return tuple(dict.fromkeys(found))


def _worth(needed: Needed) -> tuple[bool, int, int]:
    """Return how much is gained by looking for letters: few entries and long ones are rare."""
    return len(needed) <= _MOST, min(map(len, needed)), -len(needed)


def _branches(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield the alternatives of a pattern."""
    depth = first = 0
    for place, part in enumerate(parts):
        if part == "|" and depth == 0:
            yield parts[first:place]
            first = place + 1
        depth += _step(part)
    yield parts[first:]


def _step(part: str) -> int:
    """Return by how much a part of a pattern goes into brackets."""
    if part == ")":
        return -1
    return int(part.startswith("(") and not part.endswith(")"))


def _candidates(branch: Sequence[str]) -> Iterator[Needed]:
    """Yield what an alternative cannot do without: runs of letters, and groups that are not optional."""
    run, place = "", 0
    while place < len(branch):
        part, size = branch[place], 1
        if _step(part) > 0:
            size = _length_of_group(branch[place:])
        following = branch[place + size] if place + size < len(branch) else ""
        is_optional = following.startswith(_OPTIONAL)
        is_letter = len(part) == 1 and part.isascii() and part.isalnum()
        if is_letter and not is_optional:
            run += part.lower()
        if not is_letter or is_optional or following == "+":
            if run:
                yield (run,)
            run = ""
        if part in ("(", "(?:") or part.startswith("(?P<"):
            inside = () if is_optional else _needed(branch[place + 1 : place + size - 1])
            if inside:
                yield inside
        place += size
    if run:
        yield (run,)


def _length_of_group(parts: Sequence[str]) -> int:
    """Return how many parts a group has that begins here, with its brackets."""
    depth = 0
    for place, part in enumerate(parts):
        depth += _step(part)
        if depth == 0:
            return place + 1
    return len(parts)
