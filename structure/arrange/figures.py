"""Rhythm figures: short patterns of signs over a bar, and how they fit any metre.

A figure is written for one of three base metres (4/4, 3/4, 6/8) as a string of even steps. A bar of another
metre is put together from beats of the base metres: 5/4 is three beats of a 3/4 figure and two of a 4/4
one.
Data in ``data/figures``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from structure.base.datafiles import read_data
from structure.base.exact import Fraction
from structure.base.grid import Meter

BASE_BEATS = {"4/4": 4, "3/4": 3, "6/8": 2}
"""Beats in a bar of each base metre."""

HOLD = "-"
REST = "."


@dataclass(frozen=True, slots=True)
class Figure:
    """Bars of signs, which come in turn; ``meter`` is one of :data:`BASE_BEATS`."""

    meter: str
    bars: tuple[str, ...]

    @classmethod
    def of(cls, meter: str, pattern: str) -> Figure:
        """Read a pattern whose bars are parted by ``|``."""
        bars = tuple(pattern.split("|"))
        if any(len(bar) % BASE_BEATS[meter] for bar in bars):
            raise ValueError(f"{pattern!r} does not divide into the beats of {meter}")
        return cls(meter, bars)


@dataclass(frozen=True, slots=True)
class Event:
    """A sign of a figure, in quarters from the section's downbeat. ``duration`` counts its holds."""

    onset: Fraction
    duration: Fraction
    sign: str


FigureSet = Mapping[str, Figure]
"""One figure for each base metre that a metre is made of."""


@cache
def load_figures(role: str) -> dict[str, dict[str, Any]]:
    """Return the figures of ``data/figures/<role>.yaml``, as they are written."""
    data: dict[str, dict[str, Any]] = read_data("figures", f"{role}.yaml")
    return data


@cache
def beat_groups(meter: Meter) -> tuple[tuple[str, int], ...]:
    """Return the base metres that a bar is made of, and how many beats of each.

    ``7/8`` is 2 + 2 + 3 eighths, ``5/4`` 3 + 2 quarters, ``9/8`` two beats of 6/8 and one more.
    """
    left = meter.beats_per_bar
    if meter.is_compound:
        return (("6/8", 2),) * (left // 2) + (("6/8", 1),) * (left % 2)
    if left in (3, 6, 9, 15):
        return (("3/4", 3),) * (left // 3)
    if meter.denominator == 8 and left % 2:
        return (("4/4", 2),) * ((left - 3) // 2) + (("3/4", 3),)
    groups: list[tuple[str, int]] = []
    while left > 5 or left == 4:
        groups.append(("4/4", 4))
        left -= 4
    if left in (3, 5):
        groups.append(("3/4", 3))
        left -= 3
    if left:
        groups.append(("4/4", left))
    return tuple(groups)


def base_meters(meter: Meter) -> tuple[str, ...]:
    """Return the base metres that a bar of ``meter`` needs, each once."""
    return tuple(dict.fromkeys(base for base, _ in beat_groups(meter)))


def events(figures: FigureSet, meter: Meter, bars: int) -> Iterator[Event]:
    """Yield all signs but rests over ``bars`` bars.

    A hold at the start of a bar prolongs nothing.
    """
    written = tuple(figures.items())
    for index in range(bars):
        yield from _events_of_bar(written, meter, index)


def bar_events(figures: FigureSet, meter: Meter, index: int) -> list[Event]:
    """Return the signs of bar ``index`` (from 0) of a section."""
    return list(_events_of_bar(tuple(figures.items()), meter, index))


@lru_cache(maxsize=16_384)
def _events_of_bar(figures: tuple[tuple[str, Figure], ...], meter: Meter, index: int) -> tuple[Event, ...]:
    found: list[Event] = []
    position = index * meter.bar_quarters
    patterns = dict(figures)
    # In 5/8, 7/8 and the like the beat is an eighth already, and figures keep to it.
    keeps_to_beats = meter.denominator >= 8 and not meter.is_compound
    for base, beats in beat_groups(meter):
        figure = patterns[base]
        bar = figure.bars[index % len(figure.bars)]
        per_beat = len(bar) // BASE_BEATS[base]
        step = meter.beat_quarters / per_beat
        for k, sign in enumerate(bar[: per_beat * beats]):
            onset = position + k * step
            if sign == HOLD:
                if found and found[-1].onset + found[-1].duration == onset:
                    last = found[-1]
                    found[-1] = Event(last.onset, last.duration + step, last.sign)
            elif sign != REST and not (keeps_to_beats and k % per_beat):
                found.append(Event(onset, step, sign))
        position += beats * meter.beat_quarters
    return tuple(found)


@cache
def strong_positions(meter: Meter) -> tuple[Fraction, ...]:
    """Return the accented positions of a bar in quarters: where it and each group or half begin."""
    found: list[Fraction] = []
    position = Fraction(0)
    for base, beats in beat_groups(meter):
        found.append(position)
        if beats == 4 or (base == "6/8" and beats == 2):
            found.append(position + meter.beat_quarters * beats / 2)
        position += beats * meter.beat_quarters
    return tuple(found)
