"""The words that descriptions are read by, from ``data/describe.yaml``, compiled once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.types import Role
from structure.description.phrases import any_of, plain, singular
from structure.presets.styles import style_names


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
    work: re.Pattern[str]
    meters: Lexicon
    paces: Lexicon
    genre_paces: Lexicon
    modes: Lexicon
    moods: Lexicon
    sections: Lexicon
    targets: Lexicon
    unwanted_adjectives: Lexicon
    instruments: Lexicon
    role_words: Lexicon
    sound_words: frozenset[str]
    instrument_phrase: re.Pattern[str]
    forms: Lexicon
    negation: re.Pattern[str]
    relatives: Mapping[str, tuple[str, ...]]
    only: re.Pattern[str]
    function_words: frozenset[str]
    quiet_start: re.Pattern[str]
    big_last_chorus: re.Pattern[str]
    key_change: re.Pattern[str]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of the package."""
    data = read_data("describe.yaml")
    named = {name.replace("-", " "): name for name in style_names()}
    nouns = {word: style for style, kinds in data["genres"].items() for word in kinds["nouns"]}
    genres = Lexicon.of(named | nouns)
    colours = {w: style for style, kinds in data["genres"].items() for w in kinds["adjectives"]}
    instruments = Lexicon.of(_instruments(data["instruments"]))
    role_words = Lexicon.of(_inverted(data["role_words"]))
    sections = _inverted(data["sections"])
    targets: dict[str, tuple[str, str]] = {word: ("sound", word) for word in instruments.meanings}
    targets |= {word: ("role", role) for word, role in _inverted(data["unwanted"]).items()}
    targets |= {word: ("section", label) for word, label in sections.items()}
    lexicon_of_targets = Lexicon.of(targets)
    return Vocabulary(
        genres=genres,
        genre_colours=Lexicon.of(colours),
        genre_phrase=re.compile(rf"{genres.pattern.pattern}(?:[\s-]+{any_of(data['works'])})?"),
        work=re.compile(rf"\s*(?:\x00|{any_of(data['works'])})"),
        meters=Lexicon.of(_inverted(data["meters"])),
        paces=Lexicon.of(_inverted(data["paces"])),
        genre_paces=Lexicon.of(_inverted(data["genre_paces"])),
        modes=Lexicon.of(_inverted(data["modes"])),
        moods=Lexicon.of({word: word for word in data["moods"]}),
        sections=Lexicon.of(sections),
        targets=lexicon_of_targets,
        unwanted_adjectives=Lexicon.of(_inverted(data["unwanted_adjectives"])),
        instruments=instruments,
        role_words=role_words,
        sound_words=frozenset(data["sound_words"]),
        instrument_phrase=_instrument_phrase(
            [*data["sound_words"], *data["moods"]], instruments, role_words
        ),
        forms=Lexicon.of(_inverted(data["forms"])),
        negation=_negation(lexicon_of_targets, [*data["sound_words"], *data["moods"]]),
        relatives={word: tuple(related) for word, related in data["relatives"].items()},
        only=_only(instruments),
        function_words=frozenset(data["function_words"]),
        quiet_start=_any_pattern(data["quiet_start"]),
        big_last_chorus=_any_pattern(data["big_last_chorus"]),
        key_change=_any_pattern(data["key_change"]),
    )


def _any_pattern(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(patterns)})\b")


_ARTICLE = r"(?:(?:a|an|any|the|too\s+much|much|more|other|kind\s+of)\s+)*"


def _negation(targets: Lexicon, adjectives: Iterable[str]) -> re.Pattern[str]:
    """``no drums or bass``, ``without a loud bridge``, ``guitar-free``, ``nothing electronic``."""
    bare = targets.pattern.pattern
    target = rf"{_ARTICLE}(?:(?!{bare}){any_of(adjectives)}[\s-]+){{0,2}}{bare}"
    further = (
        rf"(?:(?:\s*,)?\s+(?:n?or|and\s+no|and\s+without|no|without)\s+{target}"
        rf"|\s*,\s+(?:no|without)\s+{target})*"
    )
    return re.compile(
        rf"\b(?:(?:no|zero|never|lacking|not\s+any|nothing|free\s+of|leave\s+out|skip|avoid|"
        rf"don't\s+want|do\s+not\s+want)\s+{target}{further}"
        rf"|(?:without|minus|sans)\s+{target}(?:(?:\s*,)?\s+(?:n?or|and)\s+(?:without\s+)?{target})*"
        rf"|instead\s+of\s+{target})(?:\s+(?:whatsoever|at\s+all|please))?"
        rf"|{bare}[\s-]+(?:free|less)\b"
    )


def _only(instruments: Lexicon) -> re.Pattern[str]:
    """Instruments that play alone (group ``who``): ``just piano and cello``, ``music box only``."""
    noun = rf"(?:[\w-]+\s+){{0,2}}{instruments.pattern.pattern}"
    several = rf"{noun}(?:\s*(?:,|and|&|\+)\s*{noun})*"
    return re.compile(
        rf"(?:\b(?:nothing\s+but|just|only|solely|for\s+solo|solo\s+for|(?:a|one)\s+(?:single|lone))\s+(?P<first>{several}))"
        rf"|(?P<last>{several})\s+(?:only|alone)\b"
        rf"|(?P<all>{several})(?=[^.;]*\bnothing\s+else\b)"
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
