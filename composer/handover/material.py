"""Exports a rendered song, from its folder or from memory, to a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from composer.folder.layout import staged
from composer.folder.lock import locked_style, read_lock
from composer.handover.layout import ExportOptions, Layout, hand_over_options
from composer.handover.write import HandOver, Material, write_handover
from render.audio.files import read_audio
from render.audio.types import Audio
from render.audio.wav import as_written
from render.backends.base import Backend
from render.clips.cache import ClipCache
from render.renderer import RenderResult, render_song
from structure.base.errors import AudioFileError, FolderError, LockError
from structure.base.jsonfile import read_json
from structure.base.names import EXPORT_FOLDER, EXPORT_MANIFEST, LOCK, MASTER, PLAN, PREMASTER, stem_path
from structure.base.progress import Progress, silent
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.planfile import read_plan
from structure.presets.styles import style_names
from structure.specs.spec import HandOverSpec, MasterSpec

_SENDS = ("reverb", "delay")


def export_folder(
    song: Path,
    target: Path | None = None,
    *,
    to: Sequence[str] | str | None = None,
    again: bool = False,
    cache: ClipCache | None = None,
    progress: Progress = silent,
    **options: Unpack[ExportOptions],
) -> HandOver:
    """Export the song in a folder to ``target``, or to the folder ``export`` in it.

    Formats and options are those of :class:`~structure.specs.spec.HandOverSpec`; what is left out is as the
    song's spec says. ``again`` allows an earlier export in the target's place. Dry stems are rendered
    again, from ``cache`` where it has the clips.

    Raises RitornelloError where the folder holds no song or no stems, where its files do not fit its plan,
    or where the target is not ours; nothing is written then.
    """
    if not (song / PLAN).is_file():
        raise FolderError(
            f"{song} holds no {PLAN}", path=song, hint="export takes the folder of a rendered song"
        )
    plan = _with_own_style(read_plan(song / PLAN), song)
    wanted = hand_over_options(plan.export.handover, to=to, **options)
    material = folder_material(song, plan, cache, progress)
    if Layout.of(plan, wanted).has_tracks and not plan.export.stems:
        raise FolderError(
            f"{song} has no stems", path=song, hint="render it again with export: {stems: true}"
        )
    folder = song / EXPORT_FOLDER if target is None else target
    if target is None and folder.is_symlink():
        raise FolderError(
            f"{folder} is a link to another folder", path=folder, hint="name that folder to export to it"
        )
    return export_to(folder, material, wanted, replace=again, progress=progress)


def export_to(
    target: Path,
    material: Material,
    options: HandOverSpec,
    *,
    replace: bool = False,
    progress: Progress = silent,
) -> HandOver:
    """Write a hand-over to a folder of its own, all or nothing. Raises RitornelloError."""
    files = Layout.of(material.plan, options).files()
    with staged(target, files, replace=replace, marker=EXPORT_MANIFEST) as work:
        made = write_handover(material, options, work, progress)
    return HandOver(target, made.files, made.checks, made.loudness, made.document)


def folder_material(
    song: Path, plan: SongPlan, cache: ClipCache | None = None, progress: Progress = silent
) -> Material:
    """The audio of a song's folder, read when it is needed."""
    read = partial(_read, plan)
    return Material(
        plan,
        lambda: read(song / MASTER),
        lambda: read(song / PREMASTER),
        lambda stem: read(song / stem_path(stem)),
        lambda: dry_stems(plan, lambda: own_backend(plan), _locked_clips(song), cache, progress),
    )


def result_material(
    plan: SongPlan,
    result: RenderResult,
    backend: Callable[[], Backend],
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> Material:
    """The audio of a render that is still in memory, as its files hold it, so that either way the same is
    handed over."""
    return Material(
        plan,
        lambda: as_written(result.master.audio, plan.export.bit_depth),
        lambda: as_written(result.premaster, plan.export.bit_depth),
        lambda stem: as_written(result.stems[stem], plan.export.bit_depth),
        lambda: dry_stems(plan, backend, result.clip_keys, cache, progress),
    )


def own_backend(plan: SongPlan) -> Backend:
    """The backend that the song asks for. Raises RitornelloError where it cannot be loaded."""
    from composer.base.backends import song_backend

    return song_backend(plan.render)


def dry_stems(
    plan: SongPlan,
    backend: Callable[[], Backend],
    clips: dict[str, str],
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> dict[str, Audio]:
    """The stems as they are before their sends: the same clips, stitched and mixed with all sends at 0.

    ``clips`` are the keys of the song's clips by ``section/visit/stem``. Raises RitornelloError where the
    backend or the plan no longer gives the same ones, as the stems would be of another take.
    """
    without = replace(plan, stems=tuple(_without_sends(stem) for stem in plan.stems), master=MasterSpec())
    result = render_song(without, backend(), cache, progress)
    now = result.clip_keys
    others = [name for name in sorted(now.keys() | clips.keys()) if now.get(name) != clips.get(name)]
    if others:
        raise LockError(
            f"the dry stems cannot be made: what is installed here would play {others[0]} otherwise than "
            "when the song was rendered",
            field=f"clips.{others[0]}",
            hint="render it again first",
        )
    return result.stems


def _without_sends(stem: StemPlan) -> StemPlan:
    sends: dict[str, Any] = {item.name: 0.0 for item in fields(stem) if item.name in _SENDS}
    return replace(stem, **sends)


def _with_own_style(plan: SongPlan, song: Path) -> SongPlan:
    """Add a style of the user's own, which the song's lock holds: a lead sheet is written in its swing."""
    if plan.genre in style_names() or not (song / LOCK).is_file():
        return plan
    return replace(plan, own_style=locked_style(read_lock(song)))


def _locked_clips(song: Path) -> dict[str, str]:
    locked = read_json(song / LOCK, LockError)
    clips = locked.get("clips") if isinstance(locked, dict) else None
    if not isinstance(clips, dict):
        raise LockError(f"{song / LOCK} is damaged: it names no clips", path=song / LOCK, field="clips")
    return {str(name): str(key) for name, key in clips.items()}


def _read(plan: SongPlan, path: Path) -> Audio:
    """A file of the song, (2, samples), of its planned length."""
    audio = read_audio(path, plan.grid.sample_rate, channels=2)
    if audio.shape[1] != plan.total_samples:
        raise AudioFileError(
            f"{path} has {audio.shape[1]} samples at {plan.grid.sample_rate} Hz; "
            f"planned: {plan.total_samples}",
            path=path,
        )
    return audio
