"""The words of a whole song as people write them: ``[Verse 1]``, ``[Chorus]``, and lines under each.

Without such tags stanzas are parted by empty lines: one that comes again, word for word, is the chorus.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from structure.base.errors import PlanError
from structure.base.labels import kind_of, well_known_names

_TAG = re.compile(
    r"\s*(?:\[(?P<square>[^\]]{1,60})\]|#{1,4}\s+(?P<hash>.{1,60})|(?P<colon>[^:\n]{1,30}):)\s*"
)

_TRANSLATED: Mapping[str, str] = {
    "strophe": "verse", "vers": "verse", "verso": "verse", "estrofa": "verse", "couplet": "verse",
    "strofa": "verse", "coro": "chorus", "estribillo": "chorus", "kehrreim": "chorus", "refrán": "chorus",
    "ritornello": "chorus", "refrao": "chorus", "refrão": "chorus", "puente": "bridge", "brücke": "bridge",
    "pont": "bridge", "ponte": "bridge", "pre-estribillo": "prechorus", "pré-refrain": "prechorus",
    "pre-coro": "prechorus", "middle eight": "bridge", "middle 8": "bridge", "guitar solo": "solo",
    "instrumental break": "instrumental", "final chorus": "chorus", "last chorus": "chorus",
    "double chorus": "chorus", "outro chorus": "chorus", "interludio": "interlude",
    "zwischenspiel": "interlude",
    "schluss": "outro", "introducción": "intro", "einleitung": "intro", "hook line": "hook",
}  # fmt: skip
"""What sections are called in other languages and elsewhere."""

_WORDLESS = (
    "intro",
    "outro",
    "solo",
    "instrumental",
    "interlude",
    "breakdown",
    "build",
    "drop",
    "vamp",
    "coda",
)
_MOST_BLOCKS = 128


@dataclass(frozen=True, slots=True)
class Block:
    """One visit of a section in a sheet: its section, and its words, "" where nobody sings."""

    section: str
    words: str
    number: int
    """The line of its tag, or of its first words, from 1."""


def read_sheet(text: str) -> tuple[Block, ...]:
    """Return the sections of a sheet in order. Raises PlanError where it holds no words."""
    blocks = (
        list(_read_tagged(text)) if any(_kind(line) for line in text.splitlines()) else list(_stanzas(text))
    )
    found: list[Block] = []
    known: dict[str, str] = {}
    for block in blocks[:_MOST_BLOCKS]:
        words = block.words
        if not words and block.section not in _WORDLESS:
            words = known.get(block.section, "")  # a chorus that is named again is sung again
        known.setdefault(block.section, words)
        found.append(Block(block.section, words, block.number))
    if not any(block.words for block in found):
        raise PlanError(
            "lyrics: there are no words to sing",
            field="lyrics",
            hint=f"write {list_tags()} above the lines of a section",
        )
    return tuple(found)


def _kind(line: str) -> str | None:
    """Return the section that a line is the tag of; None for words, and for directions in brackets."""
    match = _TAG.fullmatch(line)
    if match is None:
        return None
    said = next(part for part in match.groups() if part is not None).strip().lower()
    said = re.split(r"[:(,;|–]| - ", said)[0].strip()
    plain = re.sub(r"\s*\d+$|\s+[a-e]$|\s*x\s*\d+$", "", said).strip()
    return _TRANSLATED.get(plain) or kind_of(plain.replace(" ", "-"))


def _read_tagged(text: str) -> Iterator[Block]:
    """Yield the sections of a sheet with tags."""
    section, number, lines = "", 1, list[str]()
    for at, line in enumerate(text.splitlines(), start=1):
        kind = _kind(line)
        if kind is None:
            lines.append("" if _is_direction(line) else line)
            continue
        if section or _join(lines):
            yield Block(section or "verse", _join(lines), number)
        section, number, lines = kind, at, []
    if section or _join(lines):
        yield Block(section or "verse", _join(lines), number)


def _stanzas(text: str) -> Iterator[Block]:
    """Yield the stanzas of a sheet without tags; one that comes again is the chorus, the others verses."""
    stanzas: list[tuple[int, list[str]]] = []
    is_open = False
    for at, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or _is_direction(line):
            is_open = False
            continue
        if not is_open:
            stanzas.append((at, []))
        stanzas[-1][1].append(line)
        is_open = True
    counts = Counter(_plain(lines) for _, lines in stanzas)
    often = [words for words, count in counts.most_common(1) if count > 1]
    for at, lines in stanzas:
        yield Block("chorus" if _plain(lines) in often else "verse", _join(lines), at)


def _plain(lines: Sequence[str]) -> str:
    return re.sub(r"\W+", " ", " ".join(lines).lower()).strip()


def _is_direction(line: str) -> bool:
    """Return whether a line is a remark in brackets, such as ``[whispered]``."""
    return re.fullmatch(r"\s*\[[^\]]*\]\s*", line) is not None


def _join(lines: Sequence[str]) -> str:
    return "\n".join(line.strip() for line in lines if line.strip())


def without_tags(text: str) -> str:
    """Return a text with empty lines for its tags, so that its lines keep their numbers."""
    return "\n".join("" if _kind(line) or _is_direction(line) else line for line in text.splitlines())


def list_tags() -> str:
    """Return the tags that a sheet may have, for hints."""
    return ", ".join(f"[{name.capitalize()}]" for name in well_known_names()[:7])
