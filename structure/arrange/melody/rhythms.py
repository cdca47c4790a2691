"""Rhythms of bars: the small vocabulary of a song, and what a section takes from it.

A song uses some of the rhythms of real tunes, those that suit its habits. Which follows which is drawn as
real tunes do, and sections prefer those that are as dense as they are themselves.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from functools import cached_property, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Literal

from structure.arrange.context import SectionContext
from structure.arrange.figures import beat_groups
from structure.arrange.melody.counts import BAR_SIXTEENTHS, Word, beat_sixteenths, metre_counts
from structure.arrange.melody.habits import TuneHabits, habits_of
from structure.base.exact import Fraction
from structure.base.grid import Meter
from structure.base.sampling import generator, pick_weighted

BarWord = tuple[Word, ...]
"""The rhythm of a bar: one for each group of beats that the metre has."""

Place = Literal["first", "inside", "last", "lead_in"]
"""Where in a phrase a bar is; one that leads in rests until the pickup of the next."""

_WIDTH = {"pop": 3.0, "folk": 1.2}
"""Notes a bar by which rhythms differ from the habit."""

_BARS, _MORE, _LEAST = {"pop": 64, "folk": 20}, 2.4, {"pop": 12, "folk": 6}
"""Rhythms that a song has: its share of distinct ones in so many bars, times so many, and no fewer."""

_SMOOTH = 0.004
_MOST = 12.0
_FOLLOWS = 0.5
"""How often the next rhythm is one that follows in real tunes, where those are known."""

_BUSIER = 0.5
"""What a mood adds to or takes from the notes of a bar, as a share."""

_DRIVE = 0.45
"""What a section of full energy has more notes than one of little."""

_USUAL_BPM = 112.0
_FLAT = {"pop": 0.6, "folk": 1.0}
"""A song takes its own rhythms more evenly than tunes in general do: so strong is the difference that is
left."""

_MORE_SIXTEENTHS = 2.2
"""What is made up for where bars come to rest, since rhythms with sixteenths seldom do."""

_GAPS: Mapping[str, Mapping[int, float]] = {"pop": {1: 0.05, 2: -0.08, 3: 0.0, 8: -0.3}}
"""What is made up for of the sixteenths between two notes: few words for many bars have more eighths, and
fewer sixteenths in a row, than all words together."""

_LEADING, _LATE = 1.8, 2.6
"""How much rather phrases end with a pickup to the next, and begin after the bar line."""

_JUST_BEFORE = 3.0
"""How much rather a pickup after a rest is half a beat long."""

_BRIEF, _FEW = 2.2, 3
"""How much rather a phrase ends with a few notes."""

_PAUSE = 6
"""Sixteenths from the last note of a phrase, or to the next one's pickup, from which on it is at rest."""

_ROOM = 4
"""Sixteenths that the last note of a phrase has at least where a song's upbeat follows."""

_RESTLESS = {5: 0.6, 4: 0.45, 3: 0.12}
"""How likely a bar is to end a phrase with less."""


class Rhythms:
    """Draws the rhythms of a section's bars."""

    def __init__(self, ctx: SectionContext, rng: random.Random) -> None:
        self._ctx = ctx
        self._rng = rng
        self._bases = tuple(base for base, _ in beat_groups(ctx.meter))
        self._pools = {base: self._pool(base) for base in dict.fromkeys(self._bases)}

    @cached_property
    def habits(self) -> TuneHabits:
        """Return the habits of the song, in the metre of its first beats."""
        return habits_of(self._ctx, self._bases[0])

    def bar(self, place: Place, after: BarWord | None = None, *, closes: bool = True) -> BarWord:
        """Return a rhythm for a place in a phrase, one that goes well after another.

        ``closes`` tells the end of an answer from that of a question.
        """
        found: list[Word] = []
        before = None if after is None else after[-1]
        for index, base in enumerate(self._bases):
            is_end = index == len(self._bases) - 1
            here: Place = (
                "inside" if (place == "first" and index) or (place == "last" and not is_end) else place
            )
            before = self._draw_word(base, here, before, closes=closes)
            found.append(before)
        return tuple(found)

    def resting(self, places: tuple[Fraction, ...], *, closes: bool) -> int:
        """Return the index of the note on which the last bar of a phrase comes to rest.

        It is the one before the song's upbeat, else the one that lasts the longest.
        """
        upbeat = self.habits.upbeat
        if upbeat is None or not closes or len(self._bases) > 1:
            return resting_place(places, self._ctx.meter.bar_quarters)
        return max(0, len(places) - len(upbeat) - 1)

    def _draw_word(self, base: str, place: Place, before: Word | None, *, closes: bool) -> Word:
        pool = self._pools[base]
        weights: Mapping[Word, float] = pool
        if before is not None and self._rng.random() < _FOLLOWS:
            counts = metre_counts(self._ctx.style.tune.like, base)
            follows = counts.following.get(before, {})
            known = {w: n * pool[w] / counts.words[w] for w, n in follows.items() if w in pool}
            weights = known if sum(known.values()) > 0 else pool
        if place == "inside":
            return pick_weighted(self._rng, weights)
        if place in ("last", "lead_in") and habits_of(self._ctx, base).upbeat is not None:
            return self._draw_end(base, place, closes=closes)
        if place == "lead_in":
            weights = pool = self._lead_ins(base)
        size = BAR_SIXTEENTHS[base]
        fitting = {word: weight * _fit(word, place, size) for word, weight in weights.items()}
        if sum(fitting.values()) <= 0:
            fitting = {word: weight * _fit(word, place, size) for word, weight in pool.items()}
        return pick_weighted(self._rng, fitting if sum(fitting.values()) > 0 else pool)

    def _draw_end(self, base: str, place: Place, *, closes: bool) -> Word:
        """Return the end of a phrase as real tunes have it, with the song's upbeat to the next."""
        habits, like = habits_of(self._ctx, base), self._ctx.style.tune.like
        counts, upbeat = metre_counts(like, base), habits.upbeat or ()
        if place == "lead_in":
            return upbeat or (BAR_SIXTEENTHS[base] - beat_sixteenths(base),)
        ends = counts.closings if closes else counts.questions
        word = pick_weighted(
            self._rng, _fitting(ends, habits, counts.means, base, _tempo_share(self._ctx), like)
        )
        return add_upbeat(word, upbeat, BAR_SIXTEENTHS[base]) if closes else word

    def _lead_ins(self, base: str) -> Mapping[Word, float]:
        """Return all rhythms of real tunes with their counts, for bars that lead in.

        Those that begin late are few in a song. Where eighths swing, there are no sixteenths.
        """
        is_swung = self._ctx.style.swing.swings_eighths
        words = metre_counts(self._ctx.style.tune.like, base).words
        return {w: float(n) for w, n in words.items() if not (is_swung and any(p % 2 for p in w))}

    def _pool(self, base: str) -> Mapping[Word, float]:
        """Return the song's rhythms, weighed by how well they suit the density of the section."""
        ctx, habits = self._ctx, habits_of(self._ctx, base)
        words: Mapping[Word, float]
        if ctx.manner is not None and ctx.manner.meter == base:
            # The rhythms of the tunes that the user gives, as often as they have each.
            words = {word: float(count) for word, count in ctx.manner.words}
        else:
            words = _vocabulary(
                ctx.seed if ctx.song_seed is None else ctx.song_seed,
                habits,
                ctx.style.tune.like,
                base,
                ctx.style.tune.sixteenths,
                ctx.style.swing.swings_eighths,
                _tempo_share(ctx),
            )
        share = density_share(ctx, habits)
        if abs(share - 1.0) < 0.05:
            return words
        usual = sum(len(word) * weight for word, weight in words.items()) / sum(words.values())
        wanted = max(1.0, usual * share)
        return {w: c * math.exp(-(((len(w) - wanted) / 2.0) ** 2) / 2) for w, c in words.items()}


def density_share(ctx: SectionContext, habits: TuneHabits) -> float:
    """Return the notes of a section against those that are usual in the song."""
    own = {"verse": habits.verse, "bridge": habits.bridge, "solo": 1.5, "prechorus": 1.1, "breakdown": 0.7}
    share = habits.refrain if ctx.is_refrain() else own.get(ctx.kind, 0.9)
    share = math.pow(share * (1.0 + _DRIVE * (ctx.energy - 0.6)), ctx.style.tune.contrast)
    return share * (1.0 + _BUSIER * ctx.feeling.density)


def _tempo_share(ctx: SectionContext) -> float:
    """Return how many notes a bar has at a tempo against a usual one, in steps of a tenth."""
    share = math.pow(_USUAL_BPM / ctx.tempo_bpm, 0.6)
    return round(min(1.3, max(0.6, share)), 1)


@lru_cache(maxsize=128)
def _vocabulary(
    seed: int,
    habits: TuneHabits,
    like: str,
    base: str,
    sixteenths: float,
    is_swung: bool,
    tempo_share: float,
) -> Mapping[Word, float]:
    """Return the rhythms of a song and how often it takes each."""
    rng = generator(seed, "bar rhythms", base)
    counts = metre_counts(like, base)
    suited = _fitting(counts.words, habits, counts.means, base, tempo_share, like, _GAPS.get(like, {}))
    times = 0.0 if is_swung else _MORE_SIXTEENTHS * sixteenths
    weights = {}
    for word, weight in suited.items():
        count = sum(place % 2 for place in word)
        share = 1.0 if times == 1.0 or not count else float(times ** math.sqrt(count))
        if weight * share > 0:
            weights[word] = weight * share

    size = max(_LEAST[like], round(habits.figures["distinct_bar_rhythms"] * _BARS[like] * _MORE))
    # The highest keys are a draw without putting back, each by its weight.
    keys = {word: rng.random() ** (1 / max(weight, 1e-9)) for word, weight in weights.items()}
    chosen = sorted(weights, key=lambda word: (-keys[word], word))[:size]
    return {word: weights[word] ** _FLAT[like] for word in chosen}


def _fitting(
    words: Mapping[Word, int],
    habits: TuneHabits,
    means: Mapping[str, float],
    base: str,
    tempo_share: float,
    like: str,
    gaps: Mapping[int, float] = MappingProxyType({}),
) -> dict[Word, float]:
    """Return rhythms with their shares, which sum to 1.

    They are weighed by their counts, by how well they suit the habits, and by the logarithms of what single
    gaps between onsets count for.
    """
    logs = [
        math.log((habits.figures[f"place_{i}"] + _SMOOTH) / (means[f"place_{i}"] + _SMOOTH))
        for i in range(BAR_SIXTEENTHS[base])
    ]
    wanted = habits.notes * tempo_share
    found = {}
    for word, count in words.items():
        fit = sum(logs[place] for place in word) - ((len(word) - wanted) / _WIDTH[like]) ** 2 / 2
        fit += sum(gaps.get(b - a, 0.0) for a, b in pairwise(word))
        found[word] = count * math.exp(max(-_MOST, min(_MOST, fit)))
    total = sum(found.values())
    return {word: weight / total for word, weight in found.items()}


def resting_place(places: tuple[Fraction, ...] | Word, size: Fraction | int) -> int:
    """Return the index of the note of a bar after which is the longest pause, the first of several."""
    ends = [*places[1:], size]
    return max(range(len(places)), key=lambda i: (ends[i] - places[i], -i))


def add_upbeat(word: Word, upbeat: Word, size: int) -> Word:
    """Return a closing rhythm with an upbeat after it, or without one; its last note has a beat's room."""
    until = upbeat[0] - _ROOM if upbeat else size - _ROOM - 1
    return (*([place for place in word if place <= until] or [0]), *upbeat)


def _fit(word: Word, place: Place, size: int) -> float:
    """Return how well a rhythm fits the first bar of a phrase, the last, or one that leads in."""
    is_late = 2 * word[0] >= size
    if place == "first":
        # It has more than one note, and begins in its first half.
        return 0.05 if len(word) < 2 or is_late else _LATE if word[0] else 1.0
    if place == "lead_in":
        # It leads into the next bar, and so begins in its second half.
        return (_JUST_BEFORE if 8 * word[0] >= 7 * size else 1.0) if is_late else 0.0

    # It comes to rest, whatever leads on after that.
    rest = resting_place(word, size)
    pause = (*word[1:], size)[rest] - word[rest]
    leads = _LEADING if rest < len(word) - 1 else 1.0
    leads *= _BRIEF if len(word) <= _FEW else 1.0
    return leads * (1.0 if pause >= _PAUSE else _RESTLESS.get(pause, 0.02))


@lru_cache(maxsize=8192)
def places_of(word: BarWord, meter: Meter) -> tuple[Fraction, ...]:
    """Return where in a bar the notes of a rhythm begin, in quarters.

    Where the beat is an eighth, as in 7/8, they keep to the beats.
    """
    found: list[Fraction] = []
    start = Fraction(0)
    for (base, beats), places in zip(beat_groups(meter), word, strict=True):
        of_beat = beat_sixteenths(base)
        step = meter.beat_quarters / of_beat
        in_beats = not meter.is_compound and meter.denominator >= 8
        found += [
            start + place * step
            for place in places
            if place < beats * of_beat and not (in_beats and place % of_beat)
        ]
        start += beats * meter.beat_quarters
    return tuple(found)
