"""Reads charts of iReal Pro: a link ``irealb://…`` in a file, as an exported page has it.

Such a link has, between equals signs, title, composer, style, key and the bars. The bars are turned around
in stretches of fifty characters. Of several charts the first is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.harmony.keys import parse_key
from structure.imports.shaping import chord_of, decoded
from structure.imports.song import (
    Guess,
    ImportedChord,
    ImportedKey,
    ImportedMeter,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
    LeftOut,
)

_LINK = re.compile(r"ireal(b|book)://([^\"'<>\s]+)")
_MAGIC = "1r34LbKcu7"
_STRETCH = 50
_SHORTHANDS = (("Kcl", "| x"), ("LZ", " |"), ("XyQ", "   "))
_TOKEN = re.compile(
    r"\*(?P<section>[A-Za-z])|T(?P<time>\d\d)|N(?P<ending>\d)|<(?P<text>[^>]*)>|(?P<sign>[|\[\]{}Z,\sUYQSfls()])"
    r"|(?P<again>x)|(?P<twice>r)|(?P<held>p)|(?P<none>n)"
    r"|(?P<chord>[A-GW][#b]?(?:[-^h0-9o+#b]|sus|alt|add|maj|m|dim|aug)*(?:/[A-G][#b]?)?)|(?P<other>.)",
    re.DOTALL,
)
_NAMES = {"i": "intro", "A": "verse", "B": "bridge", "v": "verse", "C": "chorus"}


@dataclass(slots=True)
class _Bar:
    """One bar of a chart. ``section`` is the letter that stands above it, ``ending`` its number."""

    chords: list[str] = field(default_factory=list)
    section: str = ""
    ending: int = 0
    opens: bool = False
    closes: bool = False


def read_ireal(data: bytes, path: Path) -> ImportedSong:
    """Return the chords and the sections of a chart, with its repeats played.

    Raises MusicFileError where there is no link, or one that cannot be read.
    """
    found = _LINK.search(decoded(data))
    if found is None:
        raise MusicFileError("there is no link irealb:// in it; nothing could be taken")
    chart, *others = _unescaped(found[2]).split("===")
    fields = chart.split("=")
    if found[1] == "book" and len(fields) >= 6:
        title, style, key, music = fields[0], fields[2], fields[4], fields[5]
        tempo = ""
    elif len(fields) >= 7 and fields[6].startswith(_MAGIC):
        title, style, key, music = fields[0], fields[3], fields[4], turned(fields[6].removeprefix(_MAGIC))
        tempo = fields[8] if len(fields) > 8 else ""
    else:
        raise MusicFileError("the chart of the link cannot be read; nothing could be taken")
    left_out = [LeftOut("", f"{len(others)} more in the link; the first chart was taken")] if others else []
    bars, meter = _bars(music, left_out)
    if not any(bar.chords for bar in bars):
        raise MusicFileError("the chart has no chords; nothing could be taken")
    return _song(path, (title, style, key, tempo), _played(bars), meter, left_out)


def _unescaped(text: str) -> str:
    """Return a link with its escaped signs as they are: ``%20`` is a space."""
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda sign: bytes([int(sign[1], 16)]), text.encode())
    return data.decode("utf-8", errors="replace")


def turned(music: str) -> str:
    """Return the bars of a link in their order, or out of it: doing it twice changes nothing."""
    found = ""
    while len(music) > _STRETCH:
        part, music = music[:_STRETCH], music[_STRETCH:]
        found += part if len(music) < 2 else _turned_part(part)
    return found + music


def _turned_part(part: str) -> str:
    signs = list(part)
    for place in (*range(5), *range(10, 24)):
        other = _STRETCH - 1 - place
        signs[place], signs[other] = signs[other], signs[place]
    return "".join(signs)


def _bars(music: str, left_out: list[LeftOut]) -> tuple[list[_Bar], tuple[int, int]]:
    """Return the bars as they are written, and the metre."""
    music = _plain(music, left_out)
    meter, bars, bar = (4, 4), [], _Bar()
    for token in _TOKEN.finditer(music):
        sign = token["sign"] or ""
        if sign in ("|", "]", "}", "Z", "[", "{") and sign:
            bar.closes |= sign == "}"
            if bar.chords or bar.closes:
                bars.append(bar)
                bar = _Bar()
            bar.opens |= sign == "{"
        elif token["section"]:
            bar.section = token["section"]
        elif token["time"]:
            top, under = int(token["time"][:-1] or 4), int(token["time"][-1])
            meter = (12, 8) if token["time"] == "12" else (top, under)
        elif token["ending"]:
            bar.ending = int(token["ending"])
        elif token["again"] and bars:
            bar.chords += bars[-1].chords
        elif token["twice"] and len(bars) > 1:
            bars.append(_Bar(list(bars[-2].chords), bar.section))
            bar = _Bar(list(bars[-2].chords))
        elif token["held"] or token["none"]:
            bar.chords.append("/" if token["held"] else "N.C.")
        elif token["chord"]:
            before = next((c for one in (bar, *reversed(bars)) for c in reversed(one.chords)), "")
            bar.chords.append(_symbol(token["chord"], before, left_out, len(bars) + 1))
    if bar.chords:
        bars.append(bar)
    return [one for one in bars if one.chords], meter


def _plain(music: str, left_out: list[LeftOut]) -> str:
    """Return the bars without shorthands, and without the small chords in brackets that others may play."""
    for short, signs in _SHORTHANDS:
        music = music.replace(short, signs)
    if others := re.findall(r"\([^()]*\)", music):
        left_out.append(LeftOut("", f"{', '.join(dict.fromkeys(others))} may be played instead"))
    return re.sub(r"\([^()]*\)", " ", music)


def _symbol(text: str, before: str, left_out: list[LeftOut], number: int) -> str:
    """Return the symbol of a chord.

    A bass alone, ``W/E``, goes under the chord ``before``. A chord that is not known becomes a slash, which
    holds the one before.
    """
    if text.startswith("W/"):
        text = f"{before.partition('/')[0]}{text[1:]}"
    if chord_of(text) is None:
        left_out.append(LeftOut(f"bar {number}", f"{text} is no chord that is known"))
        return "/"
    return text


def _played(bars: Sequence[_Bar]) -> list[_Bar]:
    """Return the bars in the order in which they sound: what is repeated comes twice, with its endings."""
    found: list[_Bar] = []
    start = 0
    for index, bar in enumerate(bars):
        start = index if bar.opens else start
        found.append(bar)
        if bar.closes:
            until = next((i for i in range(start, index + 1) if bars[i].ending == 1), index + 1)
            found += bars[start:until]
            start = index + 1
    return found


def _song(
    path: Path,
    said: tuple[str, str, str, str],
    bars: Sequence[_Bar],
    meter: tuple[int, int],
    left_out: Sequence[LeftOut],
) -> ImportedSong:
    title, style, key, tempo = said
    length = Fraction(4 * meter[0], meter[1])
    chords = [
        ImportedChord(length * (number + Fraction(place, len(bar.chords))), found[0])
        for number, bar in enumerate(bars)
        for place, sign in enumerate(bar.chords)
        if (found := chord_of(sign)) is not None
    ]
    marks = [(number, bar.section) for number, bar in enumerate(bars) if bar.section]
    ends = [*(number for number, _ in marks[1:]), len(bars)]
    speed = int(tempo) if tempo.isdigit() else 0
    return ImportedSong(
        path,
        "iReal Pro",
        title=title[:120],
        tempi=(ImportedTempo(Fraction(0), Fraction(speed)),) if 30 <= speed <= 300 else (),
        metres=(ImportedMeter(Fraction(0), *meter),),
        keys=(ImportedKey(Fraction(0), _key(key)),) if key else (),
        chords=tuple(chords),
        sections=tuple(
            ImportedSection(
                length * start, length * end, _NAMES.get(letter, f"part_{letter.lower()}"), letter
            )
            for (start, letter), end in zip(marks, ends, strict=True)
        ),
        end=length * len(bars),
        style=style,
        guesses=(Guess("lengths of chords", "equal in each bar", "the chart is read by its bars"),),
        left_out=tuple(left_out),
    )


def _key(text: str) -> str:
    """Return our name for a key; C major for a text that is no key."""
    try:
        return parse_key(f"{text.removesuffix('-')} {'minor' if text.endswith('-') else 'major'}").name
    except ValueError:
        return "C major"


def _name(letter: str) -> str:
    """Return the name of the section that a letter marks."""
    return _NAMES.get(letter, f"part_{letter.lower()}")
