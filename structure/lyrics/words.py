"""Sets the words of a section to its tune, or gives a tune without words something to sing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from structure.base.exact import Fraction
from structure.lyrics.passage import STRONG, Passage
from structure.lyrics.ranges import within_range
from structure.lyrics.setting import set_line
from structure.lyrics.syllables import SungLine
from structure.lyrics.voices import VoiceRange, Wordless
from structure.lyrics.windows import windows_of
from structure.plans.score import Note, Syllable

_PHRASE_REST = Fraction(1, 2)


def set_words(
    lines: Sequence[SungLine], tune: Sequence[Note], passage: Passage, voice: VoiceRange, where: str
) -> list[Note]:
    """Return the notes on which lines are sung, in order: those of the tune, with the rhythm of the words.

    The same lines, tune and passage give the same notes. Raises PlanError where they do not fit.
    """
    found: list[Note] = []
    begin = Fraction(0)
    for line, window in zip(lines, windows_of(lines, passage, where), strict=True):
        found += set_line(line, window, passage, tune, begin)
        begin = found[-1].end + Fraction(1, 2)
    return within_range(found, voice, passage)


def without_words(tune: Sequence[Note], passage: Passage, voice: VoiceRange, sings: Wordless) -> list[Note]:
    """Return a tune in the range of a voice, with syllables to sing where there are no words."""
    found: list[Note] = []
    for phrase in phrases_of(within_range(tune, voice, passage)):
        said = sings.line([passage.weight(nearest_eighth(note.onset)) >= STRONG for note in phrase])
        found += [replace(note, syllable=Syllable(text)) for note, text in zip(phrase, said, strict=True)]
    return found


def nearest_eighth(at: Fraction) -> Fraction:
    """Return the eighth at or before a place, for notes that swing."""
    return at // _PHRASE_REST * _PHRASE_REST


def phrases_of(tune: Sequence[Note]) -> list[list[Note]]:
    """Return a tune in phrases, which rests part."""
    found: list[list[Note]] = []
    for note in tune:
        if not found or note.onset - found[-1][-1].end >= _PHRASE_REST:
            found.append([])
        found[-1].append(note)
    return found
