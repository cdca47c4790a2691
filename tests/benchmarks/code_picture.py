"""Draw a picture of a checkout's folders and of the imports between them.

Each package is a band, and packages stand above those that they import. In a band each folder is a box,
further left the more of the band it builds on. An arrow is all imports from one folder to another, wider
for more; red where folders import each other in a circle, or a package imports one that it must not know.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import networkx as nx
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from tests.benchmarks.code_tree import MAY_IMPORT, Checkout, circles

BANDS = ("composer", "render", "structure")
"""Packages from the top of the picture to its bottom; songs and training stand beside them."""

COLOURS = {
    "composer": ("#e8eefb", "#3b5b9d"),
    "render": ("#e9f6ec", "#3c7a4e"),
    "structure": ("#fdf3e1", "#a06a1b"),
    "songs": ("#f3ecfa", "#6d4a97"),
    "training": ("#efefef", "#666666"),
}
"""Fill and line of each package."""

RED = "#d62728"
WIDTH, HEIGHT = 1600.0, 1000.0
TOP, BOTTOM = 78.0, 42.0
LEFT, RIGHT = 24.0, 24.0
SIDE_WIDTH = 150.0
BOX_HEIGHT = 44.0
FURTHEST_BEND = 110.0


@dataclass(frozen=True)
class Box:
    """A folder's box: its middle and its size in pixels, from the lower left."""

    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT


@dataclass(frozen=True)
class Look:
    """How an arrow is drawn: those of higher layers lie on top; ``bend`` is a share of the length."""

    colour: str
    alpha: float
    layer: int
    bend: float


def package_of(checkout: Checkout, folder: str) -> str:
    """Name the package of a folder; folders of training code are in training, wherever they lie."""
    inside = [module for module in checkout.modules.values() if module.folder == folder]
    whole = all(module.is_training for module in inside)
    return "training" if whole else folder.partition("/")[0]


def draw(checkout: Checkout, path: Path) -> None:
    """Draw the folders of a checkout to a PNG of 1600 by 1000 pixels."""
    graph = checkout.folder_graph()
    filled = {module.folder for module in checkout.modules.values() if not module.is_init}
    graph.remove_nodes_from([folder for folder in nx.isolates(graph) if folder not in filled])
    packages = {folder: package_of(checkout, folder) for folder in graph}
    direct = direct_edges(graph, packages)
    boxes = place(graph, packages)
    figure = plt.figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, HEIGHT)
    axes.axis("off")
    _draw_bands(axes, packages)
    red = red_edges(graph, packages)
    for a, b, count in sorted(graph.edges(data="count")):
        colour = COLOURS[packages[a]][1]
        if (a, b) in red:
            look = Look(RED, 0.8, 4, 0.14 if packages[a] == packages[b] else 0.05)
        elif packages[a] != packages[b]:
            look = Look(colour, 0.2, 1, 0.05)
        else:
            look = Look(colour, 0.85, 3, 0.14) if (a, b) in direct else Look(colour, 0.3, 2, 0.14)
        _draw_arrow(axes, boxes[a], boxes[b], count, look)
    for folder, box in boxes.items():
        modules = [module for module in checkout.modules.values() if module.folder == folder]
        _draw_box(axes, folder, box, packages[folder], sum(not module.is_init for module in modules))
    _draw_heading(axes, graph, red)
    figure.savefig(path, dpi=100)
    plt.close(figure)


def red_edges(graph: nx.DiGraph, packages: dict[str, str]) -> set[tuple[str, str]]:
    """Find the imports between folders that belong to a circle, or run upwards."""
    group = {folder: number for number, names in enumerate(circles(graph)) for folder in names}
    return {
        (a, b)
        for a, b in graph.edges
        if group.get(a, -1) == group.get(b, -2) or packages[b] not in MAY_IMPORT[packages[a]]
    }


def direct_edges(graph: nx.DiGraph, packages: dict[str, str]) -> set[tuple[str, str]]:
    """Find the imports inside a package that no way by other folders of it stands for."""
    direct: set[tuple[str, str]] = set()
    for package in set(packages.values()):
        inside = graph.subgraph([folder for folder in graph if packages[folder] == package])
        direct |= set(nx.transitive_reduction(_opened(inside)).edges)
    return direct


def _bands(packages: dict[str, str]) -> dict[str, tuple[float, float]]:
    """Find the lower and the upper edge of each band."""
    room = HEIGHT - TOP - BOTTOM
    there = [band for band in BANDS if band in packages.values()]
    gap = 16.0
    each = (room - gap * (len(there) - 1)) / max(len(there), 1)
    tops = [HEIGHT - TOP - number * (each + gap) for number in range(len(there))]
    return {band: (top - each, top) for band, top in zip(there, tops, strict=True)}


def place(graph: nx.DiGraph, packages: dict[str, str]) -> dict[str, Box]:
    """Place the boxes: a column for each layer of a package, and songs and training at the right."""
    boxes: dict[str, Box] = {}
    width = _right_edge(packages) - LEFT
    for band, (low, high) in _bands(packages).items():
        inside = graph.subgraph([folder for folder in graph if packages[folder] == band])
        columns = _in_order(_columns(inside), inside)
        step = (width - 30.0) / len(columns)
        for number, column in enumerate(columns):
            x = LEFT + 30.0 + step * (number + 0.5)
            height = (high - low - 10.0) / len(column)
            shift = (number % 2 - 0.5) * (height - BOX_HEIGHT - 6.0) * (0.55 if len(column) == 1 else 0.8)
            for row, folder in enumerate(column):
                y = high - 5.0 - height * (row + 0.5) + shift
                boxes[folder] = Box(x, y, min(140.0, step * 0.8))
    beside = sorted(folder for folder in graph if packages[folder] not in BANDS)
    x = WIDTH - RIGHT - SIDE_WIDTH / 2
    for number, folder in enumerate(beside):
        y = BOTTOM + (HEIGHT - TOP - BOTTOM) * (1.0 - (number + 0.5) / len(beside))
        boxes[folder] = Box(x, y, SIDE_WIDTH - 14.0)
    return boxes


def _opened(graph: nx.DiGraph) -> nx.DiGraph:
    """Open the circles of a graph where fewest imports run."""
    acyclic = nx.DiGraph(graph)
    while group := next(iter(circles(acyclic)), None):
        part = acyclic.subgraph(group)
        weight = {
            name: part.out_degree(name, weight="count") - part.in_degree(name, weight="count")
            for name in group
        }
        first = max(group, key=lambda name: (weight[name], name))
        acyclic.remove_edges_from([(name, first) for name in group if acyclic.has_edge(name, first)])
    return acyclic


def _columns(graph: nx.DiGraph) -> list[list[str]]:
    """List the folders by layer, those first that build on others."""
    acyclic = _opened(graph)
    depth: dict[str, int] = {}
    for name in reversed(list(nx.topological_sort(acyclic))):
        depth[name] = 1 + max((depth[below] for below in acyclic.successors(name)), default=-1)
    deepest = max(depth.values(), default=0)
    columns: list[list[str]] = [[] for _ in range(deepest + 1)]
    for name in sorted(graph):
        columns[deepest - depth[name]].append(name)
    return columns


def _in_order(columns: list[list[str]], graph: nx.DiGraph) -> list[list[str]]:
    """Sort each column by where the neighbours of its folders stand, so that fewer arrows cross."""
    height = {name: row / len(column) for column in columns for row, name in enumerate(sorted(column))}
    for _ in range(8):
        for column in columns:
            near = {name: [height[other] for other in nx.all_neighbors(graph, name)] for name in column}
            column.sort(key=lambda name: (sum(near[name]) / max(len(near[name]), 1), name))
            for row, name in enumerate(column):
                height[name] = (row + 0.5) / len(column)
    return columns


def _right_edge(packages: dict[str, str]) -> float:
    """Say where the bands end: before songs and training, if there are any."""
    has_side = any(package not in BANDS for package in packages.values())
    return WIDTH - RIGHT - (SIDE_WIDTH + 20.0 if has_side else 0.0)


def _draw_bands(axes: Axes, packages: dict[str, str]) -> None:
    right = _right_edge(packages)
    for band, (low, high) in _bands(packages).items():
        fill, line = COLOURS[band]
        axes.add_patch(
            FancyBboxPatch(
                (12, low),
                right - 12,
                high - low,
                "round,pad=0,rounding_size=12",
                fc=fill,
                ec="none",
                zorder=0,
            )
        )
        axes.text(
            30,
            (low + high) / 2,
            band,
            rotation=90,
            ha="center",
            va="center",
            color=line,
            size=15,
            weight="bold",
        )


def _draw_box(axes: Axes, folder: str, box: Box, package: str, count: int) -> None:
    line = COLOURS[package][1]
    corner = (box.x - box.width / 2, box.y - box.height / 2)
    axes.add_patch(
        FancyBboxPatch(
            corner,
            box.width,
            box.height,
            "round,pad=0,rounding_size=7",
            fc="white",
            ec=line,
            lw=1.6,
            zorder=5,
        )
    )
    short = folder.partition("/")[2] or f"{folder}/"
    size = min(11.0, box.width / len(short))
    axes.text(
        box.x, box.y + 8, short, ha="center", va="center", size=size, weight="bold", color=line, zorder=6
    )
    what = f"{count or 1} module{'' if count < 2 else 's'}"
    axes.text(box.x, box.y - 11, what, ha="center", va="center", size=9, color="#444444", zorder=6)


def _draw_arrow(axes: Axes, start: Box, end: Box, count: int, look: Look) -> None:
    """Draw one arrow, bent to the left of its way, so that those of two directions lie apart."""
    bend = min(look.bend, FURTHEST_BEND / max(math.hypot(end.x - start.x, end.y - start.y), 1.0))
    axes.add_patch(
        FancyArrowPatch(
            _on_edge(start, end),
            _on_edge(end, start),
            connectionstyle=f"arc3,rad={bend}",
            arrowstyle=f"-|>,head_length={4 + 0.4 * count**0.5},head_width={2 + 0.3 * count**0.5}",
            shrinkA=0,
            shrinkB=1,
            lw=0.6 + 0.6 * count**0.5,
            color=look.colour,
            alpha=look.alpha,
            zorder=look.layer,
        )
    )


def _on_edge(box: Box, other: Box) -> tuple[float, float]:
    """Find the point of a box's outline on the straight way to another box."""
    dx, dy = other.x - box.x, other.y - box.y
    scale = min(
        box.width / 2 / abs(dx) if dx else float("inf"),
        box.height / 2 / abs(dy) if dy else float("inf"),
    )
    return box.x + dx * scale, box.y + dy * scale


def _draw_heading(axes: Axes, graph: nx.DiGraph, red: set[tuple[str, str]]) -> None:
    groups = circles(graph)
    title = f"{len(graph)} folders, {graph.number_of_edges()} arrows between them"
    axes.text(26, HEIGHT - 28, title, size=16, weight="bold", va="center", color="#222222")
    wrong = f"{len(groups)} circles with {sum(map(len, groups))} folders, {len(red)} red arrows"
    axes.text(26, HEIGHT - 56, wrong, size=12, va="center", color=RED if red else "#3c7a4e", weight="bold")
    axes.text(
        WIDTH - 26,
        HEIGHT - 42,
        "arrow: imports, wider for more; red: part of a circle, or upwards\n"
        "pale: to another package, or also by way of others; left to right: from users to what they use",
        size=10,
        ha="right",
        va="center",
        color="#555555",
    )
