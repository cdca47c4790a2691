"""Styles of the user's own: a YAML file of the same form as those in ``data/styles``, named in a song spec.

``genre: my_style.yaml`` is looked up beside the spec, and wins over a style of that name. The file may
begin from a style that there is, by ``like: soul``, and then says only what differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from structure.arrange.figures import BASE_BEATS, load_figures
from structure.base.errors import Fault, SpecError, did_you_mean
from structure.base.grid import Meter
from structure.base.labels import KINDS
from structure.harmony.bars import parse_bars
from structure.harmony.keys import MODES, Key
from structure.loading.checks import Finding, finding_of
from structure.loading.faults import (
    faults_at,
    faults_of,
    first_of_each,
    in_line_order,
    not_a_mapping,
    shown,
)
from structure.loading.textfile import read_text
from structure.loading.yaml_reader import Path, read_yaml
from structure.presets.styles import OwnStyle, Style, StyleFile, build_style, style_data, style_names

SUFFIXES = (".yaml", ".yml")
_LARGEST_KIB = 64
_SONG = "song.yaml"
"""What the spec is called in the folder of a rendered song, where the style comes to lie beside it."""

_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def is_style_file(genre: object) -> bool:
    """True where ``genre`` names a file and not a style."""
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
        findings += _findings(style)
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
    """The data of the style that this one is like; pop where it does not say."""
    like, known = data.get("like") or "pop", style_names()
    if like in known:
        return style_data(like), []
    finding = Finding(("like",), f"no style is called {shown(like)}", did_you_mean(str(like), known))
    return style_data("pop"), [finding]


def _findings_of_the_rest(
    name: str, written: Mapping[str, Any], base: Mapping[str, Any], error: ValidationError
) -> list[Finding]:
    """What else is wrong in a file, in the fields that are well formed, so that one look finds it all."""
    broken = {found["loc"][0] for found in error.errors() if found["loc"]}
    rest = {field: value for field, value in written.items() if field not in broken}
    try:
        return list(_findings(build_style(name, rest, base)))
    except ValidationError:
        return []


def _findings(style: Style) -> Iterator[Finding]:
    """What the model cannot tell: figures, chords, metres, modes and kinds of section that do not exist."""
    for role in ("drums", "bass", "chords", "arpeggio"):
        known = load_figures(role)
        for base, levels in getattr(style, role).items():
            for level, names in levels.items():
                yield from _figures((role, base, level), names, base, known)
    yield from _figures_of_stems(style)
    for base, names in style.fills.items():
        yield from _figures(("fills", base), names, base, load_figures("fills"))
    rhythm = style.harmonic_rhythm
    by_kind: dict[Path, Iterable[str]] = {
        ("energy",): style.energy,
        ("section_bars",): style.section_bars,
        ("frames",): style.frames,
        ("harmonic_rhythm", "vamps"): rhythm.vamps,
        ("harmonic_rhythm", "pedals"): rhythm.pedals,
    }
    for path, kinds in by_kind.items():
        for kind in kinds:
            if kind not in KINDS:
                yield Finding((*path, kind), f"{kind!r} is no kind of section", did_you_mean(kind, KINDS))
    for field in ("modes", "progressions", "cadences", "turnarounds"):
        for mode in getattr(style, field):
            if mode not in MODES:
                yield Finding((field, mode), f"{mode!r} is no mode", did_you_mean(mode, MODES))
    for meter in style.meters:
        try:
            Meter.parse(meter)
        except ValueError as exc:
            yield finding_of(("meters", meter), exc)
    yield from _unreadable_chords(style)


def _figures_of_stems(style: Style) -> Iterator[Finding]:
    """Figures of a stem's own that its role does not know; only chords and arpeggios have some."""
    for i, stem in enumerate(style.stems):
        known = load_figures(stem.role) if stem.role in ("chords", "arpeggio") else {}
        for name in stem.figures:
            if name not in known:
                message = f"no figure of {stem.role} is called {name!r}"
                yield Finding(("stems", i, "figures"), message, did_you_mean(name, known))


def _figures(path: Path, names: tuple[str, ...], base: str, known: Mapping[str, Any]) -> Iterator[Finding]:
    if base not in BASE_BEATS:
        yield Finding(path, f"{base!r} is no metre of figures", "allowed: " + ", ".join(BASE_BEATS))
        return
    fitting = [name for name, figure in known.items() if figure["meter"] == base]
    for name in names:
        if name not in fitting:
            yield Finding(path, f"no figure of {base} is called {name!r}", did_you_mean(name, fitting))


def _unreadable_chords(style: Style) -> Iterator[Finding]:
    for mode in (mode for mode in style.progressions if mode in MODES):
        key = Key("C", mode)
        texts: list[tuple[Path, str]] = [
            (("progressions", mode, kind, i), text)
            for kind, progressions in style.progressions[mode].items()
            for i, text in enumerate(progressions)
        ]
        for field in ("cadences", "turnarounds"):
            found = getattr(style, field).get(mode, ())
            texts += [((field, mode, i), text) for i, text in enumerate(found)]
            if not found and mode == key.family:
                yield Finding((field,), f"{field} has none for {mode}", "write at least one")
        for path, text in texts:
            try:
                parse_bars(text, key)
            except ValueError as exc:
                yield finding_of(path, exc)
