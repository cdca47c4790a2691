"""How long notes are held, where a mood asks for longer or shorter ones than the figures have."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from structure.arrange.context import SectionContext
from structure.base.types import Role
from structure.plans.score import ChordEvent, Note

_CLEAR = 0.3
"""From here on a mood asks for other lengths."""

_DETACHED = Fraction(1, 2)
_SHORTEST = Fraction(1, 8)
"""A detached note sounds for half of its length, but not for less than this many quarters."""


def articulated(notes: Sequence[Note], role: Role, ctx: SectionContext) -> list[Note]:
    """Return the notes detached, or held until the next of the part or the next chord begins; drums and the
    last chord of a song stay as they are."""
    wanted = ctx.feeling.articulation
    if role == "drums" or abs(wanted) < _CLEAR:
        return list(notes)
    if wanted > 0:
        return [note if _is_final(note, ctx) else _detached(note) for note in notes]
    onsets = sorted({note.onset for note in notes})
    return [note if _is_final(note, ctx) else _held(note, onsets, ctx) for note in notes]


def _detached(note: Note) -> Note:
    return replace(note, duration=min(note.duration, max(note.duration * _DETACHED, _SHORTEST)))


def _held(note: Note, onsets: Sequence[Fraction], ctx: SectionContext) -> Note:
    """A note until the next, for two bars at most, and not into a chord that it does not belong to."""
    place = bisect_right(onsets, note.onset)
    end = onsets[place] if place < len(onsets) else ctx.length
    end = min(end, note.onset + ctx.meter.bar_quarters, ctx.length)
    later = next((c for c in ctx.chords if note.onset < c.onset < end and _is_foreign(note, c)), None)
    if later is not None:
        end = later.onset
    return replace(note, duration=max(note.duration, end - note.onset))


def _is_foreign(note: Note, chord: ChordEvent) -> bool:
    return note.pitch % 12 not in chord.pitch_classes


def _is_final(note: Note, ctx: SectionContext) -> bool:
    return ctx.ends_song and note.onset >= ctx.final_onset
