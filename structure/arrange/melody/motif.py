"""Motifs: short gestures in a rhythm, from which a melody's bars are made.

A motif is a rhythm of a bar and a *gesture*, heights in scale steps against its first note: an arch, a
turn, a leap that is filled. It keeps its gesture wherever it returns, on another chord, higher or lower.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from structure.arrange.context import SectionContext
from structure.arrange.figures import (
    BASE_BEATS,
    Event,
    Figure,
    FigureSet,
    bar_events,
    base_meters,
    load_figures,
)
from structure.base.sampling import pick_weighted
from structure.presets.styles import Level

Gesture = tuple[int, ...]
"""Heights in scale steps at even places of a bar; the first is 0."""

_GESTURES: dict[Gesture, float] = {
    (0, 1, 2, 1, 0): 1.0,  # arch
    (0, 1, 2, 3): 0.7,  # rise
    (0, -1, -2): 1.0,  # fall
    (0, -1, -2, -3): 0.7,
    (0, 1, 0, -1, 0): 0.9,  # wave
    (0, -1, 1, 0): 0.7,  # turn
    (0, 0, 0, 1, 0): 0.8,  # repeated note
    (0, 0, -1, -1, -2): 0.8,
    (0, 2, 1, 0): 0.8,  # leap and fill
    (0, 3, 2, 1): 0.4,
    (0, -2, -1, 0): 0.5,
    (0, 2, 1, 3, 2): 0.4,  # rising thirds
    (0, 1, -1, 0, -2): 0.4,
}
"""Gestures and how often they are chosen. Songs move mostly by step, in arches and falls, and fill their
leaps (D. Huron, "Sweet Anticipation", 2006, ch. 5)."""

_TESSITURA = {
    "verse": 67.5,
    "chorus": 73.0,
    "prechorus": 70.0,
    "solo": 74.0,
    "bridge": 70.5,
    "breakdown": 67.0,
}
_DENSITY = {
    "verse": -0.05,
    "chorus": 0.22,
    "solo": 0.4,
    "prechorus": 0.05,
    "bridge": 0.0,
    "intro": -0.2,
    "outro": -0.2,
}


_BUSIER = 0.3
"""What a mood adds to the density of a melody at most."""


@dataclass(frozen=True)
class Motif:
    """A rhythm, figures of which fill a bar of the section's metre, and a gesture."""

    rhythm: FigureSet
    gesture: Gesture

    def events(self, ctx: SectionContext, bar: int, turn: int) -> tuple[Event, ...]:
        """Its notes in a bar (from 0); ``turn`` says which bar of a rhythm of two."""
        shift = (bar - turn) * ctx.meter.bar_quarters
        found = bar_events(self.rhythm, ctx.meter, turn)
        return tuple(Event(event.onset + shift, event.duration, event.sign) for event in found)


@dataclass(frozen=True)
class Material:
    """All that a section's melody is made of: motifs by letter (x and y of the first idea, z and w of the
    second) and rhythms that end a phrase, open and closed."""

    motifs: dict[str, Motif]
    question: FigureSet
    answer: FigureSet


def tessitura(ctx: SectionContext) -> float:
    """MIDI pitch around which the melody of a section lies; refrains lie higher than verses."""
    return _TESSITURA.get("chorus" if ctx.is_refrain() else ctx.kind, 69.5)


def density(ctx: SectionContext) -> Level:
    """How many notes the melody of a section has; fast songs need fewer."""
    value = ctx.style.melody_density + _DENSITY.get("chorus" if ctx.is_refrain() else ctx.kind, 0.0)
    value += (
        _BUSIER * ctx.feeling.density + 0.2 * (ctx.energy - 0.6) - max(0.0, (ctx.tempo_bpm - 120.0) / 240.0)
    )
    return "low" if value < 0.32 else "mid" if value < 0.66 else "high"


def make_material(ctx: SectionContext, rng: random.Random) -> Material:
    """The motifs of a section. The second of each pair answers the first with another gesture."""
    level = density(ctx)
    x = _rhythm(ctx, level, rng)
    y = x if rng.random() < 0.35 else _rhythm(ctx, level, rng)
    z = _rhythm(ctx, level, rng)
    first = pick_weighted(rng, _GESTURES)
    motifs = {
        "x": Motif(x, first),
        "y": Motif(y, inverted(first) if rng.random() < 0.3 else pick_weighted(rng, _GESTURES)),
        "z": Motif(z, pick_weighted(rng, _GESTURES)),
        "w": Motif(x, pick_weighted(rng, _GESTURES)),
    }
    return Material(motifs, _cadence(ctx, level, rng), _cadence(ctx, level, rng))


def heights(gesture: Gesture, count: int) -> list[int]:
    """The gesture spread over ``count`` notes, in scale steps against the first."""
    if count < 2:
        return [0] * count
    found = []
    for index in range(count):
        # Exact halves go down, in integers, so that every machine rounds alike.
        whole, rest = divmod(index * (len(gesture) - 1), count - 1)
        later = gesture[min(whole + 1, len(gesture) - 1)]
        found.append(gesture[whole] + _rounded((later - gesture[whole]) * rest, count - 1))
    return found


def _rounded(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator - 1) // (2 * denominator)


def inverted(gesture: Gesture) -> Gesture:
    """The gesture upside down."""
    return tuple(-height for height in gesture)


def _rhythm(ctx: SectionContext, level: Level, rng: random.Random) -> FigureSet:
    """A rhythm of the level, syncopated as often as the style likes it."""
    wants_syncopation = rng.random() < ctx.style.melody_syncopation
    return _chosen(ctx, level, rng, cadence=False, syncopated=wants_syncopation)


def _cadence(ctx: SectionContext, level: Level, rng: random.Random) -> FigureSet:
    return _chosen(ctx, level, rng, cadence=True, syncopated=False)


def _chosen(
    ctx: SectionContext, level: Level, rng: random.Random, *, cadence: bool, syncopated: bool
) -> FigureSet:
    point = rng.random()
    chosen: dict[str, Figure] = {}
    for base in base_meters(ctx.meter):
        fitting = [
            row
            for row in load_melody_rows()
            if (row["meter"], row["density"], row.get("cadence", False)) == (base, level, cadence)
        ]
        if ctx.style.swing.swings_eighths:
            fitting = [row for row in fitting if _is_in_eighths(row)] or fitting
        wanted = [row for row in fitting if row.get("syncopated", False) == syncopated] or fitting
        chosen[base] = Figure.of(base, wanted[int(point * len(wanted))]["pattern"])
    return chosen


def _is_in_eighths(row: Mapping[str, Any]) -> bool:
    """Whether all notes of a rhythm begin on eighths of its beats."""
    figure = Figure.of(row["meter"], row["pattern"])
    beats = BASE_BEATS[figure.meter]
    return all(
        sign != "x" or figure.meter == "6/8" or (2 * beats * place) % len(bar) == 0
        for bar in figure.bars
        for place, sign in enumerate(bar)
    )


def load_melody_rows() -> Sequence[dict[str, Any]]:
    """The rhythms of ``data/figures/melody.yaml``."""
    rows: Any = load_figures("melody")
    found: Sequence[dict[str, Any]] = rows
    return found
