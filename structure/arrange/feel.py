"""How long players hold their notes, and how they differ from a machine: small, seeded deviations.

A note keeps its written onset; how early or late the player is goes into its ``offset``. Notes of one stem
that begin together stay together. The first beat of a section is never early, since the section's clip
begins there.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Sequence

from structure.arrange.context import SectionContext
from structure.base.exact import Fraction
from structure.base.sampling import draws
from structure.base.types import Role
from structure.harmony.bars import chords_after
from structure.plans.score import ChordEvent, Note, in_order

_TICKS_PER_QUARTER = 960
_FURTHEST_QUARTERS = 0.055
"""Deviations stay below this, so that a beat is still heard as that beat."""

_FURTHEST_SPREADS = 2.0

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
    "drums": 0.9,
    "bass": 0.95,
    "lead": 1.1,
    "chords": 1.0,
    "arpeggio": 1.0,
    "pad": 1.35,
}
"""How far each part strays, as a share of the style's ``timing_ms``."""

_FIRM = 0.8
"""Downbeats stray by this share of it."""

_DRIFT, _OWN = 0.62, 0.85
"""How much of a deviation a player keeps for half a bar, and how much belongs to the note alone: the
squares add up to more than 1, since downbeats are firm and the furthest are held back."""

_DRAWS = 1009
"""Deviations in stock; a prime, so that bars and beats meet others each time."""


def humanise(notes: Sequence[Note], role: Role, ctx: SectionContext, rng: random.Random) -> list[Note]:
    """Return the notes as a player of the style would play them; a machine's style gives the same notes.

    What happens to a note depends on its place and pitch alone, so that a varied visit plays what it keeps
    alike.
    """
    return Hand(role, ctx, rng).play(notes)


class Hand:
    """How one player plays in one section, in all of its visits."""

    def __init__(self, role: Role, ctx: SectionContext, rng: random.Random) -> None:
        self._length, self._touch = ctx.length, ctx.style.feel.touch
        self._stock: list[float] = []
        feel = ctx.style.feel
        if feel.timing_ms or feel.late_ms or feel.touch:
            # Three draws make a bell of spread 1 around zero.
            drawn = draws(rng, 3 * _DRAWS)
            self._stock = (2.0 * (drawn[0::3] + drawn[1::3] + drawn[2::3] - 1.5)).tolist()
        self._strays = _Strays(role, ctx, self._stock)

    def play(self, notes: Sequence[Note]) -> list[Note]:
        """Return the notes as they are played; see :func:`humanise`."""
        stock, strays, most = self._stock, self._strays, self._touch
        if not stock:
            return list(notes)
        ends = float(self._length)
        next_played: dict[int, tuple[float, Fraction, Fraction]] = {}
        played: list[Note] = []
        before: Fraction | None = None
        for note in reversed(notes):
            onset, duration, pitch = note.onset, note.duration, note.pitch
            if onset is not before:  # the notes of a chord share theirs
                offset, at, place = strays[onset]
                before = onset
            # A note ends where the next of its pitch begins. Floats tell which comes first.
            again = next_played.get(pitch)
            until = ends if again is None else again[0]
            if at + duration.numerator / duration.denominator > until > at:
                end = self._length if again is None else again[1] + again[2]
                duration = end - onset - offset
            next_played[pitch] = at, onset, offset
            touch = stock[(place * 131 + pitch * 17 + 5) % _DRAWS]
            force = 1.0 + most * (touch / 2 if -2.0 <= touch <= 2.0 else math.copysign(1.0, touch))
            velocity = round(note.velocity * force)
            velocity = 1 if velocity < 1 else 127 if velocity > 127 else velocity
            played.append(
                Note(onset, duration, pitch, velocity, offset, note.articulation, note.bend, note.syllable)
            )
        return sorted(played, key=in_order)


class _Strays(dict[Fraction, tuple[Fraction, float, int]]):
    """For each place how late a player is there, worked out once for a place.

    Each entry has the delay in quarters, the place with the delay as a float, and the place in whole
    twenty-fourths of a quarter.
    """

    def __init__(self, role: Role, ctx: SectionContext, stock: Sequence[float]) -> None:
        super().__init__()
        feel = ctx.style.feel
        self._ctx, self._stock = ctx, stock
        per_ms = ctx.tempo_bpm * float(ctx.meter.beat_quarters) / 60_000.0
        plays = feel.timing_ms > 0 or feel.late_ms > 0
        own = feel.parts.get(role, 0.0) if plays else 0.0
        self._spread = feel.timing_ms * _LOOSE.get(role, 1.0) * per_ms
        self._late = (feel.late_ms * _LATE.get(role, 0.0) + own) * per_ms
        self._half_bar = float(ctx.meter.bar_quarters) / 2
        self._final = ctx.final_onset if ctx.ends_song else None

    def __missing__(self, onset: Fraction) -> tuple[Fraction, float, int]:
        ticks = self._ticks(onset)
        over, under = onset.numerator, onset.denominator
        start = (over * _TICKS_PER_QUARTER + ticks * under) / (under * _TICKS_PER_QUARTER)
        found = Fraction(ticks, _TICKS_PER_QUARTER), start, 24 * over // under
        self[onset] = found
        return found

    def _ticks(self, onset: Fraction) -> int:
        """Return how late a note at an onset is, in ticks; the last chord of a song is struck together."""
        if self._final is not None and onset >= self._final:
            return 0
        at = float(onset)
        half = int(at / self._half_bar)
        draw = self._stock[int(at * 24) * 7 % _DRAWS] * _OWN + self._stock[half * 31 % _DRAWS] * _DRIFT
        if self._ctx.is_downbeat(onset):
            draw *= _FIRM
        draw = min(max(draw, -_FURTHEST_SPREADS), _FURTHEST_SPREADS)
        quarters = min(max(self._late + self._spread * draw, -_FURTHEST_QUARTERS), _FURTHEST_QUARTERS)
        return max(round(quarters * _TICKS_PER_QUARTER), 0 if onset == 0 else -_TICKS_PER_QUARTER)


_CLEAR = 0.3
"""From here on a mood asks for other lengths."""

_DETACHED = Fraction(1, 2)
_SHORTEST = Fraction(1, 8)
"""A detached note sounds for half of its length, but not for less than this many quarters."""


def articulate(notes: Sequence[Note], role: Role, ctx: SectionContext) -> list[Note]:
    """Return the notes detached, or held until the next of the part or the next chord begins.

    Drums and the last chord of a song stay as they are.
    """
    wanted = ctx.feeling.articulation
    if role == "drums" or abs(wanted) < _CLEAR:
        return list(notes)

    onsets = sorted({note.onset for note in notes})
    found = []
    for note in notes:
        if ctx.ends_song and note.onset >= ctx.final_onset:
            found.append(note)
        elif wanted > 0:
            length = min(note.duration, max(note.duration * _DETACHED, _SHORTEST))
            found.append(note.move_to(note.onset, length))
        else:
            place = bisect_right(onsets, note.onset)
            following = onsets[place] if place < len(onsets) else ctx.length
            end = min(following, note.onset + ctx.meter.bar_quarters, ctx.length)
            found.append(hold_until(note, end, ctx.chords))
    return found


def hold_until(note: Note, end: Fraction, chords: Sequence[ChordEvent]) -> Note:
    """Return a note that lasts to ``end``, but not into one of the chords in order that lacks it.

    It never gets shorter.
    """
    for chord in chords_after(chords, note.onset):
        if chord.onset >= end:
            break
        if note.pitch % 12 not in chord.pitch_classes:
            end = chord.onset
            break
    return note.move_to(note.onset, max(note.duration, end - note.onset))
