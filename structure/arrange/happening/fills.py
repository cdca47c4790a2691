"""Short fills of drums inside a section, from the figures of the style."""

from __future__ import annotations

from dataclasses import replace

from structure.arrange.context import SectionContext
from structure.arrange.drums import KEYS, VELOCITIES, find_fill_keys, has_cymbals
from structure.arrange.figures import REST, base_meters, beat_groups, load_figures
from structure.base.exact import Fraction
from structure.base.sampling import pick
from structure.base.types import EARLY
from structure.plans.score import Note, Part, in_order

_HIT = Fraction(1, 8)
_CRASH_BEATS, _CRASH_FROM = 2, 0.6
"""Beats of a fill, and energy of a section, from which on a crash follows it."""

_CRASHING = 104


def with_short_fill(part: Part, start: Fraction, end: Fraction, ctx: SectionContext) -> Part:
    """Return drums with a fill of the style from ``start`` to ``end``, and a crash after a larger one.

    The fill is drawn from those that last as long, and fit the section's level where there is a choice; a
    style that has none of that length has a shorter one just before ``end``, or goes on.
    """
    beats = int((end - start) / ctx.meter.beat_quarters)
    base = beat_groups(ctx.meter)[-1][0]
    if part.role != "drums" or base not in base_meters(ctx.meter):
        return part
    known = [load_figures("fills")[name] for name in ctx.style.fills[base]]
    fitting = [figure for figure in known if figure["beats"] <= beats]
    if not fitting:
        return part
    longest = max(figure["beats"] for figure in fitting)
    fitting = [figure for figure in fitting if figure["beats"] == longest]
    same = [figure for figure in fitting if figure["level"] == ctx.level]
    chosen = pick(ctx.rng("fill", str(start)), same or fitting)
    start = end - longest * ctx.meter.beat_quarters

    stopped = find_fill_keys()
    kept = [n for n in part.notes if n.pitch not in stopped or not start <= n.onset + EARLY < end]
    hits = list(kept)
    for lane, pattern in chosen.items():
        if lane in KEYS:
            step = (end - start) / len(pattern)
            hits += [
                Note(start + k * step, _HIT, KEYS[lane], ctx.velocity(VELOCITIES[sign]))
                for k, sign in enumerate(pattern)
                if sign != REST
            ]

    is_large = longest >= _CRASH_BEATS and ctx.energy >= _CRASH_FROM
    if is_large and has_cymbals(ctx) and end < ctx.length:
        is_struck = any(n.pitch == KEYS["crash"] and abs(n.onset - end) <= EARLY for n in kept)
        hits += [] if is_struck else [Note(end, _HIT, KEYS["crash"], ctx.velocity(_CRASHING))]
    return replace(part, notes=tuple(sorted(hits, key=in_order)))
