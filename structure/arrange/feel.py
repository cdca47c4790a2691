"""How players differ from a machine: small, seeded deviations of timing and touch.

Notes of one stem that begin together stay together. The first beat of a section is never early, since the
section's clip begins there. Deviations are less than half of the grid on which parts are notated, so that
:func:`structure.arrange.swing.straightened` takes them out again exactly.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

from structure.arrange.context import SectionContext
from structure.arrange.swing import NOTATED
from structure.grid import round_half_up
from structure.score import Note
from structure.types import Role

_FURTHEST = Fraction(3, 240)
_TICK = Fraction(1, 960)
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
    shifts: dict[Fraction, Fraction] = {}
    played: list[Note] = []
    next_onset: dict[int, Fraction] = {}
    for note in reversed(notes):
        place = int(note.onset / NOTATED)
        if note.onset not in shifts:
            shifts[note.onset] = _shift(note.onset, late + spread * stock[place * 7 % _DRAWS], ctx)
        onset, end = note.onset + shifts[note.onset], note.end
        # A note ends where the next of its pitch begins.
        end = min(end, next_onset.get(note.pitch, end))
        next_onset[note.pitch] = onset
        touch = stock[(place * 131 + note.pitch * 17 + 5) % _DRAWS]
        velocity = min(127, max(1, round(note.velocity * (1.0 + feel.touch * touch))))
        played.append(Note(onset, max(end - onset, _TICK), note.pitch, velocity))
    return sorted(played, key=lambda note: (note.onset, note.duration, note.pitch))


def _shift(onset: Fraction, quarters: float, ctx: SectionContext) -> Fraction:
    """A deviation in whole ticks. Downbeats move half as far, the section's first not at all early; the
    last chord of a song is struck together."""
    if ctx.ends_song and onset >= ctx.final_onset:
        return Fraction(0)
    if onset % ctx.meter.bar_quarters == 0:
        quarters /= 2
    shift = min(max(_TICK * round_half_up(Fraction(quarters) / _TICK), -_FURTHEST), _FURTHEST)
    return max(shift, -onset)
