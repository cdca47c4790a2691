"""The files of a clip: audio, spectrogram image, stems and plan."""

from __future__ import annotations

from pathlib import Path

from composer.base.planfile import read_plan
from composer.clips.clip import MadeClip
from composer.clips.own import plan_name
from composer.folder.layout import place_in
from composer.sources.init_audio import copy_own_file
from render.audio.wav import write_wav
from render.backends.riffusion.image import RIFFUSION, image_from_audio, write_image
from structure.base.errors import FolderError
from structure.base.files import sha256
from structure.base.jsonfile import read_json, write_json
from structure.base.names import EXPORT_MANIFEST, PLAN
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document


def clip_files(name: str, plan: SongPlan, *, stems: bool) -> list[str]:
    """Return the names of a clip's files, relative to its folder."""
    parts = [f"stems/{name}-{stem.name}.wav" for stem in plan.stems] if stems else []
    return [EXPORT_MANIFEST, f"{name}.wav", f"{name}.png", plan_name(name), *parts, *plan.own_files]


def write_clip(folder: Path, name: str, clip: MadeClip, *, stems: bool) -> None:
    """Write a clip's files; the picture is one of Riffusion's, which ``image2audio`` reads."""
    write_wav(folder / f"{name}.wav", clip.audio, clip.sample_rate)
    write_image(folder / f"{name}.png", image_from_audio(clip.audio, RIFFUSION))
    write_json(folder / plan_name(name), plan_document(clip.plan))
    for path, file in clip.plan.own_files.items():
        copy_own_file(file, place_in(folder, path))
    if stems:
        for stem, audio in clip.stems.items():
            write_wav(place_in(folder, f"stems/{name}-{stem}.wav"), audio, clip.sample_rate)


def write_manifest(folder: Path, *, loop: bool) -> None:
    """Write the list of what is in a clip's folder, with digests, and whether its clips are loops.

    By this list the folder is known as one that Ritornello wrote.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    entries = {path.relative_to(folder).as_posix(): {"sha256": sha256(path)} for path in files}
    write_json(folder / EXPORT_MANIFEST, {"loop": loop, "files": entries})


def read_clip(folder: Path) -> tuple[SongPlan, bool]:
    """Return the plan of the clip in a folder, and whether it is a loop.

    Raises FolderError where it holds none, RitornelloError for one that is damaged.
    """
    if not (folder / PLAN).is_file():
        raise FolderError(
            f"{folder} holds no clip: {PLAN} does not exist",
            path=folder,
            hint="name a clip's folder, or a prompt of two words or more",
        )
    manifest = folder / EXPORT_MANIFEST
    document = read_json(manifest) if manifest.is_file() else {}
    return read_plan(folder / PLAN), isinstance(document, dict) and document.get("loop") is True
