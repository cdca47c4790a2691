"""Engraved pages as SVG and as PDF. The same pages give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from typing import Any
from xml.sax.saxutils import escape

from fontTools.pens.svgPathPen import SVGPathPen

from structure.engraving.engraving import Page
from structure.engraving.outlines import Commands, replay

_UNITS_A_MM = 100.0
_MM_AN_INCH = 25.4
_POINTS_A_UNIT = 72.0 / _MM_AN_INCH / _UNITS_A_MM


def svg_of(page: Page, title: str) -> bytes:
    """Return a page as SVG, black on white, made of outlines alone."""
    width, height = page.width / _UNITS_A_MM, page.height / _UNITS_A_MM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}mm" height="{height:g}mm" '
        f'viewBox="0 0 {page.width:.0f} {page.height:.0f}">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
    ]
    for shape in page.shapes:
        pen = SVGPathPen(None, ntos=lambda value: f"{value:.1f}".removesuffix(".0"))
        replay(shape.commands, pen)
        line = f'fill="none" stroke="#000" stroke-width="{shape.stroke:.1f}" ' if shape.stroke else ""
        lines.append(f'<path {line}d="{pen.getCommands()}"/>')
    return ("\n".join([*lines, "</svg>"]) + "\n").encode()


def pdf_of(pages: Sequence[Page], title: str) -> bytes:
    """Return pages as a PDF file without a date, drawn by matplotlib.

    What they say lies under the outlines as text that is not seen, so that it can be searched and read out.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages

    buffer = io.BytesIO()
    facts = {"Title": title, "Creator": "Ritornello", "Producer": None, "CreationDate": None}
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams["pdf.fonttype"] = 42  # whose letters can be searched
        with PdfPages(buffer, metadata=facts) as file:
            for page in pages:
                file.savefig(_figure(page))
    return buffer.getvalue()


def _figure(page: Page) -> Any:
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_inches(page.width), _inches(page.height)))
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0.0, page.width)
    axes.set_ylim(page.height, 0.0)
    lines = [shape for shape in page.shapes if shape.stroke]
    filled = [_plot_path(shape.commands) for shape in page.shapes if not shape.stroke]
    axes.add_collection(PathCollection(filled, facecolors="black", linewidths=0.0), autolim=False)
    drawn = PathCollection(
        [_plot_path(line.commands) for line in lines],
        facecolors="none",
        edgecolors="black",
        linewidths=[line.stroke * _POINTS_A_UNIT for line in lines],
    )
    axes.add_collection(drawn, autolim=False)
    for shape in page.shapes:
        said = "".join(sign for sign in shape.text if ord(sign) in _letters())
        if said.strip():
            height = max(1.0, (shape.box.bottom - shape.box.top) * _POINTS_A_UNIT)
            axes.text(shape.box.left, shape.box.bottom, said, alpha=0.0, size=height, parse_math=False)
    return figure


@cache
def _letters() -> frozenset[int]:
    """Return the code points of the letters that the font of unseen text has."""
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())


def _inches(units: float) -> float:
    return units / _UNITS_A_MM / _MM_AN_INCH


def _plot_path(commands: Commands) -> Any:
    """Make a path of matplotlib's from commands."""
    from matplotlib.path import Path as PlotPath

    kinds = {
        "moveTo": PlotPath.MOVETO,
        "lineTo": PlotPath.LINETO,
        "curveTo": PlotPath.CURVE4,
        "qCurveTo": PlotPath.CURVE3,
    }
    points: list[tuple[float, float]] = []
    codes: list[Any] = []
    for name, given in commands:
        if name == "closePath":
            points.append(points[-1])
            codes.append(PlotPath.CLOSEPOLY)
        elif name in kinds:
            points += given
            codes += [kinds[name]] * len(given)
    return PlotPath(points, codes)
