"""Exports a rendered song, from its folder or from memory, to a folder of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Unpack

from composer.base.backends import song_backend
from composer.folder.layout import stage_folder
from composer.folder.song import SongFolder
from composer.handover.adding import addition_to, song_mark
from composer.handover.credentials import Credentials
from composer.handover.further import Material, UnmovedStems
from composer.handover.layout import ExportOptions, Layout, hand_over_options
from composer.handover.write import HandOver, write_handover
from render.audio.types import Audio
from render.audio.wav import as_written
from render.backends.base import Backend
from render.clips.caching.cache import ClipCache
from render.mixing.automation import REMADE
from render.renderer import RenderResult, render_song
from structure.base.errors import FolderError, LockError, RitornelloError
from structure.base.names import (
    EXPORT_FOLDER,
    EXPORT_MANIFEST,
    MASTER,
    OVERVIEW,
    PREMASTER,
    stem_path,
)
from structure.base.progress import Progress, silent
from structure.plans.plan import SongPlan
from structure.specs.spec import HandOverSpec, MasterSpec


def export_folder(
    song: Path,
    target: Path | None = None,
    *,
    to: Sequence[str] | str | None = None,
    again: bool = False,
    cache: ClipCache | None = None,
    progress: Progress = silent,
    sign_with: Path | None = None,
    **options: Unpack[ExportOptions],
) -> HandOver:
    """Export the song in a folder to ``target``, or to the folder ``export`` in it.

    Formats and options are those of :class:`~structure.specs.spec.HandOverSpec`; what is left out is as
    the song's spec says. Formats that are there already stay; ``again`` allows files of theirs, or an
    export of another state of the song, to be replaced. Dry stems are rendered again, from ``cache`` where
    it has the clips. ``sign_with`` is a PEM file with the key and the certificates that sign audio files.

    Raises RitornelloError where the folder holds no song or no stems, where its files do not fit its plan,
    or where the target is not ours; nothing is written then.
    """
    opened = SongFolder.open(song)
    plan = opened.plan_with_style
    wanted = hand_over_options(plan.export.handover, to=to, **options)
    if Layout.of(plan, wanted).needs_stems and not plan.export.stems:
        raise FolderError(
            f"{song} has no stems", path=song, hint="render it again with export: {stems: true}"
        )
    folder = song / EXPORT_FOLDER if target is None else target
    if target is None and folder.is_symlink():
        raise FolderError(
            f"{folder} is a link to another folder", path=folder, hint="name that folder to export to it"
        )
    material = FolderMaterial(opened, cache, progress)
    signer = None if sign_with is None else Credentials.read(sign_with)
    return export_to(folder, material, wanted, replace=again, progress=progress, signer=signer)


def export_to(
    target: Path,
    material: Material,
    options: HandOverSpec,
    *,
    replace: bool = False,
    progress: Progress = silent,
    signer: Credentials | None = None,
) -> HandOver:
    """Write a hand-over to a folder, all or nothing, beside what was exported there of the same song.

    Raises RitornelloError, where ``replace`` is false also for files of the same name.
    """
    target = target.resolve()
    layout, unmoved = Layout.of(material.plan, options), None
    if layout.automated_in(REMADE):
        try:
            unmoved = material.unmoved_stems()
        except RitornelloError:  # what made the song is gone: its moves stay in its sound
            layout = Layout.of(material.plan, options, is_remixed=False)
    older = None
    if (target / EXPORT_MANIFEST).is_file():
        older = addition_to(target, layout, song_mark(material.audio(MASTER)), replace=replace)
    with stage_folder(
        target,
        layout.files(),
        replace=replace or older is not None,
        marker=EXPORT_MANIFEST,
        kept=older.kept if older else (),
    ) as work:
        made = write_handover(
            material, layout, work, progress, beside=older, signer=signer, unmoved=unmoved
        )
    return HandOver(target, made.files, made.checks, made.loudness, made.document)


@dataclass(frozen=True)
class FolderMaterial:
    """The audio of a song's folder, read when it is needed."""

    song: SongFolder
    cache: ClipCache | None = None
    progress: Progress = silent

    @property
    def plan(self) -> SongPlan:
        """Return the song's plan."""
        return self.song.plan_with_style

    def audio(self, name: str) -> Audio:
        """Read a file of the song. Raises RitornelloError where it is not as it was planned."""
        return self.song.read(name)

    def dry_stems(self) -> Mapping[str, Audio]:
        """Render the stems without their sends. Raises RitornelloError."""
        clips = self.song.lock["clips"]
        return dry_stems(self.plan, partial(song_backend, self.plan), clips, self.cache, self.progress)

    def unmoved_stems(self) -> UnmovedStems:
        """Render the stems without filters and sends that move. Raises RitornelloError."""
        clips = self.song.lock["clips"]
        return unmoved_stems(self.plan, partial(song_backend, self.plan), clips, self.cache, self.progress)

    def section_stems(self, section: SongPlan) -> Mapping[str, Audio]:
        """Render a section's stems alone. Raises RitornelloError."""
        clips = self.song.lock["clips"]
        return section_stems(section, partial(song_backend, self.plan), clips, self.cache, self.progress)

    def cover(self) -> bytes | None:
        """Read the song's picture. Raises FolderError where its credits name one that is not there."""
        own = self.song.path / OVERVIEW
        places = (self.song.path, self.song.path.parent)
        return read_cover(self.plan, places, lambda: own.read_bytes() if own.is_file() else None)

    @property
    def fingerprint(self) -> str:
        """Return the backend's fingerprint, by the song's lock."""
        return str(self.song.lock["backend"]["fingerprint"])


@dataclass(frozen=True)
class RenderedMaterial:
    """The audio of a render that is still in memory.

    It is given as the song's files hold it, so that both ways hand over the same. ``backend`` loads what
    made it.
    """

    plan: SongPlan
    result: RenderResult
    backend: Callable[[], Backend]
    cache: ClipCache | None = None
    progress: Progress = silent
    folder: Path = Path()

    def audio(self, name: str) -> Audio:
        """Return a file of the song as it would be read back."""
        files = {MASTER: self.result.master.audio, PREMASTER: self.result.premaster}
        files |= {stem_path(stem): audio for stem, audio in self.result.stems.items()}
        return as_written(files[name], self.plan.export.bit_depth)

    def dry_stems(self) -> Mapping[str, Audio]:
        """Render the stems without their sends. Raises RitornelloError."""
        return dry_stems(self.plan, self.backend, self.result.clip_keys, self.cache, self.progress)

    def unmoved_stems(self) -> UnmovedStems:
        """Render the stems without filters and sends that move. Raises RitornelloError."""
        return unmoved_stems(self.plan, self.backend, self.result.clip_keys, self.cache, self.progress)

    def section_stems(self, section: SongPlan) -> Mapping[str, Audio]:
        """Render a section's stems alone. Raises RitornelloError."""
        return section_stems(section, self.backend, self.result.clip_keys, self.cache, self.progress)

    def cover(self) -> bytes | None:
        """Draw the song's picture, or read the one beside its spec. Raises FolderError."""
        return read_cover(self.plan, (self.folder,), self._picture if self.plan.export.overview else None)

    def _picture(self) -> bytes:
        from composer.pictures.overview import write_overview

        master = self.result.master
        levels = (master.loudness_lufs, master.true_peak_dbtp)
        with TemporaryDirectory() as folder:
            write_overview(Path(folder, OVERVIEW), self.plan, master.audio, self.result.stems, levels)
            return Path(folder, OVERVIEW).read_bytes()

    @property
    def fingerprint(self) -> str:
        """Return the backend's fingerprint."""
        return self.result.backend_fingerprint


def read_cover(
    plan: SongPlan, places: Sequence[Path], own: Callable[[], bytes | None] | None
) -> bytes | None:
    """Return the picture that a song's credits name, from the first of ``places`` that has it.

    Where they name none, its ``own`` picture is returned if it has one; where they say "none", None. Raises
    FolderError where the picture is missing, or is neither a JPEG nor a PNG file.
    """
    name = plan.credits.cover
    if name is None:
        return None if own is None else own()
    if name == "none":
        return None
    path = next((folder / name for folder in places if (folder / name).is_file()), None)
    if path is None:
        raise FolderError(
            f"the cover {name} is not there", path=places[0] / name, hint=f"put it into {places[0]}"
        )
    data = path.read_bytes()
    if not data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        raise FolderError(f"{path} is neither a JPEG nor a PNG file", path=path, field="credits.cover")
    return data


def dry_stems(
    plan: SongPlan,
    backend: Callable[[], Backend],
    clips: Mapping[str, str],
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> Mapping[str, Audio]:
    """Return the stems without their sends: the same clips, levels and rides, with all sends at 0.

    ``clips`` are the keys of the song's clips by ``section/visit/stem``. Raises RitornelloError where the
    backend or the plan no longer gives the same ones, as the stems would be of another take.
    """
    result = render_song(replace(plan, master=MasterSpec()), backend(), cache, progress, with_dry=True)
    _check_clips("the dry stems", result.clip_keys, clips)
    return result.dry


def unmoved_stems(
    plan: SongPlan,
    backend: Callable[[], Backend],
    clips: Mapping[str, str],
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> UnmovedStems:
    """Return the stems whose filters or sends move, as they are without that, at their levels in the mix.

    ``clips`` are the keys of the song's clips. Raises RitornelloError where the backend or the plan no
    longer gives the same ones.
    """
    plain = replace(plan, master=MasterSpec())
    result = render_song(plain, backend(), cache, progress, with_unmoved=True)
    _check_clips("stems without moves", result.clip_keys, clips)
    return UnmovedStems(result.unmoved, result.thrown)


def section_stems(
    section: SongPlan,
    backend: Callable[[], Backend],
    clips: Mapping[str, str],
    cache: ClipCache | None = None,
    progress: Progress = silent,
) -> Mapping[str, Audio]:
    """Return the stems of one section of a song, given as a song of its own, until they have rung out.

    ``clips`` are the keys of the whole song's clips. Raises RitornelloError where the backend or the plan
    no longer gives the same ones.
    """
    result = render_song(replace(section, master=MasterSpec()), backend(), cache, progress)
    now = result.clip_keys
    _check_clips("a section alone", now, {name: key for name, key in clips.items() if name in now})
    return result.stems


def _check_clips(what: str, now: Mapping[str, str], clips: Mapping[str, str]) -> None:
    """Raise LockError where what would be played ``now`` are not the clips of a song."""
    others = [name for name in sorted(now.keys() | clips.keys()) if now.get(name) != clips.get(name)]
    if others:
        raise LockError(
            f"{what} cannot be made: what is installed here would play {others[0]} otherwise than "
            "when the song was rendered",
            field=f"clips.{others[0]}",
            hint="render it again first",
        )
