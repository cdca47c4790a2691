"""Voicings of chords, and the smoothest way from one to the next.

A voicing is an ascending tuple of MIDI pitches. Candidates keep every tone that makes the chord what it is,
and no narrow interval low down; over a whole section the ones with the least movement are found by
dynamic programming (Viterbi).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise

from structure.score import ChordEvent

Pitches = tuple[int, ...]

VOICES = 4
_KEPT = 14
"""Candidates of one chord that are weighed against those of its neighbours."""

_WIDEST = 17
_LOW_LIMITS = ((52, 7), (57, 4), (62, 3))
"""Below a pitch (first) the next voice is at least this many semitones higher (second); after the low
interval limits of arranging textbooks."""


def lead_voices(chords: Sequence[ChordEvent], low: int, high: int, centre: float) -> list[Pitches]:
    """A voicing of four notes for each chord, in ``low`` … ``high``, around ``centre`` (MIDI pitches)."""
    return list(_smoothest(tuple(chord.pitch_classes for chord in chords), low, high, centre))


def power_voicing(chord: ChordEvent, low: int) -> Pitches:
    """Root, fifth and octave with the root in the octave above ``low``."""
    root = low + (chord.root - low) % 12
    above = {(pitch - chord.root) % 12 for pitch in chord.pitch_classes}
    fifth = next((step for step in (7, 6, 8) if step in above), 7)
    return (root, root + fifth, root + 12)


def movement(one: Pitches, other: Pitches) -> int:
    """Semitones that the voices move in all, each to its counterpart."""
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=512)
def _smoothest(chords: tuple[Pitches, ...], low: int, high: int, centre: float) -> tuple[Pitches, ...]:
    layers = [_candidates(pitch_classes, low, high, centre) for pitch_classes in chords]
    best = [cost for cost, _ in layers[0]]
    back: list[list[int]] = []
    for before, layer in pairwise(layers):
        row, pointers = [], []
        for cost, voicing in layer:
            ways = [best[i] + _motion_cost(old, voicing) for i, (_, old) in enumerate(before)]
            way = min(range(len(ways)), key=ways.__getitem__)
            row.append(ways[way] + cost)
            pointers.append(way)
        best = row
        back.append(pointers)
    index = min(range(len(best)), key=best.__getitem__)
    path = [layers[-1][index][1]]
    for pointers, layer in zip(reversed(back), reversed(layers[:-1]), strict=True):
        index = pointers[index]
        path.append(layer[index][1])
    return tuple(reversed(path))


def _motion_cost(one: Pitches, other: Pitches) -> float:
    """Movement, with a surcharge for leaps of single voices."""
    return movement(one, other) + sum(max(0, abs(a - b) - 4) for a, b in zip(one, other, strict=True))


@lru_cache(maxsize=1024)
def _candidates(
    pitch_classes: Pitches, low: int, high: int, centre: float
) -> tuple[tuple[float, Pitches], ...]:
    """The best voicings of one chord by themselves, with their costs."""
    needed = _needed(pitch_classes)
    pitches = [pitch for pitch in range(low, high + 1) if pitch % 12 in pitch_classes]
    clear = [
        voicing
        for voicing in combinations(pitches, VOICES)
        if needed <= {pitch % 12 for pitch in voicing} and is_clear(voicing)
    ]
    # Chords of two tones, such as power chords, may need more room.
    found = [voicing for voicing in clear if voicing[-1] - voicing[0] <= _WIDEST] or clear
    return tuple(sorted((_static_cost(v, pitch_classes, centre), v) for v in found)[:_KEPT])


def _needed(pitch_classes: Pitches) -> set[int]:
    """Tones that a voicing of four must hold: all of a triad or seventh; of larger chords not the fifth,
    and not the root, which the bass has."""
    if len(pitch_classes) <= VOICES:
        return set(pitch_classes)
    root = pitch_classes[0]
    colour = [pitch for pitch in pitch_classes if (pitch - root) % 12 not in (0, 7)]
    return set(colour[:VOICES])


def is_clear(voicing: Pitches) -> bool:
    """No narrow interval in a low register."""
    for lower, upper in pairwise(voicing):
        for limit, interval in _LOW_LIMITS:
            if lower < limit and upper - lower < interval:
                return False
    return True


def _static_cost(voicing: Pitches, pitch_classes: Pitches, centre: float) -> float:
    cost = 0.6 * abs(sum(voicing) / len(voicing) - centre)
    cost += sum(2.0 for a, b in pairwise(voicing) if b - a == 1)
    cost += sum(1.0 for a, b in pairwise(voicing) if b - a > 9)
    root = pitch_classes[0]
    doubled = [p % 12 for p in voicing if sum(q % 12 == p % 12 for q in voicing) > 1]
    return cost + sum(0.8 for pitch in doubled if (pitch - root) % 12 not in (0, 7))
