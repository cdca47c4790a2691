"""Masters for other places: like a recording of the user's own, or of a song that is rendered already."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from structure.base.errors import RitornelloError, did_you_mean
from structure.plans.plan import SongPlan
from structure.presets.masters import MASTER_PRESETS
from structure.presets.mixes import BANDS_HZ
from structure.specs.spec import MasterSpec

SHORTEST_REFERENCE_S = 5.0
REFERENCE_LUFS = (-24.0, -8.0)
"""A reference that is softer or louder is followed to here."""

REFERENCE_MATCHING_DB = 6.0
"""The equaliser follows a reference no further than this in any octave band."""


def following_reference(plan: SongPlan, folder: Path) -> SongPlan:
    """The plan with loudness, spectrum and width of its reference, which a path in the spec names as seen
    from ``folder``; a plan without one as it is.

    The figures are part of the plan from then on, so that a song can be checked, and mastered again,
    without the recording. Raises RitornelloError where that cannot be read, is short, or silent.
    """
    if plan.master.preset != "reference" or plan.master.reference is None:
        return plan
    from render.audio.files import read_audio
    from render.audio.loudness import integrated_lufs
    from render.audio.spectrum import spectrum_of

    path = folder / Path(plan.master.reference).expanduser()
    rate = plan.grid.sample_rate
    try:
        audio = read_audio(path, rate, channels=2)
    except RitornelloError as exc:
        raise RitornelloError(f"master.reference: {exc}") from exc
    if audio.shape[1] < SHORTEST_REFERENCE_S * rate:
        raise RitornelloError(
            f"master.reference: {path} lasts {audio.shape[1] / rate:.1f} s; "
            f"{SHORTEST_REFERENCE_S:g} s or more can be followed"
        )
    loudness = integrated_lufs(audio, rate)
    if not math.isfinite(loudness):
        raise RitornelloError(f"master.reference: {path} is silent")
    spectrum = spectrum_of(audio, rate)
    levels = spectrum.octaves_db()
    target = {
        band: round(float(level - levels.max()), 2) for band, level in zip(BANDS_HZ, levels, strict=True)
    }
    changes = {
        "target": {band: max(level, -60.0) for band, level in target.items()},
        "matching": 1.0,
        "most_matching_db": REFERENCE_MATCHING_DB,
        "side_db": round(float(np.clip(spectrum.side_to_mid_db(), -60.0, 6.0)), 2),
    }
    return dataclasses.replace(
        plan,
        master=plan.master.model_copy(
            update={"loudness_lufs": round(float(np.clip(loudness, *REFERENCE_LUFS)), 2)}
        ),
        mix=plan.mix.model_copy(update=changes),
    )


def master_spec(preset: str | None, reference: str | Path | None = None) -> MasterSpec:
    """A preset by name, or one that follows a recording. Raises RitornelloError."""
    name = preset or ("reference" if reference is not None else "streaming")
    if name not in MASTER_PRESETS:
        raise RitornelloError(
            f"no mastering preset is called {name!r} ({did_you_mean(name, MASTER_PRESETS)})"
        )
    try:
        return MasterSpec.model_validate(
            {"preset": name, "reference": None if reference is None else str(reference)}
        )
    except ValueError:
        wanted = (
            "needs a recording; name it by --reference" if reference is None else "follows no recording"
        )
        raise RitornelloError(f"the mastering preset {name!r} {wanted}") from None


def read_master(master: str | Mapping[str, Any] | MasterSpec) -> MasterSpec:
    """The name of a preset, or what a spec has under ``master:``. Raises RitornelloError that names the
    field."""
    if isinstance(master, MasterSpec):
        return master
    if isinstance(master, str):
        return master_spec(master)
    try:
        return MasterSpec.model_validate(dict(master))
    except ValidationError as exc:
        first = exc.errors()[0]
        where = ".".join(("master", *map(str, first["loc"])))
        raise RitornelloError(f"{where}: {first['msg']}") from None


@dataclass(frozen=True, slots=True)
class Remaster:
    """What a new master measures."""

    path: Path
    preset: str
    loudness_lufs: float
    range_lu: float
    true_peak_dbtp: float
    limited_db: float
    clipped_db: float


def remaster(
    folder: Path,
    preset: str | None = None,
    reference: Path | None = None,
    out: Path | None = None,
    *,
    replace: bool = False,
) -> Remaster:
    """Master the song in ``folder`` again, from its premaster, to a WAV file beside its master.

    ``out`` is ``master-<preset>.wav`` in the folder if left out. Nothing else in the folder changes.
    Raises RitornelloError where the folder holds no song, the preset or the recording is not there, or the
    file is there and ``replace`` is false.
    """
    from composer.folder.layout import PLAN, PREMASTER
    from render.audio.files import read_audio
    from render.audio.r128 import measure_loudness
    from render.audio.wav import write_wav
    from render.mixing.energies import sections_of
    from render.mixing.master import master_song
    from structure.plans.planfile import read_plan

    spec = master_spec(preset, reference)
    path = out or folder / f"master-{spec.preset}.wav"
    if path.exists() and not replace:
        raise RitornelloError(f"{path} exists already; it is replaced only where that is asked for")
    if not (folder / PLAN).is_file():
        raise RitornelloError(f"{folder} holds no song: it has no {PLAN}")
    plan = following_reference(dataclasses.replace(read_plan(folder / PLAN), master=spec), Path())
    rate = plan.grid.sample_rate
    premaster = read_audio(folder / PREMASTER, rate, channels=2)
    made = master_song(premaster, plan.master, rate, plan.mix, sections_of(plan))
    write_wav(path, made.audio, rate, plan.export.bit_depth)
    measured = measure_loudness(made.audio, rate)
    return Remaster(
        path,
        spec.preset,
        measured.integrated_lufs,
        measured.range_lu,
        measured.true_peak_dbtp,
        made.limited_db,
        made.clipped_db,
    )
