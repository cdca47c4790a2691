"""Names of song sections: which are well known, and which kind a name belongs to.

A *kind* is what a musician would call the section ("prechorus"); a section's name may number it
("verse2", "chorus_b") or use another word for it ("middle8"), which keeps the kind but makes an
identity of its own.
"""

from __future__ import annotations

import re

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

_SYNONYMS = {
    "opening": "intro",
    "strophe": "verse",
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


def kind_of(name: str) -> str | None:
    """The kind of a section by its name: ``pre-chorus`` → ``prechorus``, ``verse_2`` → ``verse``.

    None where the name is not a well-known one.
    """
    known = _known(name)
    if known is not None:
        return known
    match = _NUMBERED.fullmatch(name.lower())
    return _known(match["stem"]) if match else None


def well_known_names() -> tuple[str, ...]:
    """Every kind, for hints."""
    return KINDS


def display_name(name: str) -> str:
    """A section's name for people: ``prechorus`` → ``Pre-chorus``, ``verse_b`` → ``Verse B``."""
    special = {"prechorus": "Pre-chorus", "postchorus": "Post-chorus"}
    words = re.split(r"[_\s]+", special.get(name, name))
    return " ".join(word[:1].upper() + word[1:] for word in words)


def _known(name: str) -> str | None:
    plain = re.sub(r"[\s_-]", "", name.lower())
    return plain if plain in KINDS else _SYNONYMS.get(plain)
