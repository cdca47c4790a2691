"""Build the pages as a site: ``sphinx-build -W docs build/docs`` (``pip install 'ritornello[docs]'``)."""

from __future__ import annotations

import os
import re
from pathlib import Path

from sphinx.application import Sphinx

from structure.base.versions import own_version

project = "Ritornello"
author = "the authors of Ritornello"
version = release = own_version()
language = "en"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
html_theme = "furo"
html_title = f"Ritornello {version}"
html_copy_source = False

myst_heading_anchors = 4
"""Headings have the anchors that links to them name, as on a code host."""

autodoc_member_order = "bysource"
python_use_unqualified_type_names = True

ROOT = Path(__file__).parents[1]

ELSEWHERE = {
    "overview": Path("README.md"),
    "contributing": Path("CONTRIBUTING.md"),
    "model": Path("render/model/README.md"),
    "embedded_voice": Path("render/model_voice/README.md"),
    "sources": Path("structure/data/NOTICE.md"),
}
"""Pages of the site whose text stands in a file outside of this folder."""

LINK = re.compile(r"(\]\()(?!\w+:)([^)#\s]+)")


def read_page(_app: Sphinx, page: str, source: list[str]) -> None:
    """Put the text of a file elsewhere in a page, and turn its links to where things are from here."""
    home = ELSEWHERE.get(page)
    folder = ROOT / "docs" if home is None else (ROOT / home).parent
    text = source[0] if home is None else (ROOT / home).read_text(encoding="utf-8")
    pages = {ROOT / path: f"{name}.md" for name, path in ELSEWHERE.items()}

    def turn(link: re.Match[str]) -> str:
        target = Path(os.path.normpath(folder / link[2]))
        return link[1] + pages.get(target, os.path.relpath(target, ROOT / "docs"))

    source[0] = LINK.sub(turn, text)


def setup(app: Sphinx) -> None:
    """Let pages be read by :func:`read_page`."""
    app.connect("source-read", read_page)
