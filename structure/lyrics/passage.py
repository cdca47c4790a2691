"""The bars in which words are set: where syllables may begin, and how strong each place is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from structure.arrange.figures import strong_positions
from structure.base.exact import Fraction
from structure.base.grid import Grid, Meter
from structure.plans.score import ChordEvent

DOWNBEAT, STRONG, BEAT, OFF_BEAT, BETWEEN = 4, 3, 2, 1, 0
"""How strong places of a bar are."""

_EIGHTH = Fraction(1, 2)


@dataclass(frozen=True)
class Passage:
    """Bars of a section: where each begins, in quarters from its downbeat, with its metre; and its chords.

    ``length`` is its end; ``quarters_per_minute`` its tempo; ``scale`` are the pitch classes of its key.
    """

    starts: tuple[Fraction, ...]
    meters: tuple[Meter, ...]
    length: Fraction
    quarters_per_minute: float
    chords: tuple[ChordEvent, ...]
    scale: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, grid: Grid, bars: int, chords: Sequence[ChordEvent], scale: tuple[int, ...] = ()
    ) -> Passage:
        """Return the passage of a grid that counts from its downbeat."""
        starts = tuple(grid.quarters_at_bar(bar) for bar in range(bars))
        spans = [grid.span_at(start) for start in starts]
        # The slowest tempo leaves most time; the fastest decides what can be sung.
        fastest = max(float(span.quarters_per_minute) for span in spans)
        meters = tuple(span.meter for span in spans)
        return cls(starts, meters, grid.quarters_at_bar(bars), fastest, tuple(chords), scale)

    @property
    def bars(self) -> int:
        """Return how many bars it has."""
        return len(self.starts)

    def bar_line(self, bar: int) -> Fraction:
        """Return where a bar begins, or the end for the bar after the last."""
        return self.starts[bar] if bar < len(self.starts) else self.length

    def quarters(self, seconds: float) -> float:
        """Return how many quarters some seconds last."""
        return seconds * self.quarters_per_minute / 60.0

    def weight(self, at: Fraction) -> int:
        """Return how strong a place is, from :data:`BETWEEN` to :data:`DOWNBEAT`."""
        if at not in self._weights:
            self._weights[at] = self._weigh(at)
        return self._weights[at]

    @cached_property
    def _weights(self) -> dict[Fraction, int]:
        return {}

    def _weigh(self, at: Fraction) -> int:
        bar = bisect_right(self.starts, at) - 1
        meter, place = self.meters[bar], at - self.starts[bar]
        if place == 0:
            return DOWNBEAT
        if place in strong_positions(meter):
            return STRONG
        if place % meter.beat_quarters == 0:
            return BEAT
        return OFF_BEAT if place % _EIGHTH == 0 else BETWEEN

    def slots(self, start: Fraction, end: Fraction, step: Fraction) -> list[Fraction]:
        """Return the places from ``start`` to before ``end``, a ``step`` from each other."""
        first = -(-start // step) * step
        return [first + i * step for i in range(max(0, int(-(-(end - first) // step))))]
