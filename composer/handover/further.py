"""Further stems of a hand-over: dry, wet, mastered, buses; masters of a part; a premaster with room.

Each kind has a null test when its files are read back (:mod:`composer.handover.checks`): dry and wet sum to
the stem, buses to the premaster, mastered stems to the master, and so do the versions with and without
voices.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from composer.handover.layout import Layout
from render.audio.levels import gain_from_db
from render.audio.loudness import true_peak_dbtp
from render.audio.types import Audio
from render.mixing.mastered import MasteredStems
from structure.base.errors import UsageError
from structure.base.names import MASTER, PREMASTER, stem_path
from structure.base.types import SUNG
from structure.plans.plan import SongPlan
from structure.specs.spec import HandOverSpec

Write = Callable[[str, Audio, str], None]
"""Writes audio at the song's rate: the file's name, (2, samples), and what it is."""

_FULL_DBTP = -0.1
"""A part of a master may peak above the whole; beyond this it is turned down."""


class UnmovedStems(NamedTuple):
    """Stems whose filters or sends move, without that, and what the moving sends give, by name."""

    still: Mapping[str, Audio]
    thrown: Mapping[str, Audio]


class Material(Protocol):
    """A rendered song to hand over; audio is float32 (2, samples) at the plan's sample rate.

    Files are fetched one at a time, so that a long song needs little memory.
    """

    @property
    def plan(self) -> SongPlan:
        """Return the song's plan."""

    def audio(self, name: str) -> Audio:
        """Return a file of the song by its name in the song's folder, such as ``stems/bass.wav``."""

    def dry_stems(self) -> Mapping[str, Audio]:
        """Return the stems without what their sends give, by name."""

    def unmoved_stems(self) -> UnmovedStems:
        """Return the stems whose filters or sends move, as they are without that."""

    def section_stems(self, section: SongPlan) -> Mapping[str, Audio]:
        """Return the stems of a section, a song of its own, until they have rung out."""

    def cover(self) -> bytes | None:
        """Return the picture of the song's files: a JPEG or PNG file, or None for none."""

    @property
    def fingerprint(self) -> str:
        """Return what tells the backend that made the sound from others."""


def check_has_voices(plan: SongPlan, options: HandOverSpec) -> None:
    """Raise UsageError where a version with or without voices is asked for, and nobody sings, or all do."""
    if not options.versions:
        return
    sung = [stem.name for stem in plan.stems if stem.role in SUNG]
    if not sung:
        raise UsageError(
            f"nobody sings in {plan.title!r}: without its voices it is the master",
            field="versions",
            hint="give the song a stem of role vocals or backing",
        )
    if len(sung) == len(plan.stems):
        raise UsageError(
            f"all stems of {plan.title!r} are voices: alone they are the master", field="versions"
        )


def write_further_stems(material: Material, layout: Layout, write: Write) -> dict[str, float]:
    """Write what a hand-over asks for besides the stems of the mix.

    Returns the gain in dB of mastered files, by name: less than 0 where they would peak above full scale
    by themselves.
    """
    if {"dry", "wet"} & layout.kinds:
        for stem, dry in material.dry_stems().items():
            if "dry" in layout.kinds:
                write(layout.dry(stem), dry, f"{stem}, dry")
            if "wet" in layout.kinds:
                write(layout.wet(stem), material.audio(stem_path(stem)) - dry, f"{stem}, wet")

    if "buses" in layout.kinds:
        for bus, stems in layout.buses.items():
            total = material.audio(stem_path(stems[0]))
            for stem in stems[1:]:
                total = total + material.audio(stem_path(stem))
            write(layout.bus(bus), total, f"Bus {bus}")

    turned_down = {}
    if "mastered" in layout.kinds or layout.options.versions:
        turned_down = _write_mastered(material, layout, write)

    if layout.options.headroom_db is not None:
        premaster = material.audio(PREMASTER)
        peak = true_peak_dbtp(premaster)
        # a hundredth below, for what another rate and its rounding may add
        gain_db = -layout.options.headroom_db - 0.01 - peak if np.isfinite(peak) else 0.0
        what = f"Premaster, {gain_db:+.2f} dB"
        write(layout.headroom, premaster * np.float32(gain_from_db(gain_db)), what)
    return turned_down


def _write_mastered(material: Material, layout: Layout, write: Write) -> dict[str, float]:
    plan = material.plan
    apart = MasteredStems(
        material.audio(PREMASTER),
        material.audio(MASTER),
        layout.stems,
        lambda name: material.audio(stem_path(name)),
        plan.master,
        plan.mix,
        plan.grid.sample_rate,
    )
    turned_down: dict[str, float] = {}
    if "mastered" in layout.kinds:
        # parts that cancel each other reach higher than their sum: all of them move alike
        gain_db = _room_db(layout, *(true_peak_dbtp(apart.stem(name)) for name in layout.stems))
        for name in layout.stems:
            what = _describe_gain(f"{name}, mastered", gain_db)
            write(layout.stem_in_master(name), apart.stem(name) * np.float32(gain_from_db(gain_db)), what)
            turned_down[layout.stem_in_master(name)] = gain_db
    sung = {stem.name for stem in plan.stems if stem.role in SUNG}
    for version in layout.options.versions:
        names = [name for name in layout.stems if (name in sung) == (version == "a-cappella")]
        audio = np.zeros((2, plan.total_samples), dtype=np.float32)
        for name in names:
            audio += apart.stem(name)
        gain_db = _room_db(layout, true_peak_dbtp(audio))
        what = _describe_gain(version.capitalize(), gain_db)
        write(layout.version(version), audio * np.float32(gain_from_db(gain_db)), what)
        turned_down[layout.version(version)] = gain_db
    return turned_down


def _room_db(layout: Layout, *peaks_dbtp: float) -> float:
    """Return the gain, 0 or less, with which files of whole numbers hold these peaks."""
    return 0.0 if layout.options.bit_depth == 32 else min(0.0, _FULL_DBTP - max(peaks_dbtp))


def _describe_gain(what: str, gain_db: float) -> str:
    return f"{what}, {gain_db:.2f} dB" if gain_db else what
