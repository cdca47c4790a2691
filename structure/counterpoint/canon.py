"""Canon: one voice follows another exactly, at an interval and a distance.

The leader goes on in rhythms of its first bars, against what the follower has just then: where the one is
busy the other is calm, where the one lies high the other lies low. Each of its stretches is the cheapest
way through small figures of one beat, found by dynamic programming.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from random import Random

from structure.base.sampling import generator, pick
from structure.counterpoint.fugue import harmonise
from structure.counterpoint.places import Piece, close
from structure.counterpoint.setting import Setting
from structure.counterpoint.themes import SLOTS, Tone, rules

_Way = tuple[float, list[tuple[int, ...]]]
"""What a way costs, and its figures as rungs of the scale."""

_OPENING = (0, 4, 0, 3, 4, 0, 5, 4)
_CONSONANT = frozenset({0, 3, 4, 7, 8, 9})
_PERFECT = (0, 7)
_PHRASE_BARS = 4


@dataclass
class _Canon:
    """A canon while it is written.

    ``scale`` are the pitches of the leader from the lowest, ``rhythms`` those of its bars, as cells of a
    beat.
    """

    piece: Piece
    setting: Setting
    scale: Sequence[int]
    rhythms: Sequence[Sequence[str]]
    rng: Random


def write_canon(piece: Piece) -> Setting:
    """Return a canon of the two highest voices; others fill the harmony."""
    rng = generator(piece.seed, "canon")
    # The follower is so many semitones higher that the range in which both can sing is the widest.
    (low, high), (under, over) = piece.ranges[:2]
    spans = {by: (max(low, under - by), min(high, over - by)) for by in (0, -12, 12, -24)}
    interval = max(spans, key=lambda by: (min(19, spans[by][1] - spans[by][0]), -abs(by)))
    span = spans[interval]
    piece = replace(piece, ranges=(span, *piece.ranges[1:]))
    distance = piece.bar * pick(rng, (1, 2) if piece.beats >= 12 * piece.bar else (1,))

    # All of the piece is made of three rhythms of a bar, from the calmest to the busiest.
    table = rules()["canon_rhythms"]
    rhythms = [[pick(rng, table[kind]) for _ in range(piece.bar)] for kind in ("calm", "even", "busy")]
    for rhythm in rhythms:
        rhythm[-1] = pick(rng, table["calm"])

    setting = piece.setting()
    end = piece.beats - 2 * piece.bar
    scale = [pitch for pitch in range(span[0], span[1] + 1) if pitch % 12 in piece.key.scale]
    canon = _Canon(piece, setting, scale, rhythms, rng)
    for start in range(0, end, distance):
        _lead(canon, start, min(distance, end - start), is_high=(start // distance) % 2 == 1)
        # The second voice has what the first has just had.
        for tone in sorted(setting.tones[0]):
            at = tone.start + distance * SLOTS
            if start * SLOTS <= tone.start < (start + distance) * SLOTS and at < end * SLOTS:
                length = min(tone.length, end * SLOTS - at)
                setting.add(1, Tone(at, length, tone.height + interval))
    setting.rest(1, 0, distance)
    close(setting, piece, end)
    setting.fill(rng, 0.4)
    return setting


def _lead(canon: _Canon, start: int, beats: int, *, is_high: bool) -> None:
    """Write some beats of the leader against what the follower has there."""
    piece, setting, bar = canon.piece, canon.setting, canon.piece.bar
    scale = list(piece.key.scale)
    sounding = []
    for beat in range(start, start + beats):
        pitch = setting.pitches[1][beat * SLOTS]
        sounding.append(set() if pitch is None or pitch % 12 not in scale else {scale.index(pitch % 12)})
    opening = [_OPENING[i % len(_OPENING)] for i in range(beats)]
    degrees = harmonise(sounding) if any(sounding) else opening
    setting.set_harmony(start, degrees, piece.key)

    # Bars are calm where the follower is busy, and the reverse; the last of each phrase is calm.
    calm, even, busy = canon.rhythms
    cells: list[str] = []
    for at in range(start, start + beats, bar):
        theirs = sum(at * SLOTS <= slot < (at + bar) * SLOTS for slot in setting.attacks[1])
        if (at // bar) % _PHRASE_BARS == _PHRASE_BARS - 1:
            cells += calm
        elif not theirs:
            cells += (even, busy)[at // bar % 2]
        else:
            cells += pick(canon.rng, (even, busy) if theirs <= bar + 1 else (calm, even))
    cells = cells[:beats]

    figures = _best_way(canon, start, cells, is_high=is_high)
    for beat, (cell, figure) in enumerate(zip(cells, figures, strict=True)):
        slot = (start + beat) * SLOTS
        for length, rung in zip(map(int, cell.split()), figure, strict=True):
            setting.add(0, Tone(slot, length, canon.scale[rung]))
            slot += length


def _best_way(
    canon: _Canon, start: int, cells: Sequence[str], *, is_high: bool
) -> Sequence[tuple[int, ...]]:
    """Return the cheapest figure for each cell of a stretch, as steps on the scale of the leader.

    ``is_high`` says whether the line had better lie high in the scale or low.
    """
    ways: dict[int, _Way] = {}
    before = canon.setting.pitches[0][start * SLOTS - 1] if start else None
    if before in canon.scale:
        ways[canon.scale.index(before)] = (0.0, [])
    count = len(canon.scale)
    aim = count * (0.68 if is_high else 0.32)
    for beat, cell in enumerate(cells, start):
        # Of the ways that end on one step, the cheapest is kept.
        found: dict[int, _Way] = {}
        for rung, shape in product(range(count), rules()["canon_figures"][cell]):
            figure = tuple(rung + step for step in shape)
            if min(figure) < 0 or max(figure) >= count:
                continue
            own = _figure_cost(canon, beat, cell, figure) + 0.25 * abs(rung - aim)
            own += 1.5 * canon.rng.random()
            way: list[tuple[int, ...]] = []
            if not ways:
                cost = own + (canon.scale[figure[0]] % 12 != canon.piece.key.root)
            else:
                cost, way = min(
                    (old + own + _step_cost(canon, beat, last, figure[0], path), path)
                    for last, (old, path) in ways.items()
                )
            if figure[-1] not in found or cost < found[figure[-1]][0]:
                found[figure[-1]] = (cost, [*way, figure])
        ways = found
    return min(ways.values())[1]


def _figure_cost(canon: _Canon, beat: int, cell: str, figure: Sequence[int]) -> float:
    """Return what a figure costs against the follower.

    Dissonance costs on the beat, and off it where both strike.
    """
    setting, at, cost = canon.setting, beat * SLOTS, 0.0
    if canon.scale[figure[0]] % 12 not in setting.chords[beat]:
        cost += 6.0
    for place, (length, rung) in enumerate(zip(map(int, cell.split()), figure, strict=True)):
        other = setting.pitches[1][at]
        if other is not None:
            gap = abs(canon.scale[rung] - other) % 12
            strikes = at in setting.attacks[1] or not place
            if gap not in _CONSONANT:
                cost += 60.0 if not place else 12.0 if strikes else 1.0
            elif gap in _PERFECT:
                cost += 2.0
            cost += 4.0 * (canon.scale[rung] == other)
            before, mine = setting.pitches[1][at - 1], figure[place - 1] if place else None
            if place and mine is not None and before is not None and before != other:
                old = abs(canon.scale[mine] - before) % 12
                cost += 80.0 * (gap in _PERFECT and old == gap and mine != rung)
        at += length
    return cost


def _step_cost(canon: _Canon, beat: int, last: int, rung: int, path: Sequence[tuple[int, ...]]) -> float:
    """Return what it costs to go on from the step before: the leap, and fifths and octaves in parallel."""
    cost: float = rules()["canon_steps"].get(abs(rung - last), 12.0)
    if path and len(path) > 1 and path[-1] == path[-2]:
        cost += 2.0
    slot = beat * SLOTS
    before, now = canon.setting.pitches[1][slot - 1], canon.setting.pitches[1][slot]
    if before is not None and now is not None and before != now and last != rung:
        gap = abs(canon.scale[rung] - now) % 12
        cost += 80.0 * (gap in _PERFECT and abs(canon.scale[last] - before) % 12 == gap)
    return cost
