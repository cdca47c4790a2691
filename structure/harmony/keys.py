"""Keys and modes: reading their names, their scales, and moving them.

Pitch classes count semitones from C = 0; a scale lists them from the tonic up.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from structure.base.errors import did_you_mean
from structure.harmony.pitch import LETTERS, pitch_class, plain_accidentals, spell_on_letter
from structure.symbols.notes import ACCIDENTALS, LATIN_NOTES

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
"""Semitones of each degree above the tonic."""

_MOST_ACCIDENTALS = 7

_FIFTHS = "FCGDAEB"
_SIGNATURE_SHIFT = {
    "lydian": 1,
    "major": 0,
    "mixolydian": -1,
    "dorian": -2,
    "minor": -3,
    "phrygian": -4,
    "locrian": -5,
}
"""Sharps of each mode's signature beyond those of the major key on its tonic."""

_MODE_NAMES = {
    **{mode: mode for mode in MODES},
    "": "major",
    "maj": "major",
    "ionian": "major",
    "m": "minor",
    "min": "minor",
    "aeolian": "minor",
}
_TONIC = re.compile(r"([A-Ga-g])\s*(#|b|sharp|flat)?", re.IGNORECASE)
USUAL_TONICS = {
    "major": ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"),
    "minor": ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"),
}
"""Usual tonic names by family (a major or a minor third) and pitch class, C first: those of the fewest
accidentals in the signature. Of F# and Gb major, and of D# and Eb minor, which have six, one is chosen."""


@dataclass(frozen=True, slots=True)
class Key:
    """A tonic by name and a mode of :data:`MODES`."""

    tonic: str
    mode: str

    @property
    def name(self) -> str:
        """Return the canonical name: ``A minor``."""
        return f"{self.tonic} {self.mode}"

    @property
    def root(self) -> int:
        """Return the pitch class of the tonic."""
        return _scale_of(self.tonic, self.mode)[0]

    @property
    def is_minor(self) -> bool:
        """Return whether the third above the tonic is minor."""
        return MODES[self.mode][2] == 3

    @property
    def family(self) -> str:
        """Return ``minor`` or ``major``, by the third."""
        return "minor" if self.is_minor else "major"

    @property
    def scale(self) -> tuple[int, ...]:
        """Return the seven pitch classes, tonic first."""
        return _scale_of(self.tonic, self.mode)

    @property
    def fifths(self) -> int:
        """Return the sharps of its key signature as its tonic is spelled, flats as negative numbers.

        There may be more than seven.
        """
        above_c = _FIFTHS.index(self.tonic[0]) - 1 + 7 * (self.tonic.count("#") - self.tonic.count("b"))
        return above_c + _SIGNATURE_SHIFT[self.mode]

    @property
    def sharps(self) -> int:
        """Return the sharps of its key signature, flats as negative numbers.

        A key that would need more than seven is respelled.
        """
        sharps = self.fifths
        return sharps if -7 <= sharps <= 7 else sharps - 12 if sharps > 0 else sharps + 12

    def transpose(self, semitones: int) -> Key:
        """Return the same mode ``semitones`` higher, on the tonic's usual name; 0 keeps the spelling."""
        if semitones % 12 == 0:
            return self
        return Key(USUAL_TONICS[self.family][(self.root + semitones) % 12], self.mode)

    def spell(self, wanted: int) -> str:
        """Name of a pitch class in this key; chromatic notes take flats, a raised leading tone a sharp."""
        letter = LETTERS.index(self.tonic[0])
        above = (wanted - self.root) % 12
        degrees = {step: degree for degree, step in enumerate(MODES[self.mode])}
        chromatic = (0, 1, 1, 2, 2, 3, 3 if self.mode == "lydian" else 4, 4, 5, 5, 6, 6)
        return spell_on_letter(letter + degrees.get(above, chromatic[above]), wanted)


@cache
def _scale_of(tonic: str, mode: str) -> tuple[int, ...]:
    """Return the pitch classes of a key; they are asked for thousands of times in a song."""
    root = pitch_class(tonic)
    return tuple((root + step) % 12 for step in MODES[mode])


_OTHER_NAMES = re.compile(
    r"(?P<note>do|re|ré|mi|fa|sol|la|si|h|[a-g])(?P<sign>is|es|s|#|b)?"
    r"(?:[\s-]+(?P<accidental>sostenido|bemol|dièse|diese|bémol))?"
    r"[\s-]+(?P<mode>dur|moll|mayor|menor|majeur|mineur|major|minor)",
    re.IGNORECASE,
)
_MAJOR = ("dur", "mayor", "majeur", "major")


def _name_in_english(text: str) -> str | None:
    """Return the English name of a key that has a German, Spanish or French one, else None."""
    match = _OTHER_NAMES.fullmatch(text)
    if match is None:
        return None
    note, mode = match["note"].lower(), match["mode"].lower()
    is_german = mode in ("dur", "moll")
    if mode in ("major", "minor") and note not in ("h", *LATIN_NOTES):
        return None
    sign = ACCIDENTALS.get((match["accidental"] or match["sign"] or "").lower(), "")
    if is_german and note == "b" and not sign:
        sign = "b"
    letter = LATIN_NOTES.get(note, "B" if note == "h" else note.upper())
    return f"{letter}{sign} {'major' if mode in _MAJOR else 'minor'}"


RELATED_KEYS = ("parallel minor", "parallel major", "relative minor", "relative major")
"""Names of keys by how they lie beside another one."""


def related_key(home: Key, name: str) -> Key:
    """Return the key that one of :data:`RELATED_KEYS` means beside ``home``, which may be it already."""
    relation, family = name.split()
    if home.family == family:
        return home
    above = 0 if relation == "parallel" else 9 if family == "minor" else 3
    return Key(USUAL_TONICS[family][(home.root + above) % 12], family)


@cache
def parse_key(text: str) -> Key:
    """Read ``A minor``, ``Am``, ``F# major``, ``Bb`` or ``C dorian``.

    One that would need more than seven accidentals gets its usual name: ``G# major`` is A flat. Raises
    ValueError that says what is wrong, then, after a semicolon, what is allowed.
    """
    plain = plain_accidentals(text.strip())
    match = _TONIC.match(plain)
    if (meant := _name_in_english(plain)) is not None:
        raise ValueError(f"{text!r} is not a key; did you mean {meant!r}?")
    if match is None:
        raise ValueError(
            f"{text!r} is not a key; write a tonic and a mode, such as 'A minor', 'F#' or 'Bb'"
        )
    accidental = {"sharp": "#", "flat": "b"}.get((match[2] or "").lower(), match[2] or "")
    rest = re.sub(r"[\s_-]+", " ", plain[match.end() :]).strip()
    mode = "major" if rest == "M" else _MODE_NAMES.get(rest.lower())
    if mode is None:
        raise ValueError(f"{text!r} is not a key; {did_you_mean(rest, MODES)}")
    key = Key(match[1].upper() + accidental.lower(), mode)
    if abs(key.fifths) > _MOST_ACCIDENTALS:
        usual = Key(USUAL_TONICS[key.family][key.root], mode)
        # E flat is usual for minor, and would have eight flats in locrian: D sharp has four sharps.
        sharp = Key(f"{LETTERS[(LETTERS.index(usual.tonic[0]) - 1) % 7]}#", mode)
        key = usual if abs(usual.fifths) <= _MOST_ACCIDENTALS else sharp
    return key


def note_on_key_name(text: str) -> str:
    """Return a note on a key that is written under another name; "" for all others.

    That is a key whose own signature would need more than seven accidentals. ``text`` is a key that
    :func:`parse_key` reads.
    """
    key = parse_key(text)
    typed = _TONIC.match(plain_accidentals(text.strip()))
    written = "" if typed is None else typed[1].upper()
    if written in ("", key.tonic[0]):
        return ""
    return f"{text.strip()} would have more than seven accidentals; it is written as {key.name}"
