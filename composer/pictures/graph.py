"""Draw the section graph: sections as boxes, and transitions between them as arcs.

Boxes stand in the order in which the sections are first heard. Arcs carry the numbers of their transitions
in the song: forward ones lie above the boxes and backward ones below. Positions are inches in a panel
whose origin is its lower left corner.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.transforms import Bbox

from composer.base.words import join_repeats
from composer.pictures.page import FAINT, INK, PAPER, Page, section_colours, trim_text
from structure.base.labels import display_name
from structure.plans.graph import TransitionKind

_WIDEST_BOX_IN, _BOX_SHARE = 1.45, 0.72
_BOX_HEIGHT_IN, _TALL_BOX_IN = 0.66, 1.0
_ARC_STEP_IN, _HIGHEST_ARC_IN = 0.2, 0.78
_LOOP_IN = 0.3
_MOST_NUMBERS = 3
_SMALLEST_TITLE = 7.5
_NUMBER_SIZE = 6.5
_PADDING_IN = 0.12
LINE_STYLES: dict[TransitionKind, tuple[float, tuple[float, ...]]] = {
    "cut": (0.0, ()),
    "crossfade": (0.0, (1.2, 1.6)),
    "fill": (0.0, (5.0, 1.8)),
    "riser": (0.0, (5.0, 1.8, 1.2, 1.8)),
}
"""Dash patterns of the kinds of transition, in line widths."""


@dataclass(frozen=True, slots=True)
class _Box:
    """A section's box: its middle and its size."""

    x: float
    y: float
    width: float
    height: float

    def port(self, share: float, *, above: bool) -> tuple[float, float]:
        """Return a point on the upper or lower edge, ``share`` (-1…1) of half the width off the middle."""
        return self.x + share * self.width / 2, self.y + (1 if above else -1) * self.height / 2


@dataclass(frozen=True, slots=True)
class _Transition:
    """An edge of the graph: places of its two sections, and its numbers in the song from 1."""

    source: int
    target: int
    numbers: tuple[int, ...]
    kind: TransitionKind

    @property
    def steps(self) -> int:
        return self.target - self.source


def graph_height_in(page: Page) -> float:
    """Return the height of a panel that the section graph of the page's plan fits in."""
    names, transitions = _sections(page), _transitions(page)
    above, below = _reach(transitions, above=True), _reach(transitions, above=False)
    return _box_height(len(names)) + above + below


def section_graph(axes: Axes, page: Page, height_in: float) -> None:
    """Draw the section graph over a panel of the page's width and ``height_in``."""
    axes.set_xlim(0.0, page.panel_in)
    axes.set_ylim(0.0, height_in)
    axes.set_facecolor("none")
    names, transitions = _sections(page), _transitions(page)
    pitch = page.panel_in / len(names)
    width = min(_WIDEST_BOX_IN, pitch * _BOX_SHARE)
    upright = any(
        page.text_in(display_name(name), _SMALLEST_TITLE, "bold") > width - _PADDING_IN for name in names
    )
    middle = _reach(transitions, above=False) + _box_height(len(names)) / 2
    boxes = [_Box((i + 0.5) * pitch, middle, width, _box_height(len(names))) for i in range(len(names))]
    colours = section_colours(page.plan)
    taken: list[Bbox] = []
    for transition in sorted(transitions, key=lambda t: (abs(t.steps), t.source)):
        _draw_transition(axes, page, boxes, transition, colours[names[transition.target]], taken)
    for name, box in zip(names, boxes, strict=True):
        _draw_box(axes, page, name, box, colours[name], upright=upright)
    last = names.index(page.plan.visits[-1].place.name)
    goes_on = any(t.source == last and t.steps == 1 for t in transitions)

    # A triangle where the song begins, a square where it ends: low where an arrow leaves to the right.
    begin, end = boxes[0], boxes[last]
    x, y = begin.x - begin.width / 2 - 0.06, begin.y
    corners = [(x, y), (x - 0.1, y + 0.06), (x - 0.1, y - 0.06)]
    axes.add_patch(Polygon(corners, closed=True, facecolor=FAINT))
    x, y = end.x + end.width / 2 + 0.06, end.y - (end.height / 2 - 0.05 if goes_on else 0.0)
    axes.add_patch(Rectangle((x, y - 0.05), 0.1, 0.1, facecolor=FAINT))


def _sections(page: Page) -> list[str]:
    return list(dict.fromkeys(visit.place.name for visit in page.plan.visits))


def _transitions(page: Page) -> list[_Transition]:
    places = {name: i for i, name in enumerate(_sections(page))}
    return [
        _Transition(places[edge.source], places[edge.target], tuple(n + 1 for n in edge.orders), edge.kind)
        for edge in page.plan.graph.transitions
    ]


def _box_height(n_boxes: int) -> float:
    """Return the height of a box: boxes of many sections are narrow, and their names upright."""
    return _BOX_HEIGHT_IN if n_boxes <= 11 else _TALL_BOX_IN


def _reach(transitions: Sequence[_Transition], *, above: bool) -> float:
    """Return how far arcs and their numbers rise above the boxes, or fall below them."""
    heights = [_arc_height(t) for t in transitions if (t.steps >= 0) == above and t.steps != 1]
    return max(heights, default=0.0) + (0.16 if heights else 0.06)


def _arc_height(transition: _Transition) -> float:
    if transition.steps == 0:
        return _LOOP_IN
    return min(_HIGHEST_ARC_IN, 0.12 + _ARC_STEP_IN * math.pow(abs(transition.steps), 0.75))


def _draw_box(axes: Axes, page: Page, name: str, box: _Box, colour: str, *, upright: bool) -> None:
    """Draw a section with its name, length, visits and chords; with its name alone in a narrow box."""
    shape = FancyBboxPatch(
        (box.x - box.width / 2, box.y - box.height / 2),
        box.width,
        box.height,
        boxstyle="round,pad=0,rounding_size=0.09",
        facecolor=colour,
        edgecolor=PAPER,
        linewidth=1.0,
        zorder=3,
    )
    axes.add_patch(shape)
    visits = [visit for visit in page.plan.visits if visit.place.name == name]
    room = box.width - _PADDING_IN
    title = display_name(name)
    if upright:
        size = next((s for s in (8.5, 7.5, 6.5) if page.text_in(title, s, "bold") <= box.height - 0.1), 6.5)
        text = trim_text(page, title, size, box.height - 0.1, "bold")
        if size * 1.3 / 72 <= box.width:
            _write(axes, text, (box.x, box.y), size, bold=True, upright=True)
        return
    size = next(s for s in (10.5, 9.5, 8.5, _SMALLEST_TITLE) if page.text_in(title, s, "bold") <= room)
    times = f" ×{len(visits)}" if len(visits) > 1 else ""
    bars = f"{visits[0].bars} bar{'s' if visits[0].bars > 1 else ''}{times}"
    chords = join_repeats([chord.symbol for chord in visits[0].music.score.chords], " ")
    _write(axes, title, (box.x, box.y + 0.17), size, bold=True)
    _write(axes, trim_text(page, bars, 7.5, room), (box.x, box.y - 0.02), 7.5)
    _write(axes, trim_text(page, chords, 7, room), (box.x, box.y - 0.2), 7)


def _write(
    axes: Axes,
    text: str,
    at: tuple[float, float],
    size: float,
    *,
    bold: bool = False,
    upright: bool = False,
) -> None:
    label = axes.text(*at, text, size=size, color=PAPER, weight="bold" if bold else "normal", zorder=4)
    label.set(ha="center", va="center", rotation=90 if upright else 0, parse_math=False)


def _draw_transition(
    axes: Axes, page: Page, boxes: Sequence[_Box], transition: _Transition, colour: str, taken: list[Bbox]
) -> None:
    """Draw an arrow, and write the transition's numbers on it where no others stand yet.

    ``taken`` are the places of numbers, to which its own is added.
    """
    points = _curve(boxes, transition)
    path = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
    width = 1.1 + 0.35 * min(4, len(transition.numbers) - 1)
    line = PathPatch(path, fill=False, edgecolor=colour, linewidth=width, zorder=1, capstyle="butt")
    line.set_linestyle(LINE_STYLES[transition.kind])
    axes.add_patch(line)

    (x0, y0), (x, y) = points[2], points[3]
    length = math.hypot(x - x0, y - y0) or 1.0
    dx, dy = (x - x0) / length, (y - y0) / length
    size, half = 0.09, 0.042
    head = [
        (x, y),
        (x - size * dx - half * dy, y - size * dy + half * dx),
        (x - size * dx + half * dy, y - size * dy - half * dx),
    ]
    axes.add_patch(Polygon(head, closed=True, facecolor=colour, edgecolor="none", zorder=2))

    numbers = [str(number) for number in transition.numbers[:_MOST_NUMBERS]]
    text = ", ".join(numbers) + (" …" if len(transition.numbers) > _MOST_NUMBERS else "")
    room = points[3][0] - points[0][0] - 0.16
    if transition.steps == 1 and len(numbers) > 1 and page.text_in(text, _NUMBER_SIZE) > room:
        text = f"×{len(transition.numbers)}"

    width, height = page.text_in(text, _NUMBER_SIZE) + 0.05, _NUMBER_SIZE * 1.25 / 72
    spots = [_point(points, t) for t in (0.5, 0.4, 0.6, 0.32, 0.68, 0.25, 0.75, 0.2, 0.8)]
    places = [Bbox.from_bounds(x - width / 2, y - height / 2, width, height) for x, y in spots]
    free = [i for i, place in enumerate(places) if not any(place.overlaps(other) for other in taken)]
    chosen = free[0] if free else 0
    taken.append(places[chosen])
    label = axes.text(*spots[chosen], text, size=_NUMBER_SIZE, color=INK, zorder=2.5)
    label.set(ha="center", va="center", parse_math=False)
    label.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.6})


def _point(points: Sequence[tuple[float, float]], t: float) -> tuple[float, float]:
    """Return the point of a cubic curve at ``t`` from 0 to 1."""
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3)
    x, y = (sum(w * point[axis] for w, point in zip(weights, points, strict=True)) for axis in (0, 1))
    return x, y


def _curve(boxes: Sequence[_Box], transition: _Transition) -> list[tuple[float, float]]:
    """Return start, two control points and end of a transition's line."""
    source, target = boxes[transition.source], boxes[transition.target]
    if transition.steps == 1:
        start = source.x + source.width / 2, source.y
        end = target.x - target.width / 2, target.y
        third = (end[0] - start[0]) / 3
        return [start, (start[0] + third, start[1]), (end[0] - third, end[1]), end]
    above = transition.steps >= 0
    turn = 1.0 if above else -1.0
    # Longer arcs leave and arrive nearer to the middle of a box, so that arcs nest.
    share = 0.3 if transition.steps == 0 else 0.75 - 0.12 * min(5, abs(transition.steps))
    leaves = share if above else -share
    start, end = source.port(leaves, above=above), target.port(-leaves, above=above)
    rise = turn * _arc_height(transition) * 4 / 3
    lean = 0.12 if transition.steps == 0 else 0.0
    return [start, (start[0] + lean, start[1] + rise), (end[0] - lean, end[1] + rise), end]
