"""One fact of a song: what was measured, what is allowed, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

Direction = Literal["at most", "at least", "below", "within"]
"""Which way a limit points: "below" is less than it, "within" no further than it from a target."""

SIGNS: Mapping[Direction, str] = {"at most": "≤", "at least": "≥", "below": "<", "within": "±"}

_MOST_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One fact of a song. Make it with the maker that is named after the direction of its limit.

    A maker decides on the value as it was measured, and keeps it rounded to ``decimals``. Where the rounded
    value would give another verdict it keeps more decimals, so that the verdict is always what the numbers
    say. ``value`` is None where nothing was measured; ``detail`` then says why. ``target`` belongs to
    "within" alone.
    """

    name: str
    value: float | None
    direction: Direction
    limit: float | None
    target: float | None = None
    unit: str
    decimals: int = 0
    detail: str = ""

    @property
    def passed(self) -> bool | None:
        """Return the verdict; None where nothing was measured."""
        if self.value is None or self.limit is None:
            return None
        match self.direction:
            case "at most":
                return self.value <= self.limit
            case "at least":
                return self.value >= self.limit
            case "below":
                return self.value < self.limit
            case "within":
                return abs(self.value - (self.target or 0.0)) <= self.limit

    @property
    def value_text(self) -> str:
        """Return what was measured, with its unit."""
        return "—" if self.value is None else f"{self.value:.{self.decimals}f} {self.unit}"

    @property
    def limit_text(self) -> str:
        """Return what is allowed, with its direction and unit, such as ``≤ 4 times``."""
        if self.limit is None:
            return "—"
        target = f"{self.target:g} " if self.target else ""
        return f"{target}{SIGNS[self.direction]} {self.limit:g} {self.unit}"

    @classmethod
    def at_most(
        cls, name: str, value: float, limit: float, unit: str, detail: str = "", *, decimals: int = 2
    ) -> Check:
        """Check that a value is ``limit`` or less."""
        check = cls(name=name, value=value, direction="at most", limit=limit, unit=unit, detail=detail)
        return _round_value(check, decimals)

    @classmethod
    def at_least(
        cls, name: str, value: float, limit: float, unit: str, detail: str = "", *, decimals: int = 2
    ) -> Check:
        """Check that a value is ``limit`` or more."""
        check = cls(name=name, value=value, direction="at least", limit=limit, unit=unit, detail=detail)
        return _round_value(check, decimals)

    @classmethod
    def below(
        cls, name: str, value: float, limit: float, unit: str, detail: str = "", *, decimals: int = 2
    ) -> Check:
        """Check that a value is less than ``limit``."""
        check = cls(name=name, value=value, direction="below", limit=limit, unit=unit, detail=detail)
        return _round_value(check, decimals)

    @classmethod
    def within(
        cls,
        name: str,
        value: float,
        limit: float,
        unit: str,
        detail: str = "",
        *,
        target: float = 0.0,
        decimals: int = 2,
    ) -> Check:
        """Check that a value is no further than ``limit`` from ``target``, above or below it."""
        check = cls(
            name=name,
            value=value,
            direction="within",
            limit=limit,
            target=target,
            unit=unit,
            detail=detail,
        )
        return _round_value(check, decimals)

    @classmethod
    def leave_unmeasured(
        cls, name: str, direction: Direction, limit: float | None, unit: str, why: str
    ) -> Check:
        """Say that there was nothing to measure; ``limit`` is None where that would decide the limit."""
        return cls(name=name, value=None, direction=direction, limit=limit, unit=unit, detail=why)


def _round_value(check: Check, decimals: int) -> Check:
    """Round a measured value to ``decimals``, or to as many more as its verdict needs."""
    value = float(check.value or 0.0)
    shown = (
        replace(check, value=round(value, places) + 0.0, decimals=places)  # no minus before a zero
        for places in count(decimals)
    )
    return next(rounded for rounded in shown if rounded.passed == check.passed)


def count_results(results: Iterable[bool | None]) -> str:
    """Return ``17 of 18 passed, 2 not measured``: what was not measured is counted apart."""
    listed = list(results)
    measured = [passed for passed in listed if passed is not None]
    left_out = len(listed) - len(measured)
    return f"{sum(measured)} of {len(measured)} passed" + (f", {left_out} not measured" if left_out else "")


def list_names(names: Sequence[str]) -> str:
    """Return the first of many names in one line, and how many more there are."""
    more = f", and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
