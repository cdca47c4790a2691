"""Reads what a sentence measures: length, tempo, metre, key and era."""

from __future__ import annotations

import re

from structure.base.grid import Meter
from structure.base.lengths import SongLength, parse_length
from structure.description.phrases import NUMBER, Phrases, number_value

_MIN = r"(?:minutes?|mins?)"
_SEC = r"(?:seconds?|secs?)"
_CLOCK = re.compile(r"(?<![\d:/])\d{1,2}:\d{2}(?::\d{2})?(?![\d:])(?:\s+(?:long|minutes|min)\b)?")
_MINUTES = re.compile(
    rf"\b(?P<min>{NUMBER}|an?|half)(?P<half>[\s-]and[\s-]a[\s-]half)?[\s-]*(?:an?\s+)?{_MIN}\b"
    rf"(?P<late_half>\s+and\s+a\s+half)?"
    rf"(?:,?\s+(?:and\s+)?(?P<sec>{NUMBER})(?:[\s-]*{_SEC}\b|(?=\s*(?:[,.;]|$))))?(?:[\s-]+long\b)?"
)
_COMPACT = re.compile(r"\b(?P<min>\d{1,2})\s?m\s?(?P<sec>[0-5]\d)\s?s?\b")
_HOURS = re.compile(r"\b(?P<share>(?:a\s+)?quarter\s+of|half)\s+an\s+hour\b(?:[\s-]+long\b)?")
_SECONDS = re.compile(rf"\b(?P<sec>{NUMBER})(?:[\s-]*{_SEC}|\s+s)\b(?:[\s-]+long\b)?")
_SECTION = r"(?:intro|verse|pre-?chorus|chorus|bridge|solo|outro|drop|breakdown|build|loop|phrase|section)"
_BARS = re.compile(
    rf"\b(?P<bars>{NUMBER})[\s-]*(?:bars?|measures?)\b(?![\s-]+(?:blues|form|\w*\s?{_SECTION}|of))(?:[\s-]+long\b)?"
)
_BARS_OF_A_SECTION = re.compile(rf"{_SECTION}s?\s+(?:of|is|lasts|for|has|with)\s*$")

_BPM = re.compile(
    rf"(?:\b(?:at|around|about|circa|tempo)\s+|~\s*)*\b(?P<low>{NUMBER})(?:\s*(?:-|to)\s*(?P<high>\d+(?:\.\d+)?))?"
    r"[\s-]*(?:bpm|beats\s+(?:per|a)\s+minute)\b"
)
_BARE_TEMPO = re.compile(
    r"\b(?:at\s+(?:around\s+|about\s+)?|tempo(?:\s+(?:of|is|around|about|at))*\s*:?\s*)"
    r"(?P<low>\d{2,3}(?:\.\d+)?)(?P<high>)(?![\d:%/]|\.\d|\s*(?:seconds?|secs?|s|bars?|minutes?|mins?|percent|hz|khz|db)\b)"
)
_LONE_TEMPO = re.compile(r"(?:^|(?<=[,;]))\s*(?P<low>\d{2,3})(?P<high>)(?=\s*(?:[,;]|\.?\s*$))")

_METER = re.compile(
    r"(?:\bin\s+)?(?<![\d/])(?P<meter>\d{1,2}\s?/\s?\d{1,2})(?![\d/])(?:\s+(?:time|metre|meter)\b)?"
)
_COUNT = re.compile(r"\bin\s+(?P<count>three|five|seven|3|5|7)(?=\s*(?:[,.;]|$))")
_COUNTED = {"three": "3/4", "3": "3/4", "five": "5/4", "5": "5/4", "seven": "7/8", "7": "7/8"}

_NOTE = r"(?P<letter>[a-g])(?:[\s-]?(?P<accidental>#|b(?!\w)|b(?=m\b)|sharp|flat))?"
_IN = r"(?P<in>\b(?:in\s+(?:the\s+key\s+of\s+)?|key\s*(?:of|is|:)?\s+))"
_MAJOR = ("major", "maj", "ionian", "lydian", "mixolydian")
_MINOR = ("minor", "min", "aeolian", "dorian", "phrygian", "m")
_MODES = "|".join(sorted((*_MAJOR, *_MINOR), key=len, reverse=True))
_KEY = re.compile(
    rf"{_IN}?(?<!\w){_NOTE}[\s-]?(?P<mode>{_MODES})\b(?!\s+(?:key|mode|scale|third|chord|{_SECTION}))"
)
_KEY_OF_A_SECTION = re.compile(rf"(?<!\w){_NOTE}[\s-]?(?:{_MODES})(?=\s+{_SECTION})")
_KEY_ALONE = re.compile(
    rf"{_IN}{_NOTE}(?![\w#'-])(?=\s*(?:[,.;)\x00\x01]|$|at\b|with\b|and\b|around\b|for\b|in\b))"
)
_ENDS_A_PHRASE = re.compile(
    r"\s*(?:[,.;:)\x00\x01(-]|$|(?:at|with|and|around|about|for|in|of|to|by|on|lasting)\b)"
)


def read_length(text: Phrases) -> SongLength | None:
    """A length in minutes, seconds or bars. The length of one section is left alone."""
    for pattern in (_CLOCK, _COMPACT, _HOURS, _MINUTES, _SECONDS, _BARS):
        for match in text.find(pattern):
            if pattern is _BARS and _BARS_OF_A_SECTION.search(text.rest[: match.start()]):
                continue
            try:
                length = parse_length(_length_text(pattern, match))
            except ValueError:  # "2 seconds of silence" is not the length of a song
                continue
            text.take(match, "length")
            return length
    return None


def read_tempo(text: Phrases) -> float | None:
    """A tempo in figures, as beats a minute; of a range, its middle. A lone number is a tempo too."""
    for pattern in (_BPM, _BARE_TEMPO, _LONE_TEMPO):
        for match in text.find(pattern):
            low = number_value(match["low"])
            tempo = (low + float(match["high"])) / 2 if match["high"] else low
            if 30 <= tempo <= 300:
                text.take(match, "tempo")
                return tempo
    return None


_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_ERA = re.compile(
    rf"(?:\b(?:from|of|in)\s+the\s+)?(?:\b(?:early|mid|late)[\s-]+)?"
    rf"(?:(?<!\d)'?(?P<century>19|20)?(?P<decade>\d0)'?s\b|\b(?P<name>{'|'.join(_DECADES)})\b"
    r"|\b(?P<age>medieval|renaissance|victorian)\b)(?:[\s-]style\b)?"
)


def read_era(text: Phrases) -> str | None:
    """A decade as ``"1980s"``, or an age. Two digits are the 20th century's from the twenties on.

    The words stay to be read ("80s" belongs to a sound or a style as well) until :func:`take_era`.
    """
    for match in text.find(_ERA):
        if match["age"]:
            return match["age"]
        decade = 20 + 10 * _DECADES.index(match["name"]) if match["name"] else int(match["decade"])
        century = int(match["century"] or (19 if decade >= 20 else 20))
        return f"{century}{decade:02d}s"
    return None


def take_era(text: Phrases) -> None:
    """Mark the words of an era as understood, those that no other rule has used."""
    for match in text.find(_ERA):
        text.take(match, "era")


def family_of(key: str) -> str:
    """``"minor"`` or ``"major"``, by the third of a key that :func:`read_key` read."""
    return "minor" if key.split()[1] in _MINOR else "major"


def read_meter(text: Phrases) -> str | None:
    """A metre in figures (6/8), or counted ("in five")."""
    for match in text.find(_METER):
        try:
            meter = str(Meter.parse(match["meter"]))
        except ValueError:  # such as 24/7
            continue
        text.take(match, "metre")
        return meter
    for match in text.find(_COUNT):
        text.take(match, "metre")
        return _COUNTED[match["count"]]
    return None


def read_key(text: Phrases) -> str | None:
    """A key, as ``"F# minor"`` or ``"D dorian"``. A note without a mode is a major key. The key of a
    section ("A minor bridge") is not the song's, and is hidden from later rules."""
    for match in list(text.find(_KEY_OF_A_SECTION)):
        text.hide(match)
    for pattern in (_KEY, _KEY_ALONE):
        for match in text.find(pattern):
            if not _is_key(match, text.original, text.rest):
                continue
            word = match.groupdict().get("mode") or "major"
            mode = {"m": "minor", "min": "minor", "maj": "major"}.get(word, word)
            accidental = {"sharp": "#", "#": "#", "flat": "b", "b": "b"}.get(match["accidental"] or "", "")
            text.take(match, "key")
            return f"{match['letter'].upper()}{accidental} {mode}"
    return None


def _is_key(match: re.Match[str], original: str, rest: str) -> bool:
    """Tell "in A minor" from "in a minor mood", and "Am" from "I am"."""
    capital = original[match.start("letter")].isupper()
    mode = match.groupdict().get("mode")
    if match["accidental"]:
        return True
    if mode == "m" and capital and _stands_alone(rest, match):
        return True
    if mode is None or mode == "m":
        return capital and match["in"] is not None
    if match["letter"] == "a" and not capital:
        return match["in"] is not None and _ENDS_A_PHRASE.match(rest, match.end()) is not None
    return capital or match["in"] is not None


def _stands_alone(rest: str, match: re.Match[str]) -> bool:
    """True between commas: the "Em" of "dark, Em, slow"."""
    before, behind = rest[: match.start()].rstrip(), rest[match.end() :].lstrip()
    return (not before or before[-1] in ",;") and (not behind or behind[0] in ",;.")


def _length_text(pattern: re.Pattern[str], match: re.Match[str]) -> str:
    """A match in the form that :func:`structure.base.lengths.parse_length` reads."""
    if pattern is _CLOCK:
        return match[0].split()[0]
    if pattern is _COMPACT:
        return f"{match['min']} min {match['sec']} s"
    if pattern is _BARS:
        return f"{number_value(match['bars']):.0f} bars"
    if pattern is _HOURS:
        return "30 min" if match["share"] == "half" else "15 min"
    if pattern is _SECONDS:
        return f"{number_value(match['sec'])} s"
    minutes = {"half": 0.5, "a": 1.0, "an": 1.0}.get(match["min"]) or number_value(match["min"])
    minutes += 0.5 if match["half"] or match["late_half"] else 0.0
    seconds = number_value(match["sec"]) if match["sec"] else 0.0
    return f"{minutes * 60 + seconds} s"
