"""What leaves the studio: exports in all formats, files of the song, its checks, its lead sheet."""

from __future__ import annotations

import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from composer.folder.verify import verify_folder
from composer.handover.material import export_folder
from composer.studio.begin import path_inside
from composer.studio.desk import Desk
from composer.studio.jobs import Jobs, Work
from composer.studio.messages.faults import NotFoundError
from composer.studio.messages.models import (
    CheckRow,
    ExportFormat,
    ExportOption,
    ExportsAnswer,
    Job,
    VerifyAnswer,
)
from composer.studio.sound.rendered import studio_folder
from structure.base.errors import FolderError, UsageError, did_you_mean
from structure.base.files import remove
from structure.base.jsonfile import read_json
from structure.base.names import EXPORT_MANIFEST, LOCK, PROVENANCE, REPORT, VERIFY
from structure.base.progress import ProgressEvent
from structure.notation.sheet import write_lead_sheet
from structure.specs.spec import ExportFormat as FormatName

_STALE_S = 6 * 3600.0

_LABELS = {
    "wav": "Stems as WAV",
    "flac": "FLAC",
    "mp3": "MP3",
    "ogg": "Ogg Vorbis",
    "opus": "Opus",
    "m4a": "AAC (M4A)",
    "reaper": "Reaper project",
    "dawproject": "DAWproject",
    "als": "Ableton Live set",
    "otio": "Timeline for film editors",
    "aaf": "AAF for film editors and Pro Tools",
    "game": "Loops and layers for games",
    "ableton-midi": "MIDI for Ableton Live",
    "lead-sheet": "Lead sheet",
    "lrc": "Karaoke (LRC)",
    "srt": "Subtitles (SRT)",
    "ustx": "Project for OpenUtau",
}
_RATE = ExportOption(
    name="sample_rate", label="Sample rate, Hz", choices=[44100, 48000, 88200, 96000], value=44100
)
_BITS = ExportOption(name="bit_depth", label="Bits", choices=[16, 24, 32], value=24)
_DRUMS = ExportOption(name="drum_parts", label="Drums apart", choices=[True, False], value=True)
_SECTIONS = ExportOption(name="sections", label="Each section too", choices=[False, True], value=False)
_DRY = ExportOption(name="dry", label="Dry stems too", choices=[False, True], value=False)
_OPTIONS = {
    "wav": [_RATE, _BITS, _DRUMS, _SECTIONS, _DRY],
    "reaper": [_RATE, _BITS, _DRUMS],
    "dawproject": [_RATE, _BITS, _DRUMS],
    "als": [_RATE, _BITS, _DRUMS],
    "flac": [_RATE],
    "mp3": [_RATE],
    "ogg": [_RATE],
    "m4a": [_RATE],
    "otio": [_RATE, _BITS, _DRUMS],
    "aaf": [_RATE, _BITS, _DRUMS],
    "game": [_RATE, _BITS],
}


def list_exports(desk: Desk) -> ExportsAnswer:
    """Return the formats with their options, and the files that lie in the rendered song's folder."""
    formats = [
        ExportFormat(
            name=name, label=_LABELS.get(name, name), options=_OPTIONS.get(name, []), needs_render=True
        )
        for name in get_args(FormatName)
    ]
    with desk.hold() as project:
        folder = project.folder
    found = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    return ExportsAnswer(formats=formats, files=names if (folder / LOCK).is_file() else [])


def order_export(desk: Desk, jobs: Jobs, name: str, asked: Mapping[str, str]) -> Job:
    """Put an export of the rendered song in the queue; :func:`find_export` is what it has made.

    Raises NotFoundError for a format that is not there, UsageError for an option that cannot be so,
    FolderError where the song is not rendered.
    """
    if name not in get_args(FormatName):
        hint = did_you_mean(name, get_args(FormatName))
        raise NotFoundError(f"there is no format {name[:40]!r}", field="format", hint=hint)

    options = {option.name: option.value for option in _OPTIONS.get(name, [])}
    for option in _OPTIONS.get(name, []):
        text = asked.get(option.name)
        if text is None:
            continue
        named = [choice for choice in option.choices if text.lower() == str(choice).lower()]
        if not named:
            raise UsageError(
                f"{option.name} cannot be {text[:40]!r}",
                field=option.name,
                hint=f"allowed: {', '.join(map(str, option.choices))}",
            )
        options[option.name] = named[0]

    song = _find_rendered_folder(desk)
    with desk.hold() as project:
        title, place = project.path.stem, _exports(project.path)

    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():  # what nobody has fetched for hours, and what a crash left
        if time.time() - old.stat().st_mtime > _STALE_S:
            remove(old)

    def work(own: Work) -> dict[str, Any]:
        folder = place / own.job.id
        part = folder.with_name(f".{folder.name}")
        target = part / f"{title}-{name}"
        try:
            part.mkdir(parents=True)
            export_folder(song, target, to=[name], cache=desk.cache, progress=own.progress, **options)  # type: ignore[arg-type]
            file = _put_into_one(target, own)
            part.rename(folder)
        finally:
            remove(part)
        return {"file": file.name, "bytes": (folder / file.name).stat().st_size}

    return jobs.add("export", f"Export as {_LABELS.get(name, name)}", work)


def find_export(desk: Desk, jobs: Jobs, key: str) -> Path:
    """Return the file that an export has made. Raises NotFoundError where there is none (any more)."""
    job = jobs.get(key)
    with desk.hold() as project:
        path = _exports(project.path) / job.id / str((job.result or {}).get("file", ""))
    if job.kind != "export" or not path.is_file():
        raise NotFoundError("there is no such export any more", field="id", hint="export the song again")
    return path


def _put_into_one(folder: Path, work: Work) -> Path:
    """Return the file of an export, beside its folder; several files are put into one archive."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    own = [path for path in files if path.name not in (EXPORT_MANIFEST, PROVENANCE)]
    if len(own) == 1:
        return own[0].rename(folder.with_name(own[0].name))

    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:  # sound does not get smaller
        for number, file in enumerate(files):
            work.progress(ProgressEvent("export", number, len(files), file.name))
            archive.write(file, f"{folder.name}/{file.relative_to(folder).as_posix()}")
    remove(folder)
    return path


def _exports(spec: Path) -> Path:
    """Return the folder in which exports wait to be fetched."""
    return studio_folder(spec) / "exports"


def file_of_song(desk: Desk, name: str) -> Path:
    """Return a file of the rendered song's folder. Raises FolderError for a path outside, NotFoundError."""
    with desk.hold() as project:
        path = path_inside(project.folder.resolve(), name)
    if not path.is_file():
        raise NotFoundError(f"the song has no file {name[:80]!r}", path=path)
    return path


def show_checks(desk: Desk) -> VerifyAnswer:
    """Return what the checks of the rendered song said last. Raises FolderError where there are none."""
    state, folder = desk.state(), _find_rendered_folder(desk)
    found = read_json(folder / (VERIFY if (folder / VERIFY).is_file() else REPORT), FolderError)
    rows = [CheckRow.model_validate(row) for row in found["checks"]]
    return VerifyAnswer(passed=bool(found["passed"]), is_current=state.render.is_current, checks=rows)


def verify_again(desk: Desk, jobs: Jobs) -> Job:
    """Put checks of the rendered song in the queue. Raises FolderError where it is not rendered."""
    folder = _find_rendered_folder(desk)

    def check(work: Work) -> dict[str, Any]:
        work.progress(ProgressEvent("verify", 0, 1))
        return {"passed": all(check.passed is not False for check in verify_folder(folder))}

    return jobs.add("verify", "Check the rendered song", check)


def _find_rendered_folder(desk: Desk) -> Path:
    with desk.hold() as project:
        folder = project.folder
    if not (folder / LOCK).is_file():
        raise FolderError("the song is not rendered", path=folder, hint="render the song first")
    return folder


def lead_sheet(desk: Desk, suffix: str) -> bytes:
    """Return the lead sheet of the song as it is planned now, as ``.svg`` or ``.pdf``.

    Raises MissingPackageError where what engraves it is not installed.
    """
    plan = desk.plan()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{suffix}"
        write_lead_sheet(path, plan)
        return path.read_bytes()
