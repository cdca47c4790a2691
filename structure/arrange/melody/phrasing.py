"""The form of a melody: phrases that state, repeat, depart and answer, and one bar that tops them all.

A section is cut into phrases of four bars, named by letters: the same letter is the same idea and, over the
same chords, the same notes; a small letter begins alike and departs after two bars. A question ends open,
an answer at home. Schemes are those of songs and of classical themes: period (A A'), bar form (A A B), A A
B A, A B A C (W. E. Caplin, "Classical Form", 1998; W. Everett, "The Foundations of Rock", 2009, ch. 6).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from structure.arrange.context import SectionContext
from structure.arrange.figures import Event, bar_events
from structure.arrange.melody.motif import Gesture, Material
from structure.base.sampling import pick

PHRASE_BARS = 4

_SCHEMES = {1: ("A",), 2: ("Aa", "Aa", "AB"), 3: ("AaB", "AAB", "ABa"), 4: ("AaBa", "ABaC", "AaBC", "ABCa")}
_REFRAIN_SCHEMES = {
    1: ("A",),
    2: ("Aa", "Aa", "AA"),
    3: ("AAB", "ABa"),
    4: ("ABaC", "ABAC", "AaBC", "AaBa"),
}
_FREE_SCHEMES = {1: ("A",), 2: ("AB",), 3: ("ABC", "AAB"), 4: ("ABCA", "ABCB", "AABC")}
_FREE = ("solo", "instrumental", "bridge", "interlude")
"""Phrases of a section by how many it has; a refrain says its hook more than once, a solo goes on and
on."""
_BARS = {
    "A": ("xyx", "xxy", "xxy", "xyy"),
    "B": ("zwz", "zzx", "zzw"),
    "C": ("zxy", "xzw"),
    "D": ("wwz", "wyw"),
}
"""Motifs of the first three bars of a phrase; the fourth is its cadence."""

_ARCHES = ((0, 1, 2, 0), (0, 2, 1, -1), (1, 0, -1, -2), (0, 1, 3, 1), (2, 1, 0, -1), (0, 2, -1, -2))
"""Heights of the bars of a phrase, in scale steps."""

_DEPARTS_AT = 2
_LETTER_HEIGHTS = {"A": 0, "B": 2, "C": 1, "D": -1}
_CLIMAX_AT = 0.7
"""Where in a section its highest note is best placed."""


@dataclass(frozen=True)
class PlannedBar:
    """One bar of a melody before it has pitches. ``height`` is the scale steps of its first note above the
    section's centre; ``like`` the earlier bar that it repeats, if any; ``closes`` is None inside a phrase,
    at its end True for an answer and False for a question."""

    events: tuple[Event, ...]
    gesture: Gesture
    height: int
    like: int | None = None
    closes: bool | None = None
    is_climax: bool = False


def plan_bars(ctx: SectionContext, material: Material, rng: random.Random) -> list[PlannedBar]:
    """The bars of a section's melody."""
    letters = _letters(ctx, rng)
    schemes = {letter: pick(rng, _BARS[letter]) for letter in _BARS}
    arches = {letter: pick(rng, _ARCHES) for letter in _BARS}
    bars: list[PlannedBar] = []
    first_of: dict[tuple[str, int], int] = {}
    for index in range(ctx.bars):
        phrase, place = divmod(index, PHRASE_BARS)
        letter = letters[phrase].upper()
        departs = letters[phrase].islower() and place >= _DEPARTS_AT
        height = _LETTER_HEIGHTS[letter] + arches[letter][place]
        if place == PHRASE_BARS - 1 or index == ctx.bars - 1:
            is_answer = index == ctx.bars - 1 or phrase % 2 == 1
            figures = material.answer if is_answer else material.question
            events = tuple(bar_events(figures, ctx.meter, index))
            bars.append(PlannedBar(events, (0, -1), height, closes=is_answer))
            continue
        motif = material.motifs["z" if departs else schemes[letter][place]]
        height += int(departs)
        like = index if departs else first_of.setdefault((letter, place), index)
        turn = place % 2
        bars.append(
            PlannedBar(
                motif.events(ctx, index, turn), motif.gesture, height, like if like != index else None
            )
        )
    return _with_climax(bars)


def _letters(ctx: SectionContext, rng: random.Random) -> str:
    """The phrases of a section, each a letter; long sections go through their scheme again, with another
    contrast."""
    count = -(-ctx.bars // PHRASE_BARS)
    schemes = _REFRAIN_SCHEMES if ctx.is_refrain() else _FREE_SCHEMES if ctx.kind in _FREE else _SCHEMES
    own = () if ctx.kind in _FREE else ctx.style.lines.get(count, ())
    scheme = pick(rng, own or schemes[min(count, 4)])
    return (scheme + scheme.replace("B", "D") * count)[:count]


def _with_climax(bars: Sequence[PlannedBar]) -> list[PlannedBar]:
    """The bars with the one in which the section's highest note falls: after its middle, and not one that
    is heard again."""
    repeated = {bar.like for bar in bars}
    options = [i for i, bar in enumerate(bars) if bar.closes is None and bar.events] or [
        i for i, bar in enumerate(bars) if bar.events
    ]
    if not options:
        return list(bars)
    fresh = [i for i in options if bars[i].like is None and i not in repeated]

    def distance(index: int) -> float:
        return abs((index + 0.5) / len(bars) - _CLIMAX_AT) + (0.2 if index not in fresh else 0.0)

    top = min(options, key=lambda i: (distance(i), i))
    return [
        replace(bar, is_climax=i == top, like=None if top in (i, bar.like) else bar.like)
        for i, bar in enumerate(bars)
    ]
