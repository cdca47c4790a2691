"""Figures as grids of signs in text: one row for each drum, or for the one line of a pitched role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import lcm
from typing import Any, Literal

from structure.arrange.figures import BASE_BEATS, HOLD, REST, load_figures
from structure.presets.styles import Level, Style

FigureRole = Literal["drums", "bass", "chords", "arpeggio"]
"""Roles that play figures."""

FIGURE_ROLES: tuple[FigureRole, ...] = ("drums", "bass", "chords", "arpeggio")

LEVELS: dict[Level, str] = {"low": "quiet", "mid": "middle", "high": "loud"}
"""Levels, and what the sections that have them are like."""

SIGNS: dict[FigureRole, str] = {
    "drums": "X accent, x stroke, o soft, g ghost, . rest",
    "bass": "R root, 3 third, 5 fifth, 7 seventh, 8 octave, w walks, a leads on, - holds",
    "chords": "X accent, x chord, s short, B its bass, u its top, p muted, - holds",
    "arpeggio": "1 … 8 notes of the chord from below, - holds, . rest",
}
"""What the signs in a grid mean."""

_MOST_BARS = 2
"""Bars of a figure that are shown."""

_NO_LANES = ("meter", "edits", "beats", "level", "pattern")


@dataclass(frozen=True, slots=True)
class FigureGrid:
    """A figure of one or more bars, drawn with signs.

    ``rows`` hold the signs of its bars, of one length in all rows, with ``|`` between bars; a row is a
    drum, or ``pattern``. ``ruler`` numbers the beats above them. ``bars`` are those of the figure, of
    which the rows show the first two.
    """

    name: str
    meter: str
    bars: int
    ruler: str
    rows: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Groove:
    """What a role plays at a level in a metre: figures, of which each song takes one or more."""

    role: FigureRole
    meter: str
    level: Level
    figures: tuple[FigureGrid, ...]


def grooves_of(style: Style) -> tuple[Groove, ...]:
    """Return all figures of a style, by role, metre and level."""
    return tuple(
        Groove(role, meter, level, tuple(figure_grid(role, name) for name in levels[level]))
        for role in FIGURE_ROLES
        for meter, levels in getattr(style, role).items()
        for level in LEVELS
        if levels.get(level)
    )


def fill_grids(style: Style, meter: str) -> tuple[FigureGrid, ...]:
    """Return the fills of a style in a metre, from the shortest."""
    table = load_figures("fills")
    names = sorted(style.fills.get(meter, ()), key=lambda name: int(table[name]["beats"]))
    return tuple(_grid(name, table[name], int(table[name]["beats"])) for name in names)


def figure_grid(role: FigureRole, name: str) -> FigureGrid:
    """Return a figure of a role by its name. Raises KeyError where it has none of that name."""
    figure = load_figures(role)[name]
    return _grid(name, figure, BASE_BEATS[figure["meter"]])


def _grid(name: str, figure: Mapping[str, Any], beats: int) -> FigureGrid:
    """Return the grid of a figure whose bars have so many beats."""
    if figure.get("pattern") == "kick":
        return FigureGrid(name, figure["meter"], 1, "", {"pattern": "with the kick drum"})
    lanes = {lane: str(signs).split("|") for lane, signs in figure.items() if lane not in _NO_LANES}
    if "pattern" in figure:
        lanes = {"pattern": str(figure["pattern"]).split("|")}
    steps = lcm(*(len(bar) for bars in lanes.values() for bar in bars))
    bars = max(map(len, lanes.values()))
    shown = min(bars, _MOST_BARS)
    filling = HOLD if "pattern" in lanes else REST

    rows = {}
    for lane, written in lanes.items():
        grids = []
        for bar in range(shown):
            signs = written[bar % len(written)]
            more = steps // len(signs) - 1  # steps that follow each sign: rests after rests
            grids.append("".join(sign + (REST if sign == REST else filling) * more for sign in signs))
        rows[lane] = "|".join(grids)

    beat = steps // beats
    ruler = "".join(str(number + 1).ljust(beat) for number in range(beats))
    return FigureGrid(name, figure["meter"], bars, " ".join([ruler] * shown).rstrip(), rows)
