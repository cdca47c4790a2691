"""Styles of the user's own: a YAML file of the same form as those in ``data/styles``, named in a song spec.

``genre: my_style.yaml`` is looked up beside the spec, and wins over a style of that name. The file may
begin from a style that there is, by ``like: soul``, and then says only what differs.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path as FilePath

from pydantic import ValidationError

from structure.base.errors import Fault, SpecError, did_you_mean
from structure.loading.checks import Finding
from structure.loading.faults import (
    faults_at,
    faults_of,
    first_of_each,
    in_line_order,
    not_a_mapping,
    show,
)
from structure.loading.style_checks import check_style_data
from structure.loading.textfile import read_text
from structure.loading.yaml_reader import read_yaml
from structure.presets.styles import OwnStyle, Style, StyleFile, build_style, style_data, style_names

SUFFIXES = (".yaml", ".yml")
_LARGEST_KIB = 64
_SONG = "song.yaml"
"""What the spec is called in the folder of a rendered song, where the style comes to lie beside it."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def is_style_file(genre: object) -> bool:
    """Return whether ``genre`` names a file and not a style."""
    return isinstance(genre, str) and genre.lower().endswith(SUFFIXES)


class StyleDocument(Style):
    """What a style file may say: a style, and what it is like."""

    like: str | None = None


def read_style_file(path: FilePath) -> OwnStyle:
    """Read a style, which has the name of its file without the suffix.

    Raises SpecError with every fault of the file, each with its line.
    """
    return parse_style(StyleFile(path.name, read_text(path, "style", _LARGEST_KIB)), str(path))


def parse_style(file: StyleFile, source: str) -> OwnStyle:
    """Read a style from the text of its file; ``source`` names it in errors. Raises SpecError."""
    document = read_yaml(file.text, source)
    if not isinstance(document.data, dict):
        raise SpecError([not_a_mapping(document, "style", "like: pop")], source)
    name = FilePath(file.name).stem.lower()
    faults = list(document.faults)
    if not _NAME.fullmatch(name):
        hint = "use letters, digits, - and _"
        faults.append(Fault(f"{file.name!r} does not name a style", hint=hint))
    elif file.name.lower() == _SONG:
        message = f"the folder of a rendered song has a {_SONG} already"
        faults.append(Fault(message, hint="give the style another name"))

    # The style that this one is like: pop where the file names none, or one that there is not.
    like, known = document.data.get("like") or "pop", style_names()
    findings: list[Finding] = []
    if like not in known:
        hint = did_you_mean(str(like), known)
        findings.append(Finding(("like",), f"no style is called {show(like)}", hint))
    base = style_data(like if like in known else "pop")
    style: Style | None = None
    written = document.data | {"like": None}
    try:
        style = build_style(name, written, base)
        findings += check_style_data(style)
    except ValidationError as exc:
        faults += faults_of(exc, document, StyleDocument)
        # One look finds all faults: the well-formed fields are checked as well.
        broken = {found["loc"][0] for found in exc.errors() if found["loc"]}
        rest = {field: value for field, value in written.items() if field not in broken}
        with suppress(ValidationError):
            findings += list(check_style_data(build_style(name, rest, base)))

    faults = first_of_each(faults) + faults_at(findings, document)
    if faults or style is None:
        raise SpecError(in_line_order(faults), source)
    return OwnStyle(style, file)
