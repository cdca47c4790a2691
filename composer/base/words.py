"""Figures as people read them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from structure.plans.plan import SongPlan, Visit


def clock(seconds: float) -> str:
    """Return a time in minutes and seconds, ``3:07``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def tempo_text(plan: SongPlan) -> str:
    """Return the tempo of a song, or its slowest and fastest one, in beats: ``100–132 BPM``."""
    tempi = [plan.grid.span_at(plan.position_quarters(visit)).tempo_bpm for visit in plan.visits]
    low, high = (f"{float(tempo):.5g}" for tempo in (min(tempi), max(tempi)))
    return f"{low} BPM" if low == high else f"{low}–{high} BPM"


def meter_text(plan: SongPlan) -> str:
    """Return the metres of a song's sections in the order in which they come: ``4/4, 6/8``."""
    meters = (str(plan.grid.span_at(plan.position_quarters(visit)).meter) for visit in plan.visits)
    return ", ".join(dict.fromkeys(meters))


def day_and_time(seconds: float) -> str:
    """Return a moment, given in seconds since 1970, as local time: ``2026-11-25 14:03``."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def chords_text(plan: SongPlan, visit: Visit) -> str:
    """Return the chords of a visit, ``Am7 | F C (×2)``: | parts bars, % is a bar where a chord goes on."""
    bars: list[list[str]] = [[] for _ in range(visit.bars)]
    for chord in plan.chord_positions(visit):
        bars[chord.bar - 1 - visit.place.start_bar].append(chord.symbol)
    return join_repeats([" ".join(bar) or "%" for bar in bars], " | ")


def join_repeats(items: Sequence[str], separator: str) -> str:
    """Join items, and write a whole number of repeats once: ``Am | F (×4)``."""
    for period in range(1, len(items)):
        if len(items) % period == 0 and list(items) == list(items[:period]) * (len(items) // period):
            return f"{separator.join(items[:period])} (×{len(items) // period})"
    return separator.join(items)
