"""Reads chords over words: ChordPro, plain lines of chords above words, and timed lyrics (LRC)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.shaping import chord_of, decoded, section_name
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

_DIRECTIVE = re.compile(r"\s*\{\s*([A-Za-z_-]+)\s*(?:[:\s]\s*(.*?))?\s*\}\s*")
_BEGINS = re.compile(r"(?:start_of_|so)(\w+)")
_SHORT = {"c": "chorus", "v": "verse", "b": "bridge", "t": "", "g": ""}
_HEADING = re.compile(r"\s*\[?((?:pre-?\s?)?[A-Za-z]+(?:\s*\d+)?)\]?\s*:?\s*")
_INLINE = re.compile(r"\[([^\]\n]{1,24})\]")
_TIME = re.compile(r"\[(\d{1,3}):(\d{2})(?:[.:](\d{1,3}))?\]")
_MOST_LINES = 5000


def read_chord_sheet(data: bytes, path: Path) -> ImportedSong:
    """Return the chords, words and sections of a sheet, a bar to each chord.

    Raises MusicFileError where there is no chord in it.
    """
    sheet = _Sheet(path)
    lines = decoded(data).splitlines()[:_MOST_LINES]
    for number, line in enumerate(lines, start=1):
        sheet.read_line(number, line, lines[number] if number < len(lines) else "")
    song = sheet.song()
    if not song.chords:
        raise MusicFileError("no chords were found in it", hint="write [Am] in the words, or above them")
    return song


@dataclass(slots=True)
class _Sheet:
    """Reads a sheet, line by line; ``bar`` counts the chords so far."""

    path: Path
    title: str = ""
    key: str = ""
    tempo: Fraction | None = None
    meter: tuple[int, int] = (4, 4)
    chords: list[tuple[int, str]] = field(default_factory=list)
    words: list[tuple[int, str]] = field(default_factory=list)
    sections: list[tuple[int, str, str]] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    bar: int = 0
    _pending: list[str] = field(default_factory=list)
    _skips: bool = False

    def read_line(self, number: int, line: str, after: str) -> None:
        """Take a directive, a heading, a line of chords, or words with or without chords in them."""
        directive = _DIRECTIVE.fullmatch(line)
        if directive is not None:
            self._take_directive(directive[1].lower(), directive[2] or "", number)
            return
        if self._skips or line.lstrip().startswith("#") or not line.strip():
            return
        heading = _HEADING.fullmatch(line)
        if heading is not None and chord_of(heading[1]) is None and self._is_section(heading[1]):
            self.sections.append((self.bar, section_name(heading[1]), heading[1]))
        elif _INLINE.search(line):
            self._take_inline(line, number)
        else:
            self._take_plain(line)

    def _is_section(self, words: str) -> bool:
        return section_name(words) in section_names()

    def _take_directive(self, name: str, value: str, number: int) -> None:
        begins = _BEGINS.fullmatch(name)
        if name in ("title", "t"):
            self.title = value[:120]
        elif name == "key":
            self.key = value
        elif name == "tempo" and re.fullmatch(r"\d+(\.\d+)?", value):
            self.tempo = Fraction(value)
        elif name == "time" and re.fullmatch(r"\d{1,2}/(?:1|2|4|8|16)", value):
            above, below = value.split("/")
            self.meter = (int(above) or 4, int(below))
        elif begins is not None:
            kind = _SHORT.get(begins[1], begins[1])
            self._skips = begins[1] in ("t", "g", "tab", "grid")
            if kind in section_names():
                self.sections.append((self.bar, kind, value or kind))
        elif name.startswith(("end_of_", "eo")):
            self._skips = False
        elif name in ("chorus", "comment", "c", "ci") and section_name(value or name) in section_names():
            self._take_label(section_name(value or name), value or name, repeats=name == "chorus")
        elif name.startswith("x_") or len(name) > 20:
            self.left_out.append(LeftOut(f"line {number}", f"the directive {name[:20]!r} was passed over"))

    def _take_label(self, name: str, label: str, *, repeats: bool) -> None:
        """Begin a section; ``{chorus}`` alone plays the chorus again."""
        bar = self.bar
        self.sections.append((bar, name, label))
        places = [i for i, (_, other, _) in enumerate(self.sections[:-1]) if other == name]
        if repeats and places:
            first = self.sections[places[0]][0]
            end = self.sections[places[0] + 1][0]
            self.chords += [(bar + at - first, chord) for at, chord in self.chords if first <= at < end]
            self.bar += end - first

    def _take_inline(self, line: str, number: int) -> None:
        words = _INLINE.sub("", line).strip()
        for found in _INLINE.finditer(line):
            chord = chord_of(found[1])
            if chord is None:
                what = f"{found[1]!r} is no chord; it was passed over"
                self.left_out.append(LeftOut(f"line {number}", what))
            else:
                self._add(chord[0])
        if words:
            self.words.append((max(0, self.bar - 1), words[:200]))

    def _take_plain(self, line: str) -> None:
        """Take a line of chords alone, or of words."""
        signs = [word for word in re.split(r"[\s|]+", line.strip()) if word not in ("", "-", "/", ":", "%")]
        found = [chord_of(word) for word in signs]
        if signs and all(found):
            for chord in found:
                self._add(chord[0] if chord else "")
        else:
            self.words.append((max(0, self.bar - 1), line.strip()[:200]))

    def _add(self, symbol: str) -> None:
        self.chords.append((self.bar, symbol))
        self.bar += 1

    def song(self) -> ImportedSong:
        """Return what was read."""
        length = Fraction(4 * self.meter[0], self.meter[1])
        marks = [*self.sections, (self.bar, "", "")]
        sections = tuple(
            ImportedSection(bar * length, marks[i + 1][0] * length, name, label)
            for i, (bar, name, label) in enumerate(self.sections)
            if marks[i + 1][0] > bar
        )
        key = chord_of(self.key)
        name = "" if key is None or not key[0] else key[0].removesuffix("m")
        is_minor = key is not None and key[0].endswith("m")
        bars = Guess("chords", "one bar each", "the sheet does not say how long chords last")
        return ImportedSong(
            self.path,
            "chord sheet",
            title=self.title,
            tempi=(ImportedTempo(Fraction(0), self.tempo),) if self.tempo else (),
            metres=(ImportedMeter(Fraction(0), *self.meter),),
            keys=(ImportedKey(Fraction(0), f"{name} {'minor' if is_minor else 'major'}"),) if name else (),
            chords=tuple(ImportedChord(bar * length, symbol) for bar, symbol in self.chords),
            sections=sections,
            lyrics=tuple(ImportedLyric(bar * length, text, True) for bar, text in self.words),
            end=self.bar * length,
            guesses=(bars,),
            left_out=tuple(self.left_out),
        )


def section_names() -> set[str]:
    """Return the names that labels of sections are read as."""
    return {"intro", "verse", "prechorus", "chorus", "bridge", "solo", "interlude", "breakdown", "outro"}


def read_lrc(data: bytes, path: Path) -> ImportedSong:
    """Return the words of timed lyrics, at 120 quarters a minute. Raises MusicFileError for none."""
    lines, title = [], ""
    for line in decoded(data).splitlines()[:_MOST_LINES]:
        head = re.fullmatch(r"\s*\[ti:(.*)\]\s*", line)
        title = head[1].strip()[:120] if head else title
        times = list(_TIME.finditer(line))
        words = re.sub(r"<[\d:.]+>", "", _TIME.sub("", line)).strip()
        for time in times:
            parts = Fraction(int(time[3] or 0), 10 ** len(time[3] or "0"))
            lines.append(((60 * int(time[1]) + int(time[2]) + parts) * 2, words[:200]))
    sung = tuple(ImportedLyric(at, words, True) for at, words in sorted(lines) if words)
    if not sung:
        raise MusicFileError("no line of it has a time and words; write [00:12.50] words")
    return ImportedSong(path, "timed lyrics", title=title, lyrics=sung, end=sung[-1].start + 8)
