"""Solos on drums: figures of two beats that come again, grow from the snare to all toms, and end on a hit.

The feet go on under the hands, so that the bar is heard through the solo.
"""

from __future__ import annotations

import random

from structure.arrange.context import SectionContext
from structure.arrange.drums import KEYS
from structure.arrange.solos.habits import STEPS, Pulse, drum_feet, drum_rhythms, pulse_of
from structure.arrange.solos.shape import force_at
from structure.base.exact import Fraction
from structure.base.sampling import pick
from structure.plans.score import Note, in_order

_LANES = {
    "s": "snare",
    "g": "snare",
    "h": "tom_high",
    "m": "tom_mid",
    "l": "tom_low",
    "k": "kick",
    "c": "crash",
    "r": "ride",
    "o": "open",
}
_HIT = Fraction(1, 8)
_ACCENT, _STROKE, _GHOST, _FOOT = 116, 92, 48, 74
_QUIETEST = 0.8
"""Share of the force of a stroke where a solo is weakest."""

_PHRASE = 4
"""Bars of a phrase: a figure, the same again, another, and a fill."""

_FROM = {"sparse": 0.0, "middle": 0.3, "busy": 0.55, "fast": 0.8}
"""How strong a solo is from where on its figures are so busy."""


def write_drum_solo(
    ctx: SectionContext,
    start: Fraction,
    end: Fraction,
    rng: random.Random,
    forces: tuple[float, float] = (0.0, 1.0),
) -> list[Note]:
    """Return a solo on drums from ``start`` to ``end``, which are bar lines, exactly on the grid.

    ``forces`` are the shares of a whole solo between which this stretch lies.
    """
    bar, beat, pulse = ctx.meter.bar_quarters, ctx.meter.beat_quarters, pulse_of(ctx)
    step = beat / STEPS[pulse]
    hits: dict[tuple[Fraction, int], Note] = {}
    figure: list[str] = []
    bars = int(-(-(end - start) // bar))
    for index in range(bars):
        place = index % _PHRASE
        is_fill = place == _PHRASE - 1 or index == bars - 1
        loud = force_at(forces[0] + (forces[1] - forces[0]) * (index + 0.5) / bars)
        if not figure or place in {0, 2} or is_fill:
            figure = _figure(min(1.0, loud + (0.25 if is_fill else 0.0)), ctx, pulse, rng)

        at = start + index * bar
        notes = [
            Note(at + number * beat, _HIT, KEYS[lane], _FOOT)
            for lane, beats in drum_feet(pulse).items()
            for number in beats
            if number < ctx.meter.beats_per_bar
        ]
        for number, sign in enumerate(figure):
            if sign == ".":
                continue
            base = _ACCENT if sign.isupper() else _GHOST if sign == "g" else _STROKE
            velocity = min(127, round(base * (_QUIETEST + (1.0 - _QUIETEST) * loud)))
            lanes = ("crash", "kick") if sign.lower() == "c" else (_LANES[sign.lower()],)
            notes += [Note(at + number * step, _HIT, KEYS[lane], velocity) for lane in lanes]
        hits.update({(note.onset, note.pitch): note for note in notes if start <= note.onset < end})

    # The last beat is left free but for a hit of kick and crash at its start.
    last = end - beat
    kept = {where: note for where, note in hits.items() if where[0] <= last}
    for lane in ("kick", "crash"):
        kept[last, KEYS[lane]] = Note(last, _HIT, KEYS[lane], _ACCENT)
    return sorted(kept.values(), key=in_order)


def _figure(force: float, ctx: SectionContext, pulse: Pulse, rng: random.Random) -> list[str]:
    """Return what the hands play in a bar, a sign for each step.

    It is one pattern for two beats and the same again, or another. Beats that are left over have the start
    of one.
    """
    level = next(level for level, at in reversed(_FROM.items()) if force >= at)
    patterns = drum_rhythms(pulse)[level]
    first = pick(rng, patterns)
    second = first if rng.random() < 0.4 else pick(rng, patterns)
    needed = int(ctx.meter.beats_per_bar) * STEPS[pulse]
    hands = ""
    while len(hands) < needed:
        hands += second if hands else first
    return list(hands[:needed])
