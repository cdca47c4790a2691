"""Drawings of verovio's as plain outlines, so that they look the same everywhere and need no fonts.

Verovio places text in Times; its letters are drawn from the metrically close STIX fonts that matplotlib
brings along, musical signs within text from verovio's own data. Only the parts of SVG that verovio uses are
read. Positions grow to the right and downwards.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from fontTools.misc.transform import Identity, Transform
from fontTools.pens.basePen import decomposeQuadraticSegment
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path
from fontTools.ttLib import TTFont

Commands = list[tuple[str, tuple[Any, ...]]]
"""A path as calls of a fontTools pen."""

SVG = "{http://www.w3.org/2000/svg}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_FONTS = {
    (False, False): "STIXGeneral.ttf",
    (True, False): "STIXGeneralBol.ttf",
    (False, True): "STIXGeneralItalic.ttf",
    (True, True): "STIXGeneralBolIta.ttf",
}
_INHERITED = ("font-size", "font-weight", "font-style", "text-anchor")
_BOLD = {"reh", "tempo", "ending", "fing", "harm"}
_ITALIC = {"dir", "dynam", "mNum"}
_MUSICAL = range(0xE000, 0xF8FF)
_SPOKEN = {
    **dict.fromkeys("\ue260\uea64", "♭"),
    **dict.fromkeys("\ue261\uea65", "♮"),
    **dict.fromkeys("\ue262\uea66", "♯"),
    **{"\ue1d3": "½", "\ue1d5": "♩", "\ue1d7": "♪", "\ue1e7": "."},
}
"""What musical signs among letters are called where there are letters alone."""

_EM = 1000.0
_SIGN_IN_CHORD = 1.2


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box, margin: float = 0.0) -> bool:
        """Return whether two boxes come closer than ``margin``."""
        apart_x = self.left >= other.right + margin or other.left >= self.right + margin
        apart_y = self.top >= other.bottom + margin or other.top >= self.bottom + margin
        return not (apart_x or apart_y)


@dataclass(frozen=True)
class Shape:
    """An outline: filled, or drawn with a pen as wide as ``stroke`` where that is not 0.

    ``group`` numbers the sign that it is a part of, ``kind`` is that sign's class (``harm``, ``note`` …).
    ``text`` is what a line of letters says, on the first of them.
    """

    commands: Commands
    stroke: float = 0.0
    kind: str = ""
    group: int = 0
    text: str = ""

    @cached_property
    def box(self) -> Box:
        """Return the box that it covers, by its control points."""
        points = [point for _, given in self.commands for point in given]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        return Box(min(xs), min(ys), max(xs), max(ys))

    def transform_by(self, place: Transform) -> Shape:
        """Return the shape under a transform."""
        pen = DecomposingRecordingPen({})
        replay(self.commands, TransformPen(pen, place))
        return replace(self, commands=pen.value)


def box_of(shapes: Sequence[Shape]) -> Box:
    """Return the box around all of several shapes."""
    boxes = [shape.box for shape in shapes]
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


@dataclass(frozen=True)
class Run:
    """A stretch of text in one font."""

    text: str
    size: float
    is_bold: bool = False
    is_italic: bool = False

    @property
    def width(self) -> float:
        """Return how far it advances."""
        return sum(_letter(c, self.is_bold, self.is_italic)[1] for c in self.text) * self.size / _EM


def text_shapes(runs: Sequence[Run], place: Transform, anchor: str = "start", **tags: Any) -> list[Shape]:
    """Return a line of text as outlines.

    ``anchor`` is ``start``, ``middle`` or ``end``; ``tags`` go to each shape. The first shape has the text.
    """
    at = -{"middle": 0.5, "end": 1.0}.get(anchor, 0.0) * sum(run.width for run in runs)
    shapes: list[Shape] = []
    for run in runs:
        spot = place.translate(at, 0).scale(run.size / _EM, -run.size / _EM)
        for letter in run.text:
            commands, advance = _letter(letter, run.is_bold, run.is_italic)
            if commands:
                shapes.append(Shape(commands, **tags).transform_by(spot))
            spot = spot.translate(advance, 0)
        at += run.width
    if shapes:
        said = "".join(_SPOKEN.get(letter, letter) for run in runs for letter in run.text)
        shapes[0] = replace(shapes[0], text=said)
    return shapes


def replay(commands: Commands, pen: Any) -> None:
    """Draw a path with a pen."""
    for name, points in commands:
        getattr(pen, name)(*points)


@dataclass
class Reader:
    """Turns verovio's elements into outlines. ``kinds`` are the classes that tell a sign."""

    definitions: dict[str, ElementTree.Element]
    kinds: frozenset[str]
    shapes: list[Shape] = field(default_factory=list)
    _groups: int = 0

    def read(
        self,
        element: ElementTree.Element,
        place: Transform,
        look: dict[str, str] | None = None,
        sign: tuple[str, int] = ("", 0),
    ) -> None:
        """Add what an element and its children draw. ``look``: what text inherits; ``sign``: see Shape."""
        tag, classes = element.tag.removeprefix(SVG), element.get("class", "").split()
        if tag in ("defs", "style", "desc", "title") or "placeholder" in classes:
            return
        kind = next((name for name in classes if name in self.kinds), None)
        if kind:
            self._groups += 1
            sign = (kind, self._groups)
        place = place.transform(_transform(element.get("transform", "")))
        look = _read_look(element, look or {})
        if tag == "text":
            self._read_text(element, place, look, sign)
            return
        if tag == "use":
            self.read(self.definitions[element.get(_HREF, "")[1:]], place, look, sign)
            return
        commands = _commands(tag, element)
        if commands:
            # what is closed and not said to be empty is filled instead of drawn
            stroke = 0.0
            is_empty = element.get("fill") == "none" or element.get("fill-opacity") == "0"
            if is_empty or commands[-1][0] != "closePath":
                area = abs(place[0] * place[3] - place[1] * place[2])
                stroke = float(element.get("stroke-width", "0")) * math.sqrt(area)
            self.shapes.append(Shape(commands, stroke, *sign).transform_by(place))
        for child in element:
            self.read(child, place, look, sign)

    def _read_text(
        self, element: ElementTree.Element, place: Transform, look: dict[str, str], sign: tuple[str, int]
    ) -> None:
        """Read a text; a part with a position of its own begins a line."""
        lines: list[tuple[float, float, str, list[Run]]] = []
        here = (
            float(element.get("x", "0")),
            float(element.get("y", "0")),
            look.get("text-anchor", "start"),
        )
        for start, run in _runs(element, look):
            if start is not None or not lines:
                lines.append((*(start or here), []))
            lines[-1][3].append(run)
        for x, y, anchor, runs in lines:
            for index, run in enumerate(runs):
                # accidentals of chord symbols are a little larger than verovio has them
                if sign[0] == "harm" and ord(run.text[0]) in _MUSICAL:
                    runs[index] = replace(run, size=run.size * _SIGN_IN_CHORD)
            self.shapes += text_shapes(runs, place.translate(x, y), anchor, kind=sign[0], group=sign[1])


def _read_look(element: ElementTree.Element, look: dict[str, str]) -> dict[str, str]:
    own = {name: element.attrib[name] for name in _INHERITED if name in element.attrib}
    classes = set(element.get("class", "").split())
    if classes & _BOLD:
        own.setdefault("font-weight", "bold")
    if classes & _ITALIC:
        own.setdefault("font-style", "italic")
    return {**look, **own}


def _transform(text: str) -> Transform:
    """Read a transform attribute."""
    found = Identity
    for name, numbers in re.findall(r"(\w+)\(([^)]*)\)", text):
        values = [float(part) for part in re.split(r"[\s,]+", numbers.strip())]
        if name == "translate":
            found = found.translate(*values)
        elif name == "scale":
            found = found.scale(*values)
        elif name == "rotate":
            x, y = values[1:] or (0.0, 0.0)
            found = found.translate(x, y).rotate(math.radians(values[0])).translate(-x, -y)
    return found


def _commands(tag: str, element: ElementTree.Element) -> Commands:
    """Return the outline of a basic shape in its own coordinates; empty for groups."""

    def number(name: str) -> float:
        return float(element.get(name, "0"))

    text = ""
    if tag == "path":
        text = element.get("d", "")
    elif tag == "rect":
        width, height = number("width"), number("height")
        text = f"M{number('x')} {number('y')}h{width}v{height}h{-width}z"
    elif tag in ("polygon", "polyline"):
        text = f"M{element.get('points', '')}" + ("z" if tag == "polygon" else "")
    elif tag == "ellipse":
        rx, ry = number("rx"), number("ry")
        around = f"a{rx} {ry} 0 1 0 {2 * rx} 0a{rx} {ry} 0 1 0 {-2 * rx} 0z"
        text = f"M{number('cx') - rx} {number('cy')}{around}"
    return _path(text)


def _path(text: str) -> Commands:
    """Return the commands of a path's ``d``; each quadratic curve has one control point."""
    pen = DecomposingRecordingPen({})
    parse_path(text, pen)
    return _simple(pen.value)


def _simple(commands: Commands) -> Commands:
    found: Commands = []
    for name, points in commands:
        if name == "qCurveTo" and len(points) > 2:
            found += [("qCurveTo", pair) for pair in decomposeQuadraticSegment(points)]
        else:
            found.append((name, points))
    return found


def _runs(
    element: ElementTree.Element, look: dict[str, str]
) -> Iterator[tuple[tuple[float, float, str] | None, Run]]:
    """Yield the stretches of a text in order.

    A new position comes with the first stretch that has it, as x, y and anchor; the others come with None.
    """
    look = _read_look(element, look)
    place = None
    if "x" in element.attrib and "y" in element.attrib:
        place = float(element.attrib["x"]), float(element.attrib["y"]), look.get("text-anchor", "start")
    size = float(look.get("font-size", "0px").removesuffix("px"))
    if element.text and size > 0:
        yield (
            place,
            Run(element.text, size, look.get("font-weight") == "bold", look.get("font-style") == "italic"),
        )
        place = None
    for child in element:
        for start, run in _runs(child, look):
            yield start or place, run
            place = None


@cache
def _font(is_bold: bool, is_italic: bool) -> TTFont:
    import matplotlib as mpl

    return TTFont(Path(mpl.get_data_path()) / "fonts" / "ttf" / _FONTS[is_bold, is_italic])


def _sign_file(code: int) -> Path:
    """Return where verovio keeps a musical sign.

    Its font lacks some of the codes that are set aside for such signs, so there may be no file.
    """
    folder = Path(import_module("verovio").__file__ or "").parent / "data" / "Leipzig"
    return folder / f"{code:04X}.xml"


@cache
def _sign(code: int) -> tuple[Commands, float]:
    """Return a musical sign on an em of 1000, y upwards, and how far it advances."""
    file = _sign_file(code)
    path = ElementTree.parse(file).getroot().find("path")  # noqa: S314  (verovio brings it)
    table = ElementTree.parse(file.parent.with_suffix(".xml")).getroot()  # noqa: S314
    advance = next(entry.get("h-a-x", "500") for entry in table if entry.get("c") == f"{code:04X}")
    return _path("" if path is None else path.get("d", "")), float(advance)


@cache
def _letter(letter: str, is_bold: bool, is_italic: bool) -> tuple[Commands, float]:
    """Return a letter on an em of 1000, y upwards, and its advance; upright where its own font lacks it."""
    if ord(letter) in _MUSICAL and _sign_file(ord(letter)).exists():
        return _sign(ord(letter))
    fonts = [_font(is_bold, is_italic), _font(False, False)]
    font = next((one for one in fonts if ord(letter) in one.getBestCmap()), fonts[-1])
    name = font.getBestCmap().get(ord(letter), ".notdef")
    glyphs, scale = font.getGlyphSet(), _EM / font["head"].unitsPerEm
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(TransformPen(pen, Identity.scale(scale)))
    return _simple(pen.value), float(glyphs[name].width) * scale
