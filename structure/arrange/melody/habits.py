"""The habits of one song's tunes: how often it sings, breathes, leaps and repeats itself.

Real songs differ from each other far more than the mean of many does. So each song is like one real tune,
mixed with a second: one that suits the style, drawn by the song's seed. Its sections keep these habits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from structure.arrange.context import SectionContext
from structure.arrange.melody.counts import BAR_SIXTEENTHS, MetreCounts, Word, beat_sixteenths, metre_counts
from structure.base.sampling import generator, pick_weighted
from structure.plans.given import Manner
from structure.presets.tunes import TuneStyle

_SPREAD = {"pop": 0.3, "folk": 0.45}
"""How far, as a share of all real tunes, songs are from the density and syncopation of their style."""

_SECOND = 0.3
"""The most that the second tune counts for."""

_REFRAINS = {1.15: 0.35, 1.25: 0.25, 1.35: 0.3, 1.6: 0.1}
_BRIDGES = {0.6: 0.3, 0.8: 0.25, 1.0: 0.15, 1.25: 0.3}
_VERSES = {0.75: 0.25, 0.85: 0.5, 0.95: 0.25}
"""Notes of sections against those of the song, and how often."""

_LIFTS = {5: 1.5, 6: 1.5, 7: 1.0, 8: 0.5}
"""Semitones from verses up to refrains."""


@dataclass(frozen=True, eq=False)
class TuneHabits:
    """What the tunes of a song have in common.

    ``figures`` are shares as a real tune has them, ``usual`` those of all together. ``notes`` is how many
    notes a bar that is sung has. ``refrain``, ``bridge`` and ``verse`` are what sections have of that.
    ``lift`` is the semitones by which refrains lie above verses, ``span`` the song's range in semitones.
    ``upbeat`` is the rhythm with which phrases are led into, empty where the song has none, and None where
    it is free.
    """

    figures: Mapping[str, float]
    usual: Mapping[str, float]
    notes: float
    refrain: float
    bridge: float
    verse: float
    lift: int
    span: float
    upbeat: Word | None = None

    @property
    def empty(self) -> float:
        """Return the share of bars without a note."""
        return self.figures["empty_bars"]

    @property
    def returns(self) -> float:
        """Return how much rather than usual a bar is one that was heard before, as a share of all."""
        return self.figures["bars_heard_before"] - self.usual["bars_heard_before"]


def habits_of(ctx: SectionContext, meter: str) -> TuneHabits:
    """Return the habits of the song of a section, in a base metre."""
    style = ctx.style
    seed = ctx.seed if ctx.song_seed is None else ctx.song_seed
    habits = _habits(seed, style.name, style.tune, style.melody_density, style.melody_syncopation, meter)
    manner = ctx.manner
    return habits if manner is None or manner.meter != meter else _in_manner(habits, manner)


@lru_cache(maxsize=64)
def _in_manner(habits: TuneHabits, manner: Manner) -> TuneHabits:
    """Return the habits with the figures of the tunes that the user gives.

    Sections still differ as those of other songs do.
    """
    figures = {**habits.figures, **dict(manner.figures)}
    notes = figures["notes_a_bar"] / max(0.4, 1.0 - figures["empty_bars"])
    return replace(habits, figures=figures, notes=notes, span=manner.span, upbeat=None)


@lru_cache(maxsize=256)
def _habits(
    seed: int, style: str, tune: TuneStyle, density: float, syncopation: float, meter: str
) -> TuneHabits:
    rng = generator(seed, "tune habits", style)
    counts = metre_counts(tune.like, meter)
    # A real tune is the likelier the closer its density and syncopation are to the style's.
    weights = {
        index: math.exp(
            -(((dense - density) ** 2 + (off - syncopation) ** 2) / _SPREAD[tune.like] ** 2) / 2
        )
        for index, (dense, off) in enumerate(_ranks(counts))
    }
    first, second = (counts.songs[pick_weighted(rng, weights)] for _ in range(2))
    share = _SECOND * rng.random()
    figures = {name: (1 - share) * first[name] + share * second[name] for name in first}
    notes = figures["notes_a_bar"] / max(0.4, 1.0 - figures["empty_bars"]) * (0.5 + density)
    return TuneHabits(
        figures,
        counts.means,
        notes,
        pick_weighted(rng, _REFRAINS),
        pick_weighted(rng, _BRIDGES),
        pick_weighted(rng, _VERSES),
        pick_weighted(rng, _LIFTS),
        figures["range_semitones"] * tune.span,
        pick_weighted(generator(seed, "upbeat", meter), counts.upbeats) if counts.upbeats else None,
    )


@lru_cache(maxsize=16)
def _ranks(counts: MetreCounts) -> Sequence[tuple[float, float]]:
    """Return each tune's rank among all by its notes, and by how many of them are off the beats, 0 … 1."""
    off = [place for place in range(BAR_SIXTEENTHS[counts.meter]) if place % beat_sixteenths(counts.meter)]
    songs = counts.songs
    dense = _rank([song["notes_a_bar"] for song in songs])
    syncopated = _rank([sum(song[f"place_{place}"] for place in off) for song in songs])
    return list(zip(dense, syncopated, strict=True))


def _rank(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda i: (values[i], i))
    ranks = [0.0] * len(values)
    for rank, index in enumerate(order):
        ranks[index] = (rank + 0.5) / len(values)
    return ranks
