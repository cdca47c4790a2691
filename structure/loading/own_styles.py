"""Styles of the user's own: a YAML file of the same form as those in ``data/styles``, named in a song spec.

``genre: my_style.yaml`` is looked up beside the spec. The file may begin from a style that there is, by
``like: soul``, and then says only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from structure.arrange.figures import BASE_BEATS, load_figures
from structure.errors import Fault, SpecError, did_you_mean
from structure.grid import Meter
from structure.harmony.bars import parse_bars
from structure.harmony.keys import MODES, Key
from structure.labels import KINDS
from structure.loading.yaml_reader import Document, Path, dotted, read_yaml
from structure.styles import Style, build_style, register_style, style_data, style_names

SUFFIXES = (".yaml", ".yml")
LARGEST_BYTES = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def is_style_file(genre: object) -> bool:
    """True where ``genre`` names a file and not a style."""
    return isinstance(genre, str) and genre.lower().endswith(SUFFIXES)


def use_style_file(path: FilePath) -> str:
    """Read a style and make it known by the name of its file, without suffix; returns that name.

    Raises SpecError with every fault of the file, each with its line.
    """
    document = read_yaml(_text(path), str(path))
    faults = list(document.faults)
    style: Style | None = None
    name = path.stem.lower()
    if not _NAME.fullmatch(name):
        faults.append(Fault(f"{path.name!r} does not name a style", hint="use letters, digits, - and _"))
    elif name in style_names(own=False):
        faults.append(Fault(f"there is a style called {name!r} already", hint="give the file another name"))
    if not isinstance(document.data, dict):
        faults.append(
            Fault("a style is a mapping of keys to values", hint="write `like: pop` and what differs")
        )
    else:
        base, found = _base(document)
        faults += found
        try:
            style = build_style(name, document.data | {"like": None}, base)
        except ValidationError as exc:
            faults += [_fault(error, document) for error in exc.errors()]
    if style is not None:
        faults += _findings(style, document)
    if faults or style is None:
        raise SpecError(faults, str(path))
    register_style(style)
    return name


def _text(path: FilePath) -> str:
    try:
        data = path.read_bytes()
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise SpecError([Fault(f"the style cannot be read: {reason}")], str(path)) from exc
    if len(data) > LARGEST_BYTES:
        raise SpecError([Fault("the style is too large", hint="64 KiB at most")], str(path))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SpecError([Fault("the style is not UTF-8", hint="save it as UTF-8")], str(path)) from exc


def _base(document: Document) -> tuple[Mapping[str, Any], list[Fault]]:
    """The data of the style that this one is like; pop where it does not say."""
    like = document.data.get("like", "pop")
    known = style_names(own=False)
    if like in known:
        return style_data(like), []
    hint = did_you_mean(str(like), known)
    fault = Fault(f"no style is called {like!r}", "like", document.line_of(("like",)), hint)
    return style_data("pop"), [fault]


def _fault(error: Any, document: Document) -> Fault:
    path: Path = tuple(part for part in error["loc"] if isinstance(part, str | int))
    message, hint = str(error["msg"]).removeprefix("Value error, "), ""
    if error["type"] == "extra_forbidden":
        message = f"{path[-1]!r} is not known here"
        hint = did_you_mean(str(path[-1]), Style.model_fields) if len(path) == 1 else ""
    return Fault(message, dotted(path), document.line_of(path), hint)


def _findings(style: Style, document: Document) -> Iterator[Fault]:
    """What the model cannot tell: figures, chords, metres, modes and kinds of section that do not exist."""
    for path, message, hint in _unknown(style):
        place = document.closest(path)
        yield Fault(message, dotted(place), document.lines.get(place), hint)


Unknown = tuple[Path, str, str]


def _unknown(style: Style) -> Iterator[Unknown]:
    for role in ("drums", "bass", "chords", "arpeggio"):
        known = load_figures(role)
        for base, levels in getattr(style, role).items():
            for level, names in levels.items():
                yield from _figures((role, base, level), names, base, known)
    for base, names in style.fills.items():
        yield from _figures(("fills", base), names, base, load_figures("fills"))
    for field in ("energy", "section_bars"):
        for kind in getattr(style, field):
            if kind not in KINDS:
                yield (field, kind), f"{kind!r} is no kind of section", did_you_mean(kind, KINDS)
    for mode in style.modes:
        if mode not in MODES:
            yield ("modes", mode), f"{mode!r} is no mode", did_you_mean(mode, MODES)
    for meter in style.meters:
        try:
            Meter.parse(meter)
        except ValueError as exc:
            yield _said(("meters", meter), exc)
    yield from _unreadable_chords(style)


def _figures(path: Path, names: tuple[str, ...], base: str, known: Mapping[str, Any]) -> Iterator[Unknown]:
    if base not in BASE_BEATS:
        yield path, f"{base!r} is no metre of figures", "allowed: " + ", ".join(BASE_BEATS)
        return
    fitting = [name for name, figure in known.items() if figure["meter"] == base]
    for name in names:
        if name not in fitting:
            yield path, f"no figure of {base} is called {name!r}", did_you_mean(name, fitting)


def _unreadable_chords(style: Style) -> Iterator[Unknown]:
    for family, tonic in (("major", "C"), ("minor", "A")):
        key = Key(tonic, family)
        texts = [
            (("progressions", family, kind, i), text)
            for kind, progressions in style.progressions[family].items()
            for i, text in enumerate(progressions)
        ]
        for field in ("cadences", "turnarounds"):
            found = getattr(style, field).get(family, ())
            texts += [((field, family, "", i), text) for i, text in enumerate(found)]
            if not found:
                yield (field,), f"{field} has none for {family}", "write at least one"
        for path, text in texts:
            try:
                parse_bars(text, key)
            except ValueError as exc:
                yield _said(tuple(part for part in path if part != ""), exc)


def _said(path: Path, exc: ValueError) -> Unknown:
    message, _, hint = str(exc).partition("; ")
    return path, message, hint
