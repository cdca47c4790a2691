"""Swing: every pair of eighths or sixteenths divided unevenly, as an exact fraction, in all parts alike."""

from __future__ import annotations

from collections.abc import Iterable

from structure.base.exact import Fraction
from structure.base.grid import Meter, round_half_up
from structure.plans.score import Note
from structure.presets.styles import Swing

_EVEN = Fraction(1, 2)
NOTATED = Fraction(1, 24)
"""Quarters: positions of notes as they are written are multiples of it, in triplets as in sixteenths."""


def apply_swing(notes: Iterable[Note], swing: Swing, meter: Meter) -> list[Note]:
    """Return the notes with their off-beats moved; beats stay where they are."""
    return _stretch(notes, swing, meter, _EVEN, swing.first_share)


def remove_swing(notes: Iterable[Note], swing: Swing, meter: Meter) -> list[Note]:
    """Return the notes as they are written, under the word "Swing" where they swing.

    This is the inverse of :func:`apply_swing`, and of the small deviations that
    :mod:`structure.arrange.feel` makes.
    """
    found = []
    for note in _stretch(notes, swing, meter, swing.first_share, _EVEN):
        onset, end = (NOTATED * round_half_up(at / NOTATED) for at in (note.onset, note.end))
        found.append(note.move_to(onset, max(end - onset, NOTATED)))
    return found


def _stretch(notes: Iterable[Note], swing: Swing, meter: Meter, old: Fraction, new: Fraction) -> list[Note]:
    """Return the notes with pairs that were divided at the share ``old`` divided at ``new`` instead."""
    # Compound metres are in triplets already; where the beat is an eighth there is no pair to divide.
    if swing.first_share == _EVEN or meter.denominator == 8:
        return list(notes)
    pair = swing.pair_quarters
    places: dict[Fraction, Fraction] = {}  # notes share their places, and fractions are slow
    moved = []
    for note in notes:
        onset, end = note.onset, note.end
        for at in (onset, end):
            if at not in places:
                # Both parts of a pair are stretched evenly: order and bar lines are kept.
                start = at // pair * pair
                rest = (at - start) / pair
                share = rest * new / old if rest <= old else new + (rest - old) * (1 - new) / (1 - old)
                places[at] = start + pair * share
        moved.append(note.move_to(places[onset], places[end] - places[onset]))
    return moved
