"""Where each line of words has its place in the bars of a section: a line to a phrase."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


def windows_of(lines: Sequence[SungLine], passage: Passage, where: str) -> list[Window]:
    """Return a window for each line. Raises PlanError, with what would fit, where they do not fit.

    ``where`` is the field of the words, for errors.
    """
    for seconds in (_EASY_S, _FAST_S):
        step = step_of(passage, seconds)
        even = _even(lines, passage, step)
        if even is not None:
            return even
        shared = _shared(lines, passage, step)
        if shared is not None:
            return shared
    raise _too_many(lines, passage, where)


def bars_for(lines: Sequence[SungLine], passage: Passage) -> int:
    """Return the bars in which lines are sung at ease, in the tempo and the first metre of a passage."""
    bar = passage.meters[0].bar_quarters
    step = step_of(passage, _EASY_S)
    phrase = max(ceil(_needs(line, passage, step) / bar) for line in lines)
    phrase = 1 << (phrase - 1).bit_length()
    if phrase == 1 and float(bar) < passage.quarters(_LONGEST_S / 3):
        phrase = 2
    return len(lines) * phrase


def step_of(passage: Passage, seconds: float) -> Fraction:
    """Return the least distance of two syllables on the grid: an eighth, or a sixteenth where an eighth
    lasts longer than is needed by half."""
    eighth = Fraction(1, 2)
    while float(eighth) >= 2 * passage.quarters(seconds) * 0.95 and eighth > Fraction(1, 4):
        eighth /= 2
    while float(eighth) < passage.quarters(seconds) * 0.95:
        eighth *= 2
    return eighth


def _needs(line: SungLine, passage: Passage, step: Fraction) -> Fraction:
    """Return the least quarters of a line, with a breath behind it."""
    breath = Fraction(ceil(passage.quarters(BREATH_S) * 4), 4)
    return line.notes * step + breath + step


def _even(lines: Sequence[SungLine], passage: Passage, step: Fraction) -> list[Window] | None:
    """Return windows of one length, as tunes have them; None where a line is too long for its window."""
    each = passage.bars // len(lines)
    phrase = next((bars for bars in _PHRASES if bars <= each and _is_sung_in_a_breath(bars, passage)), 0)
    phrase = phrase or min(each, 1)
    if not phrase:
        return None
    apart = each if len(lines) > 1 and each % phrase == 0 else phrase
    found = []
    for i, line in enumerate(lines):
        start = passage.bar_line(i * apart)
        end = passage.bar_line(i * apart + phrase)
        if _needs(line, passage, step) > end - start:
            return None
        found.append(Window(start, end, step))
    return found


def _is_sung_in_a_breath(bars: int, passage: Passage) -> bool:
    longest = max(meter.bar_quarters for meter in passage.meters)
    return bars == 1 or float(bars * longest) <= passage.quarters(_LONGEST_S)


def _shared(lines: Sequence[SungLine], passage: Passage, step: Fraction) -> list[Window] | None:
    """Return windows as long as their lines need, which begin on beats; None where all are too long."""
    needs = [_needs(line, passage, step) for line in lines]
    unit = _unit(passage)
    total = int(passage.length // unit)
    units = [ceil(need / unit) for need in needs]
    if sum(units) > total:
        unit = passage.meters[0].beat_quarters
        total, units = int(passage.length // unit), [ceil(need / unit) for need in needs]
    spare = total - sum(units)
    if spare < 0:
        return None
    shares = [float(need) / float(sum(needs)) for need in needs]
    while spare:  # to the line that has least room
        tightest = min(range(len(units)), key=lambda i: (units[i] / shares[i], i))
        units[tightest] += 1
        spare -= 1
    edges = [Fraction(0)]
    for count in units:
        edges.append(edges[-1] + count * unit)
    edges[-1] = passage.length
    return [Window(start, end, step) for start, end in zip(edges, edges[1:], strict=False)]


def _unit(passage: Passage) -> Fraction:
    meter = passage.meters[0]
    return meter.bar_quarters / 2 if meter.beats_per_bar % 2 == 0 else meter.bar_quarters


def _too_many(lines: Sequence[SungLine], passage: Passage, where: str) -> PlanError:
    """Return the error for words that do not fit: the line that is longest, what fits, and what would do."""
    step = step_of(passage, _FAST_S)
    longest = max(lines, key=lambda line: line.notes)
    bar = passage.meters[0].bar_quarters
    fits = max(0, int((passage.length - len(lines) * (_needs(lines[0], passage, step) - lines[0].notes * step)) / step))
    wanted = ceil(sum(_needs(line, passage, step) for line in lines) / bar)
    asked = sum(line.notes for line in lines)
    shown = longest.text if len(longest.text) <= 40 else f"{longest.text[:40]}…"
    bars = f"{passage.bars} bar{'s' if passage.bars > 1 else ''}"
    return PlanError(
        f"{where}: {asked} syllables in {len(lines)} line{'s' if len(lines) > 1 else ''} do not fit into "
        f"{bars}, which have room for {fits}; the longest is line {longest.number}, {shown!r}, of "
        f"{longest.notes}",
        field=where,
        hint=f"{max(wanted, passage.bars + 1)} bars would do, {bars_for(lines, passage)} at ease; or take "
        "fewer words",
    )
