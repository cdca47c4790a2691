"""Where each line of words has its place in the bars of a section: a line to a phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from structure.base.errors import PlanError
from structure.base.exact import Fraction
from structure.lyrics.passage import Passage
from structure.lyrics.syllables import SungLine

_EASY_S = 0.21
"""Seconds that a syllable has where words are sung at ease."""

_FAST_S = 0.125
"""Seconds that a syllable needs."""

BREATH_S = 0.3
"""Seconds for a breath between lines."""

_ALMOST = 0.95
"""Share of a time that will do."""

_LONGEST_S = 9.0
"""Seconds over which a line goes at most."""

_PHRASES = (4, 2, 1)
"""Bars of a phrase, the longest first."""


@dataclass(frozen=True, slots=True)
class Window:
    """Where a line may lie, in quarters. ``step`` is the least distance of two syllables."""

    start: Fraction
    end: Fraction
    step: Fraction


@dataclass(frozen=True, slots=True)
class _Pace:
    """How fast words are sung: the least quarters of a syllable, and of a breath behind a line."""

    step: Fraction
    breath: Fraction

    def needs(self, line: SungLine) -> Fraction:
        """Return the least quarters of a line, whose last syllable is longer."""
        return (line.notes + 1) * self.step + self.breath


def _at_ease(passage: Passage) -> _Pace:
    return _Pace(_step(passage, _EASY_S), Fraction(ceil(passage.quarters(BREATH_S) * 4), 4))


def _fast(passage: Passage) -> _Pace:
    return _Pace(_step(passage, _FAST_S), Fraction(0))


def windows_of(lines: Sequence[SungLine], passage: Passage, where: str) -> list[Window]:
    """Return a window for each line. Raises PlanError, with what would fit, where they do not fit.

    ``where`` is the field of the words, for errors.
    """
    for pace in (_at_ease(passage), _fast(passage)):
        found = _even(lines, passage, pace) or _share(lines, passage, pace)
        if found is not None:
            return found

    # They do not fit: which line is longest, how much there is room for, and what would do.
    pace = _fast(passage)
    longest = max(lines, key=lambda line: line.notes)
    fits = max(0, int(passage.length / pace.step) - len(lines))
    wanted = ceil(sum(pace.needs(line) for line in lines) / passage.meters[0].bar_quarters)
    asked = sum(line.notes for line in lines)
    shown = longest.text if len(longest.text) <= 40 else f"{longest.text[:40]}…"
    bars, rows = _count(passage.bars, "bar"), _count(len(lines), "line")
    raise PlanError(
        f"{where}: {_count(asked, 'syllable')} in {rows} do not fit into {bars} at this tempo, "
        f"where there is room for {fits}; the longest is line {longest.number}, {shown!r}, of "
        f"{longest.notes}",
        field=where,
        hint=f"{max(wanted, passage.bars + 1)} bars would do, {bars_for(lines, passage)} at ease; or take "
        "fewer words",
    )


def bars_for(lines: Sequence[SungLine], passage: Passage) -> int:
    """Return the bars in which lines are sung at ease, in the tempo and the first metre of a passage."""
    bar, pace = passage.meters[0].bar_quarters, _at_ease(passage)
    phrase = max(ceil(pace.needs(line) / bar) for line in lines)
    phrase = 1 << (phrase - 1).bit_length()
    if phrase == 1 and float(bar) < passage.quarters(_LONGEST_S / 3):
        phrase = 2
    return len(lines) * phrase


def _step(passage: Passage, seconds: float) -> Fraction:
    """Return the least distance of two syllables on the grid, from a sixteenth up."""
    step = Fraction(1, 4)
    while float(step) < passage.quarters(seconds) * _ALMOST:
        step *= 2
    return step


def _even(lines: Sequence[SungLine], passage: Passage, pace: _Pace) -> list[Window] | None:
    """Return windows of one length, as tunes have them; None where a line is too long for its window."""
    each = passage.bars // len(lines)
    longest = max(meter.bar_quarters for meter in passage.meters)
    in_a_breath = [
        bars for bars in _PHRASES if bars == 1 or float(bars * longest) <= passage.quarters(_LONGEST_S)
    ]
    phrase = next((bars for bars in in_a_breath if bars <= each), 0)
    if not phrase:
        return None
    apart = each if len(lines) > 1 and each % phrase == 0 else phrase
    found = []
    for i, line in enumerate(lines):
        start = passage.bar_line(i * apart)
        end = passage.bar_line(i * apart + phrase)
        if pace.needs(line) > end - start:
            return None
        found.append(Window(start, end, pace.step))
    return found


def _share(lines: Sequence[SungLine], passage: Passage, pace: _Pace) -> list[Window] | None:
    """Return windows as long as their lines need, which begin on beats; None where all are too long."""
    meter = passage.meters[0]
    half_bar = meter.bar_quarters / 2 if meter.beats_per_bar % 2 == 0 else meter.bar_quarters
    needs = [pace.needs(line) for line in lines]
    for unit in (half_bar, meter.beat_quarters):
        total = int(passage.length // unit)
        units = [ceil(need / unit) for need in needs]
        if sum(units) <= total:
            break
    else:
        return None
    for _ in range(total - sum(units)):  # to the line that has least room
        tightest = min(range(len(units)), key=lambda i: (units[i] / float(needs[i]), i))
        units[tightest] += 1
    edges = [unit * sum(units[:i]) for i in range(len(units))] + [passage.length]
    return [Window(start, end, pace.step) for start, end in pairwise(edges)]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
