"""Lines of words as they are written: what parts a syllable, what holds one, and what cannot be sung.

A line is a phrase. ``·`` parts syllables, ``-`` too (its parts are looked at for more), and ``_`` holds the
syllable before it over another note. A line in brackets, such as ``[Chorus]``, is no words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from structure.base.errors import PlanError

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "‐": "-", "‑": "-", "•": "·"})
_TAG = re.compile(r"\[[^\]]*\]\s*")
_ASIDE = re.compile(r"[()\[\]{}\"“”„«»¿¡*…—–/|\\<>~^=+&%$€£#@]")
_BREATHS = ",;.:!?"
"""Signs after which a singer breathes, if there is time."""

_MOST_HOLDS = 16
_RIGHT_TO_LEFT = ("R", "AL")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word as it is written: its letters, and over how many more notes it is held.

    ``is_syllable``: the user says that it is one syllable and not more.
    """

    text: str
    holds: int = 0
    is_syllable: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """A word: its pieces, and whether a breath may follow."""

    pieces: tuple[Piece, ...]
    breath: bool = False

    @property
    def letters(self) -> str:
        """Return the word without what parts its syllables."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words; ``number`` counts the lines of its text from 1."""

    number: int
    text: str
    words: tuple[Word, ...]


class LyricsError(PlanError):
    """Words that cannot be sung as they are. ``line_number`` counts the lines of the words from 1."""

    def __init__(self, message: str, line_number: int, hint: str) -> None:
        super().__init__(message, field="lyrics", hint=hint)
        self.line_number = line_number


def read_lines(text: str) -> tuple[Line, ...]:
    """Return the lines that hold words. Raises LyricsError for what no voice here can sing."""
    found = []
    for number, written in enumerate(unicodedata.normalize("NFC", text).splitlines(), start=1):
        plain = _TAG.sub("", written.translate(_QUOTES)).strip()
        words = tuple(_words(plain, number))
        if words:
            found.append(Line(number, plain, words))
    return tuple(found)


def unsung_signs(text: str) -> str:
    """Return the signs of a text that are left out when it is sung, such as emoji, each once."""
    return "".join(dict.fromkeys(sign for sign in text if _is_picture(sign)))


def _is_picture(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sk", "Cs", "Co", "Cn") or sign in "\u200d\ufe0f"


def _words(line: str, number: int) -> Iterator[Word]:
    clean = "".join(" " if _is_picture(sign) else sign for sign in _ASIDE.sub(" ", line))
    before: Word | None = None
    for token in clean.split():
        if set(token) <= {"_", "-", "·"} and "_" in token and before is not None:
            before = _held(before, token.count("_"))
            continue
        word = _word(token, number)
        if word is None:
            if before is not None and any(sign in token for sign in _BREATHS):
                before = Word(before.pieces, breath=True)
            continue
        if before is not None:
            yield before
        before = word
    if before is not None:
        yield before


def _held(word: Word, times: int) -> Word:
    last = word.pieces[-1]
    held = Piece(last.text, min(_MOST_HOLDS, last.holds + times), last.is_syllable)
    return Word((*word.pieces[:-1], held), word.breath)


def _word(token: str, number: int) -> Word | None:
    """Return a token as a word; None where it has no letters."""
    breath = any(sign in token for sign in _BREATHS)
    bare = token.strip(_BREATHS + "-·").strip("'") if token.strip("_") else ""
    bare = re.sub(f"[{re.escape(_BREATHS)}]", "", bare)
    is_parted = "·" in bare
    pieces = []
    for part in re.split(r"[·-]", bare):
        letters = part.replace("_", "")
        if letters.strip("'"):
            _check_letters(letters, token, number)
            pieces.append(Piece(letters, min(_MOST_HOLDS, part.count("_")), is_parted))
    return Word(tuple(pieces), breath) if pieces else None


def _check_letters(letters: str, token: str, number: int) -> None:
    for sign in letters:
        if unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT:
            raise LyricsError(
                f"line {number}: {token!r} is written from right to left, which cannot be sung yet",
                number,
                "write the words in Latin letters, as they are spoken",
            )
        if sign.isdigit():
            raise LyricsError(
                f"line {number}: {token!r} has digits", number, "write numbers as words: nine, neun, nueve"
            )
        if sign != "'" and not unicodedata.category(sign).startswith("M"):
            name = unicodedata.name(sign, "")
            if not name.startswith(("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL")):
                raise LyricsError(
                    f"line {number}: {token!r} is not in Latin letters, in which words can be sung",
                    number,
                    "write the words in Latin letters, as they are spoken",
                )
