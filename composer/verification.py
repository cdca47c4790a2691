"""Checks a song's folder: its plan against its WAV files, and both against the lock."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from composer.jsonfile import write_json
from composer.lock import check_lock
from composer.planfile import read_plan
from composer.project import MASTER, PLAN, PREMASTER, VERIFY, stem_path
from composer.report import checks_document
from render.request import Audio
from render.verify import Check, verify_song
from structure.errors import RitornelloError
from structure.plan import SongPlan


def verify_folder(folder: Path) -> tuple[Check, ...]:
    """Check the song in ``folder`` and write ``verify.json`` there.

    Raises RitornelloError where a file is missing, damaged, or of another sample rate or channel count.
    """
    if not folder.is_dir():
        raise RitornelloError(f"{folder} is not a folder")
    plan = read_plan(folder / PLAN)
    master, premaster = (_read_wav(folder / name, plan) for name in (MASTER, PREMASTER))
    stems: dict[str, Audio] = {}
    if plan.export.stems:
        stems = {stem.name: _read_wav(folder / stem_path(stem.name), plan) for stem in plan.stems}
    checks = (*verify_song(plan, stems, premaster, master), check_lock(folder))
    write_json(folder / VERIFY, checks_document(checks))
    return checks


def _read_wav(path: Path, plan: SongPlan) -> Audio:
    """A stereo WAV file as float32 ``(2, samples)``."""
    import soundfile

    if not path.is_file():
        raise RitornelloError(f"{path} does not exist")
    try:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as exc:
        raise RitornelloError(f"{path} is not a WAV file that can be read: {exc}") from exc
    if rate != plan.grid.sample_rate or audio.shape[1] != 2:
        raise RitornelloError(
            f"{path} has {audio.shape[1]} channels at {rate} Hz; planned: 2 at {plan.grid.sample_rate} Hz"
        )
    return np.ascontiguousarray(audio.T)
