"""The shape of a solo: statements with breath between them, which grow up to a climax near the end."""

from __future__ import annotations

import random
from dataclasses import dataclass

from structure.arrange.context import SectionContext
from structure.arrange.solos.habits import Habits
from structure.base.exact import Fraction
from structure.base.sampling import pick, pick_weighted

_START, _CLIMAX_AT, _AFTER = 0.05, 0.85, 0.9
"""How strong a solo is where it begins, where its climax lies, and how strong it ends."""

_PHRASE = 4
"""Bars of a phrase, over whose end statements do not go."""

_WAILS_FROM, _RIFFS_FROM, _TRILLS_FROM = 0.35, 0.4, 0.6
"""How strong a solo must be for long high notes, repeated riffs and trills."""

_WAILS_TO = 0.7
"""How strong it may be: where it is strongest it does not stop for a long note."""

_ANSWERED = 0.25
"""By how much a solo may have grown from a statement to its answer."""

_LONGER = 3.0
"""How much rather statements are long at the end of a solo than at its beginning."""

_FULL = 3
"""Beats of a bar from which on it counts as one."""

_SHORT = 2
"""Bars of a window in which there is one statement."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is played in one breath, in quarters from the section's downbeat.

    It says where its bars begin, where its first note may come, where its last one ends, and where the next
    statement begins. ``force`` (0…1) is how strong it is, ``rise`` where it begins and where it ends.
    """

    bars_from: Fraction
    start: Fraction
    stop: Fraction
    end: Fraction
    kind: str
    force: float
    rise: tuple[float, float]
    is_last: bool = False

    def force_at(self, position: Fraction) -> float:
        """Return how strong it is at a position inside it."""
        share = float((position - self.bars_from) / (self.end - self.bars_from))
        return self.rise[0] + (self.rise[1] - self.rise[0]) * share


@dataclass(frozen=True, slots=True)
class Stroke:
    """A note to be: when, how long, its pitch, and whether it is an aim of the line."""

    onset: Fraction
    duration: Fraction
    pitch: int
    is_aim: bool
    force: int


def force_at(share: float) -> float:
    """Return how strong (0…1) a solo is at a share of its length."""
    if share <= _CLIMAX_AT:
        return _START + (1.0 - _START) * share / _CLIMAX_AT
    return 1.0 - (1.0 - _AFTER) * (share - _CLIMAX_AT) / (1.0 - _CLIMAX_AT)


def plan_statements(
    start: Fraction,
    end: Fraction,
    ctx: SectionContext,
    habits: Habits,
    rng: random.Random,
    forces: tuple[float, float] = (0.0, 1.0),
) -> list[Statement]:
    """Return the statements from ``start`` to ``end``, which are bar lines or the end of the song.

    ``forces`` are the shares of a whole solo between which this stretch lies.
    """
    beat = ctx.meter.beat_quarters
    # A bar of two beats has no room for a statement that breathes: two of them count as one.
    bar = ctx.meter.bar_quarters * (2 if ctx.meter.beats_per_bar < _FULL else 1)
    found: list[Statement] = []
    at = start
    while at < end:
        # Short statements are for the start: later one goes on into the next.
        number, left = int((at - start) / bar), int(-(-(end - at) // bar))
        room = min(_PHRASE - number % _PHRASE, left)
        grown = number / (number + left)
        weights = {
            bars: weight * (1.2 - grown if bars == 1 else 1.0 + _LONGER * grown if bars > _SHORT else 1.0)
            for bars, weight in habits.bars.items()
            if bars <= room and (left - bars != 1 or room == 1)
        }
        length = pick_weighted(rng, weights) if weights and left > _SHORT else room
        stop = min(at + length * bar, end)
        rise = _force(at, start, end, forces), _force(stop, start, end, forces)
        force = _force((at + stop) / 2, start, end, forces)
        kind = _kind(found, force, habits, rng)
        is_calm = force < _RIFFS_FROM

        # It may begin after its bar line, or before it where there is room.
        offsets = [Fraction(0), beat] if is_calm else [Fraction(0)]
        if found and at - found[-1].stop >= beat * Fraction(3, 2):
            offsets += [-beat, -beat]
        offset = pick(rng, offsets)

        # It leaves a breath at its end, less as a solo grows. What is left of a swung half is no breath.
        short = beat if ctx.style.swing.swings_eighths else beat / 2
        if stop - at < 2 * bar:
            breath = beat if is_calm else short
        else:
            breath = pick(rng, (beat, beat, 2 * beat) if is_calm else (short, short, beat))
        found.append(
            Statement(at, at + offset, stop - breath, stop, kind, force, rise, is_last=stop == end)
        )
        at = stop
    return found


def _force(at: Fraction, start: Fraction, end: Fraction, forces: tuple[float, float]) -> float:
    share = float((at - start) / (end - start))
    return force_at(forces[0] + (forces[1] - forces[0]) * share)


def _kind(before: list[Statement], force: float, habits: Habits, rng: random.Random) -> str:
    """Return what kind of statement follows: the first is new, and nothing strong comes too early."""
    if not before:
        return "new"
    from_force = {"wail": _WAILS_FROM, "riff": _RIFFS_FROM, "trill": _TRILLS_FROM}
    # An answer has the rhythm of what it answers, which is too slow once a solo has grown since.
    last = before[-1]
    too_late = {
        "wail": force > _WAILS_TO,
        "answer": last.kind == "answer" or force - last.force > _ANSWERED,
    }
    weights = {
        kind: weight * (0.5 if kind == before[-1].kind and kind in from_force else 1.0)
        for kind, weight in habits.phrases.items()
        if force >= from_force.get(kind, 0.0) and not too_late.get(kind, False)
    }
    return pick_weighted(rng, weights) if sum(weights.values()) > 0 else "new"
