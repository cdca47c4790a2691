"""From a plan to a master: ask for clips, stitch each stem, mix, sum, master."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.request import Clip
from render.clips.cache import ClipCache
from render.clips.conform import check_conform
from render.clips.guide import GuideMaker
from render.clips.make import ClipRecord, cache_warnings, clip_doubts, make_clips
from render.clips.separate import Separator
from render.clips.wanted import WantedClip, separator_of, wanted_clips
from render.mixing.duck import kick_hits
from render.mixing.energies import ride_stems, sections_of
from render.mixing.master import Master, limits_said, master_song
from render.mixing.mix import mix_stem, sum_stems
from render.mixing.stitch import PlacedClip, stitch
from structure.base.progress import Progress, ProgressEvent, silent
from structure.plans.plan import SongPlan, StemPlan
from structure.specs.spec import MasterSpec

__all__ = ["ClipRecord", "RenderResult", "render_song"]

_LOUDNESS_WORTH_A_WARNING_LU = 0.2


@dataclass(frozen=True, slots=True)
class RenderResult:
    """Everything that a render makes; all audio is (2, total_samples) at the plan's sample rate.

    ``timings_s`` maps stages to seconds of wall time. Where the backend says what it spent its time
    on ("text", "network", "decoder"), these stand beside "clips", which is then what remains, so that
    nothing counts twice. ``warnings`` are sentences on what was asked for and could not be done.
    ``ride_db`` is the gain that each visit has in the mix for the sake of its energy.
    """

    stems: dict[str, Audio]
    premaster: Audio
    master: Master
    clips: tuple[ClipRecord, ...]
    backend: str
    backend_fingerprint: str
    timings_s: dict[str, float]
    warnings: tuple[str, ...] = ()
    ride_db: tuple[float, ...] = ()

    @property
    def clip_keys(self) -> dict[str, str]:
        """Keys of the song's clips in the cache by their ``section/visit/stem``."""
        return {clip.place: clip.key for clip in self.clips}


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

    @contextmanager
    def clips(self, backend: Backend) -> Iterator[None]:
        """Time the clips, less what the backend itself has timed: of clips that were made side by side, its
        part of a second."""
        before = dict(_backend_timings(backend))
        with self.stage("clips"):
            yield
        spent = {
            name: seconds - before.get(name, 0.0) for name, seconds in _backend_timings(backend).items()
        }
        in_all = sum(spent.values())
        if backend.capabilities.thread_safe:
            share = min(1.0, self.seconds["clips"] / in_all) if in_all else 1.0
            spent = {name: seconds * share for name, seconds in spent.items()}
            in_all *= share
        self.seconds["clips"] = max(0.0, self.seconds["clips"] - in_all)
        self.seconds |= spent


def _backend_timings(backend: Backend) -> Mapping[str, float]:
    """What a backend has spent its time on so far; telling it is no part of the protocol."""
    timings: Mapping[str, float] = getattr(backend, "timings_s", {})
    return timings


def _placed(
    plan: SongPlan, wanted: Sequence[WantedClip], clips: Mapping[str, Clip], rings: bool
) -> list[PlacedClip]:
    """The clips of one stem with the joins around them."""
    attacks = {
        w.visit.place.start_bar: any(note.played_onset <= 0 for note in w.request.notes) for w in wanted
    }
    ending = {w.visit.end_bar for w in wanted}
    placed = []
    for item in wanted:
        visit, clip = item.visit, clips[item.key]
        start, end = plan.bounds(visit)
        placed.append(
            PlacedClip(
                clip.audio,
                clip.downbeat_sample,
                start,
                end,
                attack=attacks[visit.place.start_bar],
                rings=rings,
                joined_before=visit.place.start_bar in ending,
                joined_after=visit.end_bar in attacks,
                attack_after=attacks.get(visit.end_bar, False),
            )
        )
    return placed


def _stitched(
    plan: SongPlan, stem: StemPlan, wanted: Sequence[WantedClip], clips: dict[str, Clip], rings: bool
) -> Audio:
    """One stem on the song's grid, (1 or 2, total_samples). Its clips are let go."""
    mine = [item for item in wanted if item.stem is stem]
    placed = _placed(plan, mine, clips, rings)
    channels = max((clip.audio.shape[0] for clip in placed), default=1)
    audio = stitch(placed, plan.total_samples, plan.crossfade_samples, plan.grid.sample_rate, channels)
    others = {item.key for item in wanted if item.stem is not stem}
    for key in {item.key for item in mine} - others:
        del clips[key]
    return audio


def _fade(plan: SongPlan, stem: StemPlan, audio: Audio) -> None:
    """Let a mixed stem (2, samples) come in or go out over the visits that say so, in place and at equal
    power: sin² + cos² = 1. What rings after a visit goes on at the gain of its end."""
    for visit in plan.visits:
        fade = visit.sound.fades.get(stem.name)
        if fade is not None:
            first, end = plan.bounds(visit)
            angle = np.linspace(0.0, math.pi / 2.0, end - first, dtype=np.float32)
            audio[:, first:end] *= np.sin(angle) if fade == "in" else np.cos(angle)
            if fade == "out" and visit.end_bar == plan.bars:
                audio[:, end:] = 0.0


def _reference(plan: SongPlan, stem: StemPlan) -> slice:
    """Samples of the first visit in which a stem plays at least half as densely as anywhere."""
    parts = [(visit, visit.music.score.parts.get(stem.name)) for visit in plan.visits]
    density = [(visit, len(part.notes) / visit.bars if part else 0.0) for visit, part in parts]
    fullest = max(notes_per_bar for _, notes_per_bar in density)
    return slice(
        *next(plan.bounds(visit) for visit, notes_per_bar in density if 2 * notes_per_bar >= fullest)
    )


def _loudness_warnings(spec: MasterSpec, master: Master) -> tuple[str, ...]:
    if not math.isfinite(master.loudness_lufs):
        return ("the song is silent",)
    if spec.loudness_lufs - master.loudness_lufs <= _LOUDNESS_WORTH_A_WARNING_LU:
        return ()
    return (
        f"asked for {spec.loudness_lufs:.1f} LUFS, reached {master.loudness_lufs:.1f} LUFS: more would "
        f"take over {limits_said(spec)} at {spec.true_peak_dbtp:.1f} dBTP",
    )


def render_song(
    plan: SongPlan,
    backend: Backend,
    cache: ClipCache | None = None,
    progress: Progress = silent,
    separator: Separator | None = None,
) -> RenderResult:
    """Render a planned song. Clips that are in ``cache`` are not made again. ``separator`` takes mixes
    apart where the song wants that; demucs does where it is left out.

    Raises RitornelloError where a section is longer than the backend can make it, or something that is
    needed is not installed, and RuntimeError where the backend breaks its contract.
    """
    cache = ClipCache(limit_bytes=0) if cache is None else cache
    clock = _Clock()
    rings = backend.capabilities.follows_score
    if not rings:
        check_conform()
    guides = GuideMaker()
    separator = separator or separator_of(plan, backend)
    wanted, warnings = wanted_clips(plan, backend, guides, separator)
    with clock.clips(backend):
        clips, records = make_clips(wanted, backend, cache, progress, guides, separator)
    stems: dict[str, Audio] = {}
    kicks = kick_hits(plan)
    for index, stem in enumerate(plan.stems):
        progress(ProgressEvent("mix", index, len(plan.stems), stem.name))
        with clock.stage("stitch"):
            audio = _stitched(plan, stem, wanted, clips, rings)
        with clock.stage("mix"):
            reference = _reference(plan, stem)
            stems[stem.name] = mix_stem(audio, stem, plan.mix, plan.grid, reference, kicks)
            _fade(plan, stem, stems[stem.name])
    with clock.stage("mix"):
        ride_db = ride_stems(plan, stems, plan.crossfade_samples)
        premaster = sum_stems(stems)
    progress(ProgressEvent("mix", len(plan.stems), len(plan.stems)))
    progress(ProgressEvent("master", 0, 1, "master"))
    with clock.stage("master"):
        rate = plan.grid.sample_rate
        master = master_song(premaster, plan.master, rate, plan.mix, sections_of(plan))
    progress(ProgressEvent("master", 1, 1))
    return RenderResult(
        stems,
        premaster,
        master,
        tuple(records),
        backend.name,
        backend.fingerprint,
        clock.seconds,
        (
            *warnings,
            *clip_doubts(records),
            *cache_warnings(cache),
            *_loudness_warnings(plan.master, master),
        ),
        tuple(ride_db),
    )
