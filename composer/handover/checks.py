"""Checks of what a hand-over wrote, read back from its files alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from composer.handover.layout import Layout
from composer.handover.loudness import measure_file
from render.audio.levels import SILENCE_DB, db_from_gain, gain_from_db
from render.audio.loudness import true_peak_dbtp
from render.checks.check import Check
from render.export.aac import read_m4a
from render.export.places import section_regions, total_length

SUM_LIMIT_DB = -90.0
MASTERED_LIMIT_DB = -60.0
LOSSY_CEILING_DBTP = 0.0
_BLOCK = 1 << 18

Samples = NDArray[np.float64]


def check_written(
    layout: Layout, folder: Path, turned_down: Mapping[str, float] | None = None
) -> tuple[Check, ...]:
    """Check lengths, sums of stems and of drum parts, and sections, as far as they were written.

    Where the lengths are wrong, nothing else is checked. ``turned_down`` has the gain in dB of files that
    were turned down by themselves.
    """
    checks = [check_length(layout, folder)]
    if checks[0].passed:
        stems = [layout.stem(name) for name in layout.stems]
        limit = _sum_limit_db(layout)
        checks.append(_check_sum("stems sum to premaster", folder, stems, layout.premaster, limit))
        for name, parts in layout.parts.items():
            files = [layout.part(name, part) for part in parts]
            what = f"parts of {name} sum to it"
            checks.append(_check_sum(what, folder, files, layout.stem(name), max(SUM_LIMIT_DB, limit)))
        checks += _check_further_stems(layout, folder, limit, turned_down or {})
        if layout.options.sections and "wav" in layout.options.to:
            checks.append(check_sections(layout, folder))
    return tuple(checks)


def _check_further_stems(
    layout: Layout, folder: Path, limit_db: float, turned_down: Mapping[str, float]
) -> Iterator[Check]:
    """Yield the null tests of dry and wet stems, buses, mastered stems and versions."""
    if {"dry", "wet"} <= layout.kinds:
        for name in layout.stems:
            files = [layout.dry(name), layout.wet(name)]
            yield _check_sum(f"{name}, dry and wet, sum to it", folder, files, layout.stem(name), limit_db)
    if "buses" in layout.kinds:
        files = [layout.bus(bus) for bus in layout.buses]
        yield _check_sum("buses sum to premaster", folder, files, layout.premaster, limit_db)
    mastered = max(MASTERED_LIMIT_DB, limit_db)
    if "mastered" in layout.kinds:
        files = [layout.stem_in_master(name) for name in layout.stems]
        yield _check_mastered("mastered stems sum to master", layout, folder, files, mastered, turned_down)
    if len(layout.options.versions) > 1 and "wav" in layout.options.to:
        files = [layout.version(version) for version in layout.options.versions]
        yield _check_mastered("versions sum to master", layout, folder, files, mastered, turned_down)


def _check_mastered(
    name: str,
    layout: Layout,
    folder: Path,
    files: Sequence[str],
    limit_db: float,
    turned_down: Mapping[str, float],
) -> Check:
    """Check that some files sum to the master, each at the level that it has there."""
    gains_db = [turned_down.get(file, 0.0) for file in files]
    gains = [gain_from_db(-gain_db) for gain_db in gains_db]
    check = _check_sum(name, folder, files, layout.master, limit_db, gains)
    said = ", ".join(f"{gain_db:.2f} dB" for gain_db in sorted(set(gains_db)) if gain_db)
    return replace(check, detail=f"turned down by {said} to fit" if said else "")


def check_game(layout: Layout, folder: Path) -> Iterator[Check]:
    """Check that the layers of each section for games are of one length, and sum to its mix.

    The sums are not checked where a length is wrong.
    """
    wrong = []
    for section in layout.game_sections:
        names = [
            layout.game_mix(section),
            *(layout.game_layer(section, stem.name) for stem in section.plan.stems),
        ]
        wanted = section.length(layout.options.sample_rate)
        wrong += [name for name in names if soundfile.info(folder / name).frames != wanted]
    yield Check.at_most("layers are of one length", len(wrong), 0.0, "files", ", ".join(wrong), decimals=0)
    for section in () if wrong else layout.game_sections:
        layers = [layout.game_layer(section, stem.name) for stem in section.plan.stems]
        what = f"layers of {section.label} sum to its mix"
        yield _check_sum(what, folder, layers, layout.game_mix(section), _sum_limit_db(layout))


def check_length(layout: Layout, folder: Path) -> Check:
    """Check that all tracks have the song's length at their rate, to the sample."""
    others = [*layout.stem_folders(), *map(layout.bus, layout.buses if "buses" in layout.kinds else ())]
    files = [*layout.track_files(), *others]
    wanted = total_length(layout.plan, layout.options.sample_rate)
    off = {name: soundfile.info(folder / name).frames - wanted for name in files}
    worst = max(off.values(), key=abs)
    wrong = ", ".join(name for name, gap in off.items() if gap)
    return Check.within("files are of one length", worst, 0.0, "samples", wrong, decimals=0)


def check_sections(layout: Layout, folder: Path) -> Check:
    """Check that the sections of each stem, one after the other, are the stem."""
    wrong = []
    regions = section_regions(layout.plan, layout.options.sample_rate)
    for name in layout.stems:
        with soundfile.SoundFile(folder / layout.stem(name)) as whole:
            for index, region in enumerate(regions):
                piece = soundfile.read(folder / layout.section(index, name), dtype="float64")[0]
                if not np.array_equal(whole.read(region.length, dtype="float64"), piece):
                    wrong.append(layout.section(index, name))
            if whole.read(1).size:
                wrong.append(layout.stem(name))
    detail = ", ".join(wrong)
    return Check.at_most("sections join to the stems", len(wrong), 0.0, "files", detail, decimals=0)


def check_lossy_peaks(names: Iterable[str], folder: Path) -> Iterator[Check]:
    """Check that what a decoder makes of lossy files does not pass full scale."""
    for name in names:
        if name.endswith(".m4a"):
            peak = true_peak_dbtp(read_m4a(folder / name)[0])
        else:
            peak = measure_file(folder / name).true_peak_dbtp
        yield Check.at_most(f"true peak of {name}", peak, LOSSY_CEILING_DBTP, "dBTP", "decoded")


def _check_sum(
    name: str,
    folder: Path,
    parts: Sequence[str],
    whole: str,
    limit_db: float,
    gains: Sequence[float] | None = None,
) -> Check:
    """Check that some files, each with its gain, sum to another.

    What is measured is the largest gap, in dB relative to the peak of the other file.
    """
    gains = gains or [1.0] * len(parts)
    gap = peak = 0.0
    for total, summed in zip(
        _blocks(folder / whole), zip(*(_blocks(folder / part) for part in parts), strict=True), strict=True
    ):
        weighted = np.asarray(sum(part * gain for part, gain in zip(summed, gains, strict=True)))
        peak = max(peak, float(np.abs(total).max(initial=0.0)))
        gap = max(gap, float(np.abs(total - weighted).max(initial=0.0)))
    value = db_from_gain(gap / max(peak, 1e-9), SILENCE_DB)
    return Check.at_most(name, value, limit_db, "dB", decimals=1)


def _blocks(path: Path) -> Iterator[Samples]:
    yield from soundfile.blocks(path, blocksize=_BLOCK, dtype="float64", always_2d=True)


def _sum_limit_db(layout: Layout) -> float:
    """Return how far a sum may be off, in dB: the usual limit, or what 16-bit stems allow.

    The rounding of 16-bit stems counts where the song or its export has such.
    """
    if 16 not in (layout.plan.export.bit_depth, layout.options.bit_depth):
        return SUM_LIMIT_DB
    steps = 1.5 * (len(layout.stems) + 1) * 2.0**-15
    return round(db_from_gain(steps) + 20.0, 1)
