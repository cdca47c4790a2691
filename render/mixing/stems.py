"""One stem in the mix, clip by clip: each clip goes through strip and sends alone, and then to its place.

So a clip sounds the same wherever it stands: nothing that was before it is left in a compressor or a room,
its sound has an end, and a section that is edited changes no sample before its clips begin or after they
have rung. What is the same for all clips of a stem is its level, which one clip of it decides.

The loudness of a section is measured on the *own sounds* of its clips, without what rings into it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from render.audio.levels import power_from_db
from render.audio.shape import narrow
from render.audio.types import Audio
from render.mixing.duck import Kick, duck_gains
from render.mixing.mix import (
    ECHOES_END_S,
    END_FADE_S,
    NO_SENDS,
    Sends,
    StemLevel,
    fade_end,
    kick_hits,
    level_key,
    mix_stem,
    reverb_falls_db,
    visit_echoes,
    visit_kicks,
)
from render.mixing.moves import give_way, move_stem, sends_over
from render.mixing.stitch import PlacedClip, stitch
from render.mixing.sung import bed_gains, find_sung_spans, makes_room
from structure.base.types import PLAYERLESS
from structure.plans.curves import Curve, Parameter, song_curves
from structure.plans.plan import SongPlan, StemPlan, Visit

_RINGS_UNTIL_DB = 90.0
"""A room is heard until it has fallen by this."""

_SHORTEST_RING_S = 0.1

MOST_MONO_LOSS_DB = 1.4
"""What a clip may lose in the mix, with its room and echoes, when both channels are added.

The bound is 1.5 dB for a stem; what is between is for what changes all of it, such as filters that move.
"""


@dataclass(frozen=True, slots=True)
class StemClip:
    """A clip of a stem, the visit that it plays, and its key: clips of one key have the same samples."""

    visit: Visit
    key: str
    placed: PlacedClip


@dataclass(frozen=True, slots=True)
class MixedStem:
    """A stem in the mix, (2, samples), and what it adds to the sections that decide levels.

    ``own`` is by level key, (2, samples of the section).
    """

    audio: Audio
    own: Mapping[Hashable, Audio]


def reference_visit(plan: SongPlan, stem: StemPlan) -> Visit:
    """Return the first visit in which a stem plays at least half as densely as anywhere.

    Its clip there decides the stem's level.
    """
    parts = [(visit, visit.music.score.parts.get(stem.name)) for visit in plan.visits]
    density = [(visit, len(part.notes) / visit.bars if part else 0.0) for visit, part in parts]
    fullest = max(notes_per_bar for _, notes_per_bar in density)
    return next(visit for visit, notes_per_bar in density if 2 * notes_per_bar >= fullest)


def ring_samples(plan: SongPlan, stem: StemPlan, sends: Sends = NO_SENDS) -> int:
    """Return for how many samples a stem sounds after the end of a clip: echoes, or the room."""
    seconds = _SHORTEST_RING_S
    if stem.delay > 0.0 or sends.delay is not None:
        seconds = max(seconds, ECHOES_END_S)
    if stem.reverb > 0.0 or sends.reverb is not None:
        space = plan.mix.space_of(stem.role)
        seconds = max(seconds, space.predelay_ms / 1000.0 + _RINGS_UNTIL_DB / reverb_falls_db(space))
    return round((seconds + END_FADE_S) * plan.grid.sample_rate)


def longest_ring_samples(plan: SongPlan, stem: StemPlan) -> int:
    """Return for how many samples a stem may sound after the end of any of its clips: some are thrown."""
    moved = {curve.parameter for curve in song_curves(plan) if curve.stem == stem.name}
    some = np.ones(1, dtype=np.float32)
    return ring_samples(
        plan, stem, Sends(some if "reverb" in moved else None, some if "delay" in moved else None)
    )


def mix_clips(
    plan: SongPlan,
    stem: StemPlan,
    clips: Sequence[StemClip],
    level: StemLevel,
    *,
    is_sent: bool = True,
    without: Collection[Parameter] = (),
    into: Audio | None = None,
) -> MixedStem:
    """Mix a stem from its clips, in the order of the song. A clip that returns is mixed once.

    ``is_sent`` is False for the stem without what its sends give. What is in ``without`` does not move.
    ``into`` are zeros, (2, samples of the song), in which the stem is to lie.
    """
    if not is_sent:
        stem = replace(stem, reverb=0.0, delay=0.0)
    curves = [
        curve for curve in song_curves(plan) if curve.stem == stem.name and curve.parameter not in without
    ]
    firsts = first_visits(plan)
    deciding = {plan.bounds(visit)[0]: key for key, visit in firsts.items()}
    visits = {clip.placed.start: clip for clip in clips}
    starts = {plan.bounds(visit)[0]: plan.position_quarters(visit) for visit in plan.visits}
    known: dict[Hashable, Audio] = {}
    own: dict[Hashable, Audio] = {}
    uses = Counter(_sound_of(plan, clip) for clip in clips)

    def treat(placed: PlacedClip, audio: Audio) -> Audio:
        clip = visits[placed.start]
        sound = _sound_of(plan, clip)
        uses[sound] -= 1

        sends = NO_SENDS
        if is_sent:
            first, samples = placed.start - placed.downbeat_sample, audio.shape[1]
            bounds = placed.start, placed.end
            sends = Sends(
                sends_over(curves, "reverb", stem.reverb, plan.grid, first, samples, bounds),
                sends_over(curves, "delay", stem.delay, plan.grid, first, samples, bounds),
            )
        widest = _widest(plan, curves, clip.visit)
        moved = tuple(send.tobytes() for send in (sends.reverb, sends.delay) if send is not None)
        key = (sound, moved, widest)
        if key in known:
            mixed = known.pop(key)
        else:
            mixed = _mix_clip(plan, stem, clip, audio, level, sends)
            if stem.role != "audio":
                narrow(mixed, _most_side(stem) / widest**2)
        if uses[sound]:
            known[key] = mixed

        if placed.start in deciding:
            heard = mixed[:, placed.downbeat_sample :][:, : placed.end - placed.start]
            heard = heard * _own_gains(plan, stem, clip.visit)
            for curve in curves:
                if curve.parameter == "presence_db" and curve.points[0][0] == starts[placed.start]:
                    give_way(heard, curve, plan.grid)
            own[deciding[placed.start]] = heard
        return mixed

    placed_clips, rate = [clip.placed for clip in clips], plan.grid.sample_rate
    mixed = stitch(placed_clips, plan.total_samples, plan.crossfade_samples, rate, 2, treat, into)
    mixed *= _gains(plan, stem)
    move_stem(mixed, curves, plan.grid)
    return MixedStem(mixed, own)


def _sound_of(plan: SongPlan, clip: StemClip) -> Hashable:
    """Return what is equal for clips that sound the same in the mix, but for sends that move."""
    placed = clip.placed
    return (
        clip.key,
        placed.end - placed.start,
        placed.attack,
        placed.rings,
        placed.joined_before,
        placed.joined_after,
        placed.attack_after,
        placed.fade_before,
        placed.fade_after,
        min(0, placed.start - placed.downbeat_sample),
        visit_echoes(plan, clip.visit),
    )


def first_visits(plan: SongPlan) -> dict[Hashable, Visit]:
    """Return the visit that decides the level of all that have its level key, by that key."""
    found: dict[Hashable, Visit] = {}
    for visit in plan.visits:
        found.setdefault(level_key(visit), visit)
    return found


class OwnSounds:
    """The sum of all players in each section that decides levels, by level key.

    Stems are added one by one, so that no more than one is there at a time.
    """

    def __init__(self, plan: SongPlan) -> None:
        self._effects = {stem.name for stem in plan.stems if stem.role in PLAYERLESS}
        self.sums: dict[Hashable, Audio] = {}
        for key, visit in first_visits(plan).items():
            start, end = plan.bounds(visit)
            self.sums[key] = np.zeros((2, end - start), dtype=np.float32)

    def add(self, name: str, stem: MixedStem) -> None:
        """Add a stem, if somebody plays it."""
        if name not in self._effects:
            for key, heard in stem.own.items():
                self.sums[key] += heard


def _mix_clip(
    plan: SongPlan, stem: StemPlan, clip: StemClip, audio: Audio, level: StemLevel, sends: Sends
) -> Audio:
    """Return one shaped clip, (1 or 2, samples), in the mix, until it has rung: (2, more samples)."""
    longer = np.pad(audio, ((0, 0), (0, ring_samples(plan, stem, sends))))
    rest = longer.shape[1] - audio.shape[1]
    sends = Sends(*(None if one is None else np.pad(one, (0, rest)) for one in (sends.reverb, sends.delay)))
    echoes = visit_echoes(plan, clip.visit, clip.placed.downbeat_sample)
    return mix_stem(longer, stem, plan.mix, plan.grid, level, echoes=echoes, sends=sends)


def _most_side(stem: StemPlan) -> float:
    """Return the most power of a stem's side against its middle: by what mono loses, or by its pan."""
    return max(power_from_db(MOST_MONO_LOSS_DB) - 1.0, math.tan(0.25 * math.pi * stem.pan) ** 2)


def _widest(plan: SongPlan, curves: Sequence[Curve], visit: Visit) -> float:
    """Return the factor by which moves of the mix widen a stem in a visit, 1 where none does."""
    start, end = plan.position_quarters(visit), plan.grid.quarters_at_bar(visit.end_bar)
    return max(
        (
            value
            for curve in curves
            if curve.parameter == "width" and curve.points[0][0] < end and curve.points[-1][0] > start
            for _, value in curve.points
        ),
        default=1.0,
    )


def _own_gains(plan: SongPlan, stem: StemPlan, visit: Visit) -> NDArray[np.float32]:
    """Return what moves a stem in a visit as if nothing else were there: its own kicks, and its fade."""
    start, end = plan.bounds(visit)
    gains = np.ones(end - start, dtype=np.float32)
    kicks = visit_kicks(plan, visit)
    if stem.duck > 0.0 and kicks:
        alone = [Kick(kick.sample - start, kick.strength, kick.quarters_per_minute) for kick in kicks]
        gains *= duck_gains(alone, stem.duck, plan.mix.duck, plan.grid, len(gains))
    if makes_room(plan, stem.role):
        gains *= _bed(plan, visit)
    return gains * _fade(visit, stem, len(gains))


def _bed(plan: SongPlan, visit: Visit) -> NDArray[np.float32]:
    """Return how a visit's bed gives way to its voices."""
    start, end = plan.bounds(visit)
    return bed_gains(
        find_sung_spans(plan, visit), plan.mix.under_voice_db, end - start, plan.grid.sample_rate
    )


def _gains(plan: SongPlan, stem: StemPlan) -> NDArray[np.float32]:
    """Return what moves a stem over the song, (samples,): kicks, fades of its visits, the end."""
    gains = np.ones(plan.total_samples, dtype=np.float32)
    kicks = kick_hits(plan)
    if stem.duck > 0.0 and kicks:
        gains *= duck_gains(kicks, stem.duck, plan.mix.duck, plan.grid, len(gains))
    for visit in plan.visits:
        if makes_room(plan, stem.role):
            start, end = plan.bounds(visit)
            gains[start:end] *= _bed(plan, visit)
        if stem.name in visit.sound.fades:
            first, end = plan.bounds(visit)
            gains[first:end] *= _fade(visit, stem, end - first)
            if visit.sound.fades[stem.name] == "out" and visit.end_bar == plan.bars:
                gains[end:] = 0.0
    fade_end(gains, plan.grid.sample_rate)
    return gains


def _fade(visit: Visit, stem: StemPlan, samples: int) -> NDArray[np.float32]:
    """Return how a stem comes in or goes out over a visit, at equal power: sin² + cos² = 1.

    What rings after a visit goes on at the gain of its end.
    """
    fade = visit.sound.fades.get(stem.name)
    if fade is None:
        return np.ones(samples, dtype=np.float32)
    angle = np.linspace(0.0, math.pi / 2.0, samples, dtype=np.float32)
    return np.sin(angle) if fade == "in" else np.cos(angle)
