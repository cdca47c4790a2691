"""Draw several plans of one song in one picture, below each other on one time axis.

Each plan shows its form, energy, chords and melody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from composer.pictures.page import FAINT, INK, Page, facts_of, save_picture, time_axis
from composer.pictures.plan import draw_chords, draw_energy, draw_melody, draw_sections
from structure.notation.leadsheet import melody_stem
from structure.plans.plan import SongPlan

_WIDTH_IN, _DPI = 12.0, 130
_HEAD_IN, _STRIP_IN, _ENERGY_IN, _CHORDS_IN, _MELODY_IN = 0.55, 0.34, 0.42, 0.4, 0.85
_FOOT_IN = 0.45


def write_alternatives(path: Path, plans: Mapping[str, SongPlan]) -> None:
    """Draw plans by their names as a PNG."""
    save_picture(path, lambda: _page(plans))


def _page(plans: Mapping[str, SongPlan]) -> Page:
    row_in = _HEAD_IN + _STRIP_IN + _ENERGY_IN + _CHORDS_IN + _MELODY_IN
    longest = max(plan.total_samples / plan.grid.sample_rate for plan in plans.values())
    first = next(iter(plans.values()))
    whole = replace(Page.of(first, _WIDTH_IN, row_in * len(plans) + _FOOT_IN, _DPI), lasts_s=longest)
    for number, (name, plan) in enumerate(plans.items()):
        page, top_in = replace(whole, plan=plan), number * row_in

        head = page.panel(top_in + 0.12, 0.24)
        head.set_facecolor("none")
        head.text(0.0, 0.4, f"{name}   {plan.title}", size=10.5, color=INK, weight="bold", parse_math=False)
        facts = head.text(page.seconds, 0.4, facts_of(plan), size=8.5, color=FAINT, parse_math=False)
        facts.set(ha="right")

        top_in += _HEAD_IN
        draw_sections(page.panel(top_in, _STRIP_IN), page, _STRIP_IN)
        top_in += _STRIP_IN
        draw_energy(page.panel(top_in, _ENERGY_IN), page)
        top_in += _ENERGY_IN
        lowest = page.panel(top_in, _CHORDS_IN)
        draw_chords(lowest, page)
        top_in += _CHORDS_IN
        if any(melody_stem(plan, visit) for visit in plan.visits):
            lowest = page.panel(top_in + 0.1, _MELODY_IN - 0.16)
            draw_melody(lowest, page)
        if number == len(plans) - 1:
            time_axis(lowest, page)
    return whole
