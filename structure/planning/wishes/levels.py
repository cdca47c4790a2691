"""How hard bars are played, where wishes say so: what is written is measured, and corrected."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from structure.forms.places import Layout
from structure.forms.section_lengths import section_kind
from structure.planning.wishes.dynamics import Swell, bars_beside, builds, is_flat, levels, swells
from structure.plans.plan import Visit
from structure.plans.score import Part
from structure.specs.wishes import Wish, Wishes, is_song_wide

_EARLY = 0.025
_QUIETER, _LOUDER, _SWELLS = 0.72, 1.25, 1.4
"""Shares of the strength of the rest, and of a swell's end beside its start, that are aimed at."""

_NEAR, _STANDS_OUT = 8, 1.15
"""Bars on either side of a loud place, and what it has of their strength at least."""

_THINNER = 0.85
"""What a place in which fewer play has of the strength of what comes before it."""

_STEEP = 2.15
"""What the end of a build has of the strength of its start."""

_SOFTEST, _HARDEST, _STEPPED_BACK = 0.4, 1.35, 0.6
"""The least and the most share of their force with which notes are played, and the least of all others'."""

_EVEN = 1.08
"""How much stronger the end of a song is than its start at most, where it is not to grow."""

_STEPS = 12
"""Tries between the written force and the limit."""

_HELD = 0.5
"""What a stem that sounds in a bar counts beside one stroke with all force."""

Scales = dict[int, float]
"""The share of its force with which each bar is played."""


class _Strengths:
    """The strength of every bar of a song: strokes by the square of their force, and who sounds."""

    def __init__(self, visits: Sequence[Visit], layout: Layout) -> None:
        self.strokes: list[list[tuple[tuple[int, ...], float]]] = [[] for _ in range(layout.end)]
        self.held = [0.0] * layout.end
        lines = [layout.grid.quarters_at_bar(bar) for bar in range(layout.end + 1)]
        self.lengths = [float(end - start) for start, end in pairwise(lines)]
        for i, visit in enumerate(visits):
            own = layout.bars_of(i)
            for part in visit.music.score.parts.values():
                self._add(part, own, _downbeats(layout, own))

    def _add(self, part: Part, own: range, downbeats: Sequence[float]) -> None:
        groups: dict[tuple[int, float], list[int]] = {}
        heard: set[int] = set()
        for note in part.notes:
            bar = _bar_at(downbeats, float(note.onset))
            groups.setdefault((bar, round(float(note.onset) * 24)), []).append(note.velocity)
            heard |= set(range(bar, _bar_at(downbeats, float(note.end) - 0.2) + 1))
        for (bar, _), forces in groups.items():
            if bar < len(own):
                self.strokes[own[bar]].append((tuple(forces), len(forces) ** 0.5))
        for bar in heard:
            if bar < len(own):
                self.held[own[bar]] += _HELD

    def mean(self, bars: Collection[int], scales: Mapping[int, float]) -> float:
        """Return the mean strength of some bars, those apart in which nothing is struck."""
        struck = [bar for bar in bars if self.strokes[bar]] or list(bars)
        return sum(self._of(bar, scales.get(bar, 1.0)) for bar in struck) / max(1, len(struck))

    def _of(self, bar: int, scale: float) -> float:
        whole = 0.0
        for forces, size in self.strokes[bar]:
            mean = sum(min(127.0, force * scale) for force in forces) / len(forces)
            whole += (mean / 127) ** 2 * size
        return (whole + self.held[bar]) / self.lengths[bar]


def level_visits(
    visits: Sequence[Visit], wishes: Wishes, layout: Layout, kept: Collection[int]
) -> tuple[Visit, ...]:
    """Return the visits with quiet and loud places, and swells, as strong as wishes ask, beside the rest.

    Visits whose numbers are ``kept`` stay as they are.
    """
    places = [wish for wish in levels(wishes) if not is_song_wide(wish)]
    stretches = [*swells(wishes, layout), *builds(wishes, layout)]
    thin = [
        wish
        for wish in wishes.wishes
        if wish.what == "thin" and wish.kind == "event" and wish.polarity == "want"
    ]
    if not places and not stretches and not thin and not is_flat(wishes):
        return tuple(visits)
    strengths, scales = _Strengths(visits, layout), Scales()
    if is_flat(wishes):
        _flatten(strengths, scales, layout)
    for swell in stretches:
        _swell(swell, strengths, scales)
    for wish in places * 2:  # what the later ones change, the earlier ones meet again
        _level(wish, places, strengths, scales, layout)
    for wish in thin:
        _soften(wish, strengths, scales, layout)

    # Notes are scaled by the factors of their bars.
    found = list(visits)
    for i, visit in enumerate(visits):
        shares = [scales.get(bar, 1.0) for bar in layout.bars_of(i)]
        if i in kept or all(share == 1.0 for share in shares):
            continue
        downbeats, parts = _downbeats(layout, layout.bars_of(i)), dict(visit.music.score.parts)
        for name, part in parts.items():
            notes = list(part.notes)
            for n, note in enumerate(notes):
                bar = min(len(shares) - 1, _bar_at(downbeats, float(note.onset)))
                notes[n] = note.scale_velocity(shares[bar])
            parts[name] = replace(part, notes=tuple(notes))
        found[i] = replace(visit, music=replace(visit.music, score=replace(visit.music.score, parts=parts)))
    return tuple(found)


def _level(
    wish: Wish, places: Sequence[Wish], strengths: _Strengths, scales: Scales, layout: Layout
) -> None:
    """Play a place softer or louder, and the rest the other way, until the place stands out.

    Other places that are asked to be as loud, or as quiet, are changed last.
    """
    bars, others = _bars_and_others(wish, layout)
    if not bars or not others:
        return
    is_quiet = wish.what == "quiet"

    def holds(found: Scales) -> bool:
        here, beside = strengths.mean(bars, found), strengths.mean(others, found)
        return here <= _QUIETER * beside if is_quiet else here >= _LOUDER * beside

    alike = {
        bar for other in places if other.what == wish.what for bar in _bars_and_others(other, layout)[0]
    }
    limit = _SOFTEST if is_quiet else _HARDEST
    if not _reach(scales, holds, partial(_scale_towards, limit, bars)):
        end = _HARDEST if is_quiet else _STEPPED_BACK
        for rest in ([bar for bar in others if bar not in alike], others):
            if _reach(scales, holds, partial(_scale_towards, end, rest)):
                break
    near = [bar for bar in others if bar not in alike and bars[0] - _NEAR <= bar <= bars[-1] + _NEAR]
    if not is_quiet and near:
        _reach(
            scales,
            lambda found: strengths.mean(bars, found) >= _STANDS_OUT * strengths.mean(near, found),
            partial(_scale_towards, _STEPPED_BACK, near),
        )


def _scale_towards(end: float, bars: Sequence[int], share: float) -> Scales:
    """Return the factors of some bars after a share of the way from 1 to ``end``."""
    return dict.fromkeys(bars, 1.0 + share * (end - 1.0))


def _soften(wish: Wish, strengths: _Strengths, scales: Scales, layout: Layout) -> None:
    """Play a place in which fewer play softer than as many bars before it."""
    bars = bars_beside(wish, layout) or layout.bars_for(wish)
    before = range(max(0, bars[0] - len(bars)), bars[0]) if bars else ()
    if before:
        _reach(
            scales,
            lambda found: strengths.mean(bars, found) <= _THINNER * strengths.mean(before, found),
            partial(_scale_towards, _SOFTEST, bars),
        )


def _reach(
    scales: Scales, holds: Callable[[Scales], bool], change: Callable[[float], Mapping[int, float]]
) -> bool:
    """Take the least change after which a relation holds into the scales, else the largest."""
    written = dict(scales)
    for step in range(_STEPS + 1):
        scales.update({bar: written.get(bar, 1.0) * by for bar, by in change(step / _STEPS).items()})
        if holds(scales):
            return True
    return False


def _bars_and_others(wish: Wish, layout: Layout) -> tuple[list[int], list[int]]:
    """Return the bars of a wish and the bars to compare them with.

    These are those of the place that it is next to, else all others.
    """
    beside = bars_beside(wish, layout)
    if beside and wish.when is not None and wish.when.place is not None:
        return beside, list(layout.bars_of(layout.visits(wish.when.place)[0]))
    bars = layout.bars_for(wish)
    return bars, [bar for bar in range(layout.end) if bar not in set(bars)]


def _flatten(strengths: _Strengths, scales: Scales, layout: Layout) -> None:
    """Play the song so that it neither grows nor falls from its first third to its last.

    An outro does not count.
    """
    has_outro = len(layout.names) > 1 and section_kind(layout.names[-1]) in ("outro", "coda")
    bars = range(layout.starts[-2] if has_outro else layout.end)
    third = max(1, len(bars) // 3)

    def rise(found: Scales) -> float:
        first, last = strengths.mean(bars[:third], found), strengths.mean(bars[-third:], found)
        return last / first if first else 1.0

    grows = rise(scales) > 1.0

    def ramp(share: float) -> Mapping[int, float]:
        low, high = 1.0 - share * (1.0 - _STEPPED_BACK), 1.0 + share * (_HARDEST - 1.0)
        start, end = (high, low) if grows else (low, high)
        return {bar: start + (end - start) * bar / len(bars) for bar in bars}

    _reach(scales, lambda found: (rise(found) <= _EVEN) if grows else (rise(found) >= 1 / _EVEN), ramp)


def _swell(swell: Swell, strengths: _Strengths, scales: Scales) -> None:
    """Play a stretch harder from bar to bar, or softer, until its last third stands out from its first."""
    bars = range(swell.start, swell.end)
    part = max(1, len(bars) // (4 if swell.is_steep else 3))
    first, last = bars[:part], bars[-part:]
    aim = _STEEP if swell.is_steep else _SWELLS
    if swell.falls:
        first, last = last, first
    if len(bars) < 2:
        return

    def holds(found: Scales) -> bool:
        return strengths.mean(last, found) >= aim * strengths.mean(first, found)

    def ramp(share: float) -> Mapping[int, float]:
        low, high = 1.0 - share * (1.0 - _SOFTEST), 1.0 + share * (_HARDEST - 1.0)
        places = bars[::-1] if swell.falls else bars
        return {bar: low + (high - low) * n / (len(bars) - 1) for n, bar in enumerate(places)}

    _reach(scales, holds, ramp)


def _downbeats(layout: Layout, own: range) -> list[float]:
    """Return the downbeats of a visit's bars, in quarters from its first."""
    grid = layout.grid
    start = grid.quarters_at_bar(own.start)
    return [float(grid.quarters_at_bar(bar) - start) for bar in own]


def _bar_at(downbeats: Sequence[float], quarters: float) -> int:
    return max(0, bisect_right(downbeats, quarters + _EARLY) - 1)
