"""What a measure of planned songs says, beside real music."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from structure.plans.plan import SongPlan

Songs = Mapping[str, Sequence[SongPlan]]
"""Plans of some seeds by the name of their style."""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure: of which styles, what ours is, what real music has, the bound that is asked, and whether
    ours lies within it (None where none is asked)."""

    what: str
    style: str
    ours: float
    real: float | None = None
    bound: str = ""
    holds: bool | None = None


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = ["| what | style | ours | real | asked | holds |", "|---|---|---|---|---|---|"]
    for row in rows:
        real = "" if row.real is None else f"{row.real:.3g}"
        holds = {True: "yes", False: "NO", None: ""}[row.holds]
        lines.append(f"| {row.what} | {row.style} | {row.ours:.3g} | {real} | {row.bound} | {holds} |")
    return "\n".join(lines)
