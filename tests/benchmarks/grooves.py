"""How alike are the drum grooves of the styles? ``python tests/benchmarks/grooves.py``

The distance of two grooves is 1 - sum(min) / sum(max) of their strokes' strengths (weighted Jaccard, also
called Ruzicka distance) over lanes and places of four bars, swung places being other ones than straight
ones: 0 for the same groove, 1 where no stroke is shared. Of two styles at a level it is the
smallest of any pair of their grooves. Prints the closest pairs of each level.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations

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
    places = one.keys() | other.keys()
    shared = sum(min(one.get(place, 0.0), other.get(place, 0.0)) for place in places)
    return 1.0 - shared / sum(max(one.get(place, 0.0), other.get(place, 0.0)) for place in places)


def closest(meter: str, level: str) -> Iterator[tuple[float, str, str]]:
    """Every two styles and the smallest distance of their grooves at a level."""
    grooves = {}
    for name in style_names():
        style = load_style(name)
        figures = style.drums.get(meter, {}).get(level, ())
        grooves[name] = [groove(figure, style) for figure in figures if meter in style.meters]
    for one, other in combinations(grooves, 2):
        pairs = [distance(a, b) for a in grooves[one] for b in grooves[other]]
        if pairs:
            yield min(pairs), one, other


def main() -> None:
    for level in LEVELS:
        found = sorted(closest("4/4", level))
        middle = found[len(found) // 2][0]
        print(f"{level}: {len(found)} pairs of styles, median distance {middle:.2f}; the closest:")
        for value, one, other in found[:8]:
            print(f"  {value:.2f}  {one} and {other}")


if __name__ == "__main__":
    main()
