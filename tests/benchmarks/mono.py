"""What a listener in mono loses: ``python -m tests.benchmarks.mono [NAME…]``.

Without a name: of all mix presets, the stem that loses most, once from a sound in one channel and once
from one whose channels share nothing, as a choir's do; with the widest move and the room of each role. With
names of bundled songs: of each stem and of the master, from clips of the cache. The bound is 1.5 dB.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import composer
from composer.base.backends import song_backend
from render.audio.types import Audio
from render.clips.caching.cache import ClipCache, default_cache_dir
from render.mixing.mix import StemLevel
from render.mixing.stems import StemClip, mix_clips
from render.mixing.stitch import PlacedClip
from render.renderer import render_song
from structure.base.types import ROLES
from structure.plans.plan import SongPlan
from structure.presets.mixes import Move, load_mix, mix_names
from tests.composer.songmaker import small_plan

BOUND_DB = 1.5
_LEVEL = 0.1


def mono_loss_db(audio: Audio) -> float:
    """What both channels of (2, samples) lose when they are added to one, from every sample."""
    left, right = audio.astype(np.float64)
    both = float(np.square(left + right).sum())
    return float(10 * np.log10(1 + np.square(left - right).sum() / both)) if both else 0.0


def lost_db(
    plan: SongPlan, role: str, channels: int, pan: float = 0.0, reverb: float = 0.5, delay: float = 0.3
) -> float:
    """Dry noise through the mix of a plan, as a stem of a role: what mono loses of it."""
    stem = replace(plan.stems[0], role=role, pan=pan, reverb=reverb, delay=delay, duck=0.0)
    plan = replace(plan, stems=(stem, *plan.stems[1:]))
    visit = next(visit for visit in plan.visits if stem.name in visit.music.score.parts)
    start, end = plan.bounds(visit)
    noise = np.random.default_rng(1).standard_normal((channels, end - start)).astype(np.float32)
    placed = PlacedClip(
        audio=np.float32(_LEVEL) * noise,
        downbeat_sample=0,
        start=start,
        end=end,
        attack=True,
        rings=True,
        joined_before=False,
        joined_after=False,
        attack_after=True,
        fade_before=0,
        fade_after=None,
    )
    mixed = mix_clips(plan, stem, [StemClip(visit, "noise", placed)], StemLevel(1.0, 1.0))
    return mono_loss_db(mixed.audio)


def preset_losses(preset: str) -> Iterator[tuple[str, int, float]]:
    """Yield each role of a preset, the channels of its sound, and what mono loses of it."""
    mix = load_mix(preset)
    widest = Move(do="widen", stem="all", amount=1.0)
    plan = replace(small_plan(), mix=mix.model_copy(update={"moves": (widest,)}))
    for role in ROLES:
        if role in mix.strips:
            for channels in (1, 2):
                yield role, channels, lost_db(plan, role, channels)


def main() -> None:
    worst = 0.0
    for name in sys.argv[1:]:
        plan = composer.plan(name)
        result = render_song(plan, song_backend(plan), ClipCache(default_cache_dir()))
        losses = {stem: mono_loss_db(audio) for stem, audio in result.stems.items()}
        master = mono_loss_db(result.master.audio)
        worst = max(worst, master, *losses.values())
        told = ", ".join(f"{stem} {loss:.2f}" for stem, loss in losses.items())
        print(f"{name} ({plan.mix.preset}): {told}; master {master:.2f} dB", flush=True)
    for preset in () if sys.argv[1:] else mix_names():
        found = list(preset_losses(preset))
        worst = max(worst, *(loss for *_, loss in found))
        most = {
            kind: max((one for one in found if one[1] == kind), key=lambda one: one[2]) for kind in (1, 2)
        }
        told = ", ".join(
            f"{'one channel' if kind == 1 else 'two channels'} {loss:.2f} dB ({role})"
            for kind, (role, _, loss) in most.items()
        )
        print(f"{preset:14} {told}")
    print(f"worst {worst:.2f} dB, bound {BOUND_DB} dB")
    if worst > BOUND_DB:
        sys.exit(1)


if __name__ == "__main__":
    main()
