"""From a source to a song, and from a song to its files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Unpack

from composer.base.backends import song_backend
from composer.base.shown import AudioFormat, audio_bytes, player_html, song_line
from composer.folder.layout import place_in, stage_folder
from composer.folder.lock import lock_document
from composer.folder.report import file_table, report_document, report_identity, seal
from composer.folder.verify import check_folder
from composer.handover.further import Material
from composer.handover.layout import ExportOptions, Layout, hand_over_options
from composer.handover.material import RenderedMaterial, export_to
from composer.handover.write import HandOver, write_handover
from composer.history.succession import keep_older_song
from composer.sources.init_audio import copy_own_file
from composer.sources.places import locate_error
from composer.sources.source import Source, text_in_folder, understand_source
from composer.understanding.understanding import Understanding
from render.audio.types import Audio
from render.backends.base import Backend
from render.checks.check import Check
from render.checks.verify import verify_song
from render.clips.caching.cache import ClipCache
from render.clips.engine import Engine, made_on
from render.clips.players import LoadPlayer, load_player
from render.renderer import RenderResult, render_song
from structure.base.errors import CheckError, RitornelloError, UsageError, did_you_mean
from structure.base.files import write_atomically
from structure.base.jsonfile import write_json
from structure.base.names import (
    EXPORT_FOLDER,
    LOCK,
    MASTER,
    MIDI,
    MUSICXML,
    OVERVIEW,
    PLAN,
    PREMASTER,
    REPORT,
    SPEC,
    stem_path,
)
from structure.base.progress import Progress, ProgressEvent, Stopwatch, silent
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document
from structure.specs.wishes import Outcome


@dataclass(frozen=True, repr=False)
class Song:
    """A rendered song. All audio is float32 ``(2, samples)`` at :attr:`sample_rate`, full scale 1.0."""

    plan: SongPlan
    source: Source
    result: RenderResult
    timings_s: dict[str, float]
    backend: Backend | None = field(default=None, repr=False)
    cache: ClipCache | None = field(default=None, repr=False)
    understood: Understanding | None = field(default=None, repr=False)
    """What was found of its wishes before it was rendered, if anything was."""

    made_on: str = ""
    """The kind of machine that made its clips, in words; "" where it was that of this one."""

    def __repr__(self) -> str:
        return f"<Song {song_line(self.plan)}>"

    def _repr_html_(self) -> str:
        """Show the song in a notebook: what it is, and a player."""
        return player_html(song_line(self.plan), self.master, self.sample_rate)

    def to_bytes(self, format: AudioFormat = "wav", *, stem: str | None = None) -> bytes:
        """Return the master, or one stem, as a file in memory: wav or flac (24 bit), ogg or mp3.

        Raises UsageError for another format, and for a stem that the song does not have.

        >>> open("song.mp3", "wb").write(song.to_bytes("mp3"))  # doctest: +SKIP
        """
        if stem is not None and stem not in self.stems:
            hint = did_you_mean(stem, self.stems)
            raise UsageError(f"the song has no stem {stem!r}", field="stem", hint=hint)
        return audio_bytes(self.master if stem is None else self.stems[stem], self.sample_rate, format)

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.plan.grid.sample_rate

    @property
    def master(self) -> Audio:
        """The mastered song."""
        return self.result.master.audio

    @property
    def premaster(self) -> Audio:
        """The sum of the stems, before mastering."""
        return self.result.premaster

    @property
    def stems(self) -> Mapping[str, Audio]:
        """Every stem as it is in the mix, by name."""
        return self.result.stems

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """The song against its plan; what :meth:`save` reports is measured on the files instead."""
        return verify_song(self.plan, self.stems, self.premaster, self.master)

    @cached_property
    def understanding(self) -> Understanding:
        """What was understood of the description, and what became of each wish in the whole song."""
        return self.understood or understand_source(self.source, self.plan)

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each wish of the description: obeyed, impossible and why, or not understood."""
        return self.understanding.outcomes

    @property
    def report(self) -> dict[str, Any]:
        """Return what report.json holds, except for the table of files.

        It has versions, seeds, wishes, clips, timings, loudness and checks.
        """
        return self.report_on(self.checks, self.timings_s)

    def report_on(self, checks: Iterable[Check], timings_s: Mapping[str, float]) -> dict[str, Any]:
        """Return the report with other checks and times."""
        report = report_document(self.plan, self.result, checks, timings_s)
        return {**report, "understanding": self.understanding.document()}

    def save(self, folder: str | Path, *, replace: bool = False, progress: Progress = silent) -> Path:
        """Write the song's files to ``folder``, all or none; returns the folder.

        Raises FolderError where the folder is not empty, unless it holds a song of ours and
        ``replace`` is true; files of the user's own in it are kept then. Raises CheckError where the export
        that the spec asks for fails; the song is written then, and the export is not.
        """
        with stage_folder(Path(folder), folder_files(self.plan), replace=replace) as work:
            failure = write_song(self, work, progress, older=Path(folder))
        if failure is not None:
            raise failure
        return Path(folder)

    def export(
        self,
        folder: str | Path,
        to: Sequence[str] | str | None = None,
        *,
        replace: bool = False,
        progress: Progress = silent,
        **options: Unpack[ExportOptions],
    ) -> HandOver:
        """Write files for DAWs or listeners to ``folder``, all or none.

        ``to`` names formats (wav, flac, mp3, ogg, opus, m4a, reaper, dawproject, als, otio, aaf,
        game, ableton-midi, lead-sheet, lrc, srt, ustx), those of the spec if left out. ``options`` are
        ``sample_rate``, ``bit_depth``, ``dry``, ``drum_parts`` and ``sections`` as in a spec.

        Raises UsageError for what is not allowed, FolderError where the folder holds something else than an
        older export, CheckError where what was written fails a check.
        """
        wanted = hand_over_options(self.plan.export.handover, to, **options)
        material = self.material(progress)
        return export_to(Path(folder), material, wanted, replace=replace, progress=progress)

    def material(self, progress: Progress = silent) -> Material:
        """Return the song as material for the hand-over."""
        return RenderedMaterial(
            self.plan, self.result, self._load_backend, self.cache, progress, self.source.folder
        )

    def _load_backend(self) -> Backend:
        return self.backend or song_backend(self.plan)


def render_source(
    source: Source,
    plan: SongPlan,
    backend: Callable[[], Backend],
    cache: ClipCache | None = None,
    progress: Progress = silent,
    watch: Stopwatch | None = None,
    engine: Engine | None = None,
    understood: Understanding | None = None,
    load: LoadPlayer = load_player,
) -> Song:
    """Load the backend and render a planned song.

    ``load`` loads the backends that parts of the song name. ``watch`` has the times of earlier stages.
    ``engine`` makes the clips, as in :func:`render_song`. ``understood`` is what became of the song's
    wishes, if that is known already.

    Raises what loading and rendering raise, with the line of the spec that it is about, if there is one.
    """
    watch = watch or Stopwatch()
    try:
        with watch.time("load", progress):
            loaded = backend()
        result = render_song(plan, loaded, cache, progress, engine=engine, load=load)
    except RitornelloError as exc:
        raise locate_error(exc, *source.written) from exc
    timings = watch.seconds | result.timings_s
    return Song(plan, source, result, timings, loaded, cache, understood, made_on(engine))


def folder_files(plan: SongPlan) -> list[str]:
    """Return every file that a render writes into a song's folder.

    The files of the hand-over that the spec asks for are among them.
    """
    options = plan.export.handover
    handed = Layout.of(plan, options).files() if options.to else []
    return [*song_files(plan), *(f"{EXPORT_FOLDER}/{name}" for name in handed)]


def song_files(plan: SongPlan) -> list[str]:
    """Return every file that a render of ``plan`` writes, relative to its folder, in order of name.

    A style of the user's own is among them, for ``song.yaml`` to find it there.
    """
    export = plan.export
    wanted = {MASTER, PREMASTER, PLAN, REPORT, LOCK, SPEC}
    wanted |= {stem_path(stem.name) for stem in plan.stems} if export.stems else set()
    wanted |= {MIDI} if export.midi else set()
    wanted |= {MUSICXML} if export.musicxml else set()
    wanted |= {OVERVIEW} if export.overview else set()
    wanted |= {own.file.name} if (own := plan.own_style) and own.file else set()
    return sorted(wanted | set(plan.own_files))


def write_song(
    song: Song, folder: Path, progress: Progress = silent, *, older: Path | None = None
) -> CheckError | None:
    """Write every file of a song into an existing, empty folder, and check them against the plan.

    The report of the checks comes after that; the export that the spec asks for comes last.

    ``older`` is the folder that this one will replace. A song in it is kept as a version of it, and what
    the new one left alone of it is written down.

    Return what is wrong with the export, which is left out then; None otherwise.
    """
    writers = _writers(song)
    names = song_files(song.plan)
    watch = Stopwatch(song.timings_s)
    with watch.time("export"):
        for done, (name, write) in enumerate(writers.items()):
            progress(ProgressEvent("export", done, len(names), name))
            write(place_in(folder, name))
        files = file_table(folder, writers)
        digests = {name: entry["sha256"] for name, entry in files.items()}
        own = {name: file.sha256 for name, file in song.plan.own_files.items()}
        identity = report_identity(song.plan, song.result)
        lock = lock_document(names, digests, song.source, song.result, own, identity, song.made_on)
        write_json(folder / LOCK, lock)
        files = dict(sorted((files | file_table(folder, [LOCK])).items()))
    with watch.time("verify", progress):
        checks = check_folder(folder, has_report=False)
    report = song.report_on(checks, watch.seconds)
    write_json(folder / REPORT, seal({**report, "files": files}))
    if older is not None and (older / LOCK).is_file():
        keep_older_song(older, folder)
    failure = _write_export(song, folder / EXPORT_FOLDER, progress)
    progress(ProgressEvent("export", len(names), len(names)))
    return failure


def _write_export(song: Song, folder: Path, progress: Progress) -> CheckError | None:
    """Write the export that a song's spec asks for, or none of it: return what is wrong with it then."""
    options = song.plan.export.handover
    if not options.to:
        return None
    folder.mkdir()
    try:
        write_handover(song.material(progress), Layout.of(song.plan, options), folder, progress)
    except RitornelloError as exc:
        shutil.rmtree(folder)
        return CheckError(
            f"the export failed: {exc}",
            field=exc.field,
            hint="the song's files are kept; `ritornello export` makes the export alone",
        )
    return None


def _writers(song: Song) -> dict[str, Callable[[Path], None]]:
    """Return the functions that write each file but the lock and the report."""
    from render.audio.wav import write_wav
    from structure.notation.midi import write_midi
    from structure.notation.musicxml import write_musicxml

    plan, export = song.plan, song.plan.export

    def wav(audio: Audio) -> Callable[[Path], None]:
        return lambda path: write_wav(path, audio, song.sample_rate, export.bit_depth)

    writers: dict[str, Callable[[Path], None]] = {MASTER: wav(song.master), PREMASTER: wav(song.premaster)}
    if export.stems:
        # each is fetched when it is written, since they may lie on a disk
        writers |= {stem_path(name): partial(_write_stem, song, name) for name in song.stems}
    writers[PLAN] = lambda path: write_json(path, plan_document(plan))
    writers[SPEC] = lambda path: write_atomically(path, text_in_folder(song.source).encode())
    if (own := plan.own_style) and (style := own.file):
        writers[style.name] = lambda path: write_atomically(path, style.text.encode())
    writers |= {name: partial(copy_own_file, file) for name, file in plan.own_files.items()}
    if export.midi:
        writers[MIDI] = lambda path: write_midi(plan, path)
    if export.musicxml:
        writers[MUSICXML] = lambda path: write_musicxml(plan, path)
    if export.overview:
        writers[OVERVIEW] = lambda path: _draw(song, path)
    return writers


def _write_stem(song: Song, name: str, path: Path) -> None:
    from render.audio.wav import write_wav

    write_wav(path, song.stems[name], song.sample_rate, song.plan.export.bit_depth)


def _draw(song: Song, path: Path) -> None:
    from composer.pictures.overview import write_overview

    master = song.result.master
    write_overview(path, song.plan, song.master, song.stems, (master.loudness_lufs, master.true_peak_dbtp))
