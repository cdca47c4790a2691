"""Chord symbols as people write them: ``Am7``, ``F/C``, ``G7sus4``, ``B♭Δ``, ``C#ø``, ``C:min7/b3``.

This is the one reader of chords in letters for specs, imports and sentences. What stands behind the root is
read by :mod:`structure.symbols.qualities` and named by :mod:`structure.symbols.naming`, so that a chord
goes by one name however it was spelled, and its name reads back as the same chord.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache

from structure.harmony.pitch import LETTERS, pitch_class, plain_accidentals, spell_on_letter
from structure.symbols.naming import name_of, usual_names
from structure.symbols.qualities import Tones, degree_above, read_quality

_NOTE = r"[A-H](?:(?:##|bb)(?!\d)|[#b])?"
_SYMBOL = re.compile(rf"(?P<root>{_NOTE})(?P<rest>.*)", re.DOTALL)
_BASS = re.compile(rf"(?P<quality>.*)/\s*(?P<bass>{_NOTE}|[a-g](?:[#b])?)", re.DOTALL)
_BASS_DEGREE = re.compile(r"(?P<quality>.*)/(?P<bass>b?3|5|b?7)")
_OTHER = re.compile(r"(?P<chord>.*)\((?P<other>[A-H][^()]*)\)")
_HARTE = re.compile(
    r":(?P<shorthand>[a-z0-9]*)(?:\((?P<degrees>[^()]*)\))?(?:/(?P<bass>[#b]{0,2}\d{1,2}))?"
)
_HINT = "write Am7, F/C, Gsus4 or a roman numeral such as ii7, V7/V, bVII"
_WORDS = ("major", "minor", "maj", "min", "dim", "aug", "sus", "add", "alt", "omit")


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
        """Return the canonical symbol: ``Cmaj7/E``."""
        slash = "" if pitch_class(self.bass) == pitch_class(self.root) else f"/{self.bass}"
        return f"{self.root}{self.quality.symbol}{slash}"

    @property
    def pitch_classes(self) -> tuple[int, ...]:
        """Return the pitch classes, root first."""
        root = pitch_class(self.root)
        return tuple((root + step) % 12 for step in self.quality.intervals)


@cache
def qualities() -> Mapping[str, Quality]:
    """Return the usual qualities by their names; :func:`find_quality` knows all others too."""
    return {name: Quality(name, tones) for tones, name in usual_names().items()}


def quality_of(tones: Tones) -> Quality:
    """Return the quality that has some tones, in semitones above the root in order, 0 first."""
    return Quality(name_of(tones), tones)


def find_quality(text: str) -> Quality | None:
    """Return the quality that is spelled ``text``, or None."""
    tones = read_quality(plain_accidentals(text))
    return None if tones is None else quality_of(tones)


@lru_cache(maxsize=8192)
def parse_symbol(text: str) -> Chord:
    """Read a chord symbol. Of a chord with another one in brackets behind it, ``G7(Dm7)``, it is the first.

    Raises ValueError that names the symbol and, after a semicolon, what is allowed.
    """
    plain = plain_accidentals(text.strip())
    if plain.startswith("(") and plain.endswith(")"):
        plain = plain[1:-1].strip()
    chord = _read(plain)
    if chord is not None:
        return chord

    # Where a faulty text probably means a chord, that is named, else how chords look.
    hint, upper = _HINT, plain[:1].upper() + plain[1:]
    mended = re.sub(r"(?<![A-Za-z])[A-H][#b]?|[A-Za-z]{3,}", _mend_word, plain)
    if plain[:1] in "abcdefg" and _read(upper) is not None:
        hint = f"did you mean {upper}?"
    elif mended != plain and _read(mended) is not None:
        hint = f"did you mean {mended}?"
    raise ValueError(f"{text!r} is not a chord; {hint}")


def is_symbol(text: str) -> bool:
    """Return whether ``text`` is a chord symbol."""
    try:
        parse_symbol(text)
    except ValueError:
        return False
    return True


def has_other(text: str) -> bool:
    """Return whether another chord stands in brackets behind a chord."""
    found = _OTHER.search(plain_accidentals(text))
    return found is not None and is_symbol(found["other"])


def with_roots(text: str, moved: Callable[[str], str]) -> str:
    """Return a chord symbol with its root and its bass ``moved``, and all else as it is written.

    So is a chord in brackets behind it. What is no chord symbol stays.
    """
    plain = plain_accidentals(text)
    found = _SYMBOL.search(plain)
    if found is None or not is_symbol(text):
        return text
    before, rest = plain[: found.start()], found["rest"]
    other = _OTHER.fullmatch(rest)
    if other is not None and is_symbol(other["other"]):
        chord = with_roots(f"{before}{found['root']}{other['chord']}", moved)
        return f"{chord}({with_roots(other['other'], moved)})"
    slash = _BASS.fullmatch(rest) if not rest.startswith(":") else None
    if slash is not None and find_quality(slash["quality"]) is not None:
        rest = f"{slash['quality']}/{moved(_note(slash['bass']))}"
    return f"{before}{moved(_note(found['root']))}{rest}"


def _read(plain: str) -> Chord | None:
    found = _SYMBOL.fullmatch(plain)
    if found is None:
        return None
    root, rest = _note(found["root"]), found["rest"]
    if rest.startswith(":"):
        return _read_harte(root, rest)
    other = _OTHER.fullmatch(rest)
    if other is not None and _read(other["other"].strip()) is not None:
        return _read(f"{root}{other['chord'].rstrip()}")
    for pattern in (_BASS, _BASS_DEGREE):
        slash = pattern.fullmatch(rest)
        quality = None if slash is None else find_quality(slash["quality"])
        if slash is not None and quality is not None:
            bass = slash["bass"]
            return Chord(root, quality, _note(bass) if pattern is _BASS else _above(root, bass))
    quality = find_quality(rest)
    return None if quality is None else Chord(root, quality, root)


def _read_harte(root: str, rest: str) -> Chord | None:
    """Read a chord as annotators write it, after Harte et al. (ISMIR 2005): ``C:min7(*5,11)/b3``.

    None where the text is not such a chord.
    """
    found = _HARTE.fullmatch(rest)
    if found is None or not (found["shorthand"] or found["degrees"]):
        return None
    shorthand = found["shorthand"]
    tones = (0,) if shorthand in ("", "1") else read_quality(shorthand)
    if tones is None:
        return None
    sounding = set(tones)
    for degree in re.split(r"\s*,\s*", found["degrees"].strip()) if found["degrees"] else ():
        above = degree_above(degree.removeprefix("*"))
        if above is None or (degree.startswith("*") and above == 0):
            return None
        sounding = sounding - {above} if degree.startswith("*") else sounding | {above}
    bass = root if found["bass"] is None else _above(root, found["bass"])
    return None if bass == "" else Chord(root, quality_of(tuple(sorted(sounding))), bass)


def _above(root: str, degree: str) -> str:
    """Return the name of a degree above a root; empty where it is no degree."""
    above = degree_above(degree)
    if above is None:
        return ""
    letter = LETTERS.index(root[0]) + int(degree.lstrip("#b")) - 1
    return spell_on_letter(letter, (pitch_class(root) + above) % 12)


def _note(name: str) -> str:
    """Return our name for a note: ``H`` is B in some languages, and a bass may be a small letter."""
    return name[0].upper().replace("H", "B") + name[1:]


def _mend_word(found: re.Match[str]) -> str:
    """Return the usual spelling of a word in a chord symbol; short ones, and unknown ones, as they are."""
    word = found[0]
    close = get_close_matches(word, _WORDS, n=1, cutoff=0.7)
    return close[0] if len(word) > 2 and close else word
