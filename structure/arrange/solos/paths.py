"""Ways from one tone of a line to the next: along a scale, over a chord, around the aim."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Collection, Sequence
from functools import lru_cache

from structure.arrange.context import SectionContext
from structure.arrange.scales import chord_scale
from structure.plans.score import ChordEvent

_SCALES: dict[str, tuple[tuple[int, ...], tuple[int, ...]]] = {
    "pentatonic": ((0, 2, 4, 7, 9), (0, 3, 5, 7, 10)),
    "blues": ((0, 3, 4, 5, 6, 7, 10), (0, 3, 5, 6, 7, 10)),
    "sweet": ((0, 2, 3, 4, 7, 9), (0, 3, 5, 7, 10)),
}
"""Semitones above the tonic, of major and of minor keys."""

_BLUE = ("blues", "sweet")
"""Scales with tones a semitone beside those of the chord, which is how they sound."""


@lru_cache(maxsize=2048)
def _classes(scale: str, root: int, is_minor: bool, chord: tuple[int, ...]) -> frozenset[int]:
    own = {(root + tone) % 12 for tone in _SCALES[scale][is_minor]}
    tones = set(chord)
    if scale not in _BLUE:
        own = {tone for tone in own if tone in tones or not {(tone + 1) % 12, (tone - 1) % 12} & tones}
    return frozenset(own | tones)


def scale_tones(scale: str, chord: ChordEvent, ctx: SectionContext) -> frozenset[int]:
    """Return the pitch classes of a scale under a chord, all of whose tones are among them."""
    if scale not in _SCALES:
        return chord_scale(ctx.key, chord) | set(chord.pitch_classes)
    return _classes(scale, ctx.key.root, ctx.key.is_minor, chord.pitch_classes)


@lru_cache(maxsize=4096)
def ladder(tones: frozenset[int], low: int, high: int) -> tuple[int, ...]:
    """Return the pitches of some classes in a range, from the lowest."""
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in tones)


def way(
    figure: str,
    start: int,
    aim: int,
    count: int,
    tones: Collection[int],
    chord: ChordEvent,
    span: tuple[int, int],
    rng: random.Random,
) -> list[int]:
    """Return ``count`` pitches from ``start`` on, after which ``aim`` comes, in the manner of a figure."""
    if count < 2:
        return [start][:count]
    scale = ladder(frozenset(tones), *span)
    rungs = scale
    if figure == "arpeggio":
        # A broken chord that has no third takes one of the scale.
        own = set(chord.pitch_classes)
        thirds = {(chord.root + 3) % 12, (chord.root + 4) % 12}
        if len(own) < 3 and not own & thirds:
            own |= set(sorted(thirds & set(tones))[:1])
        rungs = ladder(frozenset(own), *span)

    if figure == "enclosure" and count >= 3:
        above = scale[min(bisect_left(scale, aim + 1), len(scale) - 1)]
        return [*_climb(start, above, count - 2, rungs, rng, leaps=False), above, aim - 1]
    if figure in ("approach", "enclosure"):
        below = aim - 1 if start <= aim or rng.random() < 0.5 else aim + 1
        return [*_climb(start, below, count - 1, rungs, rng, leaps=False), below]
    return _climb(start, aim, count, rungs, rng, leaps=figure == "leap")


def _climb(
    start: int, aim: int, count: int, rungs: Sequence[int], rng: random.Random, *, leaps: bool
) -> list[int]:
    """Return ``count`` pitches from ``start`` on, rung by rung, so that ``aim`` is a rung further."""
    if count < 1 or not rungs:
        return [start][:count]
    here, there = _rung(start, rungs), _rung(aim, rungs)
    moves = _moves(there - here, count, rng, leaps=leaps)
    # A line that would leave the range turns the other way first.
    if not all(0 <= place < len(rungs) for place in _places(here, moves)):
        moves = moves[::-1]
    inner = (min(max(place, 0), len(rungs) - 1) for place in _places(here, moves)[1:-1])
    return [start, *(rungs[place] for place in inner)]


def _rung(pitch: int, rungs: Sequence[int]) -> int:
    place = min(bisect_left(rungs, pitch), len(rungs) - 1)
    if place and pitch - rungs[place - 1] < rungs[place] - pitch:
        return place - 1
    return place


def _places(here: int, moves: Sequence[int]) -> list[int]:
    found = [here]
    for move in moves:
        found.append(found[-1] + move)
    return found


def _moves(distance: int, count: int, rng: random.Random, *, leaps: bool) -> list[int]:
    """Return ``count`` moves by rungs that add up to a distance: mostly single steps.

    A distance too far for steps is gone in even skips. One that is too short is overshot, or left in the
    other direction first; where that does not come out even, one move is a skip.
    """
    sign = 1 if distance > 0 or (distance == 0 and rng.random() < 0.5) else -1
    far = abs(distance)
    if far > count:
        return [sign * (far * (i + 1) // count - far * i // count) for i in range(count)]
    skip: list[int] = []
    if (far - count) % 2 or (leaps and count > 3):
        skip = [2 * sign]
        if leaps and (far - count) % 2 == 0:
            skip = [3 * sign]
        count, far = count - 1, far - abs(skip[0])
    up = max(0, min(count, (count + far) // 2))
    steps = [sign] * up, [-sign] * (count - up)
    if skip and leaps:
        return [*skip, *steps[1], *steps[0]]
    if rng.random() < 0.5:
        return [*steps[0], *skip, *steps[1]]
    return [*steps[1], *skip, *steps[0]]
