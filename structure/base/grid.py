"""Bars, beats and samples: the only module that converts between them.

Conventions
-----------
* Musical positions and durations are :class:`~fractions.Fraction` **quarter notes**, as in MIDI and
  MusicXML. A *beat* is the metre's pulse: a quarter in 3/4 and 4/4, a dotted quarter in 6/8.
* A song's ``tempo`` counts beats a minute. A grid counts quarters a minute, as MIDI files and DAWs do;
  both are exact fractions.
* Tempo and metre may change: a grid is made of spans, each with one tempo and one metre. A ramp is a
  staircase of short spans. So every position stays an exact fraction, whatever the tempo does.
* A position becomes a sample once, by rounding the exact product, never by adding rounded lengths,
  so that nothing drifts however long the song is.
* Bars and beats that people see count from 1; offsets in code count from 0.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator

from structure.base.exact import Fraction
from structure.base.types import Exact

SAMPLE_RATE = 44_100
"""Hz; the rate of every song's audio inside the renderer."""

_METER = re.compile(r"^\s*(\d{1,2})\s*/\s*(\d{1,2})\s*$")
LONGEST_BAR = 15
"""Highest numerator of a metre."""

_NUMERATORS = range(2, LONGEST_BAR + 1)
_DENOMINATORS = (2, 4, 8)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature.

    ``bar_quarters`` and ``beat_quarters`` are lengths in quarter notes. ``is_compound`` is true for 6/8,
    9/8, 12/8 and 15/8, whose beat is a dotted quarter.
    """

    numerator: int = 4
    denominator: int = 4
    is_compound: bool = field(init=False, repr=False, compare=False)
    bar_quarters: Fraction = field(init=False, repr=False, compare=False)
    beat_quarters: Fraction = field(init=False, repr=False, compare=False)
    beats_per_bar: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.numerator not in _NUMERATORS or self.denominator not in _DENOMINATORS:
            raise ValueError(
                f"metre {self.numerator}/{self.denominator} is not supported; "
                "allowed: 2 to 15 over 2, 4 or 8, such as 4/4, 3/4, 6/8"
            )
        is_compound = self.denominator == 8 and self.numerator % 3 == 0 and self.numerator > 3
        bar = Fraction(4 * self.numerator, self.denominator)
        beat = Fraction(3, 2) if is_compound else Fraction(4, self.denominator)
        # Derived once: every note that is written asks for them.
        object.__setattr__(self, "is_compound", is_compound)
        object.__setattr__(self, "bar_quarters", bar)
        object.__setattr__(self, "beat_quarters", beat)
        object.__setattr__(self, "beats_per_bar", int(bar / beat))

    @classmethod
    def parse(cls, text: str) -> Meter:
        """Read ``"6/8"``. Raises ValueError with what is allowed."""
        match = _METER.match(text)
        if match is None:
            raise ValueError(f"{text!r} is not a metre; write it as 4/4, 3/4 or 6/8")
        return cls(int(match[1]), int(match[2]))

    def __str__(self) -> str:
        return f"{self.numerator}/{self.denominator}"


def _read_meter(value: object) -> Meter:
    if isinstance(value, Meter):
        return value
    if not isinstance(value, str):
        raise ValueError("a metre is written as 4/4, 3/4 or 6/8")
    return Meter.parse(value)


MeterText = Annotated[Meter, PlainValidator(_read_meter), PlainSerializer(str, return_type=str)]
"""A metre that is written as ``"6/8"`` in files."""


def round_half_up(value: Fraction) -> int:
    """Round to the nearest integer; halves go up, so that rounding commutes with adding whole samples."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def count_resampled(samples: int, from_hz: int, to_hz: int) -> int:
    """Return how many samples at one rate last as long as ``samples`` at another."""
    return round_half_up(Fraction(samples * to_hz, from_hz))


@dataclass(frozen=True, slots=True)
class Span:
    """One tempo and one metre, from ``start`` (quarter notes from bar 1) to the start of the next span."""

    start: Exact
    quarters_per_minute: Exact
    meter: MeterText

    def __post_init__(self) -> None:
        if self.quarters_per_minute <= 0:
            raise ValueError(f"a tempo of {self.quarters_per_minute} quarters a minute is not possible")

    def goes_on(self, before: Span) -> bool:
        """Return whether tempo and metre are those of the span before."""
        return (self.quarters_per_minute, self.meter) == (before.quarters_per_minute, before.meter)

    @property
    def tempo_bpm(self) -> Fraction:
        """Return the beats of this metre in a minute."""
        return self.quarters_per_minute / self.meter.beat_quarters


@dataclass(frozen=True)
class Grid:
    """A map of tempo and metre at one sample rate.

    ``spans`` begin at 0 and are in order. A span of another metre begins on a bar line of the span before
    it. Raises ValueError where they do not.
    """

    spans: tuple[Span, ...]
    sample_rate: int = SAMPLE_RATE

    def __post_init__(self) -> None:
        if not self.spans or self.spans[0].start != 0:
            raise ValueError("a grid begins with a span at 0")
        for before, span, bar in zip(self.spans, self.spans[1:], self._first_bars[1:], strict=False):
            if span.start <= before.start:
                raise ValueError(f"spans are not in order: {span.start} follows {before.start}")
            if span.meter != before.meter and bar.denominator != 1:
                raise ValueError(f"the metre changes to {span.meter} within a bar, at quarter {span.start}")

    # Each of these is derived once: every note and every bar line is looked up by them.

    @cached_property
    def _samples_per_quarter(self) -> tuple[Fraction, ...]:
        return tuple(Fraction(60 * self.sample_rate) / span.quarters_per_minute for span in self.spans)

    @cached_property
    def _first_samples(self) -> tuple[Fraction, ...]:
        """Return the exact sample at which each span begins."""
        samples = [Fraction(0)]
        for (before, span), rate in zip(pairwise(self.spans), self._samples_per_quarter, strict=False):
            samples.append(samples[-1] + (span.start - before.start) * rate)
        return tuple(samples)

    @cached_property
    def _first_bars(self) -> tuple[Fraction, ...]:
        """Return the bars before each span, a fraction where only the tempo changes within a bar."""
        bars = [Fraction(0)]
        for before, span in pairwise(self.spans):
            bars.append(bars[-1] + (span.start - before.start) / before.meter.bar_quarters)
        return tuple(bars)

    @classmethod
    def steady(cls, tempo_bpm: float | Fraction, meter: Meter, sample_rate: int = SAMPLE_RATE) -> Grid:
        """Return a grid of one tempo, in beats a minute, and one metre.

        A float is taken as the decimal number that it prints as.
        """
        tempo = tempo_bpm if isinstance(tempo_bpm, Fraction) else Fraction(str(tempo_bpm))
        return cls((Span(Fraction(0), tempo * meter.beat_quarters, meter),), sample_rate)

    @property
    def is_steady(self) -> bool:
        """Return whether neither tempo nor metre ever changes."""
        return len(self.spans) == 1

    @property
    def meter(self) -> Meter:
        """Return the metre at the start, which is the only one of a steady grid."""
        return self.spans[0].meter

    @property
    def tempo_bpm(self) -> Fraction:
        """Return the tempo at the start, in beats a minute."""
        return self.spans[0].tempo_bpm

    @property
    def quarter_samples(self) -> Fraction:
        """Return the exact number of samples in the first quarter note."""
        return self._samples_per_quarter[0]

    def span_at(self, quarters: Fraction | int) -> Span:
        """Return the span that a position lies in; before bar 1 it is the first."""
        return self.spans[self._index_at(quarters)]

    def sample_at(self, quarters: Fraction | int) -> int:
        """Return the sample of a position in quarter notes, counted from bar 1."""
        return round_half_up(self._exact_sample_at(quarters))

    def samples_between(self, start: Fraction | int, end: Fraction | int) -> int:
        """Return how many samples lie between two positions.

        The difference is rounded once, so that the same music has the same length wherever it stands in a
        song.
        """
        return round_half_up(self._exact_sample_at(end) - self._exact_sample_at(start))

    def seconds_at(self, quarters: Fraction | int) -> float:
        """Return the unrounded time of a position in quarter notes, counted from bar 1."""
        return float(self._exact_sample_at(quarters) / self.sample_rate)

    def quarters_at_sample(self, sample: Fraction | int) -> Fraction:
        """Return the exact position in quarter notes that a sample lies at, counted from bar 1."""
        i = max(0, bisect_right(self._first_samples, sample) - 1)
        return self.spans[i].start + (sample - self._first_samples[i]) / self._samples_per_quarter[i]

    def quarters_at_bar(self, bar: int) -> Fraction:
        """Return the position of the downbeat ``bar`` bars after the start (``bar`` counts from 0)."""
        if self.is_steady:
            return bar * self.meter.bar_quarters
        i = max(0, bisect_right(self._first_bars, bar) - 1)
        return self.spans[i].start + (bar - self._first_bars[i]) * self.spans[i].meter.bar_quarters

    def bar_at(self, quarters: Fraction | int) -> tuple[int, Fraction]:
        """Return the bar that a position lies in, counted from 0, and the quarters since its downbeat."""
        i = self._index_at(quarters)
        span = self.spans[i]
        bar = self._first_bars[i] + (quarters - span.start) / span.meter.bar_quarters
        whole = bar.numerator // bar.denominator
        return whole, (bar - whole) * span.meter.bar_quarters

    def sample_at_bar(self, bar: int) -> int:
        """Return the sample of the downbeat ``bar`` bars after the start (``bar`` counts from 0)."""
        return self.sample_at(self.quarters_at_bar(bar))

    def beat_samples(self, bars: int) -> list[int]:
        """Return the sample of every beat of the first ``bars`` bars."""
        samples = []
        for bar in range(bars):
            start = self.quarters_at_bar(bar)
            meter = self.span_at(start).meter
            samples += [self.sample_at(start + i * meter.beat_quarters) for i in range(meter.beats_per_bar)]
        return samples

    def bars_in_seconds(self, seconds: float) -> Fraction:
        """Return the exact number of bars at the first tempo, usually not whole, that last ``seconds``."""
        samples = Fraction(str(seconds)) * self.sample_rate
        return samples / (self.meter.bar_quarters * self.quarter_samples)

    def part(self, start: Fraction | int, end: Fraction | int) -> Grid:
        """Return the grid from ``start`` to ``end`` (quarter notes), counted from ``start``.

        ``start`` must be a bar line. A part of a steady grid is that grid.
        """
        if self.is_steady:
            return self
        inside = [span for span in self.spans if start < span.start < end]
        first = replace(self.span_at(start), start=Fraction(0))
        moved = [replace(span, start=span.start - start) for span in inside]
        return Grid((first, *moved), self.sample_rate)

    def _index_at(self, quarters: Fraction | int) -> int:
        if self.is_steady:
            return 0
        return max(0, bisect_right(self.spans, quarters, key=lambda span: span.start) - 1)

    def _exact_sample_at(self, quarters: Fraction | int) -> Fraction:
        i = self._index_at(quarters)
        return self._first_samples[i] + (quarters - self.spans[i].start) * self._samples_per_quarter[i]
