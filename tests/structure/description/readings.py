"""Described songs with what a musician reads in them, and how a reading compares with that."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from structure.base.types import ROLES
from structure.description.reading import Reading
from structure.description.vocabulary import vocabulary

FOLDER = Path(__file__).parents[2] / "data" / "descriptions"
PACES = {"slow": (0.0, 0.34), "medium": (0.35, 0.65), "fast": (0.66, 1.0)}
FIELDS = (
    "style",
    "tempo_bpm",
    "pace",
    "key",
    "mode",
    "meter",
    "length_s",
    "length_bars",
    "era",
    "moods",
    "instruments",
    "alone",
    "unwanted",
    "form",
    "sections",
    "places",
    "quiet_start",
    "big_last_chorus",
    "title",
)
_GUESSED = {"style": "genre", "moods": "mood", "pace": "pace"}
"""Fields that may be guessed, and what a guess calls them."""

_NOTHING: dict[str, Any] = {
    "moods": [],
    "instruments": [],
    "unwanted": [],
    "sections": {},
    "places": {},
    "alone": False,
    "quiet_start": False,
    "big_last_chorus": False,
}


@dataclass(frozen=True)
class Answer:
    """One field of one description: what is expected (empty where nothing is said) and what was read."""

    text: str
    field: str
    expected: Any
    read: Any
    is_right: bool

    @property
    def is_said(self) -> bool:
        """True where the description says something of this field."""
        return self.expected not in (None, False, [], {})


def cases(name: str, *, held_out: bool | None = None) -> list[dict[str, Any]]:
    """Descriptions of a file: all, only those held out, or only the others."""
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text("utf-8"))
    return [case for case in found if held_out is None or bool(case.get("held_out")) == held_out]


def answers(case: Mapping[str, Any], reading: Reading) -> Iterator[Answer]:
    """Every field of a description compared with the reading."""
    for field in FIELDS:
        read = _read(reading, field)
        expected = case.get(field, _NOTHING.get(field))
        if likely := case.get(f"likely_{field}"):
            given = {reading.style} if field == "style" else set(reading.moods)
            yield Answer(case["text"], field, likely, sorted(map(str, given)), bool(given & set(likely)))
            continue
        if (
            not expected
            and field in _GUESSED
            and _GUESSED[field] in {guess.field for guess in reading.guesses}
        ):
            continue  # a guess where nothing was expected is neither right nor wrong
        if field == "unwanted" and case.get("alone"):  # all other roles follow from that
            read = [word for word in read if word in expected or word not in ROLES]
        yield Answer(case["text"], field, expected, read, _agrees(field, expected, read))


def _read(reading: Reading, field: str) -> Any:
    if field == "sections":
        return dict(reading.section_hints)
    if field == "places":
        return {place.section: [place.side, place.anchor, place.visit] for place in reading.placements}
    if field == "instruments":
        return [(wanted.role, wanted.prompt) for wanted in reading.instruments]
    if field == "alone":
        return reading.plays_alone
    value = getattr(reading, field)
    return list(value) if isinstance(value, tuple) else value


def _agrees(field: str, expected: Any, read: Any) -> bool:
    if field == "pace" and expected is not None:
        low, high = PACES[expected]
        return read is not None and low <= read <= high
    if field == "moods":
        return set(read) == set(expected)
    if field == "instruments":
        return _same_instruments(expected, read)
    if field == "unwanted":
        return _same_unwanted(expected, read)
    return bool(expected == read)


def _same_instruments(expected: list[list[str]], read: list[tuple[str, str]]) -> bool:
    """As many, each with the role and at least the words that are expected."""
    rest = list(read)
    for role, words in expected:
        wanted = {_plain(word) for word in words.replace("-", " ").split()}
        match = next(
            (
                r
                for r in rest
                if r[0] == role and wanted <= {_plain(w) for w in r[1].replace("-", " ").split()}
            ),
            None,
        )
        if match is None:
            return False
        rest.remove(match)
    return not rest


def _same_unwanted(expected: list[str], read: list[str]) -> bool:
    """All that is expected, and nothing that does not follow from it."""
    relatives = vocabulary().relatives
    said = {_plain(word) for word in expected}
    implied = {sound for word in said for sound in relatives.get(word, ())}
    found = {_plain(word) for word in read}
    return said <= found and found <= {*said, *map(_plain, implied)}


def _plain(word: str) -> str:
    """Without accent and plural."""
    return unicodedata.normalize("NFD", word.lower()).encode("ascii", "ignore").decode().removesuffix("s")
