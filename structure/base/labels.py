"""Names of song sections: which are well known, and which kind a name belongs to.

A *kind* is what a musician would call the section ("prechorus"); a section's name may number it
("verse2", "chorus_b") or use another word for it ("middle8"), which keeps the kind but makes an
identity of its own.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

STAND_INS: dict[str, tuple[str, ...]] = {
    "chorus": ("hook", "drop"),
    "hook": ("chorus",),
    "drop": ("chorus",),
    "solo": ("instrumental",),
    "instrumental": ("solo",),
    "outro": ("coda",),
    "coda": ("outro",),
    "bridge": ("breakdown",),
    "head": ("verse",),
}
"""Kinds that stand for a place where a song has none of the kind itself."""


def kind_there(kind: str, kinds: Collection[str]) -> str:
    """Return a kind of section, or where it is not among some kinds the one of them that stands for it."""
    return next((one for one in (kind, *STAND_INS.get(kind, ())) if one in kinds), kind)


KINDS: tuple[str, ...] = (
    "intro",
    "verse",
    "prechorus",
    "chorus",
    "postchorus",
    "hook",
    "bridge",
    "solo",
    "interlude",
    "instrumental",
    "breakdown",
    "build",
    "drop",
    "head",
    "vamp",
    "coda",
    "outro",
)
"""Kinds of section, in the order in which a song tends to meet them."""

REFRAINS = ("chorus", "drop", "hook")
"""Kinds that a song comes back to."""

LINKS = ("intro", "interlude", "breakdown", "outro", "coda")
"""Kinds that are quiet so that others are strong."""

BEFORE_LAST_REFRAIN = ("bridge", "solo", "breakdown", "build", "interlude", "instrumental", "prechorus")
"""Kinds whose place in a song, where nothing else says it, is before the last refrain."""

_SYNONYMS = {
    "opening": "intro",
    "strophe": "verse",
    "exposition": "head",
    "episode": "interlude",
    "entry": "verse",
    "stretto": "chorus",
    "pre": "prechorus",
    "lift": "prechorus",
    "refrain": "chorus",
    "ritornello": "chorus",
    "post": "postchorus",
    "tag": "postchorus",
    "riff": "hook",
    "middle8": "bridge",
    "middleeight": "bridge",
    "release": "bridge",
    "turnaround": "interlude",
    "transition": "interlude",
    "inst": "instrumental",
    "break": "breakdown",
    "buildup": "build",
    "rise": "build",
    "riser": "build",
    "theme": "head",
    "groove": "vamp",
    "ending": "coda",
    "end": "outro",
    "fade": "outro",
    "fadeout": "outro",
}

_NUMBERED = re.compile(r"(?P<stem>.+?)(?:[_-]?\d{1,2}|[_-][a-e])")


@lru_cache(4096)
def kind_of(name: str) -> str | None:
    """Return the kind of a section by its name: ``pre-chorus`` → ``prechorus``, ``verse_2`` → ``verse``.

    None where the name is not a well-known one.
    """
    known = _find_kind(name)
    if known is not None:
        return known
    match = _NUMBERED.fullmatch(name.lower())
    return _find_kind(match["stem"]) if match else None


_VISIT = re.compile(r"(?P<section>[a-z][a-z_-]*?)[ _-]?0*[1-9]\d?")


def section_visited(name: str, defined: Collection[str] = ()) -> str:
    """Return the section that a numbered name visits: ``verse 1``, ``verse1`` and ``verse_1`` → ``verse``.

    A name that is ``defined`` itself, also with ``_`` or nothing in place of a blank, is a section of its
    own. So is a name without a number, and one whose first part is neither defined nor well known.
    """
    match = _VISIT.fullmatch(name)
    own = next(
        (one for one in (name, name.replace(" ", "_"), name.replace(" ", "")) if one in defined), None
    )
    if own is not None or match is None or _find_kind(name) is not None:
        return own or name
    section = match["section"]
    return section if section in defined or _find_kind(section) is not None else name


def well_known_names() -> tuple[str, ...]:
    """Return every kind of section, for hints."""
    return KINDS


def display_name(name: str) -> str:
    """Return a section's name for people: ``prechorus`` → ``Pre-chorus``, ``verse_b`` → ``Verse B``."""
    special = {"prechorus": "Pre-chorus", "postchorus": "Post-chorus"}
    words = re.split(r"[_\s]+", special.get(name, name))
    return " ".join(word[:1].upper() + word[1:] for word in words)


def display_style(name: str) -> str:
    """Return a style's name for people: ``drum-and-bass`` → ``Drum And Bass``."""
    return display_name(name.replace("-", " "))


@lru_cache(4096)
def _find_kind(name: str) -> str | None:
    plain = re.sub(r"[\s_-]", "", name.lower())
    return plain if plain in KINDS else _SYNONYMS.get(plain)
