"""Bars, beats and samples: the only module that converts between them.

Conventions
-----------
* Musical positions and durations are :class:`~fractions.Fraction` **quarter notes**, as in MIDI and
  MusicXML. A *beat* is the metre's pulse: a quarter in 3/4 and 4/4, a dotted quarter in 6/8.
* Tempo counts beats a minute and is kept as an exact fraction.
* A position becomes a sample once, by rounding the exact product, never by adding rounded lengths,
  so that nothing drifts however long the song is.
* Bars and beats that people see count from 1; offsets in code count from 0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

SAMPLE_RATE = 44_100
"""Hz; the rate of every song's audio inside the renderer."""

_METER = re.compile(r"^\s*(\d{1,2})\s*/\s*(\d{1,2})\s*$")
_NUMERATORS = range(2, 16)
_DENOMINATORS = (2, 4, 8)


@dataclass(frozen=True, slots=True)
class Meter:
    """A time signature. ``bar_quarters`` and ``beat_quarters`` are lengths in quarter notes;
    ``is_compound`` is true for 6/8, 9/8, 12/8 and 15/8, whose beat is a dotted quarter."""

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


def round_half_up(value: Fraction) -> int:
    """Nearest integer; halves go up, so that rounding commutes with adding whole samples."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def resampled_length(samples: int, from_hz: int, to_hz: int) -> int:
    """How many samples at one rate last as long as ``samples`` at another."""
    return round_half_up(Fraction(samples * to_hz, from_hz))


@dataclass(frozen=True, slots=True)
class Grid:
    """One tempo and one metre at one sample rate."""

    tempo_bpm: Fraction
    meter: Meter = Meter()
    sample_rate: int = SAMPLE_RATE

    @classmethod
    def of(cls, tempo_bpm: float, meter: Meter, sample_rate: int = SAMPLE_RATE) -> Grid:
        """A grid from a float tempo, taken as the decimal number that it prints as."""
        return cls(Fraction(str(tempo_bpm)), meter, sample_rate)

    @property
    def quarter_samples(self) -> Fraction:
        """Exact samples in a quarter note."""
        return Fraction(60 * self.sample_rate) / (self.tempo_bpm * self.meter.beat_quarters)

    def sample_at(self, quarters: Fraction | int) -> int:
        """Sample of a position in quarter notes, counted from bar 1."""
        return round_half_up(quarters * self.quarter_samples)

    def seconds_at(self, quarters: Fraction | int) -> float:
        """Unrounded time of a position in quarter notes, counted from bar 1."""
        return float(quarters * self.quarter_samples / self.sample_rate)

    def quarters_at_bar(self, bar: int) -> Fraction:
        """Position of the downbeat ``bar`` bars after the start (``bar`` counts from 0)."""
        return bar * self.meter.bar_quarters

    def sample_at_bar(self, bar: int) -> int:
        """Sample of the downbeat ``bar`` bars after the start (``bar`` counts from 0)."""
        return self.sample_at(self.quarters_at_bar(bar))

    def beat_samples(self, bars: int) -> list[int]:
        """Sample of every beat of the first ``bars`` bars."""
        beat = self.meter.beat_quarters
        return [self.sample_at(i * beat) for i in range(bars * self.meter.beats_per_bar)]

    def bars_in_seconds(self, seconds: float) -> Fraction:
        """Exact number of bars, usually not whole, that last ``seconds``."""
        samples = Fraction(str(seconds)) * self.sample_rate
        return samples / (self.meter.bar_quarters * self.quarter_samples)
