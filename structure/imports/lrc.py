"""Reads LRC files: lines of words with the time at which each is sung."""

from __future__ import annotations

import re
from pathlib import Path

from structure.base.errors import MusicFileError
from structure.base.exact import Fraction
from structure.imports.shaping import decode_any_text, section_name
from structure.imports.song import (
    Guess,
    ImportedLyric,
    ImportedMeter,
    ImportedSection,
    ImportedSong,
    ImportedTempo,
)

_LINE = re.compile(r"((?:\[\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?\])+)(.*)")
_TIME = re.compile(r"\[(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_TAG = re.compile(r"\[([a-z]+):(.*)\]", re.IGNORECASE)
_WORD_TIME = re.compile(r"<\d+:\d+(?:[.:]\d+)?>")
_USUAL = 120
"""Quarters a minute where the file says none."""

_BAR_QUARTERS = 4


def read_lrc(data: bytes, path: Path) -> ImportedSong:
    """Return the words of a file on bars of 4/4 at the tempo of a tag ``bpm``, or 120.

    Raises MusicFileError where no line has a time.
    """
    tags: dict[str, str] = {}
    lines: list[tuple[Fraction, str]] = []
    for row in decode_any_text(data).splitlines():
        if found := _LINE.fullmatch(row.strip()):
            words = " ".join(_WORD_TIME.sub("", found[2]).split())
            for minutes, seconds, part in _TIME.findall(found[1]):
                after = Fraction(int(part), 10 ** len(part)) if part else Fraction(0)
                lines.append((60 * int(minutes) + int(seconds) + after, words))
        elif tag := _TAG.fullmatch(row.strip()):
            tags[tag[1].lower()] = tag[2].strip()
    lines = sorted(line for line in lines if line[1])
    if not lines:
        raise MusicFileError("no line has a time, as [00:12.50]; nothing could be taken")

    said = tags.get("bpm", "")
    tempo = Fraction(said) if re.fullmatch(r"\d{2,3}(\.\d+)?", said) else Fraction(_USUAL)
    quarters = [(seconds * tempo / 60, words) for seconds, words in lines]
    end = Fraction((quarters[-1][0] // _BAR_QUARTERS + 2) * _BAR_QUARTERS)
    marks = [(at, _label(words)) for at, words in quarters]
    starts = [(Fraction(at // _BAR_QUARTERS * _BAR_QUARTERS), label) for at, label in marks if label]
    ends = [*(at for at, _ in starts[1:]), end][: len(starts)]
    guesses = [] if said else [Guess("tempo", str(_USUAL), "the file does not say it")]
    return ImportedSong(
        path,
        "LRC",
        title=tags.get("ti", "")[:120],
        tempi=(ImportedTempo(Fraction(0), tempo),),
        metres=(ImportedMeter(Fraction(0), 4, 4),),
        sections=tuple(
            ImportedSection(at, until, section_name(label), label)
            for (at, label), until in zip(starts, ends, strict=True)
            if at < until
        ),
        lyrics=tuple(
            ImportedLyric(at, words, ends_line=True) for at, words in quarters if not _label(words)
        ),
        end=end,
        guesses=(*guesses, Guess("meter", "4/4", "the file does not say it")),
    )


def _label(words: str) -> str:
    """Return the name of the section that a line marks, as ``[Chorus]`` does; empty for words to sing."""
    found = re.fullmatch(r"[\[(]([^\])]{3,30})[\])]", words)
    return found[1] if found else ""
