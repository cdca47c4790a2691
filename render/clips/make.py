"""Make the clips of a song: reuse what the cache has, and let an engine make the rest.

A clip that the song needs twice is made once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from threading import Event

from render.backends.request import Clip
from render.clips.cache import ClipCache
from render.clips.engine import ClipJob, Engine, GenerateJob, LocalEngine, SeparateJob
from render.clips.wanted import ClipPlan, WantedClip, clip_place
from structure.base.progress import Progress, ProgressEvent, Stopwatch, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """Where a clip of the song came from. ``reused`` says that it was not generated in this render,
    ``source`` how its stem was got, ``notes`` what was done to it, ``doubts`` what seems wrong with it."""

    section: str
    visit: int
    stem: str
    key: str
    reused: bool
    seconds: float
    variation: float
    source: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """``section/visit/stem``."""
        return clip_place(self.section, self.visit, self.stem)


@dataclass(frozen=True, slots=True)
class MadeClips:
    """Every clip of a song once, by key, and a record for each place in which it is used.

    ``seconds_by_stage`` is what the backend spent on those that were made now. ``warnings`` say in words
    what the backend cannot do, what seems wrong with clips, and what went wrong with the cache.
    """

    clips: dict[str, Clip]
    records: tuple[ClipRecord, ...]
    seconds_by_stage: Mapping[str, float]
    warnings: tuple[str, ...]


class _Collector:
    """Takes in what an engine makes, and keeps it. ``clips`` has all clips that are there, by key."""

    def __init__(self, clip_plan: ClipPlan, cache: ClipCache, progress: Progress, engine: Engine) -> None:
        self._cache = cache
        self._progress = progress
        self._engine = engine
        self.wanted = {clip.key: clip for clip in clip_plan.wanted}
        self.clips = {key: clip for key in self.wanted if (clip := cache.get(key)) is not None}
        self.reused = frozenset(self.clips)
        self.work: dict[str, float] = {}
        """Seconds of audio of each clip that must be made."""
        self.spent = Stopwatch()

    def report(self) -> None:
        """Tell how far the clips are."""
        coming = next((clip for key, clip in self.wanted.items() if key not in self.clips), None)
        self._progress(
            ProgressEvent(
                "clips",
                sum(key in self.clips for key in self.wanted),
                len(self.wanted),
                "" if coming is None else f"{coming.visit.place.label}: {coming.stem.name}",
                sum(seconds for key, seconds in self.work.items() if key in self.clips),
                sum(self.work.values()),
            )
        )

    def collect(self, jobs: Sequence[ClipJob], keys: Set[str]) -> None:
        """Let the engine run jobs, whose clips have these keys, and keep each clip at once."""
        stop = Event()
        made = self._engine.clips(jobs, stop)
        try:
            for key, clip in made:
                if key not in keys:
                    raise RuntimeError(f"the engine gave a clip that nobody asked for: {key}")
                if key not in self.clips:
                    self._cache.put(key, clip)
                    self.clips[key] = clip
                    self.spent.add(clip.seconds_by_stage)
                    self.report()
        except BaseException:
            stop.set()
            with suppress(Exception):  # the caller is told what stopped this, not what followed
                for key, clip in made:
                    if key in keys:
                        self._cache.put(key, clip)
            raise
        if lost := keys - self.clips.keys():
            raise RuntimeError(f"the engine gave {len(keys) - len(lost)} of {len(keys)} clips")


def make_clips(
    clip_plan: ClipPlan, cache: ClipCache, progress: Progress = silent, engine: Engine | None = None
) -> MadeClips:
    """Make every clip of a song that the cache does not have, on this machine where ``engine`` is left out.

    Progress counts all clips, but weighs only those that must be made, which take the time. Whoever
    interrupts finds what was made in the cache. Raises RuntimeError where the backend or the engine breaks
    its contract, and whatever else the engine raises.
    """
    found = _Collector(clip_plan, cache, progress, engine or LocalEngine())
    missing = [clip for key, clip in found.wanted.items() if key not in found.clips]
    derived = {clip.key: clip for clip in missing if clip.base}
    for key in {clip.base for clip in derived.values()} - found.clips.keys():
        if (base := cache.get(key)) is not None:
            found.clips[key] = base
    first = {key: clip for clip in missing if (key := clip.base or clip.key) not in found.clips}
    found.work = {key: clip.seconds for key, clip in (first | derived).items()}

    found.report()
    found.collect([_generate_job(clip_plan, key, clip) for key, clip in first.items()], first.keys())
    found.collect(_derive_jobs(clip_plan, derived.values(), found.clips), derived.keys())

    records = tuple(_record_clips(clip_plan.wanted, found.clips, found.reused))
    return MadeClips(
        clips={key: found.clips[key] for key in found.wanted},
        records=records,
        seconds_by_stage=found.spent.seconds,
        warnings=(*clip_plan.warnings, *_describe_doubts(records), *_describe_cache_faults(cache)),
    )


def _generate_job(clip_plan: ClipPlan, key: str, clip: WantedClip) -> GenerateJob:
    return GenerateJob(key=key, approach=clip.approach, backend=clip_plan.backend, guides=clip_plan.guides)


def _derive_jobs(
    clip_plan: ClipPlan, derived: Iterable[WantedClip], clips: Mapping[str, Clip]
) -> list[ClipJob]:
    """Return the jobs for clips that are made of others, which are there by now: each mix is taken apart
    once, into all the stems that are wanted of it."""
    jobs: list[ClipJob] = []
    stems: dict[str, dict[str, tuple[str, ...]]] = {}
    for clip in derived:
        if clip.parts is not None:
            stems.setdefault(clip.base, {})[clip.key] = clip.parts
        else:
            job = _generate_job(clip_plan, clip.key, clip)
            jobs.append(replace(job, repaint=clip.repaint, kept=clips[clip.base]))
    if clip_plan.separator is not None:
        jobs += [SeparateJob(clips[mix], clip_plan.separator, parts) for mix, parts in stems.items()]
    return jobs


def _record_clips(
    wanted: Iterable[WantedClip], clips: Mapping[str, Clip], reused: Set[str]
) -> Iterator[ClipRecord]:
    """Yield a record for each place; the first place of a clip is where it was made."""
    seen = set(reused)
    for item in wanted:
        clip = clips[item.key]
        yield ClipRecord(
            section=item.visit.place.name,
            visit=item.visit.place.index,
            stem=item.stem.name,
            key=item.key,
            reused=item.key in seen,
            seconds=round(item.seconds, 3),
            variation=item.visit.sound.variation,
            source=item.source,
            notes=clip.notes,
            doubts=clip.doubts,
        )
        seen.add(item.key)


def _describe_doubts(records: Iterable[ClipRecord]) -> tuple[str, ...]:
    """Say what seems wrong with clips, once for each section and stem."""
    told = {(r.section, r.stem, doubt): None for r in records for doubt in r.doubts}
    return tuple(f"{section}, {stem}: {doubt}" for section, stem, doubt in told)


def _describe_cache_faults(cache: ClipCache) -> tuple[str, ...]:
    """Say what went wrong with the cache; the song is none the worse for it."""
    warnings = []
    if cache.damaged:
        warnings.append(f"damaged clips in the cache, made anew: {cache.damaged}")
    if cache.failure:
        warnings.append(f"clips could not be kept in the cache: {cache.failure}")
    return tuple(warnings)
