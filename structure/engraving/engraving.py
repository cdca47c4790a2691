"""MusicXML engraved by verovio and laid out on pages: lines of music under a title, spread evenly.

Lengths are hundredths of a millimetre. Verovio spaces each line; what it places too close for larger type
(marks of sections over chords, chords beside each other) is moved apart here. Verovio comes with the
optional extra ``score``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import groupby, pairwise
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
    lines = [_tidied(line) for svg in _rendered(musicxml, paper) for line in _music_lines(svg)]
    if one_page:
        return (_tall_page(lines, heading, paper),)
    filled = _filled(lines, paper)
    return tuple(
        _page(content, heading, number, len(filled), paper) for number, content in enumerate(filled)
    )


def _rendered(musicxml: str, paper: Paper) -> list[str]:
    verovio = import_module("verovio")
    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({**_OPTIONS, "pageWidth": round((paper.width - 2 * _MARGIN) / 10)})
    if not toolkit.loadData(musicxml):
        raise FolderError("verovio could not read the score")
    return [toolkit.renderToSVG(number + 1) for number in range(toolkit.getPageCount())]


def _music_lines(svg: str) -> list[_Line]:
    root = ElementTree.fromstring(svg)
    definitions = {element.get("id", ""): element for element in root.iter() if element.get("id")}
    lines = []
    for system in root.iter(f"{SVG}g"):
        if "system" in system.get("class", "").split():
            reader = Reader(definitions, _SIGNS)
            reader.read(system, Identity)
            lines.append(_Line(tuple(reader.shapes)))
    return lines


def _tidied(line: _Line) -> _Line:
    """Set the chords of a line apart, and the marks of sections flush left above them."""
    signs = _by_sign(line.shapes)
    chords = sorted((s for s in signs if s[0].kind == "harm"), key=lambda s: box_of(s).left)
    apart = [_condensed(one, box_of(other).left) for one, other in pairwise(chords)] + chords[-1:]
    others = [s for s in signs if s[0].kind not in ("harm", "reh")]
    placed = [*others, *apart]
    for mark in (s for s in signs if s[0].kind == "reh"):
        placed.append(_placed_mark(mark, [box_of(s) for s in placed], line))
    return _Line(tuple(shape for sign in placed for shape in sign))


def _by_sign(shapes: Iterable[Shape]) -> list[tuple[Shape, ...]]:
    return [tuple(run) for _, run in groupby(shapes, key=lambda shape: (shape.kind, shape.group))]


def _condensed(chord: tuple[Shape, ...], limit: float) -> tuple[Shape, ...]:
    """Make a chord symbol narrower if it would run into the next one."""
    box = box_of(chord)
    share = (limit - _CHORD_GAP - box.left) / (box.right - box.left)
    if share >= 1.0:
        return chord
    place = Identity.translate(box.left, 0).scale(max(_NARROWEST, share), 1).translate(-box.left, 0)
    return tuple(shape.moved(place) for shape in chord)


def _placed_mark(mark: tuple[Shape, ...], others: Sequence[Box], line: _Line) -> tuple[Shape, ...]:
    """Put a section's mark with its left edge at its bar line or the staff's, above what is in its way."""
    box = box_of(mark)
    bars = [0.0, *(box_of(s).left for s in _by_sign(line.shapes) if s[0].kind == "barLine")]
    middle = (box.left + box.right) / 2
    left = max((bar for bar in bars if bar <= middle + 1.0), default=0.0)
    moved = Box(left, box.top, left + box.right - box.left, box.bottom)
    in_the_way = [
        b.top for b in others if b.left < moved.right + _MARK_GAP and b.right > moved.left - _MARK_GAP
    ]
    bottom = min(in_the_way, default=box.bottom) - _MARK_GAP
    place = Identity.translate(left - box.left, bottom - box.bottom)
    return tuple(shape.moved(place) for shape in mark)


def _filled(lines: Sequence[_Line], paper: Paper) -> list[list[_Line]]:
    """Share out lines to pages; the first line of a section does not stay behind alone."""
    pages: list[list[_Line]] = [[]]
    for line in lines:
        page = pages[-1]
        room = paper.height - _MARGIN - (_FIRST_TOP if len(pages) == 1 else _LATER_TOP)
        if page and sum(one.height + _GAP for one in page) + line.height > room:
            is_torn = len(page) > 1 and page[-1].starts_section and not line.starts_section
            pages.append([page.pop()] if is_torn else [])
        pages[-1].append(line)
    return pages


def _page(lines: Sequence[_Line], heading: Heading, number: int, of: int, paper: Paper) -> Page:
    top = _LATER_TOP if number else _FIRST_TOP
    used = sum(line.height for line in lines)
    spare = paper.height - top - _MARGIN - used
    gap = min(_WIDEST_GAP, spare / max(1, len(lines) - 1))
    if number == of - 1:
        gap = min(gap, _GAP * 1.6)
    shapes = _running_head(heading, number, of, paper) if number else _title(heading, paper)
    return Page(paper.width, paper.height, (*shapes, *_stacked(lines, top, gap)))


def _tall_page(lines: Sequence[_Line], heading: Heading, paper: Paper) -> Page:
    shapes = _stacked(lines, _FIRST_TOP, _GAP * 1.6)
    bottom = max((shape.box.bottom for shape in shapes), default=_FIRST_TOP)
    return Page(paper.width, round(bottom + _MARGIN), (*_title(heading, paper), *shapes))


def _stacked(lines: Sequence[_Line], top: float, gap: float) -> list[Shape]:
    shapes: list[Shape] = []
    for line in lines:
        box = line.box
        place = Identity.translate(_MARGIN, top - box.top)
        shapes += [shape.moved(place) for shape in line.shapes]
        top += line.height + gap
    return shapes


def _title(heading: Heading, paper: Paper) -> list[Shape]:
    left = [_run(text, is_bold) for text, is_bold in heading.left]
    room = paper.width - 2 * _MARGIN
    title = Run(heading.title, _TITLE_SIZE)
    title = replace(title, size=_TITLE_SIZE * min(1.0, room / title.width)) if heading.title else title
    return [
        *text_shapes([title], _at(paper.width / 2, _TITLE_BASE), "middle"),
        *text_shapes(left, _at(_MARGIN, _HEADING_BASE)),
        *text_shapes([Run(heading.right, _HEADING_SIZE)], _at(paper.width - _MARGIN, _HEADING_BASE), "end"),
    ]


def _run(text: str, is_bold: bool) -> Run:
    """Return a stretch of the heading; musical signs are drawn larger than letters."""
    is_sign = bool(text) and ord(text[0]) >= 0xE000
    return Run(text, _HEADING_SIZE * (1.3 if is_sign else 1.0), is_bold)


def _running_head(heading: Heading, number: int, of: int, paper: Paper) -> list[Shape]:
    base = _LATER_TOP - 700
    return [
        *text_shapes([Run(heading.title[:60], _FOOT_SIZE, is_italic=True)], _at(_MARGIN, base)),
        *text_shapes([Run(f"{number + 1} / {of}", _FOOT_SIZE)], _at(paper.width - _MARGIN, base), "end"),
    ]


def _at(x: float, y: float) -> Transform:
    return Identity.translate(x, y)
