"""A plan as it shows itself: a line in a terminal, a table in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from structure.base.lengths import format_seconds

if TYPE_CHECKING:
    from structure.plans.plan import SongPlan


def plan_line(plan: SongPlan) -> str:
    """Describe a plan in one line: ``Neon Tides: synthwave, A minor, 6 stems, 104 bars, 4:03``."""
    length = format_seconds(plan.total_samples / plan.grid.sample_rate)
    many = f"{len(plan.stems)} stem{'' if len(plan.stems) == 1 else 's'}"
    return f"{plan.title}: {plan.genre}, {plan.key}, {many}, {plan.bars} bars, {length}"


def plan_html(plan: SongPlan) -> str:
    """Return the visits as a table: where each begins, its length and energy, its chords, who plays."""
    rows = []
    for visit in plan.visits:
        chords = " ".join(dict.fromkeys(chord.symbol for chord in visit.music.score.chords))
        start = format_seconds(plan.bounds(visit)[0] / plan.grid.sample_rate)
        cells = (
            visit.place.start_bar + 1,
            start,
            visit.bars,
            visit.place.label,
            f"{visit.music.energy:.2f}",
            chords,
            ", ".join(plan.sounding_stems(visit)),
        )
        rows.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
    names = ("Bar", "Time", "Bars", "Section", "Energy", "Chords", "Stems")
    heads = "".join(f"<th>{name}</th>" for name in names)
    return f"<p>{escape(plan_line(plan))}</p><table><tr>{heads}</tr>{''.join(rows)}</table>"
