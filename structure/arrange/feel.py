"""How long players hold their notes, and how they differ from a machine: small, seeded deviations.

Notes of one stem that begin together stay together. The first beat of a section is never early, since the
section's clip begins there. Deviations are less than half of the grid on which parts are notated, so that
:func:`structure.arrange.swing.straightened` takes them out again exactly.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from math import lcm

from structure.arrange.context import SectionContext
from structure.arrange.swing import NOTATED
from structure.base.exact import Fraction
from structure.base.types import Role
from structure.plans.score import ChordEvent, Note

_TICKS_PER_QUARTER = 960
_FURTHEST_TICKS = 12

_LATE: dict[Role, float] = {
    "bass": 0.6,
    "lead": 1.0,
    "chords": 0.3,
    "arpeggio": 0.0,
    "pad": 0.0,
    "drums": 0.0,
}
"""Who lies behind the beat, as a share of the style's ``late_ms``."""

_LOOSE: dict[Role, float] = {
    "drums": 0.5,
    "bass": 0.7,
    "lead": 1.0,
    "chords": 0.8,
    "arpeggio": 0.8,
    "pad": 0.5,
}


_DRAWS = 1009
"""Deviations in stock; a prime, so that bars and beats meet others each time."""


def humanised(notes: Sequence[Note], role: Role, ctx: SectionContext, rng: random.Random) -> list[Note]:
    """The notes as a player of the style would play them; a machine's style gives the same notes.

    What happens to a note depends on its place and pitch alone, so that a varied visit plays what it keeps
    alike.
    """
    feel = ctx.style.feel
    if not feel.timing_ms and not feel.late_ms and not feel.touch:
        return list(notes)
    # Two draws make a triangle around zero.
    stock = [rng.random() + rng.random() - 1.0 for _ in range(_DRAWS)]
    quarters_per_ms = ctx.tempo_bpm * float(ctx.meter.beat_quarters) / 60_000.0
    spread = feel.timing_ms * _LOOSE[role] * quarters_per_ms
    late = feel.late_ms * _LATE[role] * quarters_per_ms
    # In whole ticks of the finest grid that the notes need: fractions are exact too, but slow.
    grid = lcm(
        _TICKS_PER_QUARTER, *(n.onset.denominator for n in notes), *(n.duration.denominator for n in notes)
    )
    tick = grid // _TICKS_PER_QUARTER
    quarters = _Quarters(grid)
    shifts: dict[int, int] = {}
    next_onset: dict[int, int] = {}
    played: list[tuple[int, int, int, int]] = []
    for note in reversed(notes):
        written = note.onset.numerator * (grid // note.onset.denominator)
        place = written * NOTATED.denominator // grid
        if written not in shifts:
            shift = tick * _shift_ticks(note.onset, late + spread * stock[place * 7 % _DRAWS], ctx)
            shifts[written] = max(shift, -written)
        onset = written + shifts[written]
        # A note ends where the next of its pitch begins.
        end = written + note.duration.numerator * (grid // note.duration.denominator)
        end = min(end, next_onset.get(note.pitch, end))
        next_onset[note.pitch] = onset
        touch = stock[(place * 131 + note.pitch * 17 + 5) % _DRAWS]
        velocity = min(127, max(1, round(note.velocity * (1.0 + feel.touch * touch))))
        played.append((onset, max(end - onset, tick), note.pitch, velocity))
    return [
        Note(quarters[onset], quarters[duration], pitch, velocity)
        for onset, duration, pitch, velocity in sorted(played)
    ]


class _Quarters(dict[int, Fraction]):
    """Positions in quarters by their ticks, each made once."""

    def __init__(self, ticks_per_quarter: int) -> None:
        super().__init__()
        self._ticks_per_quarter = ticks_per_quarter

    def __missing__(self, ticks: int) -> Fraction:
        self[ticks] = found = Fraction(ticks, self._ticks_per_quarter)
        return found


def _shift_ticks(onset: Fraction, quarters: float, ctx: SectionContext) -> int:
    """A deviation in whole ticks. Downbeats move half as far; the last chord of a song is struck
    together."""
    if ctx.ends_song and onset >= ctx.final_onset:
        return 0
    if ctx.is_downbeat(onset):
        quarters /= 2
    ticks = math.floor(quarters * _TICKS_PER_QUARTER + 0.5)
    return min(max(ticks, -_FURTHEST_TICKS), _FURTHEST_TICKS)


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
