"""Motifs: a rhythm of one or two bars and a contour in scale steps, and how they are developed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from structure.arrange.context import SectionContext
from structure.arrange.figures import Event, Figure, FigureSet, bar_events, base_meters, load_figures
from structure.sampling import pick, pick_weighted
from structure.styles import Level

Contour = tuple[int, ...]
"""Scale steps from each note of a bar to the next."""

_STEPS = {1: 0.29, -1: 0.31, 0: 0.12, 2: 0.11, -2: 0.11, 3: 0.03, -3: 0.03}
"""How often a melody moves by so many scale steps; songs move mostly by step (Huron, "Sweet
Anticipation", 2006, ch. 5)."""

_LONGEST = 16
"""Notes for which a contour is made; no bar has more."""

_TESSITURA = {
    "verse": 66.5,
    "chorus": 72.5,
    "prechorus": 69.0,
    "solo": 73.0,
    "bridge": 69.5,
    "breakdown": 66.0,
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


@dataclass(frozen=True)
class Motif:
    """``rhythm`` is in turn for odd and even bars; ``cadence`` ends a phrase."""

    rhythm: FigureSet
    cadence: FigureSet
    contours: tuple[Contour, Contour]


def tessitura(ctx: SectionContext) -> float:
    """MIDI pitch around which the melody of a section lies; refrains lie higher than verses."""
    return _TESSITURA.get("chorus" if ctx.is_refrain() else ctx.kind, 68.5)


def density(ctx: SectionContext) -> Level:
    """How many notes the melody of a section has; fast songs need fewer."""
    value = ctx.style.melody_density + _DENSITY.get("chorus" if ctx.is_refrain() else ctx.kind, 0.0)
    value += 0.2 * (ctx.energy - 0.6) - max(0.0, (ctx.tempo_bpm - 120.0) / 240.0)
    return "low" if value < 0.35 else "mid" if value < 0.68 else "high"


def make_motif(ctx: SectionContext, rng: random.Random) -> Motif:
    """The motif of a section."""
    level = density(ctx)
    return Motif(
        rhythm=_figures(ctx, level, False, rng),
        cadence=_figures(ctx, level, True, rng),
        contours=(_contour(rng), _contour(rng)),
    )


def _figures(ctx: SectionContext, level: Level, cadence: bool, rng: random.Random) -> FigureSet:
    rows: Sequence[dict[str, Any]] = load_melody_rows()
    point = rng.random()
    chosen: dict[str, Figure] = {}
    for base in base_meters(ctx.meter):
        fitting = [
            row
            for row in rows
            if (row["meter"], row["density"], row.get("cadence", False)) == (base, level, cadence)
        ]
        chosen[base] = Figure.of(base, fitting[int(point * len(fitting))]["pattern"])
    return chosen


def load_melody_rows() -> Sequence[dict[str, Any]]:
    """The rhythms of ``data/figures/melody.yaml``."""
    rows: Any = load_figures("melody")
    found: Sequence[dict[str, Any]] = rows
    return found


def _contour(rng: random.Random) -> Contour:
    """Steps that wander without running off, with each leap answered by a step back."""
    steps: list[int] = []
    height = 0
    while len(steps) < _LONGEST:
        step = pick_weighted(rng, _STEPS)
        if abs(height + step) > 4 or (steps[-1:] == [0] and step == 0):
            continue
        steps.append(step)
        height += step
        if abs(step) >= 3:
            back = -1 if step > 0 else 1
            steps.append(back)
            height += back
    return tuple(steps[:_LONGEST])


def inverted(contour: Contour) -> Contour:
    """The contour upside down."""
    return tuple(-step for step in contour)


@dataclass(frozen=True)
class PlannedBar:
    """One bar of a melody before it has pitches. ``shift`` moves its first note by scale steps;
    ``is_answer`` says, at the end of a phrase, that the phrase closes."""

    events: tuple[Event, ...]
    contour: Contour
    shift: int
    starts_phrase: bool
    ends_phrase: bool
    is_answer: bool


PHRASE_BARS = 4


def plan_bars(ctx: SectionContext, motif: Motif, rng: random.Random) -> list[PlannedBar]:
    """The bars of a section: phrases of four that state, repeat, develop and answer the motif."""
    bars: list[PlannedBar] = []
    sequence = pick(rng, (-2, -1, 1, 2))
    for index in range(ctx.bars):
        phrase, place = divmod(index, PHRASE_BARS)
        ends = place == PHRASE_BARS - 1 or index == ctx.bars - 1
        contour = motif.contours[place % 2]
        shift = 0
        if phrase % 4 == 2:
            contour, shift = inverted(contour), 1
        if place == 2:
            shift += sequence
        bars.append(
            PlannedBar(
                events=tuple(bar_events(motif.cadence if ends else motif.rhythm, ctx.meter, index)),
                contour=contour,
                shift=shift,
                starts_phrase=place == 0,
                ends_phrase=ends,
                is_answer=phrase % 2 == 1 or index == ctx.bars - 1,
            )
        )
    return bars
