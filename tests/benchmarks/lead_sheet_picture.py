"""Draw the first lines of lead sheets.

``python -m tests.benchmarks.lead_sheet_picture docs/lead_sheets.png`` draws those of the docs. A song of
each style is planned and engraved, and the pages are photographed by a browser. ``--songs`` names others
than the six that the docs show, each as STYLE:SEED. Without a picture, a sheet for each family of styles
is drawn beside the pictures of :mod:`tests.benchmarks.style_pictures`: a verse and a chorus of each style.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from playwright.sync_api import sync_playwright

from composer.cli.main import app
from structure.presets.families import style_families
from tests.benchmarks.style_pictures import SEED, picture_of

SHOWN = ("pop:7", "soul:7", "jazz:7", "folk:7", "waltz:7", "country:7")
"""The songs that the docs show."""

_COLUMNS = 2
_PAGE, _SHOWN = (744, 1052), (744, 620)
"""Pixels of a page, and of the part of it that is shown."""

_OF_STYLE, _SMALL = (744, 560), (484, 364)
"""The same of a page of a style, as it is photographed and as it is pasted."""

_COLOURS = 16
_DARK, _GAP = 200, 14
"""What counts as ink, and how many rows without any part two systems at least."""


def engraved(style: str, seed: str, folder: Path) -> Path:
    """Plan a song and write its lead sheet, which is returned."""
    path = folder / f"{style}-{seed}.svg"
    arguments = ["plan", f"a {style} song", "--seed", seed, "--lead-sheet", str(path)]
    app(arguments, standalone_mode=False)
    return path


def engraved_style(style: str, folder: Path) -> Path:
    """Plan a verse and a chorus of a style and write their lead sheet, which is returned."""
    spec, path = folder / f"{style}.yaml", folder / f"{style}.svg"
    sections = {"verse": {"bars": 8}, "chorus": {"bars": 8}}
    song = {"title": style, "genre": style, "seed": SEED, "form": ["verse", "chorus"], "sections": sections}
    spec.write_text(yaml.safe_dump(song), encoding="utf-8")
    app(["plan", str(spec), "--lead-sheet", str(path)], standalone_mode=False)
    return path


def photographed(paths: Sequence[Path], shown: tuple[int, int] = _SHOWN) -> list[Image.Image]:
    """Return the top of each page, so many pixels wide and high."""
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in paths:
            page = browser.new_page(viewport={"width": _PAGE[0], "height": _PAGE[1]})
            page.goto(path.as_uri())
            area = {"x": 0.0, "y": 0.0, "width": float(shown[0]), "height": float(shown[1])}
            found.append(_cut_below_a_system(Image.open(BytesIO(page.screenshot(clip=area))).convert("L")))
        browser.close()
    return found


def _cut_below_a_system(page: Image.Image) -> Image.Image:
    """Leave out a system of which only the upper part is on the page."""
    dark = np.flatnonzero((np.asarray(page) < _DARK).any(axis=1))
    ends = np.flatnonzero(np.diff(dark) > _GAP)
    if dark[-1] < page.height - _GAP or not len(ends):
        return page
    page.paste(255, (0, int(dark[ends[-1]]) + 1, page.width, page.height))
    return page


def draw_families() -> None:
    """Write a picture of the lead sheets of each family of styles."""
    for family, styles in style_families().items():
        path = picture_of(family).with_suffix("")
        path = path.with_name(f"{path.name}-sheets.png")
        with tempfile.TemporaryDirectory() as folder:
            pages = photographed([engraved_style(style, Path(folder)) for style in styles], _OF_STYLE)
        _save([page.resize(_SMALL, Image.Resampling.LANCZOS) for page in pages], path, _SMALL, columns=3)


def _save(pages: Sequence[Image.Image], path: Path, size: tuple[int, int], columns: int = _COLUMNS) -> None:
    rows = -(-len(pages) // columns)
    picture = Image.new("L", (columns * size[0], rows * size[1]), 255)
    for number, page in enumerate(pages):
        picture.paste(page, (number % columns * size[0], number // columns * size[1]))
    picture.quantize(_COLOURS).save(path, optimize=True)


def main(arguments: list[str]) -> None:
    """Write the picture, or those of all families."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path, nargs="?")
    parser.add_argument("--songs", nargs="+", default=SHOWN, metavar="STYLE:SEED")
    args = parser.parse_args(arguments)
    if args.picture is None:
        draw_families()
        return
    with tempfile.TemporaryDirectory() as folder:
        pages = photographed([engraved(*song.split(":"), Path(folder)) for song in args.songs])
    _save(pages, args.picture, _SHOWN)


if __name__ == "__main__":
    main(sys.argv[1:])
