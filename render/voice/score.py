"""What a singer reads: notes in seconds, each with its sounds, in phrases that one breath carries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from render.voice.phonemes import Parts, parts_of

_BREATH_S = 0.22
"""A rest so long is one in which a singer breathes: it ends a phrase."""

_MOST_SYLLABLES = 40

Kind = Literal["single", "begin", "middle", "end", "hold"]


@dataclass(frozen=True, slots=True)
class SungNote:
    """A note of a voice: seconds from the clip's first sample, MIDI pitch, and what is sung on it.

    ``phones`` are the syllable's sounds; those of a ``hold`` are not read. ``stress`` is 2, 1 or 0,
    ``loudness`` 0 to 1.
    """

    start_s: float
    end_s: float
    pitch: float
    phones: str
    kind: Kind = "single"
    stress: int = 0
    loudness: float = 0.7


@dataclass(frozen=True, slots=True)
class SungSyllable:
    """A syllable on its notes, the first of which has its vowel's onset."""

    parts: Parts
    notes: tuple[SungNote, ...]
    begins_word: bool

    @property
    def start_s(self) -> float:
        """Return where its vowel begins, in seconds."""
        return self.notes[0].start_s

    @property
    def end_s(self) -> float:
        """Return where it ends at the latest, in seconds."""
        return self.notes[-1].end_s


def phrases(notes: Sequence[SungNote]) -> list[tuple[SungSyllable, ...]]:
    """Part the notes of a voice, in order, into phrases of syllables.

    A hold without a syllable before it is sung as a syllable of its own.
    """
    grouped: list[list[SungNote]] = []
    for note in notes:
        if grouped and note.kind == "hold" and note.start_s - grouped[-1][-1].end_s < _BREATH_S:
            grouped[-1].append(note)
        else:
            grouped.append([note])

    found: list[list[SungSyllable]] = []
    for group in grouped:
        begins_word = group[0].kind in ("single", "begin")
        syllable = SungSyllable(parts_of(group[0].phones), tuple(group), begins_word)
        if (
            not found
            or syllable.start_s - found[-1][-1].end_s >= _BREATH_S
            or len(found[-1]) >= _MOST_SYLLABLES
        ):
            found.append([])
        found[-1].append(syllable)
    return [tuple(phrase) for phrase in found]
