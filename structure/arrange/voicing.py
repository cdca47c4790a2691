"""Voicings of chords, and the smoothest way from one to the next.

A voicing is an ascending tuple of MIDI pitches. Candidates keep every tone that makes the chord what it is,
and no narrow interval low down; over a whole section the ones with the least movement are found by
dynamic programming (Viterbi).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, combinations, groupby, islice, pairwise
from operator import add

import numpy as np

from structure.plans.score import ChordEvent
from structure.presets.styles import PartWriting

Pitches = tuple[int, ...]

VOICES = 4
_KEPT = 14
"""Candidates of one chord that are weighed against those of its neighbours."""

_TRIES = ((VOICES, 0), (VOICES - 1, 0), (VOICES - 1, 2), (VOICES - 2, 0), (VOICES - 2, 2))
"""Numbers of notes that are tried one after another, and how far above the ceiling."""

_TOPMOST = 128

_WIDEST = 17
_LOW_LIMITS = ((52, 7), (57, 4), (62, 3))
"""Below a pitch (first) the next voice is at least this many semitones higher (second); after the low
interval limits of arranging textbooks."""


def lead_voices(
    chords: Sequence[ChordEvent],
    low: int,
    high: int,
    centre: float,
    writing: PartWriting = "free",
    ceilings: Sequence[int] = (),
) -> list[Pitches]:
    """Return a voicing for each chord, so that the voices move little from one to the next.

    Pitches are MIDI pitches. A voicing has four notes from ``low`` to ``high``, and their mean is near
    ``centre``. ``ceilings`` has the highest pitch wanted for each chord. Equal chords in a row share one
    voicing, under the lowest of their ceilings. Where there is too little room below ``high`` or the
    ceiling, a voicing has three notes. These may go two semitones above it, before two notes are tried in
    the same way. Where nothing fits, three notes go as high as they must.

    With ``strict`` writing there are three notes at most, which with the bass are the four parts of a
    chorale. Parallel fifths, octaves and unisons are then avoided where the chords leave another way.
    """
    strict = writing == "strict"
    # Free voices do not mind the bass: over a bass that moves they stay where they are.
    harmony = [(chord.pitch_classes, chord.bass if strict else -1) for chord in chords]
    runs = [(which, len(list(run))) for which, run in groupby(harmony)]
    tops = [high] * len(runs)
    if ceilings:
        # Equal chords in a row have one voicing, under the lowest of their ceilings.
        left = iter(ceilings)
        tops = [min(high, *islice(left, count)) for _, count in runs]
    layers = tuple((*which, top) for (which, _), top in zip(runs, tops, strict=True))
    found = _smoothest(layers, low, centre, strict)
    return [voicing for voicing, (_, count) in zip(found, runs, strict=True) for _ in range(count)]


def power_voicing(chord: ChordEvent, low: int) -> Pitches:
    """Return root, fifth and octave with the root in the octave above ``low``."""
    root = low + (chord.root - low) % 12
    above = {(pitch - chord.root) % 12 for pitch in chord.pitch_classes}
    fifth = next((step for step in (7, 6, 8) if step in above), 7)
    return (root, root + fifth, root + 12)


def movement(one: Pitches, other: Pitches) -> int:
    """Return how many semitones the voices move in all, each to its counterpart.

    Where one chord has more notes than the other, only its upper ones count.
    """
    if len(one) != len(other):
        one, other = _upper(one, other)
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def _upper(one: Pitches, other: Pitches) -> tuple[Pitches, Pitches]:
    """Return as many upper voices of each as both have."""
    count = min(len(one), len(other))
    return one[-count:], other[-count:]


_Harmony = tuple[Pitches, int, int]
"""Tones of a chord, its bass (-1 where it does not matter) and the highest pitch of its voicing."""


@lru_cache(maxsize=512)
def _smoothest(harmony: tuple[_Harmony, ...], low: int, centre: float, strict: bool) -> tuple[Pitches, ...]:
    layers = [_candidates(*which, low, centre, strict) for which in harmony]
    best = [cost for cost, _ in layers[0]]
    back: list[list[int]] = []
    for (one, other), layer in zip(pairwise(harmony), layers[1:], strict=True):
        row, pointers = [], []
        ways_to = _ways(one, other, low, centre, strict)
        for (cost, _), from_each in zip(layer, ways_to, strict=True):
            ways = list(map(add, best, from_each))
            least = min(ways)
            row.append(least + cost)
            pointers.append(ways.index(least))
        best = row
        back.append(pointers)
    index = min(range(len(best)), key=best.__getitem__)
    path = [layers[-1][index][1]]
    for pointers, layer in zip(reversed(back), reversed(layers[:-1]), strict=True):
        index = pointers[index]
        path.append(layer[index][1])
    return tuple(reversed(path))


_PARALLEL = 60.0
"""Cost of parallel fifths, octaves or unisons, well above that of any movement that avoids them."""


@lru_cache(maxsize=4096)
def _ways(
    one: _Harmony, other: _Harmony, low: int, centre: float, strict: bool
) -> tuple[tuple[float, ...], ...]:
    """Return the costs of the ways to each voicing of a chord from each of the one before it."""
    # The voicings of one chord have equally many notes. Of two chords the upper notes of both count.
    before, after = (
        np.array([pitches for _, pitches in _candidates(*which, low, centre, strict)])
        for which in (one, other)
    )
    count = min(before.shape[1], after.shape[1])
    before, after = before[:, -count:], after[:, -count:]
    moved = np.abs(after[:, None] - before[None])
    # Leaps of single voices cost more than as much movement in steps.
    costs = (moved.sum(axis=2) + np.maximum(moved - 4, 0).sum(axis=2)).astype(float)
    if strict:
        basses = one[1], other[1]
        froms, tos = before.tolist(), after.tolist()
        costs += [[_PARALLEL * parallels(lower, upper, basses) for lower in froms] for upper in tos]
    return tuple(map(tuple, costs.tolist()))


def parallels(one: Sequence[int], other: Sequence[int], basses: tuple[int, int]) -> int:
    """Return how many pairs of parts move from one perfect fifth, octave or unison to another.

    The bass counts as a part; ``basses`` are its pitch classes. Against the bass contrary motion counts
    too, since its octave is open.
    """
    found = 0
    for i, (a, b) in enumerate(zip(one, other, strict=True)):
        if a == b:
            continue
        if basses[0] != basses[1]:
            found += (a - basses[0]) % 12 == (b - basses[1]) % 12 and (a - basses[0]) % 12 in (0, 7)
        for c, d in zip(one[i + 1 :], other[i + 1 :], strict=True):
            found += c != d and (c - a) % 12 == (d - b) % 12 and (c - a) % 12 in (0, 7)
    return found


@lru_cache(maxsize=2048)
def _candidates(
    pitch_classes: Pitches, bass: int, high: int, low: int, centre: float, strict: bool
) -> tuple[tuple[float, Pitches], ...]:
    """Return the best voicings of one chord by themselves, with their costs.

    Where there is too little room below ``high``, numbers of notes and pitches above it are tried in the
    order of ``_TRIES``. In ``strict`` writing the tone ``bass`` need not be in the voicing, since the
    bass sounds it.
    """
    tones = [pitch for pitch in pitch_classes if not strict or pitch != bass]
    # Of large chords the fifth may be left out, and so may the root, which the bass has.
    colour = [pitch for pitch in tones if (pitch - pitch_classes[0]) % 12 not in (0, 7)]
    tops = ((voices, high + more) for voices, more in _TRIES if voices < VOICES or not strict)
    no_room = ((VOICES - 1, top) for top in range(high, _TOPMOST))
    for voices, top in chain(tops, no_room):
        needed = set(tones) if len(set(tones)) <= voices else set(colour[:voices])
        pitches = [pitch for pitch in range(low, top + 1) if pitch % 12 in pitch_classes]
        clear = [
            voicing
            for voicing in combinations(pitches, voices)
            if needed <= {pitch % 12 for pitch in voicing} and is_clear(voicing)
        ]
        # Chords of two tones, such as power chords, may need more room.
        found = [voicing for voicing in clear if voicing[-1] - voicing[0] <= _WIDEST] or clear
        if found:
            break

    ranked = []
    for voicing in found:
        # Narrow and wide steps cost, and so do tones that are doubled, unless they are the root or fifth.
        cost = 0.6 * abs(sum(voicing) / len(voicing) - centre)
        cost += sum(2.0 for a, b in pairwise(voicing) if b - a == 1)
        cost += sum(1.0 for a, b in pairwise(voicing) if b - a > 9)
        doubled = [p % 12 for p in voicing if sum(q % 12 == p % 12 for q in voicing) > 1]
        cost += sum(0.8 for pitch in doubled if (pitch - pitch_classes[0]) % 12 not in (0, 7))
        ranked.append((cost, voicing))
    return tuple(sorted(ranked)[: 2 * _KEPT if strict else _KEPT])


def is_clear(voicing: Pitches) -> bool:
    """Return whether no interval in a low register is narrow."""
    for lower, upper in pairwise(voicing):
        for limit, interval in _LOW_LIMITS:
            if lower < limit and upper - lower < interval:
                return False
    return True
