"""Text of users as it may reach a terminal, a file name or an exported file; and its letters in ASCII."""

from __future__ import annotations

import re
import unicodedata

_SEQUENCE = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\\]PX^_]|[\x9d\x90\x98\x9e\x9f]).*?(?:\x1b\\\\|[\x07\x9c]|$)"
    "|\x1b[ -/]*[0-~]?",
    re.DOTALL,
)
"""What a terminal obeys (ECMA-48): sequences that begin with escape, or with its one-sign forms."""

_JOINERS = "\u200c\u200d"
"""Formatting signs without which some scripts, and some emoji, are misspelt."""

_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_MOST_BYTES = 120


def clean_text(text: str) -> str:
    """Return a text without what is no sign of writing.

    That is escape sequences, control signs, signs that turn the direction of writing, halves of surrogate
    pairs and what Unicode will never use.

    Line breaks stay, other blanks become spaces, and letters with accents are composed (NFC).
    """
    if text.isascii() and text.isprintable():
        return text
    plain = _SEQUENCE.sub("", text)
    return unicodedata.normalize("NFC", "".join(map(_clean_sign, plain)))


def clean_line(text: str) -> str:
    """Return a text as :func:`clean_text` does, on one line, with one blank at most between words."""
    return " ".join(clean_text(text).split())


def file_words(text: str, otherwise: str, most: int = 6) -> str:
    """Return a name for a file or folder from the first words of a text in any script: ``夜の歌``.

    It is in small letters with ``-`` between words, no name of a device, and ``otherwise`` where nothing is
    left. Signs such as emoji count where there are no letters.
    """
    plain = unicodedata.normalize("NFC", clean_line(text).casefold())
    words = _split(plain, "LMN") or _split(plain, "LMNS")
    name = "-".join(words[:most]).encode()[:_MOST_BYTES].decode("utf-8", "ignore").strip("-")
    return f"{name}-song" if name in _DEVICES else name or otherwise


def in_ascii(text: str) -> str:
    """Return a text with its letters in ASCII, whatever their script: ``Äols`` is ``Aeols``."""
    from anyascii import anyascii

    plain = unicodedata.normalize("NFC", clean_text(text))
    return anyascii(plain.translate(_UMLAUTS))


_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})


def _clean_sign(sign: str) -> str:
    """Return a sign as it may be written: itself, a blank, or nothing."""
    kind, code = unicodedata.category(sign), ord(sign)
    if sign == "\n" or sign in _JOINERS:
        return sign
    if kind in ("Zs", "Zl", "Zp") or sign in "\t\r\v\f\x85":
        return " "
    is_no_character = code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF
    return "" if kind in ("Cc", "Cf", "Cs", "Co") or is_no_character else sign


def _split(text: str, kinds: str) -> list[str]:
    """Return the words of a text: runs of letters, marks and digits, or of all signs of some ``kinds``."""
    kept = (
        sign if unicodedata.category(sign)[0] in kinds and unicodedata.category(sign) != "Sm" else " "
        for sign in text
    )
    return "".join(kept).replace("|", " ").split()
