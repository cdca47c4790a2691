"""Find the figures of a sentence: times, tempos, keys, metres, decades, bars, chords, forms in letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from structure.base.grid import Meter
from structure.description.words.phrases import NUMBER, number_value


@dataclass(frozen=True, slots=True)
class Figure:
    """What a range of a text says in figures.

    ``kind`` is ``title``, ``name``, ``seconds``, ``period``, ``tempo``, ``bar``, ``bar_range``, ``bars``,
    ``times``, ``meter``, ``key``, ``era``, ``harmony``, ``form`` or ``number``. ``value`` depends on it:
    for ``tempo`` it is the beats a minute and the lowest and the highest allowed, which may both be None.
    ``start`` and ``end`` are positions in the text.
    """

    kind: str
    value: Any
    start: int
    end: int


_FLAGS = re.IGNORECASE
_END = r"(?=\s*(?:[,.;:)\]!?\n]|$))"
_FIGURE = r"\d+(?:[.,]\d+)?"
_MIN = r"(?:minutes?|mins?\b\.?|m\b)"
_SEC = r"(?:seconds?|secs?\b\.?|s\b)"
_LONG = r"(?:[\s-]+long\b)?"

_QUOTED = re.compile(
    r"""(?:\b(?:called|titled|named|entitled|title(?:\s+is)?:?)\s+)?(?<!\w)(?P<q>["'])(?P<title>[^"]{1,118}?)(?P=q)(?!\w)""",
    _FLAGS,
)
_CALLED = re.compile(
    r"\b(?:called|titled|named|entitled|title(?:\s+is)?\s*:|title is|"
    r"(?:call|name)\s+(?:it|this|the\s+song))\s*:?\s+"
    r"(?P<title>[^,.;:!?\n\"]{1,80}?)"
    r"(?=\s*(?:[,.;:!?\n]|$)|\s+(?:with|at|for|about|that|which|featuring|using|lasting|without|in\s+[A-Ga-g]\b|in\s+\d|-)\s)",
    _FLAGS,
)
_CLOCK = re.compile(
    r"(?<![\d:/])(?:(?P<min>\d{1,2})|(?<!\w)):(?P<sec>[0-5]\d)(?!\d|:\d)(?:\s+(?:long|minutes|mins?)\b)?"
)
_PERIOD = re.compile(
    r"(?<![\d:/])(?:\bfrom\s+)?(?P<min>\d{1,2}):(?P<sec>[0-5]\d)\s*(?:-|to|until|till)\s*"
    r"(?P<to_min>\d{1,2}):(?P<to_sec>[0-5]\d)(?![\d:])",
    _FLAGS,
)
_NAME = re.compile(
    r"\b(?:like|in\s+the\s+style\s+of|style\s+of|inspired\s+by|influenced\s+by|similar\s+to|reminiscent\s+of|sounds?\s+like|à\s+la|a\s+la)\s+"
    r"(?P<name>(?-i:(?:(?:the|The|of|and|&|von|van|de)\s+)?[A-ZÀ-Þ][\w'.-]*(?:\s+(?:(?:and|of|&|the|von|van|de)\s+)?[A-ZÀ-Þ][\w'.-]*)*))",
    _FLAGS,
)
_COMPACT = re.compile(
    rf"\b(?P<min>\d{{1,2}})\s?(?:m|min|mins|minutes?|')\s?(?:and\s+)?(?P<sec>[0-5]?\d)\s?(?:{_SEC}|\b){_LONG}",
    _FLAGS,
)
_HALVES = re.compile(
    rf"\b(?P<min>{NUMBER}|an?)(?:[\s-]+and[\s-]+a[\s-]+half[\s-]+minutes?|[\s-]+minutes?[\s-]+and[\s-]+a[\s-]+half)\b{_LONG}",
    _FLAGS,
)
_HALF = re.compile(rf"\b(?:a\s+)?(?P<half>half)[\s-]+(?:an?[\s-]+)?minute\b{_LONG}", _FLAGS)
_HOURS = re.compile(rf"\b(?:(?:a\s+)?(?P<quarter>quarter\s+of)\s+|half\s+)an\s+hour\b{_LONG}", _FLAGS)
_MINUTES = re.compile(
    rf"\b(?P<min>{NUMBER}|an?)[\s-]*{_MIN}(?!\w)"
    rf"(?:,?\s+(?:and\s+)?(?P<sec>{NUMBER})[\s-]*{_SEC}(?!\w)|[\s-]+(?P<rest>{NUMBER})(?=\s*(?:[,.;:!?)]|$)))?"
    rf"{_LONG}",
    _FLAGS,
)
_SECONDS = re.compile(
    rf"\b(?!(?:808|909|303)s)(?![a-z]+s\b)(?P<sec>{NUMBER})[\s-]*(?:seconds?|secs?\b\.?|s\b){_LONG}", _FLAGS
)
_SECONDS_RANGE = re.compile(
    rf"\b(?:between\s+(?P<low>{NUMBER})\s+and|(?<!from\s)(?P<low2>{NUMBER})\s*(?:-|to|or))\s*"
    rf"(?P<high>{NUMBER})[\s-]*(?:(?P<min>{_MIN})(?!\w)|seconds?|secs?\b\.?){_LONG}",
    _FLAGS,
)
_THING = (
    r"jingle|intro|outro|song|clip|loop|track|long|ad|spot|video|cue|bumper|sting|stinger|trailer|commercial|"
    r"piece|instrumental|verse|chorus|drop|build|bed|teaser|theme|logo|version|edit|tune|solo|bridge|breakdown"
)

_AROUND = r"(?:around|about|roughly|circa|approximately|approx\.?|ca\.?|~|near|some|say)\s*"
_BPM = r"(?:bpm|beats?\s+(?:per|a)\s+minute)"
_BETWEEN = re.compile(
    rf"\b(?:(?:at|tempo)\s+)?(?:somewhere\s+)?(?:between|from)\s+(?P<low>{_FIGURE})\s*{_BPM}?\s*(?:and|to|-)\s*(?P<high>{_FIGURE})(?!\d|:|/)(?:[\s-]*{_BPM}\b)?(?!\s*(?:bars?|seconds?|minutes?|s\b|measures?))",
    _FLAGS,
)
_RANGE = re.compile(
    rf"(?:\b(?:at|tempo|bpm)\s*:?\s*)?(?P<around>{_AROUND})?(?<![\d:/])(?P<low>\d{{2,3}})\s*(?:-|to|/)\s*(?P<high>\d{{2,3}})(?![\d:/])(?P<unit>[\s-]*{_BPM}\b)?",
    _FLAGS,
)
_TEMPO = re.compile(
    rf"(?:\b(?:at|with|tempo(?:\s+(?:of|is))?)\s*:?\s*)?(?P<around>{_AROUND})?(?<![\d:/])\b(?P<low>{NUMBER})(?P<ish>[\s-]?ish)?[\s-]*{_BPM}\b",
    _FLAGS,
)
_LABELLED = re.compile(
    rf"\b(?:bpm|tempo)(?:\s+(?:of|is|at|drops?|falls?|slows?|goes|rises?|jumps?|changes?|down|up|to))*\s*[:=]?\s*(?P<around>{_AROUND})?(?P<low>\d{{2,3}}(?:\.\d+)?)(?![\d:/]|\s*bars?\b)",
    _FLAGS,
)
_AT = re.compile(
    rf"\bat\s+(?:a\s+)?(?P<around>{_AROUND})?(?P<low>\d{{2,3}}(?:\.\d+)?)(?![\d:%/]|\.\d|\s*(?:seconds?|secs?|s\b|bars?|minutes?|mins?|percent|hz|khz|db)\b)",
    _FLAGS,
)
_LONE = re.compile(
    rf"(?:(?<=^)|(?<=[,;.(!?\n]))\s*(?P<around>{_AROUND})?(?P<low>\d{{2,3}})(?P<ish>[\s-]?ish)?(?=\s*(?:[,;)\n]|\.(?:\s|$)|$))",
    _FLAGS,
)

_BAR = re.compile(
    rf"\b(?:bar|measure)\s+(?:number\s+|no\.?\s+)?(?P<n>\d{{1,3}}|(?!one\b){NUMBER})\b(?!\s*(?:bars?|/|-))",
    _FLAGS,
)
_BAR_RANGE = re.compile(
    rf"\b(?:(?:at|from|between|in|over|during|for)\s+)?(?:the\s+)?(?:bars?|measures?)\s+(?P<n>{NUMBER})\s*"
    r"(?:[-–]|\b(?:to|up\s+to|until|till|through|thru|and)\b)\s*"
    rf"(?:(?:(?:bars?|measures?)\s+)?(?P<last>{NUMBER})\b(?!\s*(?:/|-|bpm\b|bars?\b|beats?\b))"
    r"|(?:the\s+)?(?P<open>end|ending|close|finish)\b)",
    _FLAGS,
)
_ORDINALS = [
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
]
_NTH_BAR = re.compile(
    rf"\b(?P<n>{'|'.join(_ORDINALS[2:])}|\d{{1,3}}(?:st|nd|rd|th))\s+(?:bar|measure)\b", _FLAGS
)
_BARS = re.compile(
    rf"\b(?P<n>{NUMBER})[\s-]*(?:full\s+|whole\s+)?(?:bars?|measures?)\b(?![\s-]+(?:blues|form|pattern|phrase|loop))(?:[\s-]+(?:long|each))?",
    _FLAGS,
)
_BEATS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "nine": 9, "twelve": 12}
_UNITS = {"four": 4, "eight": 8}
_METER = re.compile(
    r"(?:\bin\s+)?(?<![\d/])(?P<meter>\d{1,2}\s?/\s?(?:2|4|8|16))(?![\d/])(?:\s+(?:time(?:\s+signature)?|metre|meter|signature|beat)\b)?",
    _FLAGS,
)
_SPOKEN = re.compile(
    rf"\b(?:in\s+)?(?P<beats>{'|'.join(_BEATS)})[\s-](?P<unit>{'|'.join(_UNITS)})\b(?:[\s-]time\b)?", _FLAGS
)
_COUNT = re.compile(rf"\bin\s+(?P<count>three|five|seven|3|5|7){_END}", _FLAGS)
_COUNTED = {"three": "3/4", "3": "3/4", "five": "5/4", "5": "5/4", "seven": "7/8", "7": "7/8"}

_ACCIDENTAL = r"(?:[\s-]?(?P<accidental>#|sharp|flat)|(?P<b>b)(?![^\W_])|(?P<bm>b)(?=m\b))?"
_MODES = {
    "major": "major",
    "maj": "major",
    "ionian": "major",
    "lydian": "lydian",
    "mixolydian": "mixolydian",
    "minor": "minor",
    "min": "minor",
    "aeolian": "minor",
    "dorian": "dorian",
    "phrygian": "phrygian",
    "locrian": "locrian",
}
_IN = (
    r"(?P<in>\b(?:in\s+(?:open\s+|the\s+)?(?:key\s+of\s+)?|(?:key|tonality)\s*(?:of|is|:|=|to)?\s*|to\s+))"
)
_KEY = re.compile(
    rf"{_IN}?(?<![\w#])(?P<letter>[A-Ga-g]){_ACCIDENTAL}[\s-]?(?:(?:harmonic|natural|melodic)\s)?(?P<mode>{'|'.join(_MODES)})\b(?:\s(?:harmonic|melodic)\b)?(?!\s+(?:third|second|sixth|seventh|chord|mood|setback|tweak))",
    _FLAGS,
)
_SHORT_KEY = re.compile(rf"{_IN}?(?<![\w#])(?P<letter>[A-Ga-g])(?P<accidental>#|b)?m(?![\w'#])", _FLAGS)
_BARE_KEY = re.compile(
    rf"{_IN}?(?<![\w#])(?P<letter>[A-Ga-g])(?:[\s-]?(?P<accidental>#|sharp|flat)|(?P<b>b)(?![^\W_]))?(?![\w#'&-])",
    _FLAGS,
)

_DECADES = ("twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_YEAR = re.compile(
    r"(?:\b(?:in|from|like|circa|around|of)\s+)?\b(?P<decade>19[2-9]|20[0-2])\d\b(?!\s*(?:bars?|seconds?|s\b|hz))",
    _FLAGS,
)
_ERA = re.compile(
    rf"(?:\b(?:from|of|in)\s+the\s+|\bthe\s+)?(?:\b(?:early|mid|late)[\s-]+)?"
    rf"(?:(?<![\d'])'?(?P<century>19|20)?(?P<decade>\d0)'?s\b|\b(?P<name>{'|'.join(_DECADES)})\b)(?:[\s-]+style\b)?",
    _FLAGS,
)
_ROMAN = r"[b#]?(?:VII|III|VI|IV|II|I|V)(?:maj7|m7|7|°|dim)?"
_ROMANS = re.compile(
    rf"(?<![\w'])(?P<what>{_ROMAN}(?:\s*[-,>/ ]\s*{_ROMAN}){{2,}})(?![\w'])"
    r"(?:\s+(?:progression|chords|loop|changes))?",
    _FLAGS,
)
_QUALITY = (
    r"(?:m7b5|mmaj7|maj(?:7#11|7|9|11|13)?|m(?:6|7|9|11|13)?|min7?"
    r"|dim7?|aug7?|7sus4|sus[24]?|add(?:9|11)|7(?:[b#](?:5|9|11|13)|alt)|6/?9|[5679]|11|13)"
)
_CHORD = rf"[A-G][#b]?{_QUALITY}?(?:/[A-G][#b]?(?![\w#]))?"
_TO_CHORD = r"(?:\s*[-–|,]\s*|\s+)"
_CHORDS = re.compile(
    rf"(?<![\w#])(?P<what>{_CHORD}(?:{_TO_CHORD}{_CHORD}){{2,}}"
    rf"|[A-G][#b]?{_QUALITY}(?:{_TO_CHORD}|\s+(?:and|to)\s+)[A-G][#b]?{_QUALITY})"
    r"(?![\w#])(?:\s+(?:progression|chords|loop|vamp))?"
)
_WHOLE_CHORD = r"[A-Ga-g](?:[\s-]?(?:sharp|flat)|[#b])?[\s-]?(?:major|minor)"
_KEYS_IN_TURN = re.compile(
    rf"(?<![\w#])(?P<what>{_WHOLE_CHORD}(?:(?:\s*[-–|,]\s*|\s+(?:and\s+|to\s+)?|,\s+and\s+){_WHOLE_CHORD}){{2,}})\b"
    r"(?:\s+(?:progression|chords|loop|vamp))?",
    _FLAGS,
)
_DEGREE = r"(?:[1-7]|one|two|three|four|five|six|seven)"
_DEGREES = re.compile(
    rf"(?<![\w:/.,-])(?!(?:1\s+2\s+3|one\s+two\s+three)\b)(?P<what>{_DEGREE}(?:[\s-]+{_DEGREE}){{2,5}})"
    r"(?:\s+(?:chord\s+)?(?:progression|changes|chords)\b|(?![\w:/%-])(?=\s*(?:[,.;]|$)))",
    _FLAGS,
)
_ROMAN_OF_DEGREE = ("I", "ii", "iii", "IV", "V", "vi", "vii")
_BETWEEN_LETTERS = r"(?:[\s-]|\s*[/|>→–]\s*|,?\s+(?:and\s+)?then\s+(?:back\s+to\s+)?)?"
_LETTERS = re.compile(
    rf"(?<!\w)(?P<what>A(?:{_BETWEEN_LETTERS}[A-E](?:\s+again|\s+one\s+last\s+time)?){{2,}})(?!\w)"
    r"(?:[\s-]+(?:form|structure|shape))?"
)
_SMALL_LETTERS = re.compile(r"(?<!\w)(?P<what>a[ab][a-e]{1,6})(?!\w)(?:[\s-]+(?:form|structure|shape))?")
_TIMES = re.compile(
    r"(?:\bx\s?(?P<a>\d)\b|\b(?P<b>\d)\s?x\b|\b(?P<n>\d|four|five|six|seven|eight)\s+times\b(?!\s+as\b)|\b(?P<w>twice|thrice|two\s+times|three\s+times|(?:is|gets)\s+repeated)\b(?!\s+as\b))",
    _FLAGS,
)
_LONE_MINUTE = re.compile(r"(?<=\b(?:first|final)\s)minute\b|(?<=\b(?:last)\s)minute\b", _FLAGS)
_NUMBER = re.compile(rf"\b(?P<n>{NUMBER})\b", _FLAGS)

Reader = Callable[[re.Match[str]], Any]


def find_figures(text: str) -> tuple[Figure, ...]:
    """Return the figures of a text in order, none of which overlap.

    Kinds are looked for one after another, the surest first; the first one that is found in a range has it.
    """
    found: list[Figure] = []
    for kind, pattern, read in _READERS:
        for match in pattern.finditer(text):
            if any(match.start() < other.end and other.start < match.end() for other in found):
                continue
            value = read(match)
            if value is not None:  # a figure is without the blanks around it
                start = match.end() - len(match[0].lstrip())
                found.append(Figure(kind, value, start, start + len(match[0].strip())))
    return tuple(sorted(found, key=lambda figure: figure.start))


def _title(match: re.Match[str]) -> str | None:
    return match["title"].strip() or None


def _name(match: re.Match[str]) -> str | None:
    """Return the musician named in "like Miles Davis", None where a decade stands there."""
    name = match["name"]
    return None if re.match(r"(?:the\s+)?(?:19|20)?\d0", name) else name


def _seconds_of(minutes: str | None, seconds: str | None) -> float:
    return 60 * (_number(minutes) if minutes else 0.0) + (_number(seconds) if seconds else 0.0)


def _number(text: str) -> float:
    return 1.0 if text.lower() in ("a", "an") else number_value(text.lower().replace(",", "."))


def _number_of(match: re.Match[str]) -> float:
    return _number(match["n"])


def _clock(match: re.Match[str]) -> float:
    return _seconds_of(match["min"], match["sec"])


def _period(match: re.Match[str]) -> tuple[float, float] | None:
    """Return the seconds from which up to which something lasts; None for a time that runs backwards."""
    start, end = _clock(match), _seconds_of(match["to_min"], match["to_sec"])
    return (start, end) if start < end else None


def _minutes(match: re.Match[str]) -> float | None:
    of_beats = re.search(r"\bbeats\s+$", match.string[: match.start()], _FLAGS) is not None
    if match["min"].lower() in ("a", "an") and (of_beats or "min" not in match[0].lower()):
        return None  # "beats a minute", "Am"
    return _seconds_of(match["min"], match["sec"] or match["rest"])


def _halves(match: re.Match[str]) -> float:
    return _seconds_of(match["min"], None) + 30.0


def _hours(match: re.Match[str]) -> float:
    return 900.0 if match["quarter"] else 1800.0


def _plain_seconds(match: re.Match[str]) -> float | None:
    """Return a number of seconds, None for the decade of "80s".

    A "30s" is a length in "30s jingle" and "for 30s", and a decade in "30s swing".
    """
    said = match[0].strip()
    if re.fullmatch(r"(?:19|20)\d0s", said, _FLAGS):
        return None
    if re.fullmatch(r"\d0s", said, _FLAGS):
        before, behind = match.string[: match.start()].lower(), match.string[match.end() :].lower()
        if re.search(r"(?:\bthe|'|\bearly|\bmid|\blate)\s*-?$", before):
            return None
        is_of_thing = re.match(rf"[\s-]*(?:{_THING})\b", behind) or re.search(
            r"\b(?:for|lasts|lasting|length:?|after|at|exactly|only)\s+$", before
        )
        ends = int(match["sec"]) <= 50 and re.match(r"\s*(?:[,.;]|$)", behind)
        if not (is_of_thing or ends):
            return None
    return _number(match["sec"])


def _range_of_seconds(match: re.Match[str]) -> float | None:
    """Return the middle of a range of lengths, "2 to 3 minutes", in seconds; None where it is none."""
    low, high = _number(match["low"] or match["low2"]), _number(match["high"])
    return (low + high) / 2 * (60 if match["min"] else 1) if low < high else None


def _range(match: re.Match[str]) -> tuple[float, float, float] | None:
    """Return the middle, the lowest and the highest of a range of tempos; None where it is none."""
    low, high = _number(match["low"]), _number(match["high"])
    said = (
        match.groupdict().get("unit", "bpm")
        or match.groupdict().get("around")
        or "tempo" in match[0].lower()
    )
    ends = re.fullmatch(r"\s*[,;.)]?", match.string[match.end() :][:1])
    return ((low + high) / 2, low, high) if 30 <= low < high <= 300 and (said or ends) else None


def _tempo(match: re.Match[str]) -> tuple[float, float | None, float | None] | None:
    tempo = _number(match["low"])
    if not 30 <= tempo <= 300:
        return None
    is_vague = match["around"] or match.groupdict().get("ish")
    return (tempo, tempo - 5, tempo + 5) if is_vague else (tempo, None, None)


def _nth_bar(match: re.Match[str]) -> int:
    """Return the number of a bar: of "bar 9", "9th bar" or "third bar"."""
    name = match["n"].lower()
    digits = re.match(r"\d+", name)
    if digits:
        return int(digits[0])
    return _ORDINALS.index(name) + 1 if name in _ORDINALS else int(number_value(name))


def _bar_range(match: re.Match[str]) -> tuple[int, int | None] | None:
    """Return the first and the last bar of "bars 9-16", None for the last where it is the song's.

    There is no range in bars that run backwards, and none in "bar 9 and bar 17".
    """
    first = int(_number(match["n"]))
    last = None if match["open"] else int(_number(match["last"]))
    is_pair = " and " in match[0].lower() and not match[0].lower().startswith("between")
    return (first, last) if first >= 1 and not is_pair and (last is None or first < last) else None


def _meter(match: re.Match[str]) -> str | None:
    try:
        return str(Meter.parse(match["meter"]))
    except ValueError:  # such as 24/7
        return None


def _name_meter(match: re.Match[str]) -> str:
    """Return the metre that words name: "6/8" for "six-eight", "3/4" for "in three"."""
    if "count" in match.groupdict():
        return _COUNTED[match["count"].lower()]
    return f"{_BEATS[match['beats'].lower()]}/{_UNITS[match['unit'].lower()]}"


def _key_name(match: re.Match[str], mode: str) -> str:
    groups = match.groupdict()
    accidental = (groups.get("accidental") or "").lower()
    sign = (
        "#"
        if accidental in ("#", "sharp")
        else "b"
        if accidental or groups.get("b") or groups.get("bm")
        else ""
    )
    return f"{match['letter'].upper()}{sign} {mode}"


def _key(match: re.Match[str]) -> str | None:
    """Return the key of "in A minor", None for "in a minor mood" and "in a minor key", which name none."""
    behind = match.string[match.end() :]
    if match["letter"] == "a" and not match["accidental"] and not match["b"]:
        phrase_ends = re.match(
            r"\s*(?:[,.;:)\]\n-]|$|(?:at|with|and|around|about|for|in|of|to|by|on|lasting|no|without|then|key|scale)\b)",
            behind,
            _FLAGS,
        )
        begins = re.search(r"(?:^|[,.;:(\n])\s*$", match.string[: match.start("letter")])
        is_article = re.match(r"\s*(?:key|scale|mode|tonality)\b", behind, _FLAGS)
        if not ((match["in"] or begins) and phrase_ends) or is_article:
            return None
    return _key_name(match, _MODES[match["mode"].lower()])


def _short_key(match: re.Match[str]) -> str | None:
    """Return the minor key of "Am", None for the "am" of "I am"."""
    alone = re.search(r"(?:^|[,.;:(\n])\s*$", match.string[: match.start("letter")]) and re.match(
        r"\s*(?:[,.;:)\n]|$)", match.string[match.end() :]
    )
    capital = match["letter"].isupper()
    sure = match["accidental"] or (
        capital and (match["in"] or alone or not re.search(r"\bI\s+$", match.string[: match.start()]))
    )
    return _key_name(match, "minor") if sure else None


def _bare_key(match: re.Match[str]) -> str | None:
    """Return the major key of a note without a mode, as in "in D" or "Bb"; None where it is no key.

    It is a key where "in" or an accidental says so, and not where an instrument or a chord follows.
    """
    behind = match.string[match.end() :]
    if re.match(r"\s*(?:instruments?|clarinet|trumpet|sax|tuning|chord|note)\b", behind, _FLAGS):
        return None
    said, is_capital = (match["in"] or "").lower(), match["letter"].isupper()
    if match["accidental"] or match["b"]:
        is_key = said or is_capital or (match["accidental"] or "").lower() in ("#", "sharp", "flat")
    else:
        phrase_ends = re.match(
            r"\s*(?:[,.;:)\]\n]|$|(?:at|with|and|or|around|about|for|in|no|without|then|all|throughout|from|until|but|please)\b)",
            behind,
        )
        is_key = said and phrase_ends and (is_capital or "key" in said)
        if not said and is_capital and match["letter"] not in "AB":  # "march, D, 120 bpm"
            in_front = re.search(r"(?<![A-H])[,;]\s*$", match.string[: match.start()])
            is_key = in_front and re.match(r"\s*[,;.](?!\s*[A-H]\b)", behind)
    return _key_name(match, "major") if is_key else None


def _era(match: re.Match[str]) -> str:
    decade = 20 + 10 * _DECADES.index(match["name"].lower()) if match["name"] else int(match["decade"])
    century = int(match["century"] or (19 if decade >= 20 else 20))
    return f"{century}{decade:02d}s"


def _chords(match: re.Match[str]) -> str | None:
    """Return the chords or the numerals of a progression; None for letters alone, which name a form."""
    said = re.sub(r"\s+(?:and|to)\s+", " ", match["what"].strip())
    names = re.split(r"[\s,|>–-]+|/(?![A-G])", said)  # the bass of "C/E" stays
    return None if all(len(name) == 1 for name in names) and names[0] == "A" else " ".join(names)


def _keys_in_turn(match: re.Match[str]) -> str:
    """Return the chords of "A minor, F major, C major": three keys in a row are a progression."""
    chords = []
    for name in re.findall(_WHOLE_CHORD, match["what"], _FLAGS):
        sign = "#" if re.search(r"#|sharp", name) else "b" if re.search(r"(?<=.)b|flat", name) else ""
        chords.append(name[0].upper() + sign + ("m" if name.lower().endswith("minor") else ""))
    return " ".join(chords)


def _degrees(match: re.Match[str]) -> str | None:
    """Return the numerals in major of "one four five" or "6 4 1 5"; None where digits are no progression.

    Without a word such as "progression" digits may count bars.
    """
    said = re.split(r"[\s-]+", match["what"].lower())
    if said[0].isdigit() and match.end() == match.end("what"):
        return None
    return " ".join(_ROMAN_OF_DEGREE[int(_WRITTEN_DEGREES.get(word, word)) - 1] for word in said)


_WRITTEN_DEGREES = {
    word: str(n) for n, word in enumerate(("one", "two", "three", "four", "five", "six", "seven"), start=1)
}


def _letters(match: re.Match[str]) -> str | None:
    said = match["what"]
    letters = said.upper() if said.isalpha() else "".join(re.findall(r"\b[A-E]+\b", said))
    if letters == "AABA":
        return "aaba"
    in_turn = "".join(dict.fromkeys(letters))
    return " ".join(letters) if "B" in letters and "ABCDE".startswith(in_turn) else None


def _times(match: re.Match[str]) -> float:
    if match["w"]:
        return 3.0 if match["w"].lower().startswith("th") else 2.0
    return number_value((match["a"] or match["b"] or match["n"]).lower())


_READERS: tuple[tuple[str, re.Pattern[str], Reader], ...] = (
    ("title", _QUOTED, _title),
    ("title", _CALLED, _title),
    ("name", _NAME, _name),
    ("seconds", _SECONDS_RANGE, _range_of_seconds),
    ("bar_range", _BAR_RANGE, _bar_range),
    ("tempo", _BETWEEN, _range),
    ("tempo", _RANGE, _range),
    ("tempo", _TEMPO, _tempo),
    ("tempo", _LABELLED, _tempo),
    ("period", _PERIOD, _period),
    ("seconds", _CLOCK, _clock),
    ("seconds", _HOURS, _hours),
    ("seconds", _HALVES, _halves),
    ("seconds", _HALF, lambda _: 30.0),
    ("seconds", _COMPACT, _clock),
    ("seconds", _MINUTES, _minutes),
    ("seconds", _SECONDS, _plain_seconds),
    ("seconds", _LONE_MINUTE, lambda _: 60.0),
    ("era", _ERA, _era),
    ("era", _YEAR, lambda match: f"{match['decade']}0s"),
    ("bar", _BAR, _nth_bar),
    ("bar", _NTH_BAR, _nth_bar),
    ("bars", _BARS, _number_of),
    ("tempo", _AT, _tempo),
    ("tempo", _LONE, _tempo),
    ("meter", _METER, _meter),
    ("meter", _SPOKEN, _name_meter),
    ("meter", _COUNT, _name_meter),
    ("harmony", _ROMANS, _chords),
    ("harmony", _CHORDS, _chords),
    ("harmony", _KEYS_IN_TURN, _keys_in_turn),
    ("harmony", _DEGREES, _degrees),
    ("form", _LETTERS, _letters),
    ("form", _SMALL_LETTERS, _letters),
    ("key", _KEY, _key),
    ("key", _SHORT_KEY, _short_key),
    ("key", _BARE_KEY, _bare_key),
    ("times", _TIMES, _times),
    ("number", _NUMBER, _number_of),
)
