"""Draw the first lines of lead sheets.

``python -m tests.benchmarks.lead_sheet_picture docs/lead_sheets.png`` draws those of the docs. A song of
each style is planned and engraved, and the pages are photographed by a browser. ``--songs`` names others
than the six that the docs show, each as STYLE:SEED.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from composer.cli.main import app

SHOWN = ("pop:7", "soul:7", "jazz:7", "folk:7", "waltz:7", "country:7")
"""The songs that the docs show."""

_COLUMNS = 2
_PAGE, _SHOWN = (744, 1052), (744, 620)
"""Pixels of a page, and of the part of it that is shown."""

_COLOURS = 16


def engraved(style: str, seed: str, folder: Path) -> Path:
    """Plan a song and write its lead sheet, which is returned."""
    path = folder / f"{style}-{seed}.svg"
    arguments = ["plan", f"a {style} song", "--seed", seed, "--lead-sheet", str(path)]
    app(arguments, standalone_mode=False)
    return path


def photographed(paths: Sequence[Path]) -> list[Image.Image]:
    """Return the top of each page."""
    found = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for path in paths:
            page = browser.new_page(viewport={"width": _PAGE[0], "height": _PAGE[1]})
            page.goto(path.as_uri())
            area = {"x": 0.0, "y": 0.0, "width": float(_SHOWN[0]), "height": float(_SHOWN[1])}
            found.append(Image.open(BytesIO(page.screenshot(clip=area))).convert("L"))
        browser.close()
    return found


def main(arguments: list[str]) -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--songs", nargs="+", default=SHOWN, metavar="STYLE:SEED")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        pages = photographed([engraved(*song.split(":"), Path(folder)) for song in args.songs])
    rows = -(-len(pages) // _COLUMNS)
    picture = Image.new("L", (_COLUMNS * _SHOWN[0], rows * _SHOWN[1]), 255)
    for number, page in enumerate(pages):
        picture.paste(page, (number % _COLUMNS * _SHOWN[0], number // _COLUMNS * _SHOWN[1]))
    picture.quantize(_COLOURS).save(args.picture, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1:])
