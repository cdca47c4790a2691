"""Checks a song's folder: its WAV files against its plan, and both against the lock."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np

from composer.folder.lock import check_lock
from composer.folder.report import checks_document
from render.audio.types import Audio
from render.checks.check import Check, listed
from render.checks.verify import verify_song
from structure.base.errors import AudioFileError, FolderError
from structure.base.jsonfile import write_json
from structure.base.names import MASTER, PLAN, PREMASTER, VERIFY, stem_path
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan


def verify_folder(folder: Path) -> tuple[Check, ...]:
    """Check the song in ``folder`` and write ``verify.json`` there, where the folder can be written.

    Raises RitornelloError where there is no plan, or one that is damaged. A file of audio that is missing,
    damaged, or of another sample rate or channel count fails a check.
    """
    if not folder.is_dir():
        raise FolderError(f"{folder} is not a folder", path=folder)
    checks = check_folder(folder)
    with suppress(PermissionError):  # a song on a read-only disk can be checked all the same
        write_json(folder / VERIFY, checks_document(checks))
    return checks


def check_folder(folder: Path) -> tuple[Check, ...]:
    """All checks of the song in a folder, from its files alone; nothing is written."""
    plan = read_plan(folder / PLAN)
    faults: list[str] = []

    def read(name: str) -> Audio | None:
        try:
            return read_wav(folder / name, plan, name)
        except AudioFileError as exc:
            faults.append(str(exc))
            return None

    master, premaster = read(MASTER), read(PREMASTER)
    stems: dict[str, Audio] = {}
    if plan.export.stems:
        found = {stem.name: read(stem_path(stem.name)) for stem in plan.stems}
        stems = {name: audio for name, audio in found.items() if audio is not None}
    files = Check.at_most("files can be read", len(faults), 0.0, "files", listed(faults), decimals=0)
    return (files, *verify_song(plan, stems, premaster, master), check_lock(folder))


def read_wav(path: Path, plan: SongPlan, name: str = "") -> Audio:
    """Read a stereo WAV file of a song as float32 ``(2, samples)``.

    Raises AudioFileError that says what is wrong; ``name`` is what it calls the file, else its path.
    """
    import soundfile

    name = name or str(path)
    if not path.is_file():
        raise AudioFileError(f"{name} does not exist", path=path)
    try:
        audio, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as exc:
        raise AudioFileError(f"{name} is not a WAV file that can be read", path=path) from exc
    if rate != plan.grid.sample_rate or audio.shape[1] != 2:
        raise AudioFileError(
            f"{name} has {audio.shape[1]} channels at {rate} Hz; planned: 2 at {plan.grid.sample_rate} Hz",
            path=path,
        )
    return np.ascontiguousarray(audio.T)
