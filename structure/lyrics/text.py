"""Lines of words as they are written: what parts a syllable, what holds one, and what cannot be sung.

A line is a phrase. ``·`` parts syllables, ``-`` too (its parts are looked at for more), and ``_`` holds the
syllable before it over another note. A line in brackets, such as ``[Chorus]``, is no words.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from structure.base.errors import PlanError

_QUOTES = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "´": "'", "`": "'", "‐": "-", "‑": "-", "•": "·"})
_TAG = re.compile(r"\[[^\]]*\]\s*")
_ASIDE = re.compile(r"[()\[\]{}\"“”„«»¿¡*…—–/|\\<>~^=+&%$€£#@]")
_BREATHS = ",;.:!?"
"""Signs after which a singer breathes, if there is time."""

_MOST_HOLDS = 16
_JOINER = "\u200d"
"""Joins pictures to one."""

_RIGHT_TO_LEFT = ("R", "AL")
_LATIN = ("LATIN", "FEMININE ORDINAL", "MASCULINE ORDINAL")
"""How the names of letters begin that can be sung."""


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
    for number, written in enumerate(_plain_letters(text).splitlines(), start=1):
        plain = _TAG.sub("", written.translate(_QUOTES)).strip()
        clean = "".join(" " if _is_picture(sign) else sign for sign in _ASIDE.sub(" ", plain))
        words: list[Word] = []
        for token in clean.split():
            if set(token) <= {"_", "-", "·"} and "_" in token and words:  # holds the word before
                *pieces, last = words[-1].pieces
                holds = min(_MOST_HOLDS, last.holds + token.count("_"))
                held = Piece(last.text, holds, last.is_syllable)
                words[-1] = Word((*pieces, held), words[-1].breath)
            elif (word := _word(token, number)) is not None:
                words.append(word)
            elif words and any(sign in token for sign in _BREATHS):
                words[-1] = Word(words[-1].pieces, breath=True)
        if words:
            found.append(Line(number, plain, tuple(words)))
    return tuple(found)


def _plain_letters(text: str) -> str:
    """Return a text without signs that are not seen, and with wide letters and ligatures as plain ones.

    Copied text is full of them: soft hyphens, marks of direction, accents that belong to no letter.
    """
    found = []
    for sign in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(sign)
        if kind in ("Mn", "Me") or (kind == "Cf" and sign != _JOINER):
            continue
        is_variant = kind[0] == "L" and unicodedata.decomposition(sign).startswith(("<wide>", "<compat>"))
        found.append(unicodedata.normalize("NFKC", sign) if is_variant else sign)
    return "".join(found)


def unsung_signs(text: str) -> str:
    """Return the signs of a text that are left out when it is sung, such as emoji, each once."""
    return "".join(dict.fromkeys(sign for sign in text if _is_picture(sign)))


def _is_picture(sign: str) -> bool:
    return unicodedata.category(sign) in ("So", "Sk", "Cs", "Co", "Cn") or sign in (_JOINER, "\ufe0f")


def _word(token: str, number: int) -> Word | None:
    """Return a token as a word; None where it has no letters. Raises LyricsError."""
    breath = any(sign in token for sign in _BREATHS)
    bare = token.strip(_BREATHS + "-·").strip("'") if token.strip("_") else ""
    bare = re.sub(f"[{re.escape(_BREATHS)}]", "", bare)
    is_parted = "·" in bare
    pieces = []
    for part in re.split(r"[·-]", bare):
        letters = part.replace("_", "")
        if not letters.strip("'"):
            continue
        for sign in letters:
            message, hint = "", "write the words in Latin letters, as they are spoken"
            is_mark = sign == "'" or unicodedata.category(sign).startswith("M")
            if unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT:
                message = "is written from right to left, which cannot be sung yet"
            elif sign.isdigit():
                message, hint = "has digits", "write numbers as words: nine, neun, nueve"
            elif not is_mark and not unicodedata.name(sign, "").startswith(_LATIN):
                message = "is not in Latin letters, in which words can be sung"
            if message:
                raise LyricsError(f"line {number}: {token!r} {message}", number, hint)
        pieces.append(Piece(letters, min(_MOST_HOLDS, part.count("_")), is_parted))
    return Word(tuple(pieces), breath) if pieces else None
