"""MusicXML engraved by verovio and laid out on pages: lines of music under a title, spread evenly.

Lengths are hundredths of a millimetre. Verovio spaces each line; what it places too close for larger type
(marks of sections over chords, chords beside each other) is moved apart here. Verovio comes with the
optional extra ``score``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

from fontTools.misc.transform import Identity, Transform

from structure.base.errors import FolderError
from structure.engraving.outlines import SVG, Box, Reader, Run, Shape, box_of, text_shapes


@dataclass(frozen=True)
class Paper:
    """A sheet, upright."""

    width: float
    height: float


PAPERS = {"a4": Paper(21_000.0, 29_700.0), "letter": Paper(21_590.0, 27_940.0)}
"""Sheets by name."""

_MARGIN = 1_600.0
_TITLE_SIZE, _HEADING_SIZE, _FOOT_SIZE = 900.0, 430.0, 360.0
_TITLE_BASE, _HEADING_BASE = 2_300.0, 3_250.0
_FIRST_TOP, _LATER_TOP = 3_700.0, 1_900.0
_GAP, _WIDEST_GAP = 520.0, 1_300.0
_MARK_GAP = 70.0
_CHORD_GAP = 110.0
_NARROWEST = 0.7
_LONGEST_PAGE = 60_000
_OPTIONS: dict[str, Any] = {
    "adjustPageHeight": True,
    "breaks": "encoded",
    "font": "Leland",
    "footer": "none",
    "header": "none",
    "pageHeight": _LONGEST_PAGE,
    "pageMarginBottom": 0,
    "pageMarginLeft": 0,
    "pageMarginRight": 0,
    "pageMarginTop": 0,
    "smuflTextFont": "none",
    "svgFormatRaw": True,
    "svgViewBox": True,
    "xmlIdSeed": 1,
}
_SIGNS = frozenset(
    (
        "barLine",
        "clef",
        "dir",
        "ending",
        "harm",
        "keySig",
        "mNum",
        "meterSig",
        "note",
        "reh",
        "rest",
        "tempo",
        "tie",
    )
)


@dataclass(frozen=True)
class Page:
    """A page of outlines."""

    width: float
    height: float
    shapes: tuple[Shape, ...]


@dataclass(frozen=True)
class Heading:
    """What stands above the music: the title, a line on the left and one on the right below it."""

    title: str
    left: tuple[tuple[str, bool], ...]
    """Stretches of text, and whether they are bold."""
    right: str = ""


@dataclass(frozen=True)
class _Line:
    """A line of music about its own origin, the left end of the staff at 0."""

    shapes: tuple[Shape, ...]

    @property
    def height(self) -> float:
        return self.box.bottom - self.box.top

    @property
    def box(self) -> Box:
        return box_of(self.shapes)

    @property
    def starts_section(self) -> bool:
        return any(shape.kind == "reh" for shape in self.shapes)


def engrave(
    musicxml: str, heading: Heading, *, one_page: bool = False, paper: Paper = PAPERS["a4"]
) -> tuple[Page, ...]:
    """Engrave a score on sheets of paper, or on one page as tall as it takes.

    Raises RitornelloError where verovio cannot read the score, ImportError where it is not installed.
    """
    verovio = import_module("verovio")
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({**_OPTIONS, "pageWidth": round((paper.width - 2 * _MARGIN) / 10)})
    if not toolkit.loadData(musicxml):
        raise FolderError("verovio could not read the score")

    lines = []
    for svg in [toolkit.renderToSVG(number + 1) for number in range(toolkit.getPageCount())]:
        root = ElementTree.fromstring(svg)  # noqa: S314  (verovio wrote it)
        definitions = {element.get("id", ""): element for element in root.iter() if element.get("id")}
        for system in root.iter(f"{SVG}g"):
            if "system" in system.get("class", "").split():
                reader = Reader(definitions, _SIGNS)
                reader.read(system, Identity)
                lines.append(_tidy(_Line(tuple(reader.shapes))))

    if one_page:
        shapes = _stack(lines, _FIRST_TOP, _GAP * 1.6)
        bottom = max((shape.box.bottom for shape in shapes), default=_FIRST_TOP)
        title = _title(heading, paper)
        return (Page(paper.width, round(bottom + _MARGIN), (*title, *shapes)),)
    return _lay_out(lines, heading, paper)


def _tidy(line: _Line) -> _Line:
    """Set the chords of a line apart, and the marks of sections flush left above them."""
    runs = groupby(line.shapes, key=lambda shape: (shape.kind, shape.group))
    signs = [tuple(run) for _, run in runs]
    chords = sorted((s for s in signs if s[0].kind == "harm"), key=lambda s: box_of(s).left)
    placed = [s for s in signs if s[0].kind not in ("harm", "reh")]

    # a chord symbol is made narrower if it would run into the next one
    for chord, after in zip(chords, [*chords[1:], None], strict=True) if chords else ():
        box = box_of(chord)
        share = 1.0
        if after is not None:
            share = (box_of(after).left - _CHORD_GAP - box.left) / (box.right - box.left)
        if share < 1.0:
            place = Identity.translate(box.left, 0).scale(max(_NARROWEST, share), 1)
            place = place.translate(-box.left, 0)
            placed.append(tuple(shape.transform_by(place) for shape in chord))
        else:
            placed.append(chord)

    # a mark has its left edge at its bar line or the staff's, and lies above what is in its way
    bars = [0.0, *(box_of(s).left for s in signs if s[0].kind == "barLine")]
    for mark in (s for s in signs if s[0].kind == "reh"):
        box = box_of(mark)
        middle = (box.left + box.right) / 2
        left = max((bar for bar in bars if bar <= middle + 1.0), default=0.0)
        right = left + box.right - box.left
        others = [box_of(s) for s in placed]
        tops = [b.top for b in others if b.left < right + _MARK_GAP and b.right > left - _MARK_GAP]
        bottom = min(tops, default=box.bottom) - _MARK_GAP
        place = Identity.translate(left - box.left, bottom - box.bottom)
        placed.append(tuple(shape.transform_by(place) for shape in mark))
    return _Line(tuple(shape for sign in placed for shape in sign))


def _lay_out(lines: Sequence[_Line], heading: Heading, paper: Paper) -> tuple[Page, ...]:
    """Share out lines to pages and spread them; a section's first line does not stay behind alone."""
    pages: list[list[_Line]] = [[]]
    for line in lines:
        page = pages[-1]
        room = paper.height - _MARGIN - (_FIRST_TOP if len(pages) == 1 else _LATER_TOP)
        if page and sum(one.height + _GAP for one in page) + line.height > room:
            is_torn = len(page) > 1 and page[-1].starts_section and not line.starts_section
            pages.append([page.pop()] if is_torn else [])
        pages[-1].append(line)

    found = []
    base, right = _LATER_TOP - 700, paper.width - _MARGIN
    for number, content in enumerate(pages):
        top = _LATER_TOP if number else _FIRST_TOP
        spare = paper.height - top - _MARGIN - sum(line.height for line in content)
        gap = min(_WIDEST_GAP, spare / max(1, len(content) - 1))
        if number == len(pages) - 1:
            gap = min(gap, _GAP * 1.6)
        shapes = _title(heading, paper)
        if number:
            name, count = heading.title[:60], f"{number + 1} / {len(pages)}"
            shapes = [
                *text_shapes([Run(name, _FOOT_SIZE, is_italic=True)], _at(_MARGIN, base)),
                *text_shapes([Run(count, _FOOT_SIZE)], _at(right, base), "end"),
            ]
        found.append(Page(paper.width, paper.height, (*shapes, *_stack(content, top, gap))))
    return tuple(found)


def _stack(lines: Sequence[_Line], top: float, gap: float) -> list[Shape]:
    shapes: list[Shape] = []
    for line in lines:
        box = line.box
        place = Identity.translate(_MARGIN, top - box.top)
        shapes += [shape.transform_by(place) for shape in line.shapes]
        top += line.height + gap
    return shapes


def _title(heading: Heading, paper: Paper) -> list[Shape]:
    left = []
    for text, is_bold in heading.left:
        is_sign = bool(text) and ord(text[0]) >= 0xE000  # musical signs are drawn larger than letters
        left.append(Run(text, _HEADING_SIZE * (1.3 if is_sign else 1.0), is_bold))
    room = paper.width - 2 * _MARGIN
    title = Run(heading.title, _TITLE_SIZE)
    title = replace(title, size=_TITLE_SIZE * min(1.0, room / title.width)) if heading.title else title
    return [
        *text_shapes([title], _at(paper.width / 2, _TITLE_BASE), "middle"),
        *text_shapes(left, _at(_MARGIN, _HEADING_BASE)),
        *text_shapes([Run(heading.right, _HEADING_SIZE)], _at(paper.width - _MARGIN, _HEADING_BASE), "end"),
    ]


def _at(x: float, y: float) -> Transform:
    return Identity.translate(x, y)
