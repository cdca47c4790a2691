"""The lead sheet of a plan as a file: MusicXML for notation programs, PDF or SVG to play from."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from structure.base.errors import MissingPackageError, UsageError
from structure.base.files import write_atomically
from structure.notation.leadsheet import lead_sheet
from structure.plans.plan import SongPlan

SUFFIXES = (".musicxml", ".pdf", ".svg")
"""Kinds of file that :func:`write_lead_sheet` writes."""

_BEATS = {4: "\ue1d3", 2: "\ue1d5", 1: "\ue1d7"}
"""Half, quarter and eighth note of the SMuFL fonts, by eighths."""

_DOT = "\ue1e7"


_ENGRAVERS = ("verovio", "fontTools")
"""What draws PDF and SVG; both come with the extra ``score``."""


def can_engrave() -> bool:
    """Return whether lead sheets can be written as PDF and SVG."""
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
    suffix = path.suffix.lower()
    if suffix != ".musicxml" and not can_engrave():
        raise MissingPackageError(
            "engraving a lead sheet as PDF or SVG",
            "verovio and fonttools",
            "score",
            "write MusicXML, which needs no more",
        )
    from structure.notation.leadsheet_musicxml import lead_sheet_musicxml

    sheet = lead_sheet(plan)
    music = lead_sheet_musicxml(sheet, for_engraving=suffix != ".musicxml")
    if suffix == ".musicxml":
        write_atomically(path, music.encode())
        return

    from structure.engraving.engraving import PAPERS, Heading, engrave
    from structure.engraving.sheetfiles import pdf_of, svg_of

    # style and tempo on the left, the tempo by the note that is counted, and the key on the right
    eighths = sheet.meter.beat_quarters * 2
    beat = _BEATS[2] + _DOT if eighths == 3 else _BEATS[int(eighths)]
    left = ((f"{sheet.feel}   ", True), (beat, False), (f" = {float(sheet.tempo_bpm):g}", False))
    key = plan.key.replace("b", "♭", 1) if plan.key[1:2] == "b" else plan.key.replace("#", "♯")
    heading = Heading(sheet.title, left, key)
    if suffix == ".pdf":
        data = pdf_of(engrave(music, heading, paper=PAPERS[paper]), sheet.title)
    else:
        (page,) = engrave(music, heading, one_page=True)
        data = svg_of(page, sheet.title)
    write_atomically(path, data)
