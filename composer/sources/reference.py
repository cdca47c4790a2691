"""A recording that a master follows, read before the song is planned."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np

from structure.base.errors import AudioFileError, RitornelloError
from structure.plans.plan import SongPlan
from structure.presets.mixes import BANDS_HZ, THIRDS_HZ

SHORTEST_REFERENCE_S = 5.0
REFERENCE_LUFS = (-24.0, -8.0)
"""A reference that is softer or louder is followed to here."""

REFERENCE_MATCHING_DB = 12.0
"""The equaliser follows a reference no further than this in any third of an octave."""


def follow_reference(plan: SongPlan, path: Path) -> SongPlan:
    """Return the plan with loudness, spectrum and width of the recording at ``path``.

    The figures are part of the plan from then on, so that a song can be checked, and mastered again,
    without the recording. Raises RitornelloError where that cannot be read, is short, or silent.
    """
    from render.audio.files import read_audio
    from render.audio.loudness import measure_lufs
    from render.audio.spectrum import spectrum_of

    rate = plan.grid.sample_rate
    try:
        audio = read_audio(path, rate, channels=2, most_channels=2)
    except RitornelloError as exc:
        raise exc.with_context("master.reference: ", field="master.reference") from exc
    if audio.shape[1] < SHORTEST_REFERENCE_S * rate:
        raise AudioFileError(
            f"master.reference: {path} lasts {audio.shape[1] / rate:.1f} s",
            path=path,
            field="master.reference",
            hint=f"{SHORTEST_REFERENCE_S:g} s or more can be followed",
        )
    loudness = measure_lufs(audio, rate)
    if not math.isfinite(loudness):
        raise AudioFileError(f"master.reference: {path} is silent", path=path, field="master.reference")
    spectrum = spectrum_of(audio, rate)
    levels = spectrum.octaves_db()
    target = {
        band: round(float(level - levels.max()), 2) for band, level in zip(BANDS_HZ, levels, strict=True)
    }
    changes = {
        "target": {band: max(level, -60.0) for band, level in target.items()},
        "thirds": {
            band: max(round(float(level - levels.max()), 2), -90.0)
            for band, level in zip(THIRDS_HZ, spectrum.bands_db(THIRDS_HZ), strict=True)
        },
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
