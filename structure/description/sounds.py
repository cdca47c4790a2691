"""Reads who is to play in a sentence and who is not: instruments with their sound, and what is unwanted."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from structure.base.types import ROLES, Role
from structure.description.phrases import Phrases, plain
from structure.description.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class WantedInstrument:
    """An instrument that a description names: its role in the arrangement and its prompt."""

    role: Role
    prompt: str


@dataclass(frozen=True, slots=True)
class Players:
    """Who is wanted, whether one has a solo, and whether nobody else plays.

    ``moods`` are those of a song that is named by an instrument ("a sad piano song"), ``moods_of_sounds``
    those of a sound ("menacing bass"), which are the song's if nothing else is said of its mood.
    """

    wanted: tuple[WantedInstrument, ...]
    has_solo: bool
    moods: tuple[str, ...]
    moods_of_sounds: tuple[str, ...]
    play_alone: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """What must not sound (roles and words), and the kinds of section that must not come."""

    sounds: tuple[str, ...]
    sections: tuple[str, ...]


_NOT_A_STYLE = r"\b(?:not|nothing\s+like|isn't|never)\s+(?:(?:a|an|any|exactly|really|your\s+usual)\s+)*"
_DROPPED_TUNING = re.compile(r"\bdrop(?:ped)?[\s-][a-g]\b")
_NOT_A_MOOD = re.compile(
    r"\b(?:not|never|nothing|isn't|without being)\s+(?:(?:too|very|so|at all)\s+)?(?P<what>[\w-]+)"
)


def read_negations(phrases: Phrases, words: Vocabulary) -> Refused:
    """What is not wanted: "no drums or bass, without a bridge", "drumless", "guitar-free"."""
    sounds: list[str] = []
    sections: list[str] = []
    for match in list(phrases.find(words.negation)):
        for found in words.targets.pattern.finditer(match[0]):
            kind, value = words.targets.meaning(found[0])
            (sections if kind == "section" else sounds).append(value)
        phrases.take(match, "unwanted")
    for match in list(phrases.find(words.unwanted_adjectives.pattern)):
        sounds.append(words.unwanted_adjectives.meaning(phrases.take(match, "unwanted")))
    _hide_denials(phrases, words)
    return Refused(tuple(sounds), tuple(sections))


def _hide_denials(phrases: Phrases, words: Vocabulary) -> None:
    """Keep "not a ballad", "not sad" and "drop D" from being read as a style, a mood or a section."""
    for match in list(phrases.find(_NOT_A_MOOD)):
        if words.moods.pattern.fullmatch(match["what"]):
            phrases.hide(match)
    for pattern in (re.compile(_NOT_A_STYLE + words.genres.pattern.pattern), _DROPPED_TUNING):
        for match in list(phrases.find(pattern)):
            phrases.hide(match)


def read_players(phrases: Phrases, words: Vocabulary) -> Players:
    """Every instrument that is asked for, with the words in front of it that belong to its sound."""
    wanted: list[WantedInstrument] = []
    moods: list[str] = []
    sounds: list[str] = []
    has_solo = False
    alone = [
        match.span(match.lastgroup or 0)
        for match in phrases.find(words.only)
        if not _PART_OF_A_SONG.search(phrases.rest[: match.start()])
    ]
    play_alone = False
    for match in list(phrases.find(words.instrument_phrase)):
        adjectives, noun, role_word = match["adjectives"] or "", match["noun"], match["role"]
        known = words.instruments.meaning(noun)
        role = words.role_words.meaning(role_word) if role_word else known.role
        has_solo = has_solo or bool({"solo", "solos"} & set(plain(f"{noun} {role_word or ''}").split()))
        found = [plain(mood) for mood in words.moods.pattern.findall(adjectives)]
        if _names_the_song(phrases, match, words):
            moods += found
        else:
            sounds += [mood for mood in found if mood not in words.sound_words]
        further = _further_adjectives(phrases, match.start(), words)
        wanted.append(
            WantedInstrument(role, _prompt(further + adjectives, known.prompt or plain(noun), role_word))
        )
        play_alone = play_alone or any(start <= match.start("noun") < end for start, end in alone)
        phrases.take(match, "instruments")
    return Players(tuple(dict.fromkeys(wanted)), has_solo, tuple(moods), tuple(sounds), play_alone)


def _names_the_song(phrases: Phrases, match: re.Match[str], words: Vocabulary) -> bool:
    """True where an instrument names the song, as in "a sad piano song": its adjectives are the song's."""
    before, behind = phrases.rest[: match.start()], phrases.rest[match.end() :]
    return words.work.match(behind) is not None or re.fullmatch(r"\s*(?:an?\s+)?", before) is not None


_PART_OF_A_SONG = re.compile(
    r"(?:intro|verse|chorus|bridge|break|breakdown|outro|section|part|end|start)s?\s+(?:with|has|is|for|of)\s*$"
)
_FURTHER = re.compile(
    r"(?:^|[,;:(]|\b(?:with|and|plus|featuring|a|an|the|some|of)\s)\s*(?P<words>(?:[a-z][\w'-]*\s+){1,2})$"
)


def _further_adjectives(phrases: Phrases, end: int, words: Vocabulary) -> str:
    """Up to two words that no vocabulary knows and that fill the space between a comma, an article or
    "with" and an instrument: the "tapped" of "with tapped guitar"."""
    match = _FURTHER.search(phrases.rest[:end])
    if match is None or any(word in words.function_words for word in match["words"].split()):
        return ""
    phrases.take_span(*match.span("words"), "instruments")
    return match["words"]


def _prompt(adjectives: str, name: str, role_word: str | None) -> str:
    """``warm, dusty`` + ``Rhodes electric piano`` + ``lead``; a word is not said twice."""
    words = [word for word in re.split(r"[\s,]+|\band\b", adjectives) if word and word not in name.split()]
    return " ".join([*words, name, *([plain(role_word)] if role_word else [])])


def all_unwanted(refused: Iterable[str], players: Players, words: Vocabulary) -> tuple[str, ...]:
    """What is refused with the names of its relatives (horns: trumpet, trombone …), and every role that is
    left out where the wanted instruments play alone."""
    found = [
        sound for word in refused for sound in (word, *words.relatives.get(word.removesuffix("s"), ()))
    ]
    if players.play_alone:
        found += [role for role in ROLES if role not in {wanted.role for wanted in players.wanted}]
    return tuple(dict.fromkeys(found))
