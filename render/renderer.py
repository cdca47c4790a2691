"""From a plan to a master: ask for clips, mix and stitch each stem, sum, master."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import NamedTuple

import numpy as np

from render.audio.cores import count_cores, in_order
from render.audio.shelf import Shelf
from render.audio.types import Audio
from render.backends.base import Backend
from render.backends.request import Clip
from render.clips.caching.cache import ClipCache
from render.clips.conform import check_conform
from render.clips.engine import Engine
from render.clips.levels import match_levels
from render.clips.make import ClipRecord, make_clips
from render.clips.players import LoadPlayer, load_player
from render.clips.separate import Separator
from render.clips.wanted import ClipPlan, PlayedBy, WantedClip, describe_players
from render.mixing.automation import FILTERS, REMADE, SENDS
from render.mixing.master import Master, describe_limits, master_song
from render.mixing.mix import StemLevel, find_level, move_faders, ride_stems, sections_of, sum_stems
from render.mixing.stems import MixedStem, OwnSounds, StemClip, mix_clips, reference_visit
from render.mixing.stitch import PlacedClip
from structure.base.progress import Progress, ProgressEvent, Stopwatch, silent
from structure.plans.curves import song_curves
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.players import has_own_players
from structure.specs.spec import MasterSpec

__all__ = ["ClipRecord", "RenderResult", "render_song"]

_MOST_ON_DISK = 2
"""Stems that are mixed at once where they are too much for memory."""

_LOUDNESS_WORTH_A_WARNING_LU = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderResult:
    """Everything that a render makes; all audio is (2, total_samples) at the plan's sample rate.

    ``timings_s`` maps stages to seconds of wall time. Where the backend says what it spent its time
    on ("text", "network", "decoder"), these stand beside "clips", which is then what remains, so that
    nothing counts twice. ``warnings`` are sentences on what was asked for and could not be done.
    ``ride_db`` is the gain that each visit has in the mix for the sake of its energy. ``dry`` are the stems
    without what their sends give, at the levels that they have in the mix, where they were asked for;
    ``unmoved`` are the stems whose filters or sends move, as they are without that, and ``thrown`` what
    sends that move give more than usual.
    ``players`` are what played which clips, where parts of the song name a backend of their own.
    """

    stems: Mapping[str, Audio]
    premaster: Audio
    master: Master
    clips: tuple[ClipRecord, ...]
    backend: str
    backend_fingerprint: str
    timings_s: dict[str, float]
    warnings: tuple[str, ...] = ()
    ride_db: tuple[float, ...] = ()
    dry: Mapping[str, Audio] = field(default_factory=dict)
    unmoved: Mapping[str, Audio] = field(default_factory=dict)
    thrown: Mapping[str, Audio] = field(default_factory=dict)
    players: tuple[PlayedBy, ...] = ()

    @property
    def clip_keys(self) -> dict[str, str]:
        """Return the keys of the song's clips in the cache by their ``section/visit/stem``."""
        return {clip.place: clip.key for clip in self.clips}


class _Unmixed(NamedTuple):
    """A stem with its clips, and the zeros, (2, samples of the song), in which it is to be mixed."""

    stem: StemPlan
    clips: Sequence[StemClip]
    into: Audio


class Join(NamedTuple):
    """How a clip of a stem is joined to its neighbours; see :class:`PlacedClip`.

    What makes no difference for the clip's kind is left out.
    """

    attack: bool
    rings: bool
    joined_before: bool
    fade_before: int
    joined_after: bool = False
    attack_after: bool = False
    fade_after: int | None = None


def find_joins(plan: SongPlan, clips: Sequence[WantedClip]) -> list[Join]:
    """Return how each clip of one stem is joined, in the same order."""
    attacks = {
        item.visit.place.start_bar: any(note.onset <= 0 for note in item.request.notes) for item in clips
    }
    ends = {item.visit.end_bar for item in clips}
    found = []
    for item in clips:
        start_bar, end_bar = item.visit.place.start_bar, item.visit.end_bar
        rings = item.maker.capabilities.follows_score
        join = Join(attacks[start_bar], rings, start_bar in ends, plan.crossfade_at(start_bar))
        if not rings and end_bar in attacks:
            fade = plan.crossfade_at(end_bar)
            join = join._replace(joined_after=True, attack_after=attacks[end_bar], fade_after=fade)
        found.append(join)
    return found


def _place_clips(
    plan: SongPlan, stem: StemPlan, wanted: Sequence[WantedClip], clips: dict[str, Clip]
) -> list[StemClip]:
    """Return the clips of one stem in their places; no other stem that needs one keeps it in ``clips``."""
    mine = [item for item in wanted if item.stem is stem]
    gains = match_levels(plan, stem, mine, clips)
    placed = [
        StemClip(
            item.visit,
            item.key,
            PlacedClip(
                audio=clips[item.key].audio if gain == 1.0 else clips[item.key].audio * gain,
                downbeat_sample=clips[item.key].downbeat_sample,
                start=plan.bounds(item.visit)[0],
                end=plan.bounds(item.visit)[1],
                **join._asdict(),
                is_whole=stem.role == "audio",
            ),
        )
        for item, join, gain in zip(mine, find_joins(plan, mine), gains, strict=True)
    ]
    for key in {item.key for item in mine} - {item.key for item in wanted if item.stem is not stem}:
        del clips[key]
    return placed


def _level(plan: SongPlan, stem: StemPlan, clips: Sequence[StemClip]) -> StemLevel:
    """Return the level of a stem, measured on the bars of one clip alone."""
    if stem.role == "audio":
        return StemLevel(1.0, 1.0)
    strip, rate = plan.mix.strips[stem.role], plan.grid.sample_rate
    visit = reference_visit(plan, stem)
    heard = np.zeros((1, rate), dtype=np.float32)
    for clip in clips:
        if clip.visit is visit:
            placed = clip.placed
            heard = placed.audio[:, placed.downbeat_sample :][:, : placed.end - placed.start]
    return find_level(heard, strip, rate)


def _loudness_warnings(spec: MasterSpec, master: Master) -> tuple[str, ...]:
    if not math.isfinite(master.loudness_lufs):
        return ("the song is silent",)
    told = tuple(
        f"behind {coder} the true peak is {peak:.2f} dBTP, asked for at most {spec.true_peak_dbtp:.1f}"
        for coder, peak in master.coded_dbtp.items()
        if peak > spec.true_peak_dbtp
    )
    if spec.loudness_lufs - master.loudness_lufs <= _LOUDNESS_WORTH_A_WARNING_LU:
        return told
    return (
        *told,
        f"asked for {spec.loudness_lufs:.1f} LUFS, reached {master.loudness_lufs:.1f} LUFS: more would "
        f"take over {describe_limits(spec)} at {spec.true_peak_dbtp:.1f} dBTP",
    )


def render_song(
    plan: SongPlan,
    backend: Backend,
    cache: ClipCache | None = None,
    progress: Progress = silent,
    separator: Separator | None = None,
    engine: Engine | None = None,
    *,
    load: LoadPlayer = load_player,
    with_dry: bool = False,
    with_unmoved: bool = False,
) -> RenderResult:
    """Render a planned song. Clips that are in ``cache`` are not made again.

    ``separator`` takes mixes apart where the song wants that; demucs does where it is left out. ``engine``
    makes the clips; this machine does where it is left out, and the song is the same. ``load`` loads the
    backends that parts of the song name; ``backend`` plays all else. ``with_dry`` also gives the stems
    without what their sends give, ``with_unmoved`` those without filters and sends that move.

    Raises RitornelloError where a section is longer than the backend can make it, or something that is
    needed is not installed, and RuntimeError where the backend or the engine breaks its contract.
    """
    cache = ClipCache(limit_bytes=0) if cache is None else cache
    watch = Stopwatch()
    clip_plan = ClipPlan.of(plan, backend, separator, load)
    if any(clip.approach.conforms for clip in clip_plan.all_clips):
        check_conform()
    with watch.time("clips"):
        made = make_clips(clip_plan, cache, progress, engine)
    watch.split("clips", made.seconds_by_stage)

    stems, own = Shelf(8 * len(plan.stems) * plan.total_samples), OwnSounds(plan)
    aside = {kind: Shelf(8 * len(plan.stems) * plan.total_samples) for kind in ("dry", "unmoved", "thrown")}

    def place_stems() -> Iterator[_Unmixed]:
        for stem in plan.stems:
            clips = _place_clips(plan, stem, clip_plan.all_clips, made.clips)
            yield _Unmixed(stem, clips, stems.make(stem.name, (2, plan.total_samples)))

    def mix(unmixed: _Unmixed) -> tuple[MixedStem, dict[str, Audio]]:
        stem, clips, into = unmixed
        level = _level(plan, stem, clips)
        made: dict[str, Audio] = {}
        if with_dry:
            made["dry"] = mix_clips(plan, stem, clips, level, is_sent=False).audio
        moved = {curve.parameter for curve in song_curves(plan) if curve.stem == stem.name}
        if with_unmoved and moved & REMADE:
            made["unmoved"] = mix_clips(plan, stem, clips, level, without=REMADE).audio
            if moved & {*SENDS}:
                sent = mix_clips(plan, stem, clips, level, without=FILTERS).audio
                made["thrown"] = np.subtract(sent, made["unmoved"], out=sent)
        return mix_clips(plan, stem, clips, level, into=into), made

    at_once = min(count_cores(), _MOST_ON_DISK) if stems.is_on_disk else count_cores()
    progress(ProgressEvent("mix", 0, len(plan.stems), plan.stems[0].name))
    with watch.time("mix"):
        for done, (mixed, others) in enumerate(in_order(mix, place_stems(), at_once), start=1):
            name = plan.stems[done - 1].name
            own.add(name, mixed)
            for kind, audio in others.items():
                aside[kind].put(name, audio)
            del mixed, others
            if done < len(plan.stems):
                progress(ProgressEvent("mix", done, len(plan.stems), plan.stems[done].name))
    with watch.time("mix"):
        fades = [plan.crossfade_into(visit) for visit in plan.visits]
        ride_db = ride_stems(plan, stems, fades, own.sums)
        del own
        for shelf in aside.values():
            move_faders(plan, shelf, ride_db, fades)
        premaster = sum_stems(stems, chain.from_iterable(shelf.values() for shelf in aside.values()))
        stems.let_go()
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
        players=describe_players(clip_plan.all_clips) if has_own_players(plan) else (),
        timings_s=watch.seconds,
        warnings=(*made.warnings, *_loudness_warnings(plan.master, master)),
        ride_db=tuple(ride_db),
        **aside,
    )
