"""The lead sheet of a plan as a file: MusicXML for notation programs, PDF or SVG to play from."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from structure.base.errors import MissingPackageError, UsageError
from structure.base.files import write_atomically
from structure.base.grid import Meter
from structure.notation.leadsheet import LeadSheet, lead_sheet
from structure.plans.plan import SongPlan

if TYPE_CHECKING:
    from structure.engraving.engraving import Heading

SUFFIXES = (".musicxml", ".pdf", ".svg")
"""Kinds of file that :func:`write_lead_sheet` writes."""

_BEATS = {4: "\ue1d3", 2: "\ue1d5", 1: "\ue1d7"}
"""Half, quarter and eighth note of the SMuFL fonts, by eighths."""

_DOT = "\ue1e7"


_ENGRAVERS = ("verovio", "fontTools")
"""What draws PDF and SVG; both come with the extra ``score``."""


def can_engrave() -> bool:
    """Return True where lead sheets can be written as PDF and SVG."""
    return all(find_spec(module) is not None for module in _ENGRAVERS)


def check_lead_sheet_path(path: Path) -> None:
    """Raise RitornelloError where the suffix is none of :data:`SUFFIXES`."""
    if path.suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"{path}: a lead sheet is a {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]} file, by its suffix",
            path=path,
            field="out",
        )


def write_lead_sheet(path: Path, plan: SongPlan, paper: str = "a4") -> None:
    """Write the lead sheet of a plan in the format that the suffix names; a PDF on ``paper``: a4, letter.

    The same plan gives the same bytes. Raises RitornelloError where the suffix is unknown, or where PDF or
    SVG is asked for and what draws them is not installed; nothing is written then.
    """
    check_lead_sheet_path(path)
    if path.suffix.lower() != ".musicxml" and not can_engrave():
        raise MissingPackageError(
            "engraving a lead sheet as PDF or SVG",
            "verovio and fonttools",
            "score",
            "write MusicXML, which needs no more",
        )
    writers: dict[str, Callable[[LeadSheet, str], bytes]] = {
        ".musicxml": lambda sheet, _: _musicxml(sheet, for_engraving=False).encode(),
        ".pdf": lambda sheet, key: _pdf(sheet, key, paper),
        ".svg": _svg,
    }
    write_atomically(path, writers[path.suffix.lower()](lead_sheet(plan), plan.key))


def _musicxml(sheet: LeadSheet, *, for_engraving: bool) -> str:
    from structure.notation.leadsheet_musicxml import lead_sheet_musicxml

    return lead_sheet_musicxml(sheet, for_engraving=for_engraving)


def _pdf(sheet: LeadSheet, key: str, paper: str) -> bytes:
    from structure.engraving.engraving import PAPERS, engrave
    from structure.engraving.sheetfiles import pdf_of

    music = _musicxml(sheet, for_engraving=True)
    return pdf_of(engrave(music, _heading(sheet, key), paper=PAPERS[paper]), sheet.title)


def _svg(sheet: LeadSheet, key: str) -> bytes:
    from structure.engraving.engraving import engrave
    from structure.engraving.sheetfiles import svg_of

    music = _musicxml(sheet, for_engraving=True)
    (page,) = engrave(music, _heading(sheet, key), one_page=True)
    return svg_of(page, sheet.title)


def _heading(sheet: LeadSheet, key: str) -> Heading:
    """Return the heading: style and tempo on the left, the key on the right."""
    from structure.engraving.engraving import Heading

    tempo = f" = {float(sheet.tempo_bpm):g}"
    left = ((f"{sheet.feel}   ", True), (_beat(sheet.meter), False), (tempo, False))
    return Heading(
        sheet.title, left, key.replace("b", "♭", 1) if key[1:2] == "b" else key.replace("#", "♯")
    )


def _beat(meter: Meter) -> str:
    """Return the note that is counted, as musical signs."""
    eighths = meter.beat_quarters * 2
    return _BEATS[2] + _DOT if eighths == 3 else _BEATS[int(eighths)]
