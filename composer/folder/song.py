"""A song's folder, opened: its plan, lock and report, and its audio, read when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from composer.base.planfile import read_plan
from composer.folder.lock import read_lock, read_locked_style
from render.audio.types import Audio
from structure.base.errors import AudioFileError, FolderError
from structure.base.jsonfile import read_json
from structure.base.names import EXPORT_MANIFEST, LOCK, PLAN, REPORT, SPEC, stem_path
from structure.plans.plan import SongPlan
from structure.presets.styles import style_names

MakeAudio = Callable[[tuple[int, int]], Audio]
"""Makes an array of float32 (channels, samples)."""

_BLOCK = 1 << 18
_LONGER = 16
"""A file of more than so many times the planned length is not read."""


def _in_memory(shape: tuple[int, int]) -> Audio:
    return np.empty(shape, dtype=np.float32)


@dataclass(frozen=True)
class SongFolder:
    """The folder of a rendered song. Its files may be missing or damaged; reading one says so."""

    path: Path
    plan: SongPlan

    @classmethod
    def open(cls, path: Path) -> SongFolder:
        """Read the plan of the song in a folder.

        Raises RitornelloError where that is no folder, or there is no plan in it that can be read.
        """
        if not path.is_dir():
            raise FolderError(f"{path} is not a folder", path=path)
        if not (path / PLAN).is_file():
            raise FolderError(f"{path} holds no song: {PLAN} does not exist", path=path)
        if (path / EXPORT_MANIFEST).is_file() and not (path / SPEC).is_file():
            hint = f"`ritornello vary {path}` makes takes of it"
            raise FolderError(f"{path} holds a clip, and no song", path=path, hint=hint)
        return cls(path, read_plan(path / PLAN))

    @cached_property
    def lock(self) -> Mapping[str, Any]:
        """Return the song's lock.

        Raises RitornelloError where there is none that can be read.
        """
        return read_lock(self.path)

    @cached_property
    def report(self) -> Mapping[str, Any]:
        """Return the song's report.

        Raises RitornelloError where there is none that can be read.
        """
        report = read_json(self.path / REPORT, FolderError)
        if not isinstance(report, dict):
            raise FolderError(f"{self.path / REPORT} is damaged", path=self.path / REPORT)
        return report

    @cached_property
    def plan_with_style(self) -> SongPlan:
        """Return the plan, with the user's own style from the lock, if it was planned in one."""
        if self.plan.genre in style_names() or not (self.path / LOCK).is_file():
            return self.plan
        return replace(self.plan, own_style=read_locked_style(self.lock))

    def read(self, name: str, *, any_length: bool = False, make: MakeAudio = _in_memory) -> Audio:
        """Read a WAV file of the song, such as ``master.wav``: float32 (2, samples) at the plan's rate.

        ``make`` gives the array that it is read into.

        Raises RitornelloError, with the file's path, where it is missing, damaged, of another sample rate
        or channel count than planned, or, unless ``any_length``, of another length. Even with
        ``any_length`` it must not be too long.
        """
        import soundfile

        path, rate = self.path / name, self.plan.grid.sample_rate
        if not path.is_file():
            raise AudioFileError(f"{path} does not exist", path=path)
        planned = self.plan.total_samples
        try:
            with soundfile.SoundFile(path) as file:
                length, channels = file.frames, file.channels
                if file.samplerate != rate or channels != 2:
                    raise AudioFileError(
                        f"{path} has {channels} channels at {file.samplerate} Hz; planned: 2 at {rate} Hz",
                        path=path,
                    )
                if length != planned and not (any_length and length <= _LONGER * planned):
                    raise AudioFileError(
                        f"{path} has {length} samples at {rate} Hz; planned: {planned}", path=path
                    )
                audio = make((2, length))
                done = 0
                for block in file.blocks(_BLOCK, dtype="float32", always_2d=True):
                    audio[:, done : done + len(block)] = block.T
                    done += len(block)
        except (soundfile.SoundFileError, OSError) as exc:
            raise AudioFileError(f"{path} is not a WAV file that can be read", path=path) from exc
        if done != length:
            raise AudioFileError(f"{path} ends after {done} of its {length} samples", path=path)
        return audio

    def read_stem(self, name: str, *, make: MakeAudio = _in_memory) -> Audio:
        """Read a stem by its name.

        Raises RitornelloError as :meth:`read` does, and where the song was rendered without stems.
        """
        if not self.plan.export.stems:
            raise FolderError(
                f"{self.path} has no stems",
                path=self.path,
                hint="render it again with export: {stems: true}",
            )
        return self.read(stem_path(name), make=make)
