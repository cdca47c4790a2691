"""From a plan to a master: ask for clips, stitch each stem, mix, sum, master."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd

import numpy as np
from scipy.signal import resample_poly

from render.backends.base import Backend
from render.cache import ClipCache
from render.latents import LatentRecipe
from render.master import Master, master_song
from render.mix import mix_stem, sum_stems
from render.progress import Progress, ProgressEvent, silent
from render.request import Audio, Clip, ClipRequest
from render.stitch import PlacedClip, stitch
from structure.errors import RitornelloError
from structure.plan import SongPlan, StemPlan, Visit
from structure.seeds import derive_seed

PRE_ROLL_S = 0.1
"""Least pre-roll of a clip; half a crossfade where that is longer."""

CLIP_TAIL_S = 2.5
"""How long a clip goes on after its section, for what rings."""


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """Where a clip of the song came from. ``reused`` says that it was not generated in this render."""

    section: str
    visit: int
    stem: str
    key: str
    reused: bool
    seconds: float
    variation: float


@dataclass(frozen=True, slots=True)
class RenderResult:
    """Everything that a render makes; all audio is (2, total_samples) at the plan's sample rate.

    ``timings_s`` maps stages to seconds of wall time.
    """

    stems: dict[str, Audio]
    premaster: Audio
    master: Master
    clips: tuple[ClipRecord, ...]
    backend: str
    backend_fingerprint: str
    timings_s: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """One clip of the song: what to ask for and where it goes."""

    visit: Visit
    stem: StemPlan
    request: ClipRequest
    key: str


@dataclass(slots=True)
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - begun


def clip_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """What is asked of the backend for one stem of one visit; says nothing of where it stands."""
    grid = plan.grid
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    return ClipRequest(
        role=stem.role,
        prompt=visit.prompts.get(stem.name, stem.prompt),
        negative_prompt=visit.negative_prompts.get(stem.name, stem.negative_prompt),
        notes=visit.score.parts[stem.name].notes,
        grid=grid,
        body_quarters=visit.bars * grid.meter.bar_quarters,
        pre_roll_samples=pre_roll,
        tail_samples=round(CLIP_TAIL_S * grid.sample_rate),
        latent=LatentRecipe(
            derive_seed(visit.seed, stem.name),
            derive_seed(visit.variation_seed, stem.name),
            visit.variation,
        ).canonical(),
        steps=plan.render.steps,
        guidance=plan.render.guidance,
    )


def _wanted_clips(plan: SongPlan, backend: Backend) -> list[_Wanted]:
    """All clips of the song in its order; silent stems have none."""
    wanted = []
    for visit in plan.visits:
        for stem in plan.stems:
            part = visit.score.parts.get(stem.name)
            if part is None or not part.notes:
                continue
            request = clip_request(plan, visit, stem)
            _check_length(request, visit, backend)
            wanted.append(_Wanted(visit, stem, request, request.content_hash(backend.fingerprint)))
    return wanted


def _check_length(request: ClipRequest, visit: Visit, backend: Backend) -> None:
    seconds = request.total_samples / request.grid.sample_rate
    longest = backend.capabilities.longest_clip_s
    if seconds > longest:
        raise RitornelloError(
            f"section {visit.name!r} lasts {seconds:.1f} s with its pre-roll and tail, but the backend "
            f"{backend.name!r} makes clips of at most {longest:.1f} s; give the section fewer bars"
        )


def _generate(backend: Backend, request: ClipRequest) -> Clip:
    """A clip at the song's sample rate, checked."""
    clip = backend.generate(request)
    if clip.sample_rate != request.grid.sample_rate:
        clip = _resampled(clip, request)
    wanted = request.total_samples
    if clip.audio.ndim != 2 or clip.audio.shape[1] != wanted or clip.audio.shape[0] not in (1, 2):
        raise RuntimeError(f"backend {backend.name!r} gave {clip.audio.shape}, not (1 or 2, {wanted})")
    if not np.all(np.isfinite(clip.audio)):
        raise RuntimeError(f"backend {backend.name!r} gave samples that are not numbers")
    return clip


def _resampled(clip: Clip, request: ClipRequest) -> Clip:
    """The clip at the song's rate, cut or padded to the sample."""
    rate = request.grid.sample_rate
    common = gcd(rate, clip.sample_rate)
    audio = resample_poly(clip.audio, rate // common, clip.sample_rate // common, axis=1)
    missing = request.total_samples - audio.shape[1]
    audio = np.pad(audio, ((0, 0), (0, max(0, missing))))[:, : request.total_samples]
    return Clip(np.asarray(audio, dtype=np.float32), rate, request.pre_roll_samples)


def _make_clips(
    wanted: list[_Wanted], backend: Backend, cache: ClipCache, progress: Progress
) -> tuple[dict[str, Clip], list[ClipRecord]]:
    """Every clip once, and a record for each place in which it is used."""
    clips: dict[str, Clip] = {}
    records = []
    lengths = {w.key: w.request.total_samples / w.request.grid.sample_rate for w in wanted}
    total_work, work = sum(lengths.values()), 0.0
    for item in wanted:
        reused = item.key in clips
        if not reused:
            detail = f"{item.visit.label}: {item.stem.name}"
            progress(ProgressEvent("clips", len(clips), len(lengths), detail, work, total_work))
            clip = cache.get(item.key)
            reused = clip is not None
            if clip is None:
                clip = _generate(backend, item.request)
                cache.put(item.key, clip)
            clips[item.key] = clip
            work += lengths[item.key]
        visit = item.visit
        seconds = round(lengths[item.key], 3)
        records.append(
            ClipRecord(visit.name, visit.index, item.stem.name, item.key, reused, seconds, visit.variation)
        )
    progress(ProgressEvent("clips", len(lengths), len(lengths), "", total_work, total_work))
    return clips, records


def _placed(
    plan: SongPlan, stem: StemPlan, wanted: list[_Wanted], clips: dict[str, Clip], rings: bool
) -> list[PlacedClip]:
    """The clips of one stem with the joins around them."""
    mine = [w for w in wanted if w.stem is stem]
    sounding = {w.visit.start_bar for w in mine}
    ending = {w.visit.end_bar for w in mine}
    placed = []
    for item in mine:
        start, end = plan.bounds(item.visit)
        clip = clips[item.key]
        placed.append(
            PlacedClip(
                clip.audio,
                clip.downbeat_sample,
                start,
                end,
                attack=any(note.onset == 0 for note in item.request.notes),
                rings=rings,
                joined_before=item.visit.start_bar in ending,
                joined_after=item.visit.end_bar in sounding,
            )
        )
    return placed


def fade_samples(plan: SongPlan) -> int:
    """Length of the song's crossfades in samples, from their length in beats."""
    beats = Fraction(str(plan.render.crossfade_beats))
    return plan.grid.sample_at(beats * plan.meter.beat_quarters)


def render_song(
    plan: SongPlan, backend: Backend, cache: ClipCache | None = None, progress: Progress = silent
) -> RenderResult:
    """Render a planned song. Clips that are in ``cache`` are not made again.

    Raises RitornelloError where a section is longer than the backend's longest clip, and
    RuntimeError where the backend breaks its contract.
    """
    cache = ClipCache() if cache is None else cache
    clock = _Clock()
    rate, total = plan.grid.sample_rate, plan.total_samples
    with clock.stage("clips"):
        wanted = _wanted_clips(plan, backend)
        clips, records = _make_clips(wanted, backend, cache, progress)
    stems: dict[str, Audio] = {}
    for index, stem in enumerate(plan.stems):
        progress(ProgressEvent("mix", index, len(plan.stems), stem.name))
        with clock.stage("stitch"):
            placed = _placed(plan, stem, wanted, clips, backend.capabilities.follows_score)
            channels = max((p.audio.shape[0] for p in placed), default=1)
            song = stitch(placed, total, fade_samples(plan), rate, channels)
        with clock.stage("mix"):
            stems[stem.name] = mix_stem(song, stem, rate)
    clips.clear()
    with clock.stage("mix"):
        premaster = sum_stems(stems)
    progress(ProgressEvent("master", 0, 1, "master"))
    with clock.stage("master"):
        master = master_song(premaster, plan.master, rate)
    progress(ProgressEvent("master", 1, 1))
    return RenderResult(
        stems, premaster, master, tuple(records), backend.name, backend.fingerprint, clock.seconds
    )
