"""How alike are the drum grooves of the styles? ``python tests/benchmarks/grooves.py``

The distance of two grooves is 1 - sum(min) / sum(max) of their strokes' strengths (weighted Jaccard, also
called Ruzicka distance) over lanes and places of four bars, swung places being other ones than straight
ones: 0 for the same groove, 1 where no stroke is shared. Of two styles at a level it is
that of each groove of the one from the nearest of the other, on average. Prints the closest pairs of each
level.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from structure.arrange.drums import KEYS
from structure.arrange.figures import BASE_BEATS, load_figures
from structure.presets.styles import Style, load_style, style_names

LEVELS = ("low", "mid", "high")
BARS = 4
STRENGTH = {"X": 1.0, "x": 0.8, "o": 0.5, "g": 0.25}

Groove = dict[tuple[str, Fraction], float]
"""Strength of each stroke by lane and place in beats."""


def groove(name: str, style: Style) -> Groove:
    """The strokes of a figure in four bars, as the style swings them."""
    found: Groove = {}
    figure = load_figures("drums")[name]
    beats = BASE_BEATS[figure["meter"]]
    for lane, pattern in figure.items():
        bars = pattern.split("|") if lane in KEYS else []
        for bar in range(BARS if bars else 0):
            steps = bars[bar % len(bars)]
            for place, sign in enumerate(steps):
                if sign in STRENGTH:
                    at = bar * beats + Fraction(place * beats, len(steps))
                    found[lane, swung(at, style)] = STRENGTH[sign]
    return found


def swung(beat: Fraction, style: Style) -> Fraction:
    pair = style.swing.pair_quarters
    whole, rest = divmod(beat, pair)
    return whole * pair + (pair * style.swing.first_share if rest == pair / 2 else rest)


def distance(one: Groove, other: Groove) -> float:
    """Return the distance of two grooves."""
    return float(distances([one], [other])[0, 0])


def distances(mine: Sequence[Groove], theirs: Sequence[Groove]) -> NDArray[np.float64]:
    """Return the distances of n grooves to m others, (n, m)."""
    places = list({place for own in (*mine, *theirs) for place in own})
    rows, columns = (
        np.array([[own.get(place, 0.0) for place in places] for own in grooves])
        for grooves in (mine, theirs)
    )
    shared = np.minimum(rows[:, None], columns[None]).sum(-1)
    return 1.0 - shared / np.maximum(rows[:, None], columns[None]).sum(-1)


def closest(meter: str, level: str) -> Iterator[tuple[float, str, str]]:
    """Yield the distance of every two styles at a level: of each groove of the one from the nearest of the
    other, on average, and the larger of both ways, since one may have all that the other has, and more."""
    grooves = {}
    for name in style_names():
        style = load_style(name)
        figures = style.drums.get(meter, {}).get(level, ())
        grooves[name] = [groove(figure, style) for figure in figures if meter in style.meters]
    for one, other in combinations(grooves, 2):
        if grooves[one] and grooves[other]:
            pairs = distances(grooves[one], grooves[other])
            yield max(pairs.min(1).mean(), pairs.min(0).mean()), one, other


def main() -> None:
    for level in LEVELS:
        found = sorted(closest("4/4", level))
        middle = found[len(found) // 2][0]
        print(f"{level}: {len(found)} pairs of styles, median distance {middle:.2f}; the closest:")
        for value, one, other in found[:8]:
            print(f"  {value:.2f}  {one} and {other}")


if __name__ == "__main__":
    main()
