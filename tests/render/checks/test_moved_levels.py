"""The levels of stems are judged where no move of the mix changes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import lfilter

from render.audio.levels import gain_from_db
from render.audio.loudness import measure_lufs
from render.audio.types import Audio
from render.checks.places import check_levels
from render.mixing.moves import move_stem
from render.mixing.sung import bed_gains, find_sung_spans
from structure.base.types import Role
from structure.plans.curves import song_curves
from structure.plans.plan import SongPlan
from structure.plans.score import Part
from structure.presets.mixes import Move
from tests.benchmarks.mix import song

BAND: tuple[Role, ...] = ("drums", "bass", "chords", "pad")


def band(plan: SongPlan) -> dict[str, Audio]:
    """Noise for four stems, each as loud as its strip makes it, with the moves of the plan."""
    rate = plan.grid.sample_rate
    found: dict[str, Audio] = {}
    for seed, name in enumerate(BAND):
        stem = next(stem for stem in plan.stems if stem.name == name)
        white = np.random.default_rng(seed).standard_normal((2, plan.total_samples))
        noise = lfilter([1.0], [1.0, -0.99], white, axis=1).astype(np.float32)  # below 70 Hz most of all
        wanted = plan.mix.strips[stem.role].loudness_lufs + stem.gain_db + plan.mix.bus_gain_db(stem.role)
        noise *= np.float32(gain_from_db(wanted - measure_lufs(noise, rate)))
        move_stem(noise, [curve for curve in song_curves(plan) if curve.stem == name], plan.grid)
        found[name] = noise
    return found


def four(*moves: Move) -> SongPlan:
    """A song of two sections of eight bars, in which four stems play throughout."""
    plan = song(32.0)
    visits = []
    for visit in plan.visits:
        drums = visit.music.score.parts["drums"]
        parts: dict[str, Part] = {name: replace(drums, role=name) for name in BAND}
        score = replace(visit.music.score, parts=parts)
        visits.append(replace(visit, music=replace(visit.music, score=score)))
    stems = tuple(stem for stem in plan.stems if stem.name in BAND)
    return replace(
        plan, stems=stems, visits=tuple(visits), mix=plan.mix.model_copy(update={"moves": moves})
    )


@pytest.mark.parametrize(
    "move",
    [
        Move(do="rise", section="s0", stem="bass", bars=5, amount=1.0),
        Move(do="fade_out", section="s0", stem="pad", bars=5),
        Move(do="lift", stem="chords", amount=6.0),
        Move(do="sweep", section="s0", stem="all", bars=6, amount=1.0),
    ],
)
def test_moves_do_not_count_as_wrong_levels_and_wrong_levels_do(move: Move) -> None:
    plan = four(move)
    stems = band(plan)
    assert check_levels(plan, stems).passed is True
    assert check_levels(plan, {**stems, "drums": stems["drums"] * np.float32(2.0)}).passed is False


def test_nothing_is_judged_where_all_of_it_moves() -> None:
    plan = four(Move(do="sweep", section="s0"))
    assert check_levels(plan, band(plan)).passed is None


@pytest.mark.slow
def test_stems_that_make_room_for_a_voice_leave_no_other_too_loud() -> None:
    plan = four()
    sung = replace(plan.stems[0], name="voice", role="vocals", prompt="woman")
    visits = []
    for visit in plan.visits:
        score = visit.music.score
        parts = {**score.parts, "voice": replace(score.parts["drums"], role="vocals")}
        visits.append(replace(visit, music=replace(visit.music, score=replace(score, parts=parts))))
    mix = plan.mix.model_copy(update={"under_voice_db": 9.0})
    plan = replace(plan, stems=(*plan.stems, sung), visits=tuple(visits), mix=mix)
    stems = band(plan)
    assert check_levels(plan, stems).passed is False, "the bed is as loud as if nobody sang"
    for visit in plan.visits:
        start, end = plan.bounds(visit)
        gains = bed_gains(find_sung_spans(plan, visit), 9.0, end - start, plan.grid.sample_rate)
        for name in ("chords", "pad"):
            stems[name][:, start:end] *= gains
    found = check_levels(plan, stems)
    assert found.passed and abs(found.value or 0.0) < 0.5


def test_a_stem_beside_others_that_play_little_is_held_against_the_loudest_of_them() -> None:
    """The bass plays in full from the start on, and the others from the second section on."""
    plan, others = four(), [name for name in BAND if name != "bass"]
    first, second = plan.visits
    parts = dict(first.music.score.parts)
    for name in others:
        parts[name] = replace(parts[name], notes=parts[name].notes[::4])
    score = replace(first.music.score, parts=parts)
    plan = replace(plan, visits=(replace(first, music=replace(first.music, score=score)), second))
    stems = band(plan)
    for name, below_db in zip(others, (2.0, 5.0, 6.0), strict=True):
        stems[name][:, slice(*plan.bounds(first))] *= np.float32(gain_from_db(-below_db))
    assert check_levels(plan, stems).passed is True
    for name in BAND:
        assert check_levels(plan, {**stems, name: stems[name] * np.float32(2.5)}).passed is False, name
