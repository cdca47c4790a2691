"""What mix, master and measurement cost: ``python tests/benchmarks/mix.py [SECONDS]``.

Six stems of noise bursts through the synthwave mix, with every send and the duck, then the master and the
figures of the report, a club master, and the checks of ``verify`` without the beat tracker. Each time is
the processor's, so that a busy machine changes it little; it is printed against the song's length, and
against one pass of pedalboard's reverb over as much audio on the same machine at the same moment.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pedalboard

from render.checks.quality import measure_quality
from render.checks.verify import verify_song
from render.mixing.master import master_song
from render.mixing.mix import kick_hits, mix_stem, ride_stems, sections_of, sum_stems
from structure.base.grid import Grid, Meter
from structure.base.types import ROLES
from structure.plans.plan import SongPlan, StemPlan
from structure.plans.score import ChordEvent, Note, Part, SectionScore
from structure.presets.mixes import load_mix
from structure.specs.spec import ExportSpec, MasterSpec, RenderSpec
from tests.builders import graph_of, make_visit

BARS = 8


def song(seconds: float) -> SongPlan:
    """A four-on-the-floor song of sections of eight bars, soft and loud by turns."""
    grid = Grid.steady(120, Meter())
    kicks = tuple(Note(Fraction(k), Fraction(1, 4), 36, 110) for k in range(4 * BARS))
    chord = ChordEvent("C", Fraction(0), Fraction(4 * BARS), 0, 0, (0, 4, 7))
    score = SectionScore(BARS, (chord,), {"drums": Part("drums", kicks)})
    visits = tuple(
        make_visit(
            f"s{k % 2}", score, index=k // 2 + 1, start_bar=BARS * k, seed=1, energy=0.5 + 0.4 * (k % 2)
        )
        for k in range(max(2, round(seconds / 16)))
    )
    played = [role for role in ROLES if role != "audio"]
    stems = tuple(StemPlan(role, role, "", "", 0.0, 0.1, 0.3, 0.2, 0.3) for role in played)
    return SongPlan(
        title="",
        description="",
        genre="synthwave",
        seed=1,
        key="C major",
        grid=grid,
        stems=stems,
        graph=graph_of(visits),
        visits=visits,
        tail_s=2.5,
        render=RenderSpec(),
        master=MasterSpec(),
        export=ExportSpec(),
        mix=load_mix("synthwave"),
    )


def bursts(plan: SongPlan, seed: int) -> np.ndarray:
    """Noise that decays from every beat: (1, samples)."""
    beat = plan.grid.sample_at(1)
    noise = np.random.default_rng(seed).standard_normal(plan.total_samples).astype(np.float32)
    noise *= 0.1 * np.exp(-6.0 * (np.arange(plan.total_samples) % beat) / beat).astype(np.float32)
    return noise[None]


def timed(action: Callable[[], object]) -> float:
    """Seconds of the processor that an action takes."""
    begun = time.process_time()
    action()
    return time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=120.0)
    plan = song(parser.parse_args().seconds)
    rate, length_s = plan.grid.sample_rate, plan.total_samples / plan.grid.sample_rate
    raw = {stem.name: bursts(plan, seed) for seed, stem in enumerate(plan.stems)}
    kicks, stems = kick_hits(plan), {}

    def mix() -> None:
        for stem in plan.stems:
            stems[stem.name] = mix_stem(raw[stem.name], stem, plan.mix, plan.grid, kicks=kicks)
        ride_stems(plan, stems, 11_025)

    times = {"mix": timed(mix)}
    premaster = sum_stems(stems)
    made: list[np.ndarray] = []
    sections = sections_of(plan)
    times["master"] = timed(
        lambda: made.append(master_song(premaster, plan.master, rate, plan.mix, sections).audio)
    )
    times["measure"] = timed(lambda: measure_quality(plan, stems, premaster, made[0]))
    reverb_s = timed(lambda: pedalboard.Reverb()(premaster, rate))
    times["all"] = sum(times.values())
    times["club master"] = timed(
        lambda: master_song(premaster, MasterSpec(preset="club"), rate, plan.mix, sections)
    )
    times["verify"] = timed(lambda: verify_song(plan, stems, premaster, made[0], tracks_beats=False))
    print(
        f"{length_s:.0f} s of music, {len(stems)} stems; one reverb pass: {reverb_s / length_s:.4f} of it"
    )
    for name, seconds in times.items():
        print(
            f"  {name:11s} {seconds / length_s:.4f} of its length, {seconds / reverb_s:5.1f} reverb passes"
        )


if __name__ == "__main__":
    main()
