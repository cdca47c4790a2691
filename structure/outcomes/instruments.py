"""Who a stem is: the instruments that go by a name, by program, by role, or by a word of its sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from structure.base.datafiles import read_data
from structure.outcomes.listening import Song
from structure.plans.plan import StemPlan
from structure.presets.programs import guess_program

_KITS = "drums"

_FAMILY, _BASSES = 8, 4
"""General MIDI programs of one family, and the family of basses."""


@dataclass(frozen=True, slots=True)
class Family:
    """What a name of an instrument covers: programs, roles, or keys of a drum kit.

    ``said``: a stem must also say one of ``names``, as its programs and roles are many things. ``others``
    are roles whose stems must say the first of them: the only singer of a song is no choir.
    """

    programs: frozenset[int] = frozenset()
    roles: frozenset[str] = frozenset()
    keys: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    said: bool = False
    others: frozenset[str] = frozenset()


@cache
def _families() -> Mapping[str, Family]:
    found = {}
    for name, entry in read_data("outcomes.yaml")["instruments"].items():
        family = Family(
            frozenset(entry.get("programs", ())),
            frozenset(entry.get("roles", ())),
            frozenset(entry.get("keys", ())),
            (name, *entry.get("also", ())),
            entry.get("said", False),
            frozenset(entry.get("others", ())),
        )
        for word in (name, *entry.get("also", ())):
            found[plain(word)] = family
    return found


@lru_cache(4096)
def plain(name: str) -> str:
    """Return a name in lower case, its words parted by blanks."""
    return " ".join(re.findall(r"[^\W_]+", name.lower()))


def family_of(name: str) -> Family | None:
    """Return what a name covers; None for a name that is in no list.

    ``slide guitar`` is a guitar, since its last word is known.
    """
    words = plain(name).split()
    for start in range(len(words)):
        tail = " ".join(words[start:])
        for form in (tail, tail.removesuffix("s"), tail.removesuffix("es"), f"{tail}s"):
            if form in _families():
                return _families()[form]
    return None


def is_exact(name: str) -> bool:
    """Return whether a whole name is in the list, not only its last words."""
    text = plain(name)
    return any(form in _families() for form in (text, text.removesuffix("s"), text.removesuffix("es")))


def program_of(stem: StemPlan) -> int:
    """Return the General MIDI program that a stem's words name; for drums, that of a kit."""
    return guess_program(f"{stem.prompt}" or stem.name, stem.role)


def is_player(stem: StemPlan, name: str) -> bool:
    """Return whether a stem is the instrument, or one of the family, or has the role."""
    family = family_of(name)
    if family is None:
        return _says(stem, name)
    is_said = any(_says(stem, said) for said in family.names)
    if family.keys:
        return family.said and is_said and stem.role == _KITS
    if stem.role in family.others:
        return _says(stem, family.names[0])
    if family.said and not is_said:
        return False
    if stem.role == _KITS:
        return _KITS in family.roles
    return stem.role in family.roles or program_of(stem) in family.programs


def _says(stem: StemPlan, name: str) -> bool:
    """Return whether a stem's name or its own prompt has all words of a name."""
    said = _words_of(f"{stem.name} {stem.prompt}")
    return all(word in said or word.removesuffix("s") in said for word in plain(name).split())


@lru_cache(4096)
def _words_of(text: str) -> frozenset[str]:
    """Return the words of a text, and each without an s at its end."""
    words = plain(text).split()
    return frozenset((*words, *(word.removesuffix("s") for word in words)))


def players(song: Song, name: str) -> list[str]:
    """Return the stems that are an instrument.

    A name that is narrower than those of the list must be in the words of a stem, where any stem has it.
    """
    found = [stem for stem in song.plan.stems if is_player(stem, name)]
    # Who goes by a name of several words is that very player: a pedal steel, not all guitars.
    said = [stem for stem in song.plan.stems if len(plain(name).split()) > 1 and _says(stem, name)]
    if said and not kit_keys(name):
        return [stem.name for stem in said]
    # A violin that comes in beside a fiddle is the violin.
    if not is_exact(name) or any(stem.name == plain(name) for stem in found):
        found = [stem for stem in found if _says(stem, name)] or found
    # A pad is who plays the pad, where somebody does; a warm keyboard is one only where nobody does.
    found = _with_its_role(found, name)
    if not any(word in ("bass", "low") for word in plain(name).split()):
        # A synth bass is no synth, where there is another one; the last of four cellos is a cello.
        others = [s for s in found if s.role != "bass" or program_of(s) // _FAMILY != _BASSES]
        found = others or found
    # The bass of a song without one is who plays its lowest line: a tuba, a cello.
    return [stem.name for stem in found or song.plan.stems if found or stem.role == plain(name)]


def kit_keys(name: str) -> frozenset[int]:
    """Return the percussion keys of a part of a kit, none for other instruments."""
    family = family_of(name)
    return family.keys if family is not None else frozenset()


def plays_only(song: Song, stem: StemPlan, names: Iterable[str], bars: Iterable[int]) -> bool:
    """Return whether a stem is one of some players, or a kit of which only parts among them sound."""
    listed = list(names)
    if any(is_player(stem, name) for name in listed):
        return True
    if is_player(stem, "timpani") and any("orchestra" in plain(name).split() for name in listed):
        # They are the percussion of an orchestra.
        return True
    keys = {key for name in listed for key in kit_keys(name)}
    return stem.role == _KITS and {s.pitch for s in song.in_bars(bars, [stem.name])} <= keys


def players_narrowly(song: Song, name: str) -> list[str]:
    """Return the stems that a name excludes: all of a family, or those that say the words.

    A role excludes who has it or says its words: chords on a wide synth are no pad.
    """
    family = family_of(name)
    roles = () if family is None else family.roles
    said = () if family is None else family.names
    found = [
        stem
        for stem in song.plan.stems
        if is_player(stem, name) and (is_exact(name) or _says(stem, name))
        if not roles or stem.role in roles or any(_says(stem, word) for word in said)
    ]
    return [stem.name for stem in _with_its_role(found, name)]


def _with_its_role(found: list[StemPlan], name: str) -> list[StemPlan]:
    """Return those whose role a name is, where there are such: a pad is who plays the pad."""
    family = family_of(name)
    if family is None or not family.roles:
        return found
    return [stem for stem in found if stem.role in family.roles] or found
