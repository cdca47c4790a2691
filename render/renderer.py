"""From a plan to a master: ask for clips, stitch each stem, mix, sum, master."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.request import Clip
from render.clips.cache import ClipCache
from render.clips.conform import check_conform
from render.clips.engine import Engine
from render.clips.make import ClipRecord, make_clips
from render.clips.separate import Separator
from render.clips.wanted import ClipPlan, WantedClip
from render.mixing.master import Master, limits_said, master_song
from render.mixing.mix import echo_trains, kick_hits, mix_stem, ride_stems, sections_of, sum_stems
from render.mixing.stitch import PlacedClip, stitch
from structure.base.progress import Progress, ProgressEvent, Stopwatch, silent
from structure.plans.plan import SongPlan, StemPlan
from structure.specs.spec import MasterSpec

__all__ = ["ClipRecord", "RenderResult", "render_song"]

_LOUDNESS_WORTH_A_WARNING_LU = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
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


def _stitch_stem(
    plan: SongPlan, stem: StemPlan, wanted: Sequence[WantedClip], clips: dict[str, Clip], *, rings: bool
) -> Audio:
    """Return one stem on the song's grid, (1 or 2, total_samples). Its clips are let go."""
    mine = [item for item in wanted if item.stem is stem]
    attacks = {
        item.visit.place.start_bar: any(note.onset <= 0 for note in item.request.notes) for item in mine
    }
    ends = {item.visit.end_bar for item in mine}
    placed = []
    for item in mine:
        visit, clip = item.visit, clips[item.key]
        start, end = plan.bounds(visit)
        placed.append(
            PlacedClip(
                audio=clip.audio,
                downbeat_sample=clip.downbeat_sample,
                start=start,
                end=end,
                attack=attacks[visit.place.start_bar],
                rings=rings,
                joined_before=visit.place.start_bar in ends,
                joined_after=visit.end_bar in attacks,
                attack_after=attacks.get(visit.end_bar, False),
                fade_before=plan.crossfade_at(visit.place.start_bar),
                fade_after=plan.crossfade_at(visit.end_bar),
            )
        )
    channels = max((clip.audio.shape[0] for clip in placed), default=1)
    audio = stitch(placed, plan.total_samples, plan.crossfade_samples, plan.grid.sample_rate, channels)

    for key in {item.key for item in mine} - {item.key for item in wanted if item.stem is not stem}:
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


def reference_samples(plan: SongPlan, stem: StemPlan) -> slice:
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
    engine: Engine | None = None,
) -> RenderResult:
    """Render a planned song. Clips that are in ``cache`` are not made again.

    ``separator`` takes mixes apart where the song wants that; demucs does where it is left out. ``engine``
    makes the clips; this machine does where it is left out, and the song is the same.

    Raises RitornelloError where a section is longer than the backend can make it, or something that is
    needed is not installed, and RuntimeError where the backend or the engine breaks its contract.
    """
    cache = ClipCache(limit_bytes=0) if cache is None else cache
    watch = Stopwatch()
    follows_score = backend.capabilities.follows_score
    if not follows_score:
        check_conform()

    clip_plan = ClipPlan.of(plan, backend, separator)
    with watch.time("clips"):
        made = make_clips(clip_plan, cache, progress, engine)
    watch.split("clips", made.seconds_by_stage)

    stems: dict[str, Audio] = {}
    kicks, echoes = kick_hits(plan), echo_trains(plan)
    for index, stem in enumerate(plan.stems):
        progress(ProgressEvent("mix", index, len(plan.stems), stem.name))
        with watch.time("stitch"):
            rings = clip_plan.backend_for(stem).capabilities.follows_score
            audio = _stitch_stem(plan, stem, clip_plan.wanted, made.clips, rings=rings)
        with watch.time("mix"):
            reference = reference_samples(plan, stem)
            stems[stem.name] = mix_stem(audio, stem, plan.mix, plan.grid, reference, kicks, echoes)
            _fade(plan, stem, stems[stem.name])
    with watch.time("mix"):
        ride_db = ride_stems(plan, stems, [plan.crossfade_into(visit) for visit in plan.visits])
        premaster = sum_stems(stems)
    progress(ProgressEvent("mix", len(plan.stems), len(plan.stems)))

    with watch.time("master", progress):
        rate = plan.grid.sample_rate
        master = master_song(premaster, plan.master, rate, plan.mix, sections_of(plan))
    return RenderResult(
        stems=stems,
        premaster=premaster,
        master=master,
        clips=made.records,
        backend=backend.name,
        backend_fingerprint=backend.fingerprint,
        timings_s=watch.seconds,
        warnings=(*made.warnings, *_loudness_warnings(plan.master, master)),
        ride_db=tuple(ride_db),
    )
