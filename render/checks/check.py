"""One fact of a song: what was measured, what is allowed, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One fact of a song. ``passed`` is None where there was nothing to measure."""

    name: str
    passed: bool | None
    value: float | None
    limit: float | None
    unit: str
    detail: str = ""


def listed(names: Sequence[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f", and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
