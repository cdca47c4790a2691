"""What a description says about a song: genre, mood, tempo, key, metre, length, era, form, instruments.

The words are in ``data/describe.yaml``; German and Spanish are put into English first
(:mod:`~structure.description.translation`). Rules run from the most specific to the most general, and each
takes the phrases that it understands out of the text, so that "no drums" is not read as drums, nor the
"A minor" of "in A minor" as a mood. What the rules leave open is guessed from the meaning of the words that
are left (:mod:`~structure.description.guesses`). :attr:`Reading.findings` and :attr:`Reading.guesses` show
what came from where.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from structure.base.lengths import SongLength
from structure.description.form import Placement, read_form, read_placements
from structure.description.guesses import Guess, guess_open_fields
from structure.description.measures import (
    family_of,
    read_era,
    read_key,
    read_length,
    read_meter,
    read_tempo,
    take_era,
)
from structure.description.phrases import Phrases, Taken
from structure.description.sounds import (
    WantedInstrument,
    all_unwanted,
    read_negations,
    read_players,
)
from structure.description.translation import to_english
from structure.description.vocabulary import Lexicon, Vocabulary, vocabulary
from structure.description.wishing import wishes_of
from structure.specs.wishes import Wishes

__all__ = ["Guess", "Placement", "Reading", "WantedInstrument", "read_description", "read_wishes"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a description; None or empty where it says nothing.

    ``style`` is a name from :mod:`structure.presets.styles`. ``tempo_bpm`` is a tempo in figures; ``pace``
    is one in words, as a share (0…1) of the style's range of tempos from slow to fast. ``mode`` is "major"
    or "minor", also where ``key`` says so. ``era`` is a decade ("1980s") or an age ("medieval").
    ``plays_alone`` says that nothing but ``instruments`` is to be heard. ``unwanted`` holds roles and
    words that must not sound; where instruments play alone, it names all other roles. ``form`` is a
    name from ``data/forms``. ``section_hints`` maps ``"no bridge"``-like wishes to section labels: True
    wanted, False unwanted; ``placements`` say where a section belongs. ``title`` is a title in quotes.
    ``language`` is its English name, "" for one that is not known. ``understood`` lists the phrases that
    rules used, in order, in English; ``findings`` says what each was used for, in the writer's own words.
    ``guesses`` says which values of this reading come from no rule.
    """

    style: str | None = None
    tempo_bpm: float | None = None
    pace: float | None = None
    key: str | None = None
    mode: str | None = None
    meter: str | None = None
    length_s: float | None = None
    length_bars: int | None = None
    era: str | None = None
    moods: tuple[str, ...] = ()
    instruments: tuple[WantedInstrument, ...] = ()
    plays_alone: bool = False
    unwanted: tuple[str, ...] = ()
    form: str | None = None
    section_hints: tuple[tuple[str, bool], ...] = ()
    placements: tuple[Placement, ...] = ()
    quiet_start: bool = False
    big_last_chorus: bool = False
    key_change: bool = False
    title: str | None = None
    language: str = "English"
    understood: tuple[str, ...] = ()
    findings: tuple[Taken, ...] = ()
    guesses: tuple[Guess, ...] = ()


@lru_cache(maxsize=64)
def read_description(text: str, *, guessing: bool = True) -> Reading:
    """Read a description. What it does not say stays None or empty; nothing is an error.

    ``guessing`` lets what rules leave open be guessed by meaning.
    """
    translation = to_english(text)
    if not translation.language:
        return Reading(language="")
    phrases = Phrases(translation.text, translation.written)
    reading = replace(_by_rules(phrases, vocabulary()), language=translation.language)
    return _with_guesses(reading, phrases) if guessing else reading


@lru_cache(maxsize=64)
def read_wishes(text: str, *, guessing: bool = True) -> Wishes:
    """Read what a sentence asks for: a wish for each thing, and ``unknown`` ones for what is left."""
    return wishes_of(text, guessing=guessing)


def _by_rules(phrases: Phrases, words: Vocabulary) -> Reading:
    title = _read_title(phrases)
    _hide_names(phrases)
    topic_moods = _read_topic(phrases, words)
    era = read_era(phrases)
    form, style_of_form = read_form(phrases, words)
    refused = read_negations(phrases, words)
    key_change = _flag(phrases, words.key_change, "ending")
    big_last_chorus = _flag(phrases, words.big_last_chorus, "ending") or key_change
    quiet_start = _flag(phrases, words.quiet_start, "beginning")
    tempo = read_tempo(phrases)
    length = read_length(phrases) or SongLength()
    key = read_key(phrases)
    meter = read_meter(phrases)
    placements, placed = read_placements(phrases, words)
    pace = _pace_of_style(phrases, words)
    moods_of_style = _moods_of_style(phrases, words)
    style, meter_of_style = _read_style(phrases, words)
    pace = _first(phrases, words.paces, "pace") or pace
    players = read_players(phrases, words)
    style = style or style_of_form or _first(phrases, words.genre_colours, "genre")
    sections = [*placed, *_all(phrases, words.sections, "sections")]
    mode = _first(phrases, words.modes, "mode")
    moods = [*_all(phrases, words.moods, "mood"), *players.moods, *topic_moods, *moods_of_style]
    take_era(phrases)
    hints = dict.fromkeys((*(("solo",) if players.has_solo else ()), *sections), True)
    return Reading(
        style=style,
        tempo_bpm=tempo,
        pace=None if pace is None else float(pace),
        key=key,
        mode=family_of(key) if key else mode,
        meter=meter or meter_of_style,
        length_s=length.seconds,
        length_bars=length.bars,
        era=era,
        moods=tuple(dict.fromkeys(moods or players.moods_of_sounds)),
        instruments=players.wanted,
        plays_alone=players.play_alone,
        unwanted=all_unwanted(refused.sounds, players, words),
        form=form,
        section_hints=tuple((hints | dict.fromkeys(refused.sections, False)).items()),
        placements=placements,
        quiet_start=quiet_start,
        big_last_chorus=big_last_chorus,
        key_change=key_change,
        title=title,
        understood=phrases.understood,
        findings=phrases.taken,
    )


def _with_guesses(reading: Reading, phrases: Phrases) -> Reading:
    """The reading with guesses for the fields that it leaves open."""
    is_open = {
        "genre": reading.style is None,
        "mood": not reading.moods,
        "pace": reading.pace is None and reading.tempo_bpm is None,
        "instruments": True,
    }
    guesses = guess_open_fields(phrases, [field for field, asked in is_open.items() if asked])
    values = {found.field: found.value for found in guesses}
    players = [WantedInstrument(found.role, found.written) for found in guesses if found.role is not None]
    return replace(
        reading,
        style=values.get("genre", reading.style),
        moods=(values["mood"],) if "mood" in values else reading.moods,
        pace=float(values["pace"]) if "pace" in values else reading.pace,
        instruments=(*reading.instruments, *players),
        guesses=guesses,
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
        phrases.take(match, "title")
        return phrases.original[match.start("title") : match.end("title")].strip() or None
    return None


_NAMES = re.compile(
    r"(?:(?<=\blike )|(?<=\binspired by )|(?<=\bstyle of ))"
    r"(?:[A-Z][\w'-]*\.?(?:\s+(?:(?:and|of|&)\s+)?|(?![\w]))){2,5}"
)


_PURPOSE = re.compile(
    r"\bfor\s+(?:an?|the|my|our|your)\s+(?:[\w-]+\s+){0,2}(?:podcast|video|vlog|stream|show|game|film|radio|tv|youtube)"
    r"\s+(?:intro|outro|opening|interlude)\b"
)


def _hide_names(phrases: Phrases) -> None:
    """Names of musicians are for guessing: "like Daft Punk" asks for no punk. The intro of a podcast is no
    section of a song."""
    for match in list(phrases.find(_PURPOSE)):
        phrases.hide(match)
    for match in _NAMES.finditer(phrases.original):
        phrases.hide(match)


def _read_topic(phrases: Phrases, words: Vocabulary) -> list[str]:
    """Moods of what the song is about; "an old house by the sea" is no house music."""
    moods: list[str] = []
    for match in list(phrases.find(_TOPIC)):
        for mood in list(phrases.find(words.moods.pattern)):
            if match.start() <= mood.start() and mood.end() <= match.end():
                moods.append(words.moods.meaning(phrases.take(mood, "mood")))
        phrases.hide(match)
    return moods


def _flag(phrases: Phrases, pattern: re.Pattern[str], about: str) -> bool:
    matches = list(phrases.find(pattern))
    for match in matches:
        phrases.take(match, about)
    return bool(matches)


def _all(phrases: Phrases, lexicon: Lexicon, about: str) -> list[str]:
    """The meanings of all phrases of a lexicon, in the order of the text."""
    return [
        str(lexicon.meaning(phrases.take(match, about))) for match in list(phrases.find(lexicon.pattern))
    ]


def _first(phrases: Phrases, lexicon: Lexicon, about: str) -> str | None:
    """The meaning of the first phrase of a lexicon; later ones are taken too."""
    return next(iter(_all(phrases, lexicon, about)), None)


def _read_style(phrases: Phrases, words: Vocabulary) -> tuple[str | None, str | None]:
    """The style that a noun names, and a metre that goes with the name.

    In a compound the last noun rules, as in English ("folk rock" is rock); of several compounds the
    first. A waltz takes its style from another noun, if there is one.
    """
    meters = [words.meters.meaning(match[0]) for match in phrases.find(words.meters.pattern)]
    styles = _styles(phrases, words.genres)
    for pattern, about in ((words.genre_phrase, "genre"), (words.meters.pattern, "metre")):
        for match in list(phrases.find(pattern)):
            phrases.take(match, about)
    others = [style for style in styles if style != "waltz"]
    return next(iter([*others, *styles]), None), meters[0] if meters else None


def _pace_of_style(phrases: Phrases, words: Vocabulary) -> str | None:
    """A pace that goes with the name of a style: a jazz ballad is slow jazz."""
    match = next(phrases.find(words.genre_paces.pattern), None)
    return None if match is None else str(words.genre_paces.meaning(match[0]))


def _moods_of_style(phrases: Phrases, words: Vocabulary) -> list[str]:
    """Moods that begin the name of a style: dark ambient is dark."""
    names = [match[0].strip() for match in phrases.find(words.genres.pattern)]
    moods = [words.moods.pattern.match(name) for name in names]
    return [words.moods.meaning(mood[0]) for mood in moods if mood is not None]


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
