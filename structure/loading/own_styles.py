"""Styles of the user's own: a YAML file of the same form as those in ``data/styles``, named in a song spec.

``genre: my_style.yaml`` is looked up beside the spec, and wins over a style of that name. The file may
begin from a style that there is, by ``like: soul``, and then says only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from structure.base.errors import Fault, SpecError, did_you_mean
from structure.loading.checks import Finding
from structure.loading.faults import (
    faults_at,
    faults_of,
    first_of_each,
    in_line_order,
    not_a_mapping,
    shown,
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
    faults = [*document.faults, *_name_faults(file.name, name)]
    base, found = _base(document.data)
    findings = list(found)
    style: Style | None = None
    written = document.data | {"like": None}
    try:
        style = build_style(name, written, base)
        findings += check_style_data(style)
    except ValidationError as exc:
        faults += faults_of(exc, document, StyleDocument)
        findings += _findings_of_the_rest(name, written, base, exc)
    faults = first_of_each(faults) + faults_at(findings, document)
    if faults or style is None:
        raise SpecError(in_line_order(faults), source)
    return OwnStyle(style, file)


def _name_faults(file_name: str, name: str) -> Iterator[Fault]:
    if not _NAME.fullmatch(name):
        yield Fault(f"{file_name!r} does not name a style", hint="use letters, digits, - and _")
    elif file_name.lower() == _SONG:
        yield Fault(
            f"the folder of a rendered song has a {_SONG} already", hint="give the style another name"
        )


def _base(data: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Finding]]:
    """Return the data of the style that this one is like, and what is wrong with its name.

    The style is pop where the file does not name one or names an unknown one.
    """
    like, known = data.get("like") or "pop", style_names()
    if like in known:
        return style_data(like), []
    finding = Finding(("like",), f"no style is called {shown(like)}", did_you_mean(str(like), known))
    return style_data("pop"), [finding]


def _findings_of_the_rest(
    name: str, written: Mapping[str, Any], base: Mapping[str, Any], error: ValidationError
) -> list[Finding]:
    """Return what is wrong in the well-formed fields of a file, so that one look finds all its faults."""
    broken = {found["loc"][0] for found in error.errors() if found["loc"]}
    rest = {field: value for field, value in written.items() if field not in broken}
    try:
        return list(check_style_data(build_style(name, rest, base)))
    except ValidationError:
        return []
