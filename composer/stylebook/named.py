"""A style by its name or its file, with what the file itself says and what it builds on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from structure.base.datafiles import read_data
from structure.base.files import is_file
from structure.loading.own_styles import is_style_file, read_style_file
from structure.loading.yaml_reader import Document, read_yaml
from structure.presets.styles import OwnStyle, Style, load_style, style_data


@dataclass(frozen=True)
class NamedStyle:
    """A style and its file.

    ``like`` is the style that it builds on, "" for none. ``written`` is what its file says itself, and
    ``base`` what the style would be without that. ``own`` is None for a style that comes with the package.
    ``document`` holds the lines of a file.
    """

    style: Style
    like: str
    written: Mapping[str, Any]
    base: Mapping[str, Any]
    own: OwnStyle | None = None
    document: Document | None = None
    source: str = ""

    @property
    def name(self) -> str:
        """Return the name by which a spec's ``genre`` knows it."""
        return self.style.name


def find_style(name: str | Path) -> NamedStyle:
    """Return a style by its name, or from a YAML file.

    Raises SpecError for a name that no style has, with a suggestion, and for a file with faults, each with
    its line.
    """
    if isinstance(name, Path) or is_style_file(name) or is_file(Path(name)):
        path = Path(name)
        own = read_style_file(path.expanduser())
        document = read_yaml(own.file.text if own.file else "", str(path))
        written = dict(document.data)
        like = str(written.pop("like", None) or "pop")
        return NamedStyle(own.style, like, written, style_data(like), own, document, str(path))

    style = load_style(name.strip().lower().replace(" ", "-"))
    written = dict(read_data("styles", f"{style.name}.yaml"))
    like = str(written.pop("like", ""))
    base = style_data(like) if like else read_data("style_defaults.yaml")
    return NamedStyle(style, like, written, base)
