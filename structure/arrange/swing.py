"""Swing: every pair of eighths or sixteenths divided unevenly, as an exact fraction, in all parts alike."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from structure.grid import Meter
from structure.score import Note
from structure.styles import Swing


def swung(notes: Iterable[Note], swing: Swing, meter: Meter) -> list[Note]:
    """Notes with their off-beats moved; beats stay where they are."""
    if not _swings(swing, meter):
        return list(notes)
    moved = []
    for note in notes:
        onset = _moved(note.onset, swing)
        moved.append(Note(onset, _moved(note.end, swing) - onset, note.pitch, note.velocity))
    return moved


def _swings(swing: Swing, meter: Meter) -> bool:
    """Compound metres are in triplets already; where the beat is an eighth there is no pair to divide."""
    return swing.first_share != Fraction(1, 2) and meter.denominator != 8


def _moved(position: Fraction, swing: Swing) -> Fraction:
    """Both halves of a pair are stretched evenly, so that order and bar lines are kept."""
    pair, share = swing.pair_quarters, swing.first_share
    start = position // pair * pair
    rest = (position - start) / pair
    if rest <= Fraction(1, 2):
        return start + pair * rest * 2 * share
    return start + pair * (share + (rest - Fraction(1, 2)) * 2 * (1 - share))


def straightened(notes: Iterable[Note], swing: Swing, meter: Meter) -> list[Note]:
    """The inverse of :func:`swung`: notes as they are written under the word "Swing"."""
    if not _swings(swing, meter):
        return list(notes)
    straight = []
    for note in notes:
        onset = _unmoved(note.onset, swing)
        straight.append(Note(onset, _unmoved(note.end, swing) - onset, note.pitch, note.velocity))
    return straight


def _unmoved(position: Fraction, swing: Swing) -> Fraction:
    pair, share = swing.pair_quarters, swing.first_share
    start = position // pair * pair
    rest = (position - start) / pair
    if rest <= share:
        return start + pair * rest / (2 * share)
    return start + pair * (Fraction(1, 2) + (rest - share) / (2 * (1 - share)))
