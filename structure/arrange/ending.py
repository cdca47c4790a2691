"""The last chord of a song, struck once and held to the double bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from structure.arrange.context import SectionContext
from structure.plans.score import Note


def with_held_ending(notes: Iterable[Note], ctx: SectionContext, pitches: Sequence[int]) -> list[Note]:
    """Return the notes up to the song's last chord, with ``pitches`` held from there.

    Notes of sections that do not end the song stay as they are.
    """
    if not ctx.ends_song:
        return list(notes)
    start = ctx.final_onset
    kept = [
        note.move_to(note.onset, min(note.duration, start - note.onset))
        for note in notes
        if note.onset < start
    ]
    return kept + [
        Note(start, ctx.length - start, pitch, ctx.velocity(92)) for pitch in sorted(set(pitches))
    ]
