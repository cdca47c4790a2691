"""Tunes in ABC notation, read fast: pitches, places and lengths of the first voice, repeats played once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

_SHARPS = {"C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5, "F": -1, "Bb": -2, "Eb": -3, "Ab": -4, "F#": 6}
_MODES = {
    "": 0,
    "maj": 0,
    "ion": 0,
    "m": -3,
    "min": -3,
    "aeo": -3,
    "dor": -2,
    "mix": -1,
    "phr": -4,
    "lyd": 1,
}
_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_TOKEN = re.compile(
    r"(?P<tuplet>\(3)|(?P<bar>\|\]|\|\||:\||\|:|::|\||\[\d)|(?P<broken>[<>]+)"
    r"|(?P<note>[\^_=]*[A-Ga-gzx][,']*)(?P<length>\d*/*\d*)"
)

COLLECTIONS = ("oneills1850", "ryansMammoth", "airdsAirs", "nottingham-dataset")
"""Collections of fiddle tunes that come with music21 in ABC."""

AbcNote = tuple[Fraction, Fraction, int]
"""Onset from the first full bar and duration, in quarters, and MIDI pitch."""


@cache
def _all_tunes() -> list[tuple[str, list[AbcNote]]]:
    from music21 import corpus

    paths = [Path(path) for name in COLLECTIONS for path in sorted(corpus.getComposer(name))]
    return [
        tune for path in paths for tune in read_tunes(path.read_text(encoding="utf-8", errors="replace"))
    ]


def fiddle_tunes(meter: str) -> list[list[tuple[int, int, int]]]:
    """Return the tunes of all collections in a metre that are in sixteenths: onset, duration, pitch."""
    found = []
    for own, notes in _all_tunes():
        if own == meter and all((4 * at).denominator == 1 for at, _, _ in notes):
            found.append([(int(4 * at), max(1, round(4 * length)), pitch) for at, length, pitch in notes])
    return found


def read_tunes(text: str) -> Iterator[tuple[str, list[AbcNote]]]:
    """Yield the metre and the notes of each tune of a file that keeps to one metre."""
    for tune in re.split(r"(?m)^X:", text)[1:]:
        heads = dict(re.findall(r"(?m)^([MLK]):\s*(\S+)", tune))
        body = "\n".join(line for line in tune.splitlines()[1:] if not re.match(r"^[A-Za-z+]:|^%", line))
        meter = {"C": "4/4", "C|": "4/4"}.get(heads.get("M", ""), heads.get("M", ""))
        key = re.match(r"([A-G][b#]?)\s*([A-Za-z]{0,3})", heads.get("K", ""))
        if not re.fullmatch(r"\d+/\d+", meter) or key is None or "[M:" in body or "[K:" in body:
            continue
        unit = Fraction(heads.get("L", "1/8")) * 4
        fifths = _SHARPS.get(key[1], 0) + _MODES.get(key[2].lower(), 0)
        notes = _notes(body, unit, fifths, 4 * Fraction(meter))
        if len(notes) >= 24:
            yield meter, notes


def _signature(fifths: int) -> dict[str, int]:
    order = "FCGDAEB" if fifths > 0 else "BEADGCF"
    return dict.fromkeys(order[: abs(fifths)], 1 if fifths > 0 else -1)


def _notes(body: str, unit: Fraction, fifths: int, bar: Fraction) -> list[AbcNote]:
    body = re.sub(r'"[^"]*"|\{[^}]*\}|![^!]*!|\\\n?', "", body)
    body = re.sub(r"\[([\^_=]*[A-Ga-g][,']*)[^\]|:]*\]", r"\1", body)
    signature, bent = _signature(fifths), dict[str, int]()
    found: list[list[Fraction | int]] = []
    at, left, broken, first_bar = Fraction(0), 0, Fraction(0), None
    for token in _TOKEN.finditer(body):
        if token["tuplet"]:
            left = 3
        elif token["bar"]:
            bent = {}
            if first_bar is None and at:
                first_bar = at
        elif token["broken"]:
            if found:
                change = found[-1][1] / 2 if token["broken"][0] == ">" else -found[-1][1] / 2
                found[-1][1] += change
                at, broken = at + change, -change
        elif token["note"]:
            length = unit * _length(token["length"])
            length = length * Fraction(2, 3) if left else length
            left, length, broken = max(0, left - 1), length + broken, Fraction(0)
            pitch = _pitch(token["note"], signature, bent)
            if pitch is not None and length > 0:
                found.append([at, length, pitch])
            at += length
    shift = bar - first_bar if first_bar is not None and first_bar < bar else Fraction(0)
    return [(Fraction(on) + shift, Fraction(length), int(pitch)) for on, length, pitch in found]


def _length(text: str) -> Fraction:
    if not text:
        return Fraction(1)
    above, slashes, below = re.fullmatch(r"(\d*)(/*)(\d*)", text).groups()  # type: ignore[union-attr]
    value = Fraction(int(above or 1))
    return value / int(below) if below else value / 2 ** len(slashes)


def _pitch(text: str, signature: dict[str, int], bent: dict[str, int]) -> int | None:
    sign, letter, octave = re.fullmatch(r"([\^_=]*)([A-Ga-gzx])([,']*)", text).groups()  # type: ignore[union-attr]
    if letter in "zx":
        return None
    name = letter.upper()
    if sign:
        bent[name] = sign.count("^") - sign.count("_")
    alter = bent.get(name, signature.get(name, 0))
    return 60 + _STEPS[name] + 12 * letter.islower() + 12 * (octave.count("'") - octave.count(",")) + alter
