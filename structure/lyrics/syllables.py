"""The syllables of words: their letters, their place in the word, their stress and, where known, sounds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from structure.base.types import SyllableKind
from structure.lyrics.english import english_sounds
from structure.lyrics.letters import count_by_spelling, find_stress, split_by_spelling
from structure.lyrics.text import Line, LyricsError, Piece, Word
from structure.specs.languages import weak_words

_HUMMED = re.compile(r"(?:h?m+|sh+|h?m+h+m+|z+|ps+t|h+|n+|br+|gr+|t+s+k*|s+|l+|r+|w|y|[lmdtscjnw]'|[a-z])")
"""Words without a vowel that can be sung as they are: mm, shh, brr, and letters that lean on a word."""

_MOST_LETTERS = 60


@dataclass(frozen=True, slots=True)
class Sung:
    """A syllable to sing. ``stress`` is 2 for the main one of a word, 1 for another one, 0 for none.

    ``phones`` are its sounds in IPA as :mod:`structure.lyrics.english` writes them, "" where they are not
    known. ``holds`` are notes over which it goes on, ``breath`` tells that one may breathe behind it.
    """

    text: str
    kind: SyllableKind
    stress: int
    word: str
    phones: str = ""
    holds: int = 0
    breath: bool = False


@dataclass(frozen=True, slots=True)
class SungLine:
    """A line by its syllables."""

    number: int
    text: str
    syllables: tuple[Sung, ...]

    @property
    def notes(self) -> int:
        """Return the least notes on which it is sung."""
        return sum(1 + one.holds for one in self.syllables)


def split_into_syllables(lines: Sequence[Line], language: str) -> tuple[SungLine, ...]:
    """Return lines by their syllables. Raises LyricsError for a word that has nothing to sing."""
    found = []
    for line in lines:
        syllables: list[Sung] = []
        for word in line.words:
            letters = word.letters
            if len(letters) > _MOST_LETTERS:
                raise LyricsError(
                    f"line {line.number}: {letters[:20]!r}… has {len(letters)} letters",
                    line.number,
                    "part the words by spaces",
                )
            if not count_by_spelling(letters, language) and not english_like(letters, language):
                raise LyricsError(
                    f"line {line.number}: {letters!r} has no vowel to sing",
                    line.number,
                    "write it as it is spoken: tee vee for TV",
                )
            syllables += _word(word, language)
        found.append(SungLine(line.number, line.text, tuple(syllables)))
    return tuple(found)


def english_like(letters: str, language: str) -> bool:
    """Return whether a word without a vowel can be sung: it is hummed, or the dictionary has it."""
    if _HUMMED.fullmatch(letters.lower()):
        return True
    return language == "en" and bool(english_sounds(letters))


def _word(word: Word, language: str) -> Iterator[Sung]:
    """Yield the syllables of a word."""
    letters = word.letters
    parts = _parts(word, language)

    # The sounds of the word or of the words that it is made of, where there is one for each syllable.
    sounds = english_sounds(letters) if language == "en" else ()
    if language == "en" and len(sounds) != len(parts):
        pieces = [english_sounds(piece.text) for piece in word.pieces]
        sounds = tuple(sound for piece in pieces for sound in piece) if all(pieces) else ()
        sounds = sounds if len(sounds) == len(parts) else ()

    if len(parts) == 1:
        stresses = [0 if letters.lower() in weak_words(language) else 2]
    elif any(stress == 2 for _, stress in sounds):
        stresses = [stress for _, stress in sounds]
    else:
        main = find_stress([piece.text for piece, _ in parts], language)
        stresses = [2 if i == main else 1 if (i - main) % 2 == 0 else 0 for i in range(len(parts))]

    for i, ((piece, holds), stress) in enumerate(zip(parts, stresses, strict=True)):
        kind: SyllableKind = "single"
        if len(parts) > 1:
            kind = "begin" if i == 0 else "end" if i == len(parts) - 1 else "middle"
        yield Sung(
            piece.text,
            kind,
            stress,
            letters,
            sounds[i][0] if sounds else "",
            holds,
            word.breath and i == len(parts) - 1,
        )


def _parts(word: Word, language: str) -> list[tuple[Piece, int]]:
    """Return the syllables of a word with their holds, which belong to the last syllable of a piece."""
    found: list[tuple[Piece, int]] = []
    is_whole = len(word.pieces) == 1
    for piece in word.pieces:
        if piece.is_syllable:
            found.append((piece, piece.holds))
            continue
        sounds = english_sounds(piece.text) if language == "en" else ()
        # A part of a word that the user parts is no word of its own, unless it looks like one.
        count = len(sounds) if sounds and (is_whole or len(piece.text) > 3) else None
        texts = split_by_spelling(piece.text, language, count)
        found += [(replace(piece, text=text), 0) for text in texts[:-1]]
        found.append((replace(piece, text=texts[-1]), piece.holds))
    return found
