"""What a sentence says about a song, read by rules: genre, mood, tempo, key, metre, instruments.

The words are in ``data/describe.yaml``. Rules run from the most specific to the most general, and each
takes the phrases that it understands out of the text, so that "no drums" is not read as drums, nor the
"A minor" of "in A minor" as a mood. :attr:`Reading.understood` shows what was used.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from structure.describe_measures import family_of, read_key, read_length, read_meter, read_tempo
from structure.lengths import SongLength
from structure.phrases import Phrases, plain
from structure.types import Role
from structure.vocabulary import Lexicon, Vocabulary, vocabulary


@dataclass(frozen=True, slots=True)
class WantedInstrument:
    """An instrument that a description names: its role in the arrangement and its prompt."""

    role: Role
    prompt: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a description; None or empty where it says nothing.

    ``style`` is a name from :mod:`structure.styles`. ``tempo_bpm`` is a tempo in figures; ``pace`` is one
    in words, as a share (0…1) of the style's range of tempos from slow to fast. ``mode`` is "major" or
    "minor", also where ``key`` says so. ``unwanted`` holds roles and words that must not sound.
    ``section_hints`` maps ``"no bridge"``-like wishes to section labels: True wanted, False unwanted.
    ``title`` is a title in quotes. ``understood`` lists the phrases that were used, in order.
    """

    style: str | None = None
    tempo_bpm: float | None = None
    pace: float | None = None
    key: str | None = None
    mode: str | None = None
    meter: str | None = None
    length_s: float | None = None
    length_bars: int | None = None
    moods: tuple[str, ...] = ()
    instruments: tuple[WantedInstrument, ...] = ()
    unwanted: tuple[str, ...] = ()
    section_hints: tuple[tuple[str, bool], ...] = ()
    quiet_start: bool = False
    big_last_chorus: bool = False
    title: str | None = None
    understood: tuple[str, ...] = ()


def read_description(text: str) -> Reading:
    """Read a description. What it does not say stays None or empty; nothing is an error."""
    words, phrases = vocabulary(), Phrases(text)
    title = _read_title(phrases)
    topic_moods = _read_topic(phrases, words)
    unwanted, no_sections = _read_negations(phrases, words)
    big_last_chorus = _flag(phrases, words.big_last_chorus)
    quiet_start = _flag(phrases, words.quiet_start)
    tempo = read_tempo(phrases)
    length = read_length(phrases) or SongLength()
    key = read_key(phrases)
    meter = read_meter(phrases)
    style, meter_of_style = _read_style(phrases, words)
    pace = _first(phrases, words.paces)
    instruments, solo, instrument_moods = _read_instruments(phrases, words)
    style = style or _first(phrases, words.genre_colours)
    sections = _read_sections(phrases, words)
    mode = _first(phrases, words.modes)
    moods = [plain(phrases.take(match)) for match in phrases.find(words.moods.pattern)]
    hints = dict.fromkeys((*(("solo",) if solo else ()), *sections), True)
    return Reading(
        style=style,
        tempo_bpm=tempo,
        pace=None if pace is None else float(pace),
        key=key,
        mode=family_of(key) if key else mode,
        meter=meter or meter_of_style,
        length_s=length.seconds,
        length_bars=length.bars,
        moods=tuple(dict.fromkeys([*moods, *instrument_moods, *topic_moods])),
        instruments=tuple(dict.fromkeys(instruments)),
        unwanted=tuple(dict.fromkeys(unwanted)),
        section_hints=tuple((hints | dict.fromkeys(no_sections, False)).items()),
        quiet_start=quiet_start,
        big_last_chorus=big_last_chorus,
        title=title,
        understood=phrases.understood,
    )


_TITLE = re.compile(
    r"""(?:\b(?:called|titled|named|title:?)\s+)?(?<!\w)(?P<q>["'])(?P<title>[^"]{1,118}?)(?P=q)(?!\w)"""
)
_TOPIC = re.compile(
    r"\babout\s+(?!\d|(?:a|an|one|two|three|four|five|six|half|ninety)\b[\w\s-]{0,12}(?:minute|min|second|bar|beat))"
    r".*?(?=[,;.:!?]|\bwith\b|\bat\s+\d|\bin\s+[a-g]\b|\bin\s+\d|$)"
)


def _read_title(phrases: Phrases) -> str | None:
    """A title in quotation marks; its words say nothing of the music."""
    for match in phrases.find(_TITLE):
        phrases.take(match)
        return phrases.original[match.start("title") : match.end("title")].strip() or None
    return None


def _read_topic(phrases: Phrases, words: Vocabulary) -> list[str]:
    """Moods of what the song is about; "an old house by the sea" is no house music."""
    moods: list[str] = []
    for match in list(phrases.find(_TOPIC)):
        for mood in list(phrases.find(words.moods.pattern)):
            if match.start() <= mood.start() and mood.end() <= match.end():
                moods.append(plain(phrases.take(mood)))
        phrases.hide(match)
    return moods


_ARTICLE = r"(?:(?:a|an|any|the|too\s+much|much|more|other)\s+)?"


def _read_negations(phrases: Phrases, words: Vocabulary) -> tuple[list[str], list[str]]:
    """What must not sound, and the sections that must not come: "no drums or bass, without a bridge"."""
    target = f"{_ARTICLE}{words.targets.pattern.pattern}"
    negation = re.compile(
        rf"\b(?:(?:no|never|lacking|not\s+any|free\s+of|leave\s+out|skip|don't\s+want|do\s+not\s+want)\s+{target}"
        rf"(?:(?:\s*,)?\s+(?:n?or|and\s+no|no)\s+{target}|\s*,\s+no\s+{target})*"
        rf"|(?:without|minus)\s+{target}(?:(?:\s*,)?\s+(?:n?or|and)\s+(?:without\s+)?{target})*)"
    )
    sounds: list[str] = []
    sections: list[str] = []
    for match in list(phrases.find(negation)):
        for found in words.targets.pattern.finditer(match[0]):
            kind, value = words.targets.meaning(found[0])
            (sections if kind == "section" else sounds).append(value)
        phrases.take(match)
    for match in list(phrases.find(words.unwanted_adjectives.pattern)):
        sounds.append(words.unwanted_adjectives.meaning(phrases.take(match)))
    _hide_denials(phrases, words)
    return sounds, sections


def _hide_denials(phrases: Phrases, words: Vocabulary) -> None:
    """Keep "not a ballad", "not sad" and "drop D" from being read as a style, a mood or a section."""
    for match in list(phrases.find(_NOT_A_MOOD)):
        if words.moods.pattern.fullmatch(match["what"]):
            phrases.hide(match)
    for pattern in (re.compile(_NOT_A_STYLE + words.genres.pattern.pattern), _DROPPED_TUNING):
        for match in list(phrases.find(pattern)):
            phrases.hide(match)


_NOT_A_STYLE = r"\b(?:not|nothing\s+like|isn't|never)\s+(?:(?:a|an|any|exactly|really|your\s+usual)\s+)*"
_DROPPED_TUNING = re.compile(r"\bdrop(?:ped)?[\s-][a-g]\b")
_NOT_A_MOOD = re.compile(
    r"\b(?:not|never|nothing|isn't|without being)\s+(?:(?:too|very|so|at all)\s+)?(?P<what>[\w-]+)"
)


def _flag(phrases: Phrases, pattern: re.Pattern[str]) -> bool:
    matches = list(phrases.find(pattern))
    for match in matches:
        phrases.take(match)
    return bool(matches)


def _first(phrases: Phrases, lexicon: Lexicon) -> str | None:
    """The meaning of the first phrase of a lexicon; later ones are taken too."""
    meanings = [lexicon.meaning(phrases.take(match)) for match in list(phrases.find(lexicon.pattern))]
    return str(meanings[0]) if meanings else None


def _read_style(phrases: Phrases, words: Vocabulary) -> tuple[str | None, str | None]:
    """The style that a noun names, and a metre that goes with the name.

    In a compound the last noun rules, as in English ("folk rock" is rock); of several compounds the
    first. A waltz takes its style from another noun, if there is one.
    """
    meters = [words.meters.meaning(match[0]) for match in phrases.find(words.meters.pattern)]
    styles = _styles(phrases, words.genres)
    for pattern in (words.genre_phrase, words.meters.pattern):
        for match in list(phrases.find(pattern)):
            phrases.take(match)
    others = [style for style in styles if style != "waltz"]
    return next(iter([*others, *styles]), None), meters[0] if meters else None


def _styles(phrases: Phrases, genres: Lexicon) -> list[str]:
    """Styles by precedence. A compound is genres with only a space, a hyphen or a stroke between them."""
    compounds: list[list[str]] = []
    end = -1
    for match in phrases.find(genres.pattern):
        if end >= 0 and re.fullmatch(r"[\s/-]*", phrases.rest[end : match.start()]):
            compounds[-1].append(genres.meaning(match[0]))
        else:
            compounds.append([genres.meaning(match[0])])
        end = match.end()
    return [style for compound in compounds for style in reversed(compound)]


def _read_instruments(
    phrases: Phrases, words: Vocabulary
) -> tuple[list[WantedInstrument], bool, list[str]]:
    """Instruments with their sound, whether one has a solo, and moods among their adjectives."""
    wanted: list[WantedInstrument] = []
    moods: list[str] = []
    solo = False
    for match in list(phrases.find(words.instrument_phrase)):
        adjectives, noun, role_word = match["adjectives"] or "", match["noun"], match["role"]
        known = words.instruments.meaning(noun)
        role = words.role_words.meaning(role_word) if role_word else known.role
        solo = solo or "solo" in plain(f"{noun} {role_word or ''}").split()
        moods += [m for m in words.moods.pattern.findall(adjectives) if plain(m) not in words.sound_words]
        name = known.prompt or plain(noun)
        wanted.append(WantedInstrument(role, _prompt(adjectives, name, role_word)))
        phrases.take(match)
    return wanted, solo, [plain(mood) for mood in moods]


def _prompt(adjectives: str, name: str, role_word: str | None) -> str:
    """``warm, dusty`` + ``Rhodes electric piano`` + ``lead``; a word is not said twice."""
    words = [word for word in re.split(r"[\s,]+|\band\b", adjectives) if word and word not in name.split()]
    return " ".join([*words, name, *([plain(role_word)] if role_word else [])])


def _read_sections(phrases: Phrases, words: Vocabulary) -> list[str]:
    """Sections that the description asks for by name."""
    matches = list(phrases.find(words.sections.pattern))
    return [words.sections.meaning(phrases.take(match)) for match in matches]
