"""Small steps that the readers of all formats share: names, pickups, and the order of things."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from structure.base.exact import Fraction
from structure.harmony.chords import is_symbol, parse_symbol
from structure.harmony.pitch import plain_accidentals
from structure.imports.song import ImportedSong

_WORDS = {
    "intro": "intro introduction opening start",
    "verse": "verse strophe strofa couplet vers v",
    "prechorus": "pre-chorus prechorus pre lift climb",
    "chorus": "chorus refrain refrein hook ch",
    "bridge": "bridge middle middle8 br",
    "solo": "solo",
    "interlude": "interlude instrumental break turnaround",
    "breakdown": "breakdown",
    "outro": "outro ending end coda tag",
    "head": "head theme",
}
_NAMES = {word: name for name, words in _WORDS.items() for word in words.split()}


class _Placed(Protocol):
    @property
    def start(self) -> Fraction: ...


_NO_CHORD = {"n.c.", "nc", "n.c", "no chord", "none", "tacet", "x", "n"}

P = TypeVar("P", bound=_Placed)


def decode_any_text(data: bytes) -> str:
    """Return text of any usual encoding; a byte that has none becomes a sign of doubt."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def chord_of(text: str) -> tuple[str, bool] | None:
    """Return a chord as our symbol, and whether it says all that the text does; None where it is no chord.

    The symbol is empty where the text says that there is no chord. A quality that is not known is read as
    far as it is: ``C7(quartal)`` as ``C7``.
    """
    plain = text.strip().strip("*").strip()
    if plain.strip("()[]").lower() in _NO_CHORD:
        return "", True
    plain = plain.removeprefix("[").removesuffix("]").strip() if plain.startswith("[") else plain
    if is_symbol(plain):
        return parse_symbol(plain).symbol, True
    found = _SPELLED.fullmatch(plain_accidentals(plain))
    quality = "" if found is None else re.sub(r"[\s(),*]", "", found["quality"])
    for length in range(len(quality) - 1, 0, -1):
        known = f"{found['root']}{quality[:length]}/{found['bass'] or found['root']}" if found else ""
        if is_symbol(known):
            return (parse_symbol(known).symbol, False) if _MORE.fullmatch(quality[length:]) else None
    return None


_SPELLED = re.compile(r"(?P<root>[A-H][#b]?)(?P<quality>[^/]*)(?:/(?P<bass>[A-H][#b]?))?")
_MORE = re.compile(r"(?:maj|min|m|M|dim|aug|sus|add|alt|no|omit|h|o|ø|[#b+^-]|\d)+")
"""What may follow the part of a quality that is known."""


def section_name(label: str) -> str:
    """Return the name that a spec may give to a section: ``Verse 2`` and ``[verse]`` are both ``verse``."""
    plain = re.sub(r"[^a-z0-9-]+", " ", label.lower()).strip(" -")
    words = re.sub(r"(?<=[a-z])\d+\b|\b\d+\b|\bx\d+\b", "", plain).split()
    known = next((_NAMES[word] for word in words if word in _NAMES), None)
    if words[:2] == ["pre", "chorus"]:
        return "prechorus"
    if known is not None:
        return known
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return (name if name[:1].isalpha() else f"part_{name}" if name else "part")[:32].strip("_")


def unique_names(names: Iterable[str]) -> list[str]:
    """Return the names with a number after those that have been there before, whatever their case."""
    taken: set[str] = set()
    found = []
    for name in names:
        wanted, number = name, 1
        while wanted.casefold() in taken:
            number += 1
            wanted = f"{name} {number}"
        taken.add(wanted.casefold())
        found.append(wanted)
    return found


def move_later(song: ImportedSong, by: Fraction, pickup: Fraction) -> ImportedSong:
    """Return a song that begins with a pickup, with all of it later by what fills up its first bar.

    What stands at the beginning, a tempo or a key, stays there; the first metre gives way to the second.
    """
    metres = [metre for metre in song.metres if metre.start > 0] or list(song.metres)
    later = _later(metres, by)
    return replace(
        song,
        parts=tuple(replace(part, notes=_later(part.notes, by)) for part in song.parts),
        tempi=_from_start(_later(song.tempi, by)),
        metres=_from_start(later),
        keys=_from_start(_later(song.keys, by)),
        chords=_later(song.chords, by),
        sections=tuple(
            replace(section, start=section.start + by, end=section.end + by) for section in song.sections
        ),
        lyrics=_later(song.lyrics, by),
        pickup=pickup,
        end=song.end + by,
    )


def _later(things: Sequence[P], by: Fraction) -> tuple[P, ...]:
    return tuple(replace(thing, start=thing.start + by) for thing in things)  # type: ignore[type-var]


def _from_start(things: tuple[P, ...]) -> tuple[P, ...]:
    """Return the things with the first of them at 0."""
    if not things:
        return things
    return (replace(things[0], start=Fraction(0)), *things[1:])  # type: ignore[type-var]
