"""Swing: every pair of eighths or sixteenths divided unevenly, as an exact fraction, in all parts alike."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from structure.grid import Meter
from structure.score import Note
from structure.styles import Swing


def swung(notes: Iterable[Note], swing: Swing, meter: Meter) -> list[Note]:
    """Notes with their off-beats moved; beats stay where they are.

    Compound metres are in triplets already, and where the beat is an eighth there is no pair to divide.
    """
    straight = swing.first_share == Fraction(1, 2)
    if straight or meter.denominator == 8:
        return list(notes)
    moved = []
    for note in notes:
        onset = _moved(note.onset, swing)
        moved.append(Note(onset, _moved(note.end, swing) - onset, note.pitch, note.velocity))
    return moved


def _moved(position: Fraction, swing: Swing) -> Fraction:
    """Both halves of a pair are stretched evenly, so that order and bar lines are kept."""
    pair, share = swing.pair_quarters, swing.first_share
    start = position // pair * pair
    rest = (position - start) / pair
    if rest <= Fraction(1, 2):
        return start + pair * rest * 2 * share
    return start + pair * (share + (rest - Fraction(1, 2)) * 2 * (1 - share))
