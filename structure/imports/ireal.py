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
from structure.imports.shaping import chord_of, decode_any_text
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
    found = _LINK.search(decode_any_text(data))
    if found is None:
        raise MusicFileError("there is no link irealb:// in it; nothing could be taken")
    # ``%20`` is a space
    plain = re.sub(rb"%([0-9A-Fa-f]{2})", lambda sign: bytes([int(sign[1], 16)]), found[2].encode())
    chart, *others = plain.decode("utf-8", errors="replace").split("===")

    fields = chart.split("=")
    if found[1] == "book" and len(fields) >= 6:
        title, style, key, music = fields[0], fields[2], fields[4], fields[5]
        tempo = ""
    elif len(fields) >= 7 and fields[6].startswith(_MAGIC):
        title, style, key, music = (
            fields[0],
            fields[3],
            fields[4],
            unscramble(fields[6].removeprefix(_MAGIC)),
        )
        tempo = fields[8] if len(fields) > 8 else ""
    else:
        raise MusicFileError("the chart of the link cannot be read; nothing could be taken")

    left_out = [LeftOut("", f"{len(others)} more in the link; the first chart was taken")] if others else []
    for short, signs in _SHORTHANDS:
        music = music.replace(short, signs)
    # small chords in brackets are those that others may play
    if small := re.findall(r"\([^()]*\)", music):
        left_out.append(LeftOut("", f"{', '.join(dict.fromkeys(small))} may be played instead"))
    music = re.sub(r"\([^()]*\)", " ", music)
    written, meter = _bars(music, left_out)
    if not any(bar.chords for bar in written):
        raise MusicFileError("the chart has no chords; nothing could be taken")

    # In the order in which the bars sound, what is repeated comes twice, with its endings.
    bars: list[_Bar] = []
    start = 0
    for index, bar in enumerate(written):
        start = index if bar.opens else start
        bars.append(bar)
        if bar.closes:
            until = next((i for i in range(start, index + 1) if written[i].ending == 1), index + 1)
            bars += written[start:until]
            start = index + 1
    return _song(path, (title, style, key, tempo), bars, meter, left_out)


def unscramble(music: str) -> str:
    """Return the bars of a link in their order, or out of it: doing it twice changes nothing."""
    found = ""
    while len(music) > _STRETCH:
        signs, music = list(music[:_STRETCH]), music[_STRETCH:]
        # a stretch that is followed by a single sign is not turned
        for place in (*range(5), *range(10, 24)) if len(music) > 1 else ():
            other = _STRETCH - 1 - place
            signs[place], signs[other] = signs[other], signs[place]
        found += "".join(signs)
    return found + music


def _bars(music: str, left_out: list[LeftOut]) -> tuple[list[_Bar], tuple[int, int]]:
    """Return the bars as they are written, and the metre; ``music`` has neither shorthands nor brackets."""
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
            symbol = token["chord"]
            if symbol.startswith("W/"):  # a bass alone goes under the chord before
                before = next((c for one in (bar, *reversed(bars)) for c in reversed(one.chords)), "")
                symbol = f"{before.partition('/')[0]}{symbol[1:]}"
            if chord_of(symbol) is None:
                left_out.append(LeftOut(f"bar {len(bars) + 1}", f"{symbol} is no chord that is known"))
                symbol = "/"  # which holds the one before
            bar.chords.append(symbol)
    return [one for one in (*bars, bar) if one.chords], meter


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
    ends = [*(number for number, _ in marks), len(bars)][1:]  # none where no bar has a letter
    sections = [
        ImportedSection(length * start, length * end, _NAMES.get(letter, f"part_{letter.lower()}"), letter)
        for (start, letter), end in zip(marks, ends, strict=True)
    ]
    try:
        name = parse_key(f"{key.removesuffix('-')} {'minor' if key.endswith('-') else 'major'}").name
    except ValueError:
        name = "C major"
    speed = int(tempo) if tempo.isdigit() else 0
    return ImportedSong(
        path,
        "iReal Pro",
        title=title[:120],
        tempi=(ImportedTempo(Fraction(0), Fraction(speed)),) if 30 <= speed <= 300 else (),
        metres=(ImportedMeter(Fraction(0), *meter),),
        keys=(ImportedKey(Fraction(0), name),) if key else (),
        chords=tuple(chords),
        sections=tuple(sections),
        end=length * len(bars),
        style=style,
        guesses=(Guess("lengths of chords", "equal in each bar", "the chart is read by its bars"),),
        left_out=tuple(left_out),
    )
