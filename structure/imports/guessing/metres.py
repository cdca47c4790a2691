"""Finds the metre and the first downbeat of notes on a grid, where no file says them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from structure.base.exact import Fraction

_STEP = Fraction(1, 2)
"""Quarters between places at which a bar may begin."""

_METRES = (
    (4, 4, 1.0),
    (3, 4, 0.95),
    (2, 4, 0.85),
    (6, 8, 1.05),
    (9, 8, 0.95),
    (12, 8, 0.9),
    (3, 8, 0.85),
)
"""Metres that are tried, and how far each is trusted: common ones need less to show for them. These numbers
and those below were fitted to music21's files of five formats, of which a third was kept out."""

_REPEAT, _ACCENT = 0.95, 0.85
"""Weights of music that comes again after a bar, and of accents on downbeats."""

_AT_0, _AFTER_PICKUP, _AFTER_EIGHTH = 0.5, 0.45, 0.3
"""What a first downbeat gains at the first note, after a pickup of a third of a bar at most, and once more
after an eighth, where eighths or quicker notes are usual."""

_ENDS_INSIDE = -0.15
"""What a metre loses in which the last note begins neither on a downbeat nor in the middle of the bar."""

_TIED_IN_EIGHTHS = -0.8
"""What a metre of dotted beats loses if all notes have to be tied in it."""

_QUICK_IN_2, _SLOW_IN_2 = 0.3, -0.4
"""What 2/4 gains where most notes are sixteenths, and loses where they are eighths or longer."""


class Beat(NamedTuple):
    """A note in quarters, as far as it tells the metre."""

    start: Fraction
    length: Fraction
    pitch: int
    velocity: int
    is_drum: bool


def guess_meter(notes: Iterable[Beat]) -> tuple[int, int, Fraction]:
    """Return numerator, denominator, and the quarters before the first downbeat; 4/4 for no notes.

    Music in half notes and longer, as before 1600, is read as if it were twice as quick: its bars are 4/2.
    """
    played = list(notes)
    onsets = sorted({note.start for note in played})
    pace = median([later - now for now, later in pairwise(onsets)] or [Fraction(1)])
    if pace >= 1 and median([note.length for note in played] or [Fraction(1)]) >= 2:
        halves = [note._replace(start=note.start / 2, length=note.length / 2) for note in played]
        numerator, denominator, first = _guess(halves, float(pace) / 2, onsets[-1] / 2)
        return numerator, denominator // 2, 2 * first
    return _guess(played, float(pace), onsets[-1] if onsets else Fraction(0))


def _guess(played: Sequence[Beat], pace: float, last: Fraction) -> tuple[int, int, Fraction]:
    """Return what ``guess_meter`` does.

    ``pace`` is the usual length, in quarters, from one note to the next, and ``last`` is where the last
    note begins.
    """
    weights, passage = _weights(played), _passage(played)
    ties = [_ties(played, shift * _STEP) for shift in range(3)]
    best, found = -1.0, (4, 4, Fraction(0))
    for numerator, denominator, trust in _METRES if weights else ():
        bar = Fraction(4 * numerator, denominator)
        steps, parts = int(bar / _STEP), _parts(numerator, denominator)

        # how alike the song is to itself a bar later, 0 to 1
        both = list(zip(weights, weights[steps:], strict=False))
        above = sum(a * b for a, b in both)
        below = (sum(a * a for a, _ in both) * sum(b * b for _, b in both)) ** 0.5
        repeats = above / below if below else 0.0

        fit = _OTHER_BARS if passage in (4 * bar, 16 * bar) else 0.0
        if passage == 8 * bar:
            fit = _EIGHT_BARS
        if (numerator, denominator) == (2, 4):
            fit += _QUICK_IN_2 if pace <= 0.25 else _SLOW_IN_2 if pace >= 0.5 else 0.0

        for shift in range(steps):
            # how well the weights of a bar, on average, go with how strong its steps are, -1 to 1
            sums = [sum(weights[(i + shift) % steps :: steps]) for i in range(steps)]
            mean = sum(sums) / steps
            spread = sum((s - mean) ** 2 for s in sums) ** 0.5
            along = sum((s - mean) * p for s, p in zip(sums, parts, strict=True))
            accent = along / spread if spread else 0.0

            score = trust * (_REPEAT * repeats + _ACCENT * accent) + fit
            if shift == 0:
                score += _AT_0
            elif 3 * shift <= steps:
                score += _AFTER_PICKUP + (_AFTER_EIGHTH if shift == 1 and pace <= 0.5 else 0.0)
            if (last - shift * _STEP) % bar not in (0, bar / 2):
                score += _ENDS_INSIDE
            if denominator == 8:
                score += _TIED_IN_EIGHTHS * ties[shift % 3]
            if score > best:
                best, found = score, (numerator, denominator, shift * _STEP)
    return found


_PASSAGES = (8, 12, 16, 18, 24, 32, 36, 48, 64)
"""Quarters after which a tune may come again: four, eight or sixteen bars."""

_EIGHT_BARS, _OTHER_BARS, _SAME = 0.8, 0.4, 0.5
"""What a metre gains of which a passage has eight bars, or four or sixteen; and the share of notes that
come again in a passage that does."""


_ONE_LINE = 1.3
"""Notes that begin together in a tune, on average at most; chorales repeat lines of any number of bars."""


def _passage(notes: Iterable[Beat]) -> int:
    """Return the quarters after which most notes come again, 0 where few do."""
    heard = {(note.start, note.pitch) for note in notes if not note.is_drum}
    if len(heard) > _ONE_LINE * len({start for start, _ in heard}):
        return 0
    end = max((start for start, _ in heard), default=Fraction(0))
    shares = {}
    for lag in _PASSAGES:
        early = [one for one in heard if one[0] + lag <= end]
        same = sum((start + lag, pitch) in heard for start, pitch in early)
        shares[lag] = same / len(early) if len(early) > 16 else 0.0
    most = max(shares.values(), default=0.0)
    return next((lag for lag, share in shares.items() if share >= 0.9 * most > _SAME * 0.9), 0)


def _ties(notes: Sequence[Beat], first: Fraction) -> float:
    """Return the share of notes that dotted beats from ``first`` on cut in two; of 2,000 notes."""
    beat = Fraction(3, 2)
    pitched = [note for note in notes if not note.is_drum][:2000]
    tied = 0
    for note in pitched:
        inside = (note.start - first) % beat
        tied += note.length in (2, Fraction(5, 2)) if inside == 0 else note.length > beat - inside
    return tied / len(pitched) if pitched else 0.0


def _parts(numerator: int, denominator: int) -> list[float]:
    """Return how strong each step of a bar is: its downbeat, its beats, what lies between; 0 on average."""
    steps = int(Fraction(4 * numerator, denominator) / _STEP)
    beat = 3 if denominator == 8 else 2
    strengths = [4.0 if i == 0 else 1.0 if i % beat == 0 else 0.0 for i in range(steps)]
    if (numerator, denominator) in ((4, 4), (12, 8)):
        strengths[steps // 2] = 2.0
    mean = sum(strengths) / steps
    spread = sum((s - mean) ** 2 for s in strengths) ** 0.5 or 1.0
    return [(s - mean) / spread for s in strengths]


def _weights(notes: Iterable[Beat]) -> list[float]:
    """Return how heavy each step of the song is: long, low and loud notes weigh more, and many at once."""
    by_step: dict[int, float] = defaultdict(float)
    for note in notes:
        place = note.start / _STEP
        if place.denominator == 1:
            low = 1.3 if note.is_drum and note.pitch in (35, 36) else 1.4 if note.pitch < 50 else 1.0
            by_step[place.numerator] += (min(float(note.length), 3.0) + 0.3) * low * note.velocity / 80
    size = max(by_step, default=-1) + 1
    return [by_step.get(step, 0.0) for step in range(min(size, 4096))]
