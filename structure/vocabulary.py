"""The vocabulary of :mod:`structure.describe`, read from ``data/describe.yaml`` and compiled once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from structure.phrases import any_of, plain, singular
from structure.types import Role


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases and what each of them means; ``pattern`` matches any of them."""

    meanings: Mapping[str, Any]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, meanings: Mapping[str, Any]) -> Lexicon:
        """A lexicon from phrases (lower case, without hyphens) to meanings."""
        return cls(meanings, re.compile(any_of(meanings)))

    def meaning(self, matched: str) -> Any:
        """What a phrase that the pattern matched means."""
        return self.meanings[singular(plain(matched), self.meanings)]


@dataclass(frozen=True, slots=True)
class InstrumentWord:
    """The role that an instrument takes by itself; its prompt where the word alone says too little."""

    role: Role
    prompt: str | None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All word lists of a description, compiled."""

    genres: Lexicon
    genre_colours: Lexicon
    genre_phrase: re.Pattern[str]
    meters: Lexicon
    paces: Lexicon
    modes: Lexicon
    moods: Lexicon
    sections: Lexicon
    targets: Lexicon
    unwanted_adjectives: Lexicon
    instruments: Lexicon
    role_words: Lexicon
    sound_words: frozenset[str]
    instrument_phrase: re.Pattern[str]
    quiet_start: re.Pattern[str]
    big_last_chorus: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the package."""
    path = resources.files("structure") / "data" / "describe.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    genres = Lexicon.of({w: style for style, kinds in data["genres"].items() for w in kinds["nouns"]})
    colours = {w: style for style, kinds in data["genres"].items() for w in kinds["adjectives"]}
    instruments = Lexicon.of(_instruments(data["instruments"]))
    role_words = Lexicon.of(_inverted(data["role_words"]))
    sections = _inverted(data["sections"])
    targets: dict[str, tuple[str, str]] = {word: ("sound", word) for word in instruments.meanings}
    targets |= {word: ("role", role) for word, role in _inverted(data["unwanted"]).items()}
    targets |= {word: ("section", label) for word, label in sections.items()}
    return Vocabulary(
        genres=genres,
        genre_colours=Lexicon.of(colours),
        genre_phrase=re.compile(rf"{genres.pattern.pattern}(?:[\s-]+{any_of(data['works'])})?"),
        meters=Lexicon.of(_inverted(data["meters"])),
        paces=Lexicon.of(_inverted(data["paces"])),
        modes=Lexicon.of(_inverted(data["modes"])),
        moods=Lexicon.of({word: word for word in data["moods"]}),
        sections=Lexicon.of(sections),
        targets=Lexicon.of(targets),
        unwanted_adjectives=Lexicon.of(_inverted(data["unwanted_adjectives"])),
        instruments=instruments,
        role_words=role_words,
        sound_words=frozenset(data["sound_words"]),
        instrument_phrase=_instrument_phrase(
            [*data["sound_words"], *data["moods"]], instruments, role_words
        ),
        quiet_start=re.compile(rf"\b(?:{'|'.join(data['quiet_start'])})\b"),
        big_last_chorus=re.compile(rf"\b(?:{'|'.join(data['big_last_chorus'])})\b"),
    )


def _inverted(meanings: Mapping[Any, Iterable[str]]) -> dict[str, Any]:
    return {word: meaning for meaning, words in meanings.items() for word in words}


def _instruments(entries: Iterable[Mapping[str, Any]]) -> dict[str, InstrumentWord]:
    return {
        word: InstrumentWord(entry["role"], entry.get("prompt"))
        for entry in entries
        for word in entry["words"]
    }


def _instrument_phrase(
    adjectives: Iterable[str], instruments: Lexicon, role_words: Lexicon
) -> re.Pattern[str]:
    """``warm dusty Rhodes lead``: adjectives, an instrument and perhaps what it plays."""
    noun = instruments.pattern.pattern
    adjective = rf"(?!{noun}){any_of(adjectives)}(?:\s+and\s+|[\s-]+)"
    return re.compile(
        rf"(?P<adjectives>(?:{adjective})*)"
        rf"(?P<noun>{noun})"
        rf"(?:[\s-]+(?P<role>{role_words.pattern.pattern}))?"
    )
