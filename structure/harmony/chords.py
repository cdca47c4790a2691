"""Chord symbols as in lead sheets: ``Am7``, ``F/C``, ``G7sus4``, ``B♭Δ``, ``C#ø``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

from structure.base.datafiles import read_data
from structure.harmony.pitch import pitch_class, plain_accidentals

_SYMBOL = re.compile(r"(?P<root>[A-G][#b]?)(?P<quality>.*?)(?:/(?P<bass>[A-G][#b]?))?")


@dataclass(frozen=True, slots=True)
class Quality:
    """``symbol`` is its usual spelling; ``intervals`` are semitones above the root, root first."""

    symbol: str
    intervals: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Chord:
    """A chord without a place in time. ``root`` and ``bass`` are spelled pitch names."""

    root: str
    quality: Quality
    bass: str

    @property
    def symbol(self) -> str:
        """Canonical symbol: ``Cmaj7/E``."""
        slash = "" if pitch_class(self.bass) == pitch_class(self.root) else f"/{self.bass}"
        return f"{self.root}{self.quality.symbol}{slash}"

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Pitch classes, root first."""
        root = pitch_class(self.root)
        return tuple((root + step) % 12 for step in self.quality.intervals)


@cache
def qualities() -> dict[str, Quality]:
    """Every spelling of every chord quality."""
    rows = read_data("chords.yaml")
    return {
        str(spelling): Quality(str(row["spellings"][0]), tuple(row["intervals"]))
        for row in rows
        for spelling in row["spellings"]
    }


def find_quality(text: str) -> Quality | None:
    """The quality that is spelled ``text``, or None. Brackets around an alteration may be left out."""
    table = qualities()
    return table.get(text) or table.get(re.sub(r"[()\s]", "", text))


def parse_symbol(text: str) -> Chord:
    """Read a chord symbol. Raises ValueError that names the symbol and a likely meaning."""
    match = _SYMBOL.fullmatch(plain_accidentals(text))
    quality = find_quality(match["quality"]) if match else None
    if match is None or quality is None:
        close = get_close_matches(match["quality"], list(qualities()), n=1) if match else []
        hint = f"did you mean {match['root']}{close[0]}?" if match and close else _HINT
        raise ValueError(f"{text!r} is not a chord; {hint}")
    return Chord(match["root"], quality, match["bass"] or match["root"])


_HINT = "write Am7, F/C, Gsus4 or a roman numeral such as ii7, V7/V, bVII"
