"""Make the clips of a song: take those that the cache has, and let an engine make the rest.

A clip that the song needs twice is made once. A job asks a backend for a clip as it was settled: with a
guide, in pieces, spliced into what was there, and brought to the song's sample rate, time, key and level.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from threading import Event
from typing import TypeGuard

import numpy as np

from render.audio.shape import fit_length, fit_width, resample, splice
from render.audio.shelf import Pile
from render.backends.base import Backend, Heavy
from render.backends.request import Clip, ClipRequest, InitAudio
from render.clips.assembly import AssembleJob
from render.clips.caching.cache import ClipCache
from render.clips.conform import conform
from render.clips.engine import ClipJob, Engine, LocalEngine, kind_of
from render.clips.guide import GuideMaker
from render.clips.init_audio import Repaint, Vary
from render.clips.memory import make_room
from render.clips.negotiate import Approach
from render.clips.pieces import generate_in_pieces, longest_bar_samples
from render.clips.separate import Separator
from render.clips.wanted import ClipPlan, WantedClip, clip_place
from structure.base.grid import round_half_up
from structure.base.progress import Progress, ProgressEvent, Stopwatch, silent

SPARE_SHARE = 0.08
"""A clip that may have to be stretched is made longer by this share, and by a bar where it has no guide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRecord:
    """Where a clip of the song came from.

    ``reused`` says that it was not generated in this render, ``source`` how its stem was got, and
    ``backend`` from what. ``notes`` say what was done to it, ``doubts`` what seems wrong with it.
    """

    section: str
    visit: int
    stem: str
    key: str
    reused: bool
    seconds: float
    variation: float
    source: str = ""
    backend: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Return its place as ``section/visit/stem``."""
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
        self._kind = kind_of(engine)
        self.wanted: dict[str, WantedClip] = {}
        self.clips: dict[str, Clip] = {}
        self._pile = Pile()
        for clip in clip_plan.all_clips:
            self._look_up(clip)
        self.reused = frozenset(self.clips)
        self.work: dict[str, float] = {}
        """Seconds of audio of each clip that must be made."""
        self.spent = Stopwatch()

    def _look_up(self, clip: WantedClip) -> None:
        """Take a clip from the cache; where it is not there, before it those that it is put together of."""
        if clip.key in self.wanted:
            return
        known = self.recall(clip.key, clip.request)
        if known is not None:
            self.keep(clip.key, known)
        else:
            for piece in clip.pieces:
                if piece is not None:
                    self._look_up(piece)
        self.wanted[clip.key] = clip

    def keep(self, key: str, clip: Clip) -> None:
        """Keep a clip; those of a long song lie on the disk."""
        self.clips[key] = replace(clip, audio=self._pile.put(clip.audio))

    def recall(self, key: str, request: ClipRequest) -> Clip | None:
        """Return a clip that the cache has, if it is the one that is asked for."""
        return self._cache.get(key, partial(_fits, request), self._kind)

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
                    self._cache.put(key, clip, self._kind)
                    self.keep(key, clip)
                    self.spent.add(clip.seconds_by_stage)
                    self.report()
        except BaseException:
            stop.set()
            with suppress(Exception):  # the caller is told what stopped this, not what followed
                for key, clip in made:
                    if key in keys:
                        self._cache.put(key, clip, self._kind)
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
    bases = {clip.base: clip.request for clip in derived.values() if not clip.turns}
    for key in bases.keys() - found.clips.keys():
        if (base := found.recall(key, bases[key])) is not None:
            found.keep(key, base)
    assembled = {clip.key: clip for clip in missing if clip.assembly is not None}
    asked = [clip for clip in missing if not clip.turns and clip.assembly is None]
    first = {key: clip for clip in asked if (key := clip.base or clip.key) not in found.clips}
    made = first | assembled | derived
    found.work = {key: clip.seconds for key, clip in made.items()}

    found.report()
    held = [clip.maker for clip in clip_plan.all_clips]
    varied = {key: clip for key, clip in derived.items() if clip.vary is not None}
    _collect_by_model(found, [_generate_job(clip_plan, key, clip) for key, clip in first.items()], held)
    _collect_by_model(found, _derive_jobs(clip_plan, varied.values(), found.clips), held)
    for clip in missing:
        if clip.assembly is not None:  # its pieces come before it
            pieces = tuple(None if piece is None else found.clips[piece.key] for piece in clip.pieces)
            job = AssembleJob(key=clip.key, request=clip.request, assembly=clip.assembly, clips=pieces)
            found.collect([job], {clip.key})
    others = [clip for key, clip in derived.items() if key not in varied]
    _collect_by_model(found, _derive_jobs(clip_plan, others, found.clips), held)

    # what seems wrong with clips is said once for each section and stem
    records = tuple(_record_clips(clip_plan.all_clips, found.clips, found.reused))
    doubts = dict.fromkeys((r.section, r.stem, doubt) for r in records for doubt in r.doubts)
    warnings = [*clip_plan.warnings, *(f"{section}, {stem}: {doubt}" for section, stem, doubt in doubts)]
    if cache.damaged:
        warnings.append(f"damaged clips in the cache, made anew: {cache.damaged}")
    if cache.failure:
        warnings.append(f"clips could not be kept in the cache: {cache.failure}")
    return MadeClips(
        clips={clip.key: found.clips[clip.key] for clip in clip_plan.all_clips},
        records=records,
        seconds_by_stage=found.spent.seconds,
        warnings=tuple(warnings),
    )


def _collect_by_model(
    found: _Collector, jobs: Sequence[GenerateJob | SeparateJob], held: Sequence[Backend]
) -> None:
    """Collect the clips of jobs, those of one big model after those of another.

    ``held`` are backends whose weights may be in memory. Where there is only one big model, all jobs are
    collected at once.
    """
    big = {id(job.backend): job.backend for job in jobs if _is_of_model(job)}
    batches = [(one, [job for job in jobs if getattr(job, "backend", None) is one]) for one in big.values()]
    others = [job for job in jobs if not _is_of_model(job)]
    if len(batches) == 1:  # an engine that has many machines is best told of all at once
        batches, others = [(batches[0][0], list(jobs))], []
    if others:
        found.collect(others, {key for job in others for key in job.keys})
    for model, mine in batches:
        make_room(model, held)
        found.collect(mine, {key for job in mine for key in job.keys})


def _is_of_model(job: GenerateJob | SeparateJob) -> TypeGuard[GenerateJob]:
    return isinstance(job, GenerateJob) and isinstance(job.backend, Heavy)


def _generate_job(clip_plan: ClipPlan, key: str, clip: WantedClip) -> GenerateJob:
    return GenerateJob(
        key=key, approach=clip.approach, backend=clip.maker, guides=clip_plan.guides, place=clip.place
    )


def _derive_jobs(
    clip_plan: ClipPlan, derived: Iterable[WantedClip], clips: Mapping[str, Clip]
) -> list[GenerateJob | SeparateJob]:
    """Return the jobs for clips that are made of others, which are there by now.

    Each mix is taken apart once, into all the stems that are wanted of it.
    """
    jobs: list[GenerateJob | SeparateJob] = []
    stems: dict[str, dict[str, tuple[str, ...]]] = {}
    for clip in derived:
        if clip.parts is not None:
            stems.setdefault(clip.base, {})[clip.key] = clip.parts
        elif clip.turns:
            begins = InitAudio(clips[clip.base].audio, 1.0)
            request = replace(clip.approach.request, init=begins)
            turned = replace(clip, approach=replace(clip.approach, request=request))
            jobs.append(_generate_job(clip_plan, clip.key, turned))
        else:
            job = _generate_job(clip_plan, clip.key, clip)
            jobs.append(replace(job, repaint=clip.repaint, vary=clip.vary, kept=clips[clip.base]))
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
            backend=item.maker.name,
            notes=clip.notes,
            doubts=clip.doubts,
        )
        seen.add(item.key)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GenerateJob:
    """Ask a backend for a clip. With ``kept``, the clip as it was, ``repaint`` or ``vary`` it instead.

    ``place`` is where it is first heard, for those who are told of it.
    """

    key: str
    approach: Approach
    backend: Backend
    guides: GuideMaker
    repaint: Repaint | None = None
    vary: Vary | None = None
    kept: Clip | None = None
    place: str = ""

    @property
    def thread_safe(self) -> bool:
        """Return whether the backend may run beside others in one process."""
        return self.backend.capabilities.thread_safe

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the key of its clip."""
        return (self.key,)

    def make(self) -> Mapping[str, Clip]:
        """Return the clip. Raises RuntimeError where the backend breaks its contract."""
        asked = self.approach.request
        if self.vary is not None and self.kept is not None:
            varied = replace(
                self.approach, request=self.vary.request(asked, self.kept), guide=None, conforms=False
            )
            return {
                self.key: self.vary.level(
                    self.kept, generate_clip(self.backend, varied, self.guides), asked
                )
            }
        if self.repaint is None or self.kept is None:
            return {self.key: generate_clip(self.backend, self.approach, self.guides)}
        if self.backend.capabilities.inpaints and self.approach.guide is None:
            new = replace(self.approach, request=self.repaint.request_inpainting(asked, self.kept))
            return {self.key: generate_clip(self.backend, new, self.guides)}
        other = replace(self.approach, request=self.repaint.request_other_take(asked))
        return {self.key: self.repaint.splice(self.kept, generate_clip(self.backend, other, self.guides))}


@dataclass(frozen=True, slots=True, eq=False)
class SeparateJob:
    """Take a mix apart. ``stems`` maps the content key of each stem to its parts of the mix."""

    mix: Clip
    separator: Separator
    stems: Mapping[str, tuple[str, ...]]

    @property
    def thread_safe(self) -> bool:
        """Return False: a separator may seed the random numbers of the whole process."""
        return False

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys of its stems."""
        return tuple(self.stems)

    def make(self) -> Mapping[str, Clip]:
        """Return the stems, stereo and as long as the mix."""
        separated = self.separator.separate(self.mix.audio, self.mix.sample_rate)
        clips = {}
        for key, parts in self.stems.items():
            audio = np.zeros((2, self.mix.audio.shape[1]), dtype=np.float32)
            for part in parts:
                audio += separated[part]
            notes = (*self.mix.notes, f"from the mix: {', '.join(parts) or 'nothing'}")
            clips[key] = replace(self.mix, audio=audio, notes=notes, seconds_by_stage={})
        return clips


def count_spare_samples(approach: Approach) -> int:
    """Return the samples by which a clip is made longer than it will be."""
    if not approach.conforms:
        return 0
    request = approach.request
    spare = round(SPARE_SHARE * request.total_samples)
    if approach.guide is None:
        spare += round_half_up(longest_bar_samples(request))
    return spare


def generate_clip(backend: Backend, approach: Approach, guides: GuideMaker) -> Clip:
    """Return a clip of the request's length and sample rate, with the time that the backend spent on it.

    Raises RuntimeError where the backend breaks its contract.
    """
    request = approach.request
    longest = int(backend.capabilities.longest_clip_s * request.grid.sample_rate)
    spare = max(0, min(count_spare_samples(approach), longest - request.total_samples))
    asked = replace(request, tail_samples=request.tail_samples + spare)
    if approach.guide is not None:
        guide = guides.make_guide(approach.guide.kind, approach.sources)
        audio = fit_length(guide, asked.total_samples)
        asked = replace(asked, init=InitAudio(audio, approach.guide.strength))

    if approach.pieces:
        made = generate_in_pieces(partial(_generate, backend), backend.capabilities, asked, approach.pieces)
    else:
        made = _generate(backend, asked)
    if approach.kept is not None:
        # the clip inside the ranges to repaint, and the audio that was there outside of them
        kept = fit_width(approach.kept.audio, len(made.audio))
        repaint = approach.kept.repaint or ()
        made = replace(
            made,
            audio=splice(kept, fit_length(made.audio, kept.shape[1]), repaint, request.grid.sample_rate),
        )

    if not approach.conforms:
        return made
    fitted = conform(made.audio, request, approach.sources, guided=approach.guide is not None)
    return replace(made, audio=fitted.audio, notes=fitted.notes, doubts=fitted.doubts)


def _fits(request: ClipRequest, clip: Clip) -> bool:
    """Return whether a kept clip has the length, rate and downbeat that are asked for."""
    return (clip.audio.shape[1], clip.sample_rate, clip.downbeat_sample) == (
        request.total_samples,
        request.grid.sample_rate,
        request.pre_roll_samples,
    )


def _generate(backend: Backend, request: ClipRequest) -> Clip:
    """Return what the backend gives, checked, at the request's sample rate: (1 or 2, total_samples).

    Raises RuntimeError unless the clip has the length and the downbeat that were asked for.
    """
    clip = backend.generate(request)
    rate = request.grid.sample_rate

    # as they are at the clip's own rate; where that is not the song's, a sample of rounding is allowed
    ratio = Fraction(clip.sample_rate, rate)
    slack = 0 if ratio == 1 else 1
    length, downbeat = (round_half_up(ratio * n) for n in (request.total_samples, request.pre_roll_samples))
    shape = clip.audio.shape
    if len(shape) != 2 or shape[0] not in (1, 2) or abs(shape[1] - length) > slack:
        raise RuntimeError(
            f"backend {backend.name!r} gave {shape} at {clip.sample_rate} Hz, not (1 or 2, {length})"
        )
    if abs(clip.downbeat_sample - downbeat) > slack:
        raise RuntimeError(
            f"backend {backend.name!r} put the downbeat on sample {clip.downbeat_sample}, not {downbeat}"
        )
    if not np.all(np.isfinite(clip.audio)):
        raise RuntimeError(f"backend {backend.name!r} gave samples that are not numbers")

    audio = np.ascontiguousarray(clip.audio, dtype=np.float32)
    if clip.sample_rate != rate:  # to the sample; rounding is made up for at the end
        audio = fit_length(resample(audio, clip.sample_rate, rate), request.total_samples)
    return Clip(audio, rate, request.pre_roll_samples, seconds_by_stage=clip.seconds_by_stage)
