"""The harmonic rhythm of a song: how fast its chords move, in its sections and inside their bars."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from structure.base.grid import Meter
from structure.base.sampling import generator, pick_weighted
from structure.harmony.bars import Bar
from structure.harmony.chords import Chord
from structure.harmony.keys import Key
from structure.harmony.moves import Place, apply_move
from structure.harmony.pitch import pitch_class
from structure.presets.harmony import HarmonicRhythm, Move, Pace

_CLEAR = 0.3
"""From here on a mood's pace differs from the usual one."""

_CALMER: Mapping[Pace, float] = {"half": 0.6, "bar": 1.0, "double": 1.0}
"""Share of the usual moves in a section of a pace."""

_SHORT: frozenset[Move] = frozenset({"passing_bass", "suspension", "approach", "anticipation"})
"""Moves of the second of two chords in a bar."""

_PHRASE = 4


@dataclass(frozen=True, slots=True)
class Habit:
    """What a song does with its chords.

    ``share`` is the share of the bars in which they move, ``moves`` are the moves, ``late`` is how often
    they come on the last beat.
    """

    share: float
    moves: Mapping[Move, float]
    late: float


def habit_of(rhythm: HarmonicRhythm, seed: int) -> Habit:
    """Draw the habit of a song: some of its style's moves, and how often it takes them."""
    rng = generator(seed, "harmonic rhythm")
    low, high = rhythm.bars
    share, late = rng.uniform(low, high), rhythm.late + rng.uniform(-0.25, 0.25)
    order = _yield_moves(rng, rhythm.moves)
    chosen = [next(order, None) for _ in range(rhythm.words)]
    moves = {move: rhythm.moves[move] for move in chosen if move is not None}
    return Habit(share, moves, min(1.0, max(0.0, late)))


def pace_of(rhythm: HarmonicRhythm, feeling: float, rng: Random) -> Pace:
    """Return the pace of a section.

    ``feeling`` clearly below 0 lets each chord last twice as long, clearly above 0 half as long.
    """
    usual = pick_weighted(rng, rhythm.paces)
    return "double" if feeling <= -_CLEAR else "half" if feeling >= _CLEAR else usual


def pace_bars(written: Sequence[Bar], pace: Pace, meter: Meter) -> Sequence[Bar]:
    """Return a progression at a pace.

    ``double`` makes two bars of each. ``half`` puts two bars into one, where the metre has more than one
    beat and no bar has more than one chord. All else stays as it is.
    """
    if pace == "double":
        # Each bar is split in two, each with half of its chords.
        middles = [(bar, (len(bar) + 1) // 2) for bar in written]
        return [half for bar, middle in middles for half in (bar[:middle], bar[middle:] or bar)]
    if pace == "half" and meter.beats_per_bar > 1 and all(len(bar) == 1 for bar in written):
        twice = [*written, *written] if len(written) % 2 else written
        pairs = zip(twice[::2], twice[1::2], strict=True)
        return [(one[0], two[0]) if one != two else one for one, two in pairs]
    return written


def moving(
    written: Sequence[Bar], habit: Habit, pace: Pace, feeling: float, key: Key, meter: Meter, rng: Random
) -> list[Bar]:
    """Return a progression whose chords move inside some of their bars on the way to the next chord.

    The last bar moves on to the first. The same chords move the same way in the second half of a long
    progression.
    """
    bars = list(written)
    if len(bars) < _PHRASE:
        bars *= -(-_PHRASE // len(bars))
    share = 0.0 if feeling <= -_CLEAR else habit.share * _CALMER[pace]
    known: dict[tuple[Chord, Bar, Chord], Bar] = {}
    found = []
    for index, bar in enumerate(bars):
        before, after = bars[index - 1][-1], bars[(index + 1) % len(bars)][0]
        which = (before, bar, after)
        if which not in known or len(written) <= _PHRASE:
            known[which] = _moving_bar(bar, before, after, share, habit, key, meter, rng)
        found.append(known[which])
    return found


def _moving_bar(
    bar: Bar, before: Chord, after: Chord, share: float, habit: Habit, key: Key, meter: Meter, rng: Random
) -> Bar:
    if rng.random() >= share:
        return bar
    beats = meter.beats_per_bar
    head: Bar = ()
    if len(bar) == 2 and beats % 2 == 0:
        beats //= 2
        before, head = bar[0], bar[:1] * beats
    elif len(bar) != 1:
        return bar
    place = Place(before, bar[-1], after, key, beats, habit.late)
    for move in _yield_moves(rng, habit.moves):
        if head and move not in _SHORT:
            continue
        way = apply_move(move, place, rng)
        if way is not None:
            return (*head, *way)
    return bar


def _yield_moves(rng: Random, weights: Mapping[Move, float]) -> Iterator[Move]:
    """Yield the moves in an order by chance; those with more weight tend to come first."""
    left = {move: weight for move, weight in weights.items() if weight > 0.0}
    while left:
        move = pick_weighted(rng, left)
        del left[move]
        yield move


def over_pedal(bars: Sequence[Bar], key: Key) -> list[Bar]:
    """Return the bars with the tonic as bass in the first four of every eight.

    Chords whose root is the tonic have that root as bass, as they spell it.
    """
    found = []
    for index, bar in enumerate(bars):
        if index % (2 * _PHRASE) >= _PHRASE:
            found.append(bar)
            continue
        chords = []
        for chord in bar:
            is_home = pitch_class(chord.root) == key.root
            chords.append(replace(chord, bass=chord.root if is_home else key.tonic))
        found.append(tuple(chords))
    return found
