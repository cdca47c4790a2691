"""What the processes of a batch do: plan a song, make it whole, and measure how fast this machine is."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from composer.base.backends import find_song_backend, song_backend
from composer.base.pace import Expected, TimeLeft
from composer.batch.alternates import make_alternates
from composer.batch.cuts import make_cuts
from composer.batch.items import Item
from composer.batch.settled import AS_WRITTEN, Choice, source_of
from composer.batch.tunes import ChorusTune, chorus_tune, main_visit
from composer.batch.words.about import facts
from composer.batch.words.names import titles_for
from composer.batch.workers import Tell
from composer.engine import choose_engine
from composer.folder.layout import stage_folder
from composer.folder.lock import check_lock, spec_hash
from composer.folder.song import SongFolder
from composer.rendering.song import folder_files, render_source, write_song
from composer.sources.source import Source, plan_source
from render.backends import backend_entry
from render.backends.base import Backend
from render.backends.devices import has_gpu
from render.clips.caching.cache import ClipCache, open_shared
from render.clips.engine import Engine
from render.clips.unloaded import find_player
from render.clips.wanted import ClipPlan
from render.renderer import render_song
from structure.base.errors import RitornelloError
from structure.base.files import sha256_if_there
from structure.base.names import LOCK, REPORT
from structure.base.progress import ProgressEvent, Stopwatch
from structure.plans.excerpt import excerpt
from structure.plans.plan import SongPlan

_TELL_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Draft:
    """What a plan says of a song before it is made.

    It has titles that suit the song, the tune of its chorus, its length in seconds, its number of stems,
    and how many seconds each stage takes on an ordinary machine. ``clips_there`` is the share of the
    clips, by their length, that a cache has.
    """

    titles: tuple[str, ...]
    written_title: str | None
    tune: ChorusTune | None
    seed: int
    seconds: float
    stems: int
    expected_s: Mapping[str, float]
    clips_there: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanTask:
    """Plan a song; look for its clips where ``clips`` says that they are kept."""

    item: Item
    choice: Choice = AS_WRITTEN
    clips: Clips | None = None

    def run(self, _tell: Tell) -> Draft:
        """Return what is to be known of it. Raises RitornelloError where there can be no such song."""
        source = source_of(self.item, self.choice)
        plan = plan_source(source)
        draft = draft_of(source, plan)
        if self.clips is None or self.clips.cache is None:
            return draft
        there = share_kept(plan, self.clips)
        left_s = draft.expected_s["clips"] * (1.0 - there)
        return replace(draft, clips_there=there, expected_s={**draft.expected_s, "clips": left_s})


def share_kept(plan: SongPlan, clips: Clips) -> float:
    """Return which share of the clips of a song, by their length, is in the cache of this machine."""
    backend = clips.backend or find_song_backend(plan)
    cache = ClipCache(clips.cache)
    whole = kept = 0.0
    for clip in ClipPlan.of(plan, backend, load=find_player).all_clips:
        is_kept = cache.has(clip.key)
        for one in clip.source_clips:
            whole += one.seconds
            kept += one.seconds if is_kept or cache.has(one.key) else 0.0
    return kept / whole if whole else 0.0


def draft_of(source: Source, plan: SongPlan) -> Draft:
    """Return what is to be known of a planned song."""
    return Draft(
        titles_for(plan, source.spec.title),
        source.spec.title,
        chorus_tune(plan),
        plan.seed,
        plan.total_samples / plan.grid.sample_rate,
        len(plan.stems),
        dict(Expected.of_song(plan).seconds),
    )


@dataclass(frozen=True, slots=True)
class Clips:
    """Where clips are made and kept.

    It has the folder of a cache, its bound in bytes, the URL of a cache behind it that machines share, and
    an engine. ``backend`` replaces the one of each spec.
    """

    cache: Path | None = None
    limit_bytes: int | None = None
    shared: str | None = None
    engine: str = "local"
    address: str | None = None
    backend: Backend | None = None

    def open(self) -> ClipCache:
        """Return the cache; one that does not last where there is no folder."""
        if self.cache is None:
            return ClipCache(None, self.limit_bytes)
        return ClipCache(self.cache, self.limit_bytes, open_shared(self.shared))


HOME = Clips()
"""On this machine; nothing is kept."""


@dataclass(frozen=True, slots=True)
class Made:
    """A song that is there.

    ``row`` is what the table says of it, ``seconds`` how long it took; None where it was there already.
    """

    row: Mapping[str, Any]
    seconds: float | None


@dataclass(frozen=True, slots=True)
class MakeTask:
    """Make a song in its folder, with its cuts and other versions, unless all of it is there already.

    ``may_replace`` says that an older song of the batch in that folder gives way.
    """

    item: Item
    choice: Choice
    folder: Path
    clips: Clips = HOME
    cuts: tuple[float, ...] = ()
    alternates: tuple[str, ...] = ()
    may_replace: bool = False

    def run(self, tell: Tell) -> Made:
        """Return what became of it. Raises RitornelloError where it cannot be made."""
        begun = time.perf_counter()
        source = source_of(self.item, self.choice)
        is_there = holds_song(self.folder, source)
        cache = self.clips.open()
        if not is_there:
            self._render(source, cache, tell)
        song = SongFolder.open(self.folder)
        further = make_cuts(song, self.cuts)
        load = _backend(self.clips, song.plan)
        other = make_alternates(song, self.alternates, load, cache)
        is_new = not is_there or further.is_new or other.is_new
        row = {**song_row(song), "cuts": further.files, "alternates": other.files}
        notes = [*further.notes, *other.notes]
        return Made(row | {"notes": notes}, time.perf_counter() - begun if is_new else None)

    def _render(self, source: Source, cache: ClipCache, tell: Tell) -> None:
        watch = Stopwatch()
        with watch.time("plan"):
            plan = plan_source(source)
        progress = _Telling(tell, Expected.of_song(plan))
        with stage_folder(self.folder, folder_files(plan), replace=self.may_replace) as work:
            load = _backend(self.clips, plan)
            song = render_source(
                source, plan, load, cache, progress, watch, _engine(self.clips.engine, self.clips.address)
            )
            failure = write_song(song, work, progress, older=self.folder)
        if failure is not None:
            raise failure


def _backend(clips: Clips, plan: SongPlan) -> Callable[[], Backend]:
    given = clips.backend
    return (lambda: given) if given is not None else partial(song_backend, plan)


def holds_song(folder: Path, source: Source) -> bool:
    """Return whether a folder holds the song of a source, every file of it as it was rendered."""
    if not (folder / LOCK).is_file():
        return False
    try:
        song = SongFolder.open(folder)
        if song.lock.get("spec_sha256") != spec_hash(source.spec) or not (folder / REPORT).is_file():
            return False
        locked = {**song.lock.get("init_audio", {}), **song.lock.get("part_files", {})}
        own = {**source.init_files, **source.part_files, **source.recording_files}
        if any(sha256_if_there(file.path) != locked.get(name) for name, file in own.items()):
            return False
        return check_lock(folder).passed is True
    except (OSError, RitornelloError):
        return False


def song_row(song: SongFolder) -> dict[str, Any]:
    """Return what the table says of a song in a folder."""
    report = song.report
    failed = [check["name"] for check in report["checks"] if check["passed"] is False]
    measured = [check for check in report["checks"] if check["passed"] is not None]
    loudness = report["loudness"]
    return {
        "title": song.plan.title,
        **facts(song.plan),
        "loudness_lufs": loudness["integrated_lufs"],
        "true_peak_dbtp": loudness["true_peak_dbtp"],
        "checks": f"{len(measured) - len(failed)} of {len(measured)}",
        "failed_checks": failed,
        "warnings": list(report["warnings"]),
    }


class _Telling:
    """Tells how much of a song is done, and which stage comes next; not more often than anybody can read.

    What is told is a share, 0…1, of the time; the stage; and the seconds that all of the song takes on an
    ordinary machine, with what it takes to begin, or None before that is known.
    """

    def __init__(self, tell: Tell, expected: Expected, clock: Callable[[], float] = time.monotonic) -> None:
        self._tell, self._clock = tell, clock
        self._left = TimeLeft([expected], clock)
        self._begun, self._last = clock(), -math.inf

    def __call__(self, event: ProgressEvent) -> None:
        self._left.take(event)
        now = self._clock()
        if now - self._last < _TELL_EVERY_S:
            return
        self._last = now
        left, pace = self._left.seconds(), self._left.pace()
        if left is None or pace is None:
            self._tell((0.0, event.stage, None))
            return
        whole = now - self._begun + left
        self._tell((1.0 - left / whole if whole else 1.0, event.stage, whole / pace))


@dataclass(frozen=True, slots=True)
class Pace:
    """How many times longer things take here than on an ordinary machine, on one processor, or on a GPU."""

    times: float
    is_gpu: bool = False


@dataclass(frozen=True, slots=True)
class CalibrateTask:
    """Make a few bars of a song, without the cache, to see how fast this machine is."""

    item: Item
    choice: Choice = AS_WRITTEN
    backend: Backend | None = None

    def run(self, _tell: Tell) -> Pace:
        """Return how fast it is."""
        plan = plan_source(source_of(self.item, self.choice))
        visit = main_visit(plan)
        part = excerpt(plan, [f"{visit.place.name}:{visit.place.index}"])
        backend = _backend(Clips(backend=self.backend), part)()
        small = excerpt(part, [part.visits[0].place.label])
        render_song(replace(small, stems=small.stems[:1]), backend, ClipCache(limit_bytes=0))  # warms up
        begun = time.perf_counter()
        render_song(part, backend, ClipCache(limit_bytes=0))
        spent = time.perf_counter() - begun
        expected = Expected.of_song(part).seconds
        usual = sum(expected[stage] for stage in ("clips", "mix", "master"))
        wants_gpu = self.backend is None and backend_entry(part.render.backend).wants_gpu
        return Pace(spent / usual, is_gpu=wants_gpu and has_gpu())


@cache
def _engine(name: str, address: str | None) -> Engine:
    """Return what makes clips; a process that makes many songs reaches a cluster once."""
    return choose_engine(name, address)
