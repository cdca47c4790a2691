"""Who can play what: instruments, ensembles, families and parts of a kit by name, from ``players.yaml``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from structure.base.datafiles import read_data
from structure.base.types import ROLES, Role
from structure.presets.programs import guess_program

_ROLE_NAMES: dict[str, Role] = {
    "drums": "drums",
    "drum": "drums",
    "percussion": "drums",
    "beat": "drums",
    "bass": "bass",
    "bassline": "bass",
    "chords": "chords",
    "chord": "chords",
    "pad": "pad",
    "arpeggio": "arpeggio",
    "arp": "arpeggio",
    "lead": "lead",
    "melody": "lead",
}
"""What roles are called."""


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument that is asked for.

    ``prompt`` is its sound in words; ``roles`` is what it can do, the usual first. ``hands`` is 2 where it
    plays a tune and an accompaniment at once. ``choir`` names the setting for several voices that a section
    of players has, "" for one player. ``style`` is the genre of a song of this instrument that names none.
    """

    name: str
    prompt: str
    roles: tuple[Role, ...]
    hands: int = 1
    choir: str = ""
    style: str = ""

    @property
    def role(self) -> Role:
        """Return what it usually does."""
        return self.roles[0]

    @property
    def is_single_line(self) -> bool:
        """Return whether it plays one note at a time."""
        return self.hands == 1 and not self.choir and "lead" in self.roles


@dataclass(frozen=True, slots=True)
class Voice:
    """One voice of a section of players: its name, what is added to its prompt, and its range."""

    name: str
    prompt: str
    span: tuple[int, int]


def plain_name(name: str) -> str:
    """Return a name in lower case without accents, with blanks for all that is no letter and no digit."""
    letters = unicodedata.normalize("NFKD", name.lower())
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"[\u0300-\u036f]", "", letters)))


def find_instrument(name: str) -> Instrument:
    """Return an instrument by its name, with words for its sound before it ("dusty rhodes").

    A word at the end may give it another role ("guitar riff"). One that is not known plays the melody.
    """
    words = plain_name(name).split()
    found = [
        (end - start, end, form)
        for start in range(len(words))
        for end in range(start + 1, len(words) + 1)
        if (form := _find_known_form(" ".join(words[start:end]), _rows()))
    ]
    if not found:
        return Instrument(name, plain_name(name) or name, ("lead",))

    # The longest name counts, and the last of those as long.
    count, end, form = max(found)
    row, start = _rows()[form], end - count
    prompt = " ".join([*words[:start], row.get("prompt") or " ".join(words[start:end]), *words[end:]])
    role = _role_words().get(words[-1]) if end < len(words) else None
    roles = tuple(dict.fromkeys([*([role] if role else []), *row["roles"]]))
    return Instrument(name, prompt, roles, row.get("hands", 1), row.get("choir", ""), row["style"])


def players_of(name: str) -> tuple[str, ...]:
    """Return who plays in an ensemble by its name, or the one instrument that the name is."""
    return tuple(_data()["groups"].get(_find_known_form(plain_name(name), _data()["groups"]), (name,)))


def voices_of(choir: str) -> tuple[Voice, ...]:
    """Return the voices of a section of players, from the highest; see :attr:`Instrument.choir`."""
    return tuple(
        Voice(row["name"], row["prompt"], (row["span"][0], row["span"][1]))
        for row in _data()["settings"][choir]
    )


@dataclass(frozen=True, slots=True)
class Doubling:
    """What an instrument of an orchestra doubles.

    ``voice`` is the voice of the strings, 0 the melody. ``octaves`` is how many octaves higher it plays.
    ``family`` is the family in which it answers. ``levels`` are the levels of a section at which it plays.
    """

    name: str
    voice: int
    octaves: int
    family: str
    levels: tuple[str, ...]


def doubling_of(name: str) -> Doubling | None:
    """Return what an instrument doubles in an orchestra; None for strings and drums."""
    words = set(plain_name(name).split())
    for row in _data()["orchestra"]:
        if words & {form for word in row["words"] for form in (word, f"{word}s")}:
            return Doubling(
                f"{row['words'][0]}s", row["voice"], row["octaves"], row["family"], tuple(row["levels"])
            )
    return None


def role_named(name: str) -> Role | None:
    """Return the role that a name stands for, None for the name of an instrument."""
    words = plain_name(name)
    return _ROLE_NAMES.get(words) or _ROLE_NAMES.get(words.removesuffix("s"))


def kit_lanes(name: str) -> tuple[str, ...]:
    """Return the lanes of a groove that a part of a drum kit is; none for what is no such part."""
    table = _data()["kit"]
    return tuple(table.get(_find_known_form(plain_name(name), table), ()))


def lane_figure(lane: str) -> Mapping[str, str]:
    """Return what a lane plays where a groove lacks it, by base metre; empty for one that only colours."""
    return cast(Mapping[str, str], _data()["figures"].get(lane, {}))


def is_of_family(name: str, role: Role, prompt: str) -> bool:
    """Return whether a name is that of a family, and the sound of a pitched stem one of its instruments."""
    family = _data()["families"].get(_find_known_form(plain_name(name), _data()["families"]))
    return family is not None and role != "drums" and family[0] <= guess_program(prompt, role) <= family[1]


def is_same_or_relative(name: str, role: Role, stem: str, prompt: str) -> bool:
    """Return whether a stem, by its role, name and prompt, goes where ``name`` is not wanted.

    A role takes all its stems along, a family ("horns") all its instruments, and every name the stems that
    say it.
    """
    wanted = role_named(name)
    if wanted in (role, "drums"):
        return wanted == role
    if role == "drums" or kit_lanes(name):
        return role == "drums" and _says(f"{stem} {prompt}", name) and not kit_lanes(name)
    if is_of_family(name, role, prompt):
        return True
    relatives = _data()["relatives"].get(_find_known_form(plain_name(name), _data()["relatives"]), ())
    # A steel-string guitar has a string, and is none of the strings.
    text = f"{stem} {prompt}".replace("-string", "-stringed")
    return any(_says(text, word) for word in (name, *relatives))


def is_meant_by(name: str, role: Role, stem: str, prompt: str) -> bool:
    """Return whether words about the sound of ``name`` are about a stem; a part of the kit is the drums."""
    return role == "drums" if kit_lanes(name) else is_same_or_relative(name, role, stem, prompt)


def _says(text: str, name: str) -> bool:
    """Return whether a text has all words of a name in a row, in the singular or the plural."""
    said = " ".join(_singular(word) for word in plain_name(text).split())
    return f" {' '.join(_singular(word) for word in plain_name(name).split())} " in f" {said} "


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _find_known_form(words: str, table: Mapping[str, Any]) -> str:
    """Return the words, or their singular, as the table has them; "" where it has neither."""
    forms = (words, words.removesuffix("s"), words.removesuffix("es"))
    return next((form for form in forms if form in table), "")


@cache
def _rows() -> Mapping[str, Mapping[str, Any]]:
    return {plain_name(word): row for row in _data()["players"] for word in row["words"]}


@cache
def _role_words() -> Mapping[str, Role]:
    table: Mapping[str, list[str]] = _data()["role_words"]
    return {word: role for role in cast(tuple[Role, ...], ROLES) for word in table.get(role, ())}


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_data("players.yaml")
    return data
