"""Checks of what a hand-over wrote, read back from its files alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from composer.handover.layout import Layout
from composer.handover.loudness import measure_file
from render.audio.levels import SILENCE_DB, db_from_gain
from render.checks.check import Check
from render.export.places import section_regions, total_length

SUM_LIMIT_DB = -90.0
LOSSY_CEILING_DBTP = 0.0
_BLOCK = 1 << 18

Samples = NDArray[np.float64]


def check_written(layout: Layout, folder: Path) -> tuple[Check, ...]:
    """Lengths, sums of stems and of drum parts, and sections, as far as they were written."""
    checks = [check_length(layout, folder)]
    if checks[0].passed:
        stems = [layout.stem(name) for name in layout.stems]
        limit = _sum_limit_db(layout)
        checks.append(_check_sum("stems sum to premaster", folder, stems, layout.premaster, limit))
        for name, parts in layout.parts.items():
            files = [layout.part(name, part) for part in parts]
            what = f"parts of {name} sum to it"
            checks.append(_check_sum(what, folder, files, layout.stem(name), max(SUM_LIMIT_DB, limit)))
        if layout.options.sections and "wav" in layout.options.to:
            checks.append(check_sections(layout, folder))
    return tuple(checks)


def check_game(layout: Layout, folder: Path) -> Iterator[Check]:
    """The layers of each section for games are of one length, and sum to its mix."""
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
    """All tracks have the song's length at their rate, to the sample."""
    files = [*layout.track_files(), *map(layout.dry, layout.stems if layout.options.dry else ())]
    wanted = total_length(layout.plan, layout.options.sample_rate)
    off = {name: soundfile.info(folder / name).frames - wanted for name in files}
    worst = max(off.values(), key=abs)
    wrong = ", ".join(name for name, gap in off.items() if gap)
    return Check.within("files are of one length", worst, 0.0, "samples", wrong, decimals=0)


def check_sections(layout: Layout, folder: Path) -> Check:
    """The sections of each stem, one after the other, are the stem."""
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
    """What a decoder makes of lossy files does not pass full scale."""
    for name in names:
        peak = measure_file(folder / name).true_peak_dbtp
        yield Check.at_most(f"true peak of {name}", peak, LOSSY_CEILING_DBTP, "dBTP", "decoded")


def _check_sum(name: str, folder: Path, parts: Sequence[str], whole: str, limit_db: float) -> Check:
    """Some files sum to another: the largest gap against its peak."""
    gap = peak = 0.0
    for total, summed in zip(
        _blocks(folder / whole), zip(*(_blocks(folder / part) for part in parts), strict=True), strict=True
    ):
        peak = max(peak, float(np.abs(total).max(initial=0.0)))
        gap = max(gap, float(np.abs(total - sum(summed)).max(initial=0.0)))
    value = db_from_gain(gap / max(peak, 1e-9), SILENCE_DB)
    return Check.at_most(name, value, limit_db, "dB", decimals=1)


def _blocks(path: Path) -> Iterator[Samples]:
    yield from soundfile.blocks(path, blocksize=_BLOCK, dtype="float64", always_2d=True)


def _sum_limit_db(layout: Layout) -> float:
    """-90 dB, or what the rounding of 16-bit stems allows where the song or its export has such."""
    if 16 not in (layout.plan.export.bit_depth, layout.options.bit_depth):
        return SUM_LIMIT_DB
    steps = 1.5 * (len(layout.stems) + 1) * 2.0**-15
    return round(db_from_gain(steps) + 20.0, 1)
