"""The clips of a song: what is asked of the backend, and what it gave, checked.

A clip that the song needs twice, or that the cache has, is not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from render.backends.base import Backend
from render.beginnings import Repaint, beginning, repaint_of
from render.cache import ClipCache
from render.latents import LatentRecipe
from render.progress import Progress, ProgressEvent
from render.request import Clip, ClipRequest
from structure.errors import RitornelloError
from structure.grid import round_half_up
from structure.plan import SongPlan, StemPlan, Visit
from structure.seeds import derive_seed

PRE_ROLL_S = 0.1
"""Least pre-roll of a clip; half a crossfade where that is longer."""

CLIP_TAIL_S = 2.5
"""How long a clip goes on after its section, for what rings."""


@dataclass(frozen=True, slots=True)
class WantedClip:
    """One clip of the song: what to ask for, its key in the cache, and where it goes."""

    visit: Visit
    stem: StemPlan
    request: ClipRequest
    key: str
    repaint: Repaint | None = None

    @property
    def seconds(self) -> float:
        """Length of the clip."""
        return self.request.total_samples / self.request.grid.sample_rate


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


def clip_request(plan: SongPlan, visit: Visit, stem: StemPlan) -> ClipRequest:
    """What is asked of a backend for one stem of one visit; says nothing of where it stands."""
    grid = plan.grid
    beat = float(grid.meter.beat_quarters * grid.quarter_samples)
    pre_roll = max(round(PRE_ROLL_S * grid.sample_rate), round(plan.render.crossfade_beats * beat / 2) + 1)
    request = ClipRequest(
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
        timbre=LatentRecipe(
            derive_seed("timbre", plan.seed, stem.name),
            derive_seed("timbre", visit.variation_seed, stem.name),
            visit.timbre_variation,
        ).canonical(),
        steps=plan.render.steps,
        guidance=plan.render.guidance,
        morph_prompt=visit.morph_prompts.get(stem.name, ""),
    )
    return request if visit.init is None else replace(request, init=beginning(visit.init, request))


def requested_clips(plan: SongPlan) -> list[tuple[Visit, StemPlan, ClipRequest]]:
    """Every clip of the song in its order, as any backend would be asked for it; silent stems have
    none."""
    return [
        (visit, stem, clip_request(plan, visit, stem))
        for visit in plan.visits
        for stem in plan.stems
        if stem.name in visit.score.parts and visit.score.parts[stem.name].notes
    ]


def wanted_clips(plan: SongPlan, backend: Backend) -> tuple[list[WantedClip], tuple[str, ...]]:
    """Every clip of the song as this backend can make it, and what it cannot do, in words.

    Raises RitornelloError where a section is longer than the backend's longest clip.
    """
    fingerprint = backend.fingerprint
    wanted, unheard = [], {}
    for visit, stem, asked in requested_clips(plan):
        request = asked
        if asked.negative_prompt and not backend.capabilities.negative_prompt:
            unheard[stem.name] = True
            request = replace(asked, negative_prompt="")
        _check_duration(request, visit, backend)
        key = request.content_hash(fingerprint)
        repaint = repaint_of(visit, stem, request)
        wanted.append(
            WantedClip(visit, stem, request, key if repaint is None else repaint.key(key), repaint)
        )
    return wanted, _warnings(backend, list(unheard))


def _warnings(backend: Backend, stems: Sequence[str]) -> tuple[str, ...]:
    if not stems:
        return ()
    names = ", ".join(stems)
    return (f"the backend {backend.name!r} takes no negative prompts; left out for {names}",)


def _check_duration(request: ClipRequest, visit: Visit, backend: Backend) -> None:
    seconds = request.total_samples / request.grid.sample_rate
    longest = backend.capabilities.longest_clip_s
    if seconds > longest:
        raise RitornelloError(
            f"section {visit.name!r} lasts {seconds:.1f} s with its pre-roll and tail, but the backend "
            f"{backend.name!r} makes clips of at most {longest:.1f} s; give the section fewer bars"
        )


def make_clips(
    wanted: Sequence[WantedClip], backend: Backend, cache: ClipCache, progress: Progress
) -> tuple[dict[str, Clip], list[ClipRecord]]:
    """Every clip once, by key, and a record for each place in which it is used.

    Progress counts all clips, but weighs only those that must be generated, which take the time.
    Raises RuntimeError where the backend breaks its contract.
    """
    unique = {item.key: item for item in wanted}
    total_work = sum(item.seconds for item in unique.values() if not cache.has(item.key))
    clips: dict[str, Clip] = {}
    records = []
    work = 0.0
    for item in wanted:
        reused = item.key in clips
        if not reused:
            detail = f"{item.visit.label}: {item.stem.name}"
            progress(ProgressEvent("clips", len(clips), len(unique), detail, work, total_work))
            clip = cache.get(item.key)
            reused = clip is not None
            if clip is None:
                clip = _made(backend, item, cache)
                cache.put(item.key, clip)
                work += item.seconds
                total_work = max(total_work, work)  # a damaged file in the cache was not foreseen
            clips[item.key] = clip
        records.append(_record(item, reused))
    progress(ProgressEvent("clips", len(unique), len(unique), "", total_work, total_work))
    return clips, records


def cache_warnings(cache: ClipCache) -> tuple[str, ...]:
    """What went wrong with the cache, in words; the song is none the worse for it."""
    warnings = []
    if cache.damaged:
        warnings.append(f"damaged clips in the cache, made anew: {cache.damaged}")
    if cache.failure:
        warnings.append(f"clips could not be kept in the cache: {cache.failure}")
    return tuple(warnings)


def _record(item: WantedClip, reused: bool) -> ClipRecord:
    visit = item.visit
    return ClipRecord(
        visit.name,
        visit.index,
        item.stem.name,
        item.key,
        reused,
        round(item.seconds, 3),
        visit.variation,
    )


def _made(backend: Backend, item: WantedClip, cache: ClipCache) -> Clip:
    """A new clip; one that is repainted begins from the clip as it was."""
    repaint = item.repaint
    if repaint is None:
        return _generate(backend, item.request)
    key = item.request.content_hash(backend.fingerprint)
    kept = cache.get(key)
    if kept is None:
        kept = _generate(backend, item.request)
        cache.put(key, kept)
    if backend.capabilities.inpaints:
        return _generate(backend, repaint.request(item.request, kept))
    return repaint.spliced(kept, _generate(backend, repaint.other_take(item.request)))


def _generate(backend: Backend, request: ClipRequest) -> Clip:
    """A clip at the song's sample rate, checked."""
    clip = backend.generate(request)
    _check_clip(clip, request, backend.name)
    return clip if clip.sample_rate == request.grid.sample_rate else _resampled(clip, request)


def _check_clip(clip: Clip, request: ClipRequest, backend: str) -> None:
    """A clip has the length and the downbeat that were asked for, in its own sample rate; at another
    rate than the song's a sample of rounding is allowed."""
    ratio = Fraction(clip.sample_rate, request.grid.sample_rate)
    slack = 0 if ratio == 1 else 1
    length, downbeat = (round_half_up(ratio * n) for n in (request.total_samples, request.pre_roll_samples))
    shape = clip.audio.shape
    if len(shape) != 2 or shape[0] not in (1, 2) or abs(shape[1] - length) > slack:
        raise RuntimeError(
            f"backend {backend!r} gave {shape} at {clip.sample_rate} Hz, not (1 or 2, {length})"
        )
    if abs(clip.downbeat_sample - downbeat) > slack:
        raise RuntimeError(
            f"backend {backend!r} put the downbeat on sample {clip.downbeat_sample}, not {downbeat}"
        )
    if not np.all(np.isfinite(clip.audio)):
        raise RuntimeError(f"backend {backend!r} gave samples that are not numbers")


def _resampled(clip: Clip, request: ClipRequest) -> Clip:
    """The clip at the song's rate, to the sample; rounding is made up for at its end."""
    rate, length = request.grid.sample_rate, request.total_samples
    ratio = Fraction(rate, clip.sample_rate)
    audio = resample_poly(clip.audio, ratio.numerator, ratio.denominator, axis=1)[:, :length]
    audio = np.pad(audio, ((0, 0), (0, length - audio.shape[1])))
    return Clip(np.asarray(audio, dtype=np.float32), rate, request.pre_roll_samples)
