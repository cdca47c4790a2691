"""What there is to hear of a song: its folder, and the render that it replaced, which is kept too."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.project.history import history_path
from composer.studio.messages.models import RenderedFile, RenderedSection, Rendering, RenderState
from composer.studio.sound.audio import AudioFile, audio_path
from structure.base.errors import RitornelloError
from structure.base.files import remove
from structure.base.jsonfile import read_json
from structure.base.names import LOCK, MASTER, PLAN, PREMASTER, REPORT, STEMS

_KEPT = (MASTER, PREMASTER, PLAN, REPORT, LOCK)


def studio_folder(spec: Path) -> Path:
    """Return where the studio keeps what can be made again: beside the history of a spec."""
    return history_path(spec).with_suffix(".studio")


def before_folder(spec: Path) -> Path:
    """Return where the render lies that the newest one replaced."""
    return studio_folder(spec) / "before"


@dataclass
class Renders:
    """What there is to hear, looked at again only where it was rendered again."""

    _known: dict[Path, tuple[object, Rendering]] = field(default_factory=dict)

    def show(self, spec: Path | None, folder: Path | None) -> RenderState:
        """Return what there is; whether it is the song as it is now is not settled here."""
        if spec is None or folder is None:
            return RenderState()
        return RenderState(now=self._look(folder), before=self._look(before_folder(spec)))

    def _look(self, folder: Path) -> Rendering | None:
        try:
            stat = (folder / LOCK).stat()
        except OSError:
            return None
        stamp = (stat.st_ino, stat.st_mtime_ns)
        if folder not in self._known or self._known[folder][0] != stamp:
            self._known[folder] = stamp, _show(folder)
        return self._known[folder][1]


def read_locked_hash(folder: Path) -> str:
    """Return the hash of the spec from which a song was rendered, "" where there is none."""
    return str(_read(folder / LOCK).get("spec_sha256", ""))


def keep_before(spec: Path, folder: Path) -> Path | None:
    """Keep the render in a folder aside, as further names of the same files, and return where.

    None where nothing is rendered there. :func:`settle_before` puts it in its place when the new one is
    there.
    """
    if not (folder / LOCK).is_file():
        return None
    aside = studio_folder(spec) / "before.new"
    remove(aside)
    (aside / STEMS).mkdir(parents=True)
    stems = [f"{STEMS}/{path.name}" for path in (folder / STEMS).glob("*.wav")]
    for name in (*_KEPT, *stems):
        if (folder / name).is_file():
            try:
                os.link(folder / name, aside / name)
            except OSError:
                shutil.copyfile(folder / name, aside / name)
    return aside


def settle_before(spec: Path) -> None:
    """Let the render that was kept aside be the one before."""
    aside = studio_folder(spec) / "before.new"
    if aside.is_dir():
        remove(before_folder(spec))
        aside.rename(before_folder(spec))


def _show(folder: Path) -> Rendering:
    """Return what lies in the folder of a song, and where its visits are in it."""
    from composer.folder.song import SongFolder

    names = ["master", "premaster", *sorted(path.stem for path in (folder / STEMS).glob("*.wav"))]
    files = []
    for name in names:
        try:
            file = AudioFile.open(audio_path(folder, name))
        except RitornelloError:
            continue
        files.append(
            RenderedFile(
                name=name,
                samples=file.samples,
                channels=file.channels,
                sample_rate=file.sample_rate,
                etag=file.etag,
            )
        )

    loudness = _read(folder / REPORT).get("loudness", {})
    sections = []
    try:
        plan = SongFolder.open(folder).plan
    except RitornelloError:
        pass  # where sections are is not known then
    else:
        for visit in plan.visits:
            start, end = plan.bounds(visit)
            place = visit.place
            section = RenderedSection(
                name=place.label, section=place.name, visit=place.index, start_sample=start, end_sample=end
            )
            sections.append(section)
    return Rendering(
        files=files,
        loudness_lufs=loudness.get("integrated_lufs"),
        true_peak_dbtp=loudness.get("true_peak_dbtp"),
        sections=sections,
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data = read_json(path, RitornelloError)
    except (RitornelloError, OSError):
        return {}
    return data if isinstance(data, dict) else {}
