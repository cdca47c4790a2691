"""Reads words with chords: ChordPro, and sheets with a line of chords above each line of words.

Such a sheet has no lengths. A chord lasts a bar, or its share of one where bar lines stand between chords
or a line has more than four of them; the last of three lasts two bars. A line of words without chords holds
the chord before for two bars.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.harmony.chords import parse_symbol
from structure.harmony.hearing import hear_key
from structure.harmony.keys import parse_key
from structure.harmony.pitch import pitch_class
from structure.imports.shaping import chord_of, decode_any_text, section_name
from structure.imports.song import (
    Guess,
    ImportedChord,
    ImportedKey,
    ImportedLyric,
    ImportedMeter,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
    LeftOut,
)

_CROWDED = 4
"""Chords of a line from above which on two share a bar."""

_HELD_BARS = 2
"""Bars of a line of words without chords."""

_DIRECTIVE = re.compile(
    r"\{\s*(?P<name>[a-z_]+)(?:-[\w]+)?\s*(?:[:\s]\s*(?P<value>[^}]*))?\}", re.IGNORECASE
)
_HEADER = re.compile(r"\[(?P<a>[^\]]{2,40})\]|(?P<b>[A-Za-zÀ-ÿ][\w '’-]{2,30}):")
_INLINE = re.compile(r"\[([^\]\n]{1,16})\]")
_STARTS = {"soc": "Chorus", "sov": "Verse", "sob": "Bridge"}
_SECTIONS = {"intro", "verse", "prechorus", "chorus", "bridge", "solo", "interlude", "outro"}
"""What a comment may say that begins a section."""

_SHORT = {"t": "title", "st": "subtitle", "c": "comment", "ci": "comment", "cb": "comment"}


@dataclass(slots=True)
class _Line:
    """A line of a sheet: bars of chords, and the words that are sung to them."""

    number: int
    bars: list[list[str]]
    words: str = ""


@dataclass(slots=True)
class _Part:
    label: str
    lines: list[_Line] = field(default_factory=list)


@dataclass(slots=True)
class _Sheet:
    title: str = ""
    key: str = ""
    tempo: Fraction | None = None
    meter: tuple[int, int] | None = None
    parts: list[_Part] = field(default_factory=lambda: [_Part("")])
    left_out: list[LeftOut] = field(default_factory=list)

    def begin(self, label: str) -> None:
        self.parts.append(_Part(label))

    def add(self, line: _Line) -> None:
        self.parts[-1].lines.append(line)


def read_chord_sheet(data: bytes, path: Path) -> ImportedSong:
    """Return the chords, the words and the sections of a sheet.

    Raises MusicFileError where there is no chord.
    """
    sheet, above = _Sheet(), None
    for number, line in enumerate(decode_any_text(data).splitlines(), start=1):
        text = line.rstrip()
        directive = _DIRECTIVE.fullmatch(text.strip())
        header = _HEADER.fullmatch(text.strip())
        chords = _chord_line(text)
        is_sung = bool(text.strip()) and not text.lstrip().startswith("#")
        words = " ".join(_INLINE.sub("", text).replace("|", " ").split())

        if directive is not None:
            _obey(sheet, directive["name"].lower(), (directive["value"] or "").strip(), number)
        elif chords is not None:
            above = _Line(number, chords)
            sheet.add(above)
            continue
        elif header is not None and not _is_chord(header["a"] or ""):
            sheet.begin(header["a"] or header["b"])
        elif is_sung and above is not None:
            above.words = words
        elif is_sung:
            inline = _INLINE.findall(text)
            known = [chord for chord in inline if _is_chord(chord)]
            sheet.left_out += [
                LeftOut(f"line {number}", f"[{chord}] is no chord that is known")
                for chord in inline
                if chord not in known
            ]
            if sheet.parts[-1].lines or known or len(sheet.parts) > 1:
                sheet.add(_Line(number, _in_bars(known), words))
            elif not sheet.title:
                sheet.title = words[:120]
        above = None

    if not any(line.bars for part in sheet.parts for line in part.lines):
        raise MusicFileError(
            "there is no chord in it; nothing could be taken",
            hint="write chords in brackets, [G]so, or in a line of their own above the words",
        )
    return _song_of(sheet, path)


def _obey(sheet: _Sheet, name: str, value: str, number: int) -> None:
    """Do what a directive of ChordPro says."""
    name = _SHORT.get(name, name)
    if name == "title":
        sheet.title = value[:120]
    elif name == "key" and value:
        try:
            sheet.key = parse_key(
                value if " " in value or not value.endswith("m") else value[:-1] + " minor"
            ).name
        except ValueError:
            sheet.left_out.append(LeftOut(f"line {number}", f"{value!r} is no key"))
    elif name == "tempo" and re.fullmatch(r"\d{2,3}(\.\d+)?", value):
        sheet.tempo = Fraction(value)
    elif name == "time" and (found := re.fullmatch(r"(\d{1,2})\s*/\s*(2|4|8|16)", value)):
        sheet.meter = int(found[1]), int(found[2])
    elif name.startswith("start_of_"):
        sheet.begin(value or name.removeprefix("start_of_"))
    elif name in _STARTS:
        sheet.begin(value or _STARTS[name])
    elif name == "chorus" or (name == "comment" and section_name(value) in _SECTIONS):
        label = value or "Chorus"
        known = [
            part for part in sheet.parts if part.lines and section_name(part.label) == section_name(label)
        ]
        sheet.begin(label)
        # a chorus of a name that was there before has its lines, until it gets its own
        if known and "chorus" in label.lower():
            sheet.parts[-1].lines = list(known[-1].lines)


def _is_chord(text: str) -> bool:
    """Return whether a word is a chord; ``Ah`` and ``Eh`` are sung."""
    return text not in ("Ah", "Eh", "Halt") and chord_of(text) is not None


def _chord_line(text: str) -> list[list[str]] | None:
    """Return the bars of a line in which nothing but chords stands; None for any other."""
    plain = re.sub(r"\[([^\]\n]{1,16})\]", r" \1 ", text) if "[" in text else text
    words = plain.replace("|", " | ").replace(":", " ").split()
    chords = [word for word in words if word not in ("|", "-", "/", "%", ".", "||")]
    if not chords or not all(_is_chord(word) or re.fullmatch(r"[(]?x\d[)]?", word) for word in chords):
        return None
    if "|" not in words:
        return _in_bars([word for word in chords if _is_chord(word)])
    bars: list[list[str]] = []
    for bar in " ".join(words).split("|"):
        held = ["/" if word in ("-", "/", ".") else word for word in bar.split()]
        if held == ["%"] and bars:
            bars.append(list(bars[-1]))
        elif held:
            bars.append([word for word in held if word == "/" or _is_chord(word)])
    return bars


def _in_bars(chords: Sequence[str]) -> list[list[str]]:
    """Return the chords of a line without bar lines: a bar each, or two to a bar where there are many."""
    each = 1 if len(chords) <= _CROWDED else 2
    bars = [list(chords[start : start + each]) for start in range(0, len(chords), each)]
    return [*bars, ["/"]] if len(bars) == _CROWDED - 1 else bars


def _song_of(sheet: _Sheet, path: Path) -> ImportedSong:
    meter = sheet.meter or (4, 4)
    bar = Fraction(4 * meter[0], meter[1])
    at = Fraction(0)
    chords: list[ImportedChord] = []
    lyrics: list[ImportedLyric] = []
    sections: list[ImportedSection] = []
    for part in (part for part in sheet.parts if part.lines):
        start = at
        for line in part.lines:
            if line.words:
                lyrics.append(ImportedLyric(at, line.words, ends_line=True))
            # each chord on its share of its bar; a slash holds the chord before
            chords += [
                ImportedChord(at + bar * (number + Fraction(place, len(signs))), found[0])
                for number, signs in enumerate(line.bars)
                for place, sign in enumerate(signs)
                if (found := chord_of(sign)) is not None
            ]
            at += bar * (len(line.bars) or _HELD_BARS)
        if part.label or len(sheet.parts) > 1:
            sections.append(ImportedSection(start, at, section_name(part.label or "verse"), part.label))

    guesses = [
        Guess("lengths of chords", "a bar each, where no bar lines stand", "a sheet does not say them")
    ]
    key = sheet.key or _key_of(chords)
    if not sheet.key and key:
        guesses.append(Guess("key", key, "by the chords"))
    if sheet.meter is None:
        guesses.append(Guess("meter", "4/4", "the sheet does not say it"))
    return ImportedSong(
        path,
        "chord sheet",
        title=sheet.title,
        tempi=(ImportedTempo(Fraction(0), sheet.tempo),) if sheet.tempo else (),
        metres=(ImportedMeter(Fraction(0), *meter),),
        keys=(ImportedKey(Fraction(0), key),) if key else (),
        chords=tuple(chords),
        sections=tuple(sections),
        lyrics=tuple(lyrics),
        end=at,
        guesses=tuple(guesses),
        left_out=tuple(sheet.left_out),
    )


def _key_of(chords: Sequence[ImportedChord]) -> str:
    """Return the name of the likeliest key of chords, empty where none is heard."""
    notes = []
    for chord in chords:
        if chord.symbol:
            found = parse_symbol(chord.symbol)
            root = pitch_class(found.root)
            notes += [(float(chord.start), 2.0, 36 + root)]
            notes += [(float(chord.start), 1.0, 60 + pitch) for pitch in found.pitch_classes]
    key = hear_key(notes)
    return "" if key is None else key.name
