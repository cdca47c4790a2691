"""How long sections of each kind last, and what other lengths cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from structure.grid import Grid
from structure.labels import kind_of
from structure.priors import FormPriors
from structure.sampling import generator, pick_weighted
from structure.styles import Style

_LONGEST_PLANNED = 32
_LONGEST_GIVEN = 512
_ODD_IS_FINE = ("intro", "outro", "coda", "bridge", "interlude", "breakdown", "build", "solo")
_STYLE_WEIGHT = 0.35
"""Share of the style's own section length against the lengths of real songs."""

_SHORTEST_VERSE_S = 13.5
_MUCH_SHORTER = 0.67
"""A verse below this share of its usual seconds gets twice the bars."""


def section_kind(name: str) -> str:
    """The kind of a section by its name; a name of the user's own is treated as a verse."""
    return kind_of(name) or "verse"


def bar_doubling(style: Style, grid: Grid) -> int:
    """2 where bars are so short that a section needs twice as many to say as much, else 1."""
    bars = style.section_bars["verse"]
    actual_s = grid.seconds_at(grid.quarters_at_bar(bars))
    usual_s = bars * 4 * 60.0 * 2 / sum(style.tempo)
    is_short = actual_s < _SHORTEST_VERSE_S or actual_s < _MUCH_SHORTER * usual_s
    return 2 if is_short and bars <= 8 else 1


@dataclass(frozen=True)
class SectionLengths:
    """Lengths in one song. ``chord_bars`` are the bars of the chord progressions that the user gives."""

    style: Style
    priors: FormPriors
    doubling: int
    chord_bars: Mapping[str, int]

    def usual(self, kind: str) -> int:
        """Usual bars of a kind."""
        return self.style.section_bars[kind] * self.doubling

    def planned(self, name: str) -> dict[int, float]:
        """Cost of each length that a planned form may give a section."""
        kind = section_kind(name)
        shortest = 1 if kind in ("intro", "outro", "coda") else 2
        longest = max(_LONGEST_PLANNED, 2 * self.usual(kind))
        return self._with_chords(name, self._costs(kind, range(shortest, longest + 1)))

    def any_length(self, name: str) -> dict[int, float]:
        """Cost of each length of a section in a form that is given: the length asked for comes first."""
        return self._with_chords(name, self._costs(section_kind(name), range(1, _LONGEST_GIVEN + 1)))

    def sample(self, name: str, seed: int) -> int:
        """A length for a section that no length of the song constrains: whole turns of its chords."""
        chords = self.chord_bars.get(name)
        if chords is not None:
            return chords * max(1, round(self.usual(section_kind(name)) / chords))
        costs = self._costs(section_kind(name), range(2, 16 * self.doubling + 1))
        weights = {n: math.exp(-cost) for n, cost in costs.items() if n % 4 == 0 or cost < 1.5}
        return pick_weighted(generator(seed, "bars", name), weights)

    def _costs(self, kind: str, lengths: Iterable[int]) -> dict[int, float]:
        """How rare each length is, and how odd."""
        costs: dict[int, float] = {}
        usual = self.usual(kind)
        for bars in lengths:
            whole, rest = divmod(bars, self.doubling)
            share = 0.0 if rest else (1 - _STYLE_WEIGHT) * self.priors.bar_share(kind, whole)
            share += _STYLE_WEIGHT * (bars == usual)
            odd = 0.0 if bars % 4 == 0 else 1.2 if bars % 2 == 0 else 3.0
            far = 0.04 * abs(bars - usual)
            costs[bars] = -math.log(share + 0.004) + odd * (0.4 if kind in _ODD_IS_FINE else 1.0) + far
        return costs

    def _with_chords(self, name: str, costs: Mapping[int, float]) -> dict[int, float]:
        """Lengths that hold the given progression; whole turns of it are best."""
        chords = self.chord_bars.get(name)
        if chords is None:
            return dict(costs)
        return {n: cost + 4.0 * (n % chords != 0) for n, cost in costs.items() if n >= chords}
