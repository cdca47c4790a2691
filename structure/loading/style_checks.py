"""Checks that the model of a style cannot make.

Figures, chords, keys, metres and kinds of section must exist, and ranges must go upwards.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from structure.arrange.drums import KEYS
from structure.arrange.figures import BASE_BEATS, load_figures
from structure.base.errors import SpecError, did_you_mean
from structure.base.grid import Meter
from structure.base.labels import KINDS, kind_of
from structure.harmony.bars import parse_bars
from structure.harmony.keys import MODES, Key, parse_key
from structure.loading.checks import Finding, finding_of
from structure.loading.yaml_reader import Path
from structure.presets.arrangements import OTHER
from structure.presets.forms import genres_of_real_songs
from structure.presets.mixes import load_mix
from structure.presets.styles import Style


def check_style_data(style: Style) -> Iterator[Finding]:
    """Return all findings in the data of a style that is well formed."""
    for check in _CHECKS:
        yield from check(style)


def check_figures(style: Style) -> Iterator[Finding]:
    """Check that figures and fills are known, in their metre."""
    for role in ("drums", "bass", "chords", "arpeggio"):
        known = load_figures(role)
        for base, levels in getattr(style, role).items():
            for level, names in levels.items():
                yield from _figures((role, base, level), names, base, known)
    for base, names in style.fills.items():
        yield from _figures(("fills", base), names, base, load_figures("fills"))


def check_figures_of_stems(style: Style) -> Iterator[Finding]:
    """Check that a stem's own figures are known to its role; only chords and arpeggios have some."""
    for i, stem in enumerate(style.stems):
        known = load_figures(stem.role) if stem.role in ("chords", "arpeggio") else {}
        for name in stem.figures:
            if name not in known:
                message = f"no figure of {stem.role} is called {name!r}"
                yield Finding(("stems", i, "figures"), message, did_you_mean(name, known))


def check_kinds_of_section(style: Style) -> Iterator[Finding]:
    """Check that whatever is said of a kind of section is said of one that there is."""
    rhythm = style.harmonic_rhythm
    by_kind: dict[Path, Iterable[str]] = {
        ("energy",): style.energy,
        ("section_bars",): style.section_bars,
        ("frames",): style.frames,
        ("rename",): style.rename,
        ("harmonic_rhythm", "vamps"): rhythm.vamps,
        ("harmonic_rhythm", "pedals"): rhythm.pedals,
        ("gestures", "builds"): style.gestures.builds,
        ("arrangement", "shapes"): (kind for kind in style.arrangement.shapes if kind != OTHER),
    }
    for mode, sections in style.progressions.items():
        by_kind["progressions", mode] = sections
    for path, kinds in by_kind.items():
        for kind in kinds:
            if kind not in KINDS:
                yield _unknown((*path, kind), kind, "kind of section", KINDS)
    for name in style.modulations.sections:
        if kind_of(name) is None:
            yield _unknown(("modulations", "sections", name), name, "section", KINDS)


def check_names(style: Style) -> Iterator[Finding]:
    """Check that the mix, the genres of the forms and the drums that roll are known."""
    try:
        load_mix(style.mix)
    except SpecError as exc:
        yield Finding(("mix",), exc.faults[0].message, exc.faults[0].hint)
    known = genres_of_real_songs()
    for i, genre in enumerate(style.forms):
        if genre not in known:
            yield _unknown(("forms", i), genre, "genre of real songs", known)
    for lane in style.gestures.rolls:
        if lane not in KEYS:
            yield _unknown(("gestures", "rolls", lane), lane, "drum", KEYS)


def check_keys(style: Style) -> Iterator[Finding]:
    """Check that modes are known, and that tonics can be read."""
    for field in ("modes", "progressions", "cadences", "turnarounds", "keys"):
        for mode in getattr(style, field):
            if mode not in MODES:
                yield _unknown((field, mode), mode, "mode", MODES)
    tonics = [(mode, i, tonic) for mode, named in style.keys.items() for i, tonic in enumerate(named)]
    for mode, i, tonic in tonics:
        if mode not in MODES:
            continue
        try:
            is_tonic = parse_key(f"{tonic} {mode}").mode == mode
        except ValueError:
            is_tonic = False
        if not is_tonic:
            message = f"{tonic!r} is no tonic"
            yield Finding(("keys", mode, i), message, "write a note from A to G, with # or b: Bb, F#")


def check_meters(style: Style) -> Iterator[Finding]:
    """Check that metres are supported."""
    for meter in style.meters:
        try:
            Meter.parse(meter)
        except ValueError as exc:
            yield finding_of(("meters", meter), exc)


def check_ranges(style: Style) -> Iterator[Finding]:
    """Check that the first of two figures is the lower one, and that weights leave a choice."""
    for field in ("tempo", "length_s", "players"):
        low, high = getattr(style, field)
        if low > high:
            yield Finding(
                (field,), f"{field} goes from the lower figure to the higher", f"[{high:g}, {low:g}]"
            )
    for field in ("meters", "modes"):
        weights = getattr(style, field)
        for name, weight in weights.items():
            if weight < 0.0:
                yield Finding((field, name), f"the weight of {name} must be at least 0, got {weight:g}")
        if not any(weight > 0.0 for weight in weights.values()):
            yield Finding((field,), f"one of the weights of {field} must be above 0")


def check_chords(style: Style) -> Iterator[Finding]:
    """Check that progressions, cadences and turnarounds can be read, and that there are some."""
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


def _figures(path: Path, names: tuple[str, ...], base: str, known: Mapping[str, Any]) -> Iterator[Finding]:
    if base not in BASE_BEATS:
        yield Finding(path, f"{base!r} is no metre of figures", "allowed: " + ", ".join(BASE_BEATS))
        return
    fitting = [name for name, figure in known.items() if figure["meter"] == base]
    for name in names:
        if name not in fitting:
            yield Finding(path, f"no figure of {base} is called {name!r}", did_you_mean(name, fitting))


def _unknown(path: Path, name: str, what: str, known: Iterable[str]) -> Finding:
    return Finding(path, f"{name!r} is no {what}", did_you_mean(name, known))


_CHECKS: tuple[Callable[[Style], Iterator[Finding]], ...] = (
    check_figures,
    check_figures_of_stems,
    check_kinds_of_section,
    check_names,
    check_keys,
    check_meters,
    check_ranges,
    check_chords,
)
