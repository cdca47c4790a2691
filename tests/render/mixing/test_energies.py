"""Section energies: what the plan says of loudness is what the stems and the master have."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.checks.quality import section_levels
from render.mixing.energies import Section, gain_curve, level_misses_db, sections_lufs
from render.mixing.master import master_song
from render.mixing.mix import (
    FULL_LUFS,
    MOST_RIDE_DB,
    RIDE_STEP_DB,
    level_key,
    ride_stems,
    sections_of,
    sum_stems,
)
from structure.plans.plan import SongPlan
from structure.specs.spec import MasterSpec
from tests.builders import change_visit
from tests.render.support import RATE, plan_of

ENERGIES = {"verse": 0.45, "chorus": 0.95}


def energetic(plan: SongPlan, energies: dict[str, float] = ENERGIES) -> SongPlan:
    visits = tuple(change_visit(visit, energy=energies[visit.place.name]) for visit in plan.visits)
    return replace(plan, visits=visits)


def sounding(plan: SongPlan, levels: dict[str, float], seed: int = 0) -> dict[str, np.ndarray]:
    """Three stems of hits over noise, each section at a level of its own."""
    rng = np.random.default_rng(seed)
    stems = {}
    for stem in plan.stems:
        audio = 0.02 * rng.standard_normal((2, plan.total_samples))
        for beat in plan.grid.beat_samples(plan.bars):
            time = np.arange(min(RATE // 5, audio.shape[1] - beat)) / RATE
            audio[:, beat : beat + len(time)] += 0.3 * np.exp(-30 * time) * np.sin(2 * np.pi * 90 * time)
        for visit in plan.visits:
            start, end = plan.bounds(visit)
            audio[:, start:end] *= levels[visit.place.name]
        stems[stem.name] = audio.astype(np.float32)
    return stems


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return energetic(plan_of((("verse", 4, 0.0), ("chorus", 4, 0.0)) * 2))


@pytest.mark.slow
@pytest.mark.parametrize("levels", [{"verse": 1.0, "chorus": 1.0}, {"verse": 0.9, "chorus": 0.7}])
def test_the_ride_brings_sections_to_their_planned_levels(plan: SongPlan, levels: dict[str, float]) -> None:
    stems = sounding(plan, levels)
    gains = ride_stems(plan, stems, plan.crossfade_samples)
    lufs = sections_lufs(sum(stems.values()), sections_of(plan), RATE)
    gap = plan.mix.dynamics_db * (ENERGIES["chorus"] - ENERGIES["verse"])
    assert lufs[1] - lufs[0] == pytest.approx(gap, abs=RIDE_STEP_DB + 0.15)
    assert gains[0] == gains[2]
    assert gains[1] == gains[3]
    assert all(gain / RIDE_STEP_DB == round(gain / RIDE_STEP_DB) for gain in gains)


@pytest.mark.slow
def test_a_section_rides_alike_whatever_the_others_do(plan: SongPlan) -> None:
    """An edited verse does not move the chorus: its stems stay the same samples."""
    one, other = (sounding(plan, {"verse": verse, "chorus": 0.7}) for verse in (1.0, 0.3))
    for stems in (one, other):
        ride_stems(plan, stems, plan.crossfade_samples)
    start, end = plan.bounds(plan.visits[1])
    body = slice(start, end - plan.crossfade_samples)
    for name in one:
        assert np.array_equal(one[name][:, body], other[name][:, body])


def test_the_ride_is_bounded(plan: SongPlan) -> None:
    stems = sounding(plan, {"verse": 0.02, "chorus": 1.0})
    assert max(ride_stems(plan, stems, plan.crossfade_samples)) == MOST_RIDE_DB


def test_a_loud_section_rides_down_no_further_either(plan: SongPlan) -> None:
    stems = sounding(plan, {"verse": 30.0, "chorus": 1.0})
    assert min(ride_stems(plan, stems, plan.crossfade_samples)) == -MOST_RIDE_DB


def test_a_section_of_full_energy_has_the_loudness_of_full_sections(plan: SongPlan) -> None:
    full = energetic(plan, {"verse": 0.5, "chorus": 1.0})
    stems = sounding(full, {"verse": 1.0, "chorus": 1.0})
    ride_stems(full, stems, full.crossfade_samples)
    verse, chorus = sections_lufs(sum(stems.values()), sections_of(full), RATE)[:2]
    assert chorus == pytest.approx(FULL_LUFS, abs=RIDE_STEP_DB / 2 + 0.1)
    assert verse == pytest.approx(FULL_LUFS - full.mix.dynamics_db / 2, abs=RIDE_STEP_DB / 2 + 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("fade", [0, 30_000])
def test_the_ride_moves_within_the_crossfade_and_never_at_once(plan: SongPlan, fade: int) -> None:
    """Its ramp ends on the downbeat, and is of ten milliseconds at least."""
    made = sounding(plan, {"verse": 1.0, "chorus": 0.6})
    before = {name: audio.copy() for name, audio in made.items()}
    ride_stems(plan, made, fade)
    name = plan.stems[0].name
    start = plan.bounds(plan.visits[1])[0]
    ramp = max(fade, 441)
    heard = np.abs(before[name][0]) > 1e-4
    gains = np.where(heard, made[name][0] / np.where(heard, before[name][0], 1.0), np.nan)
    outside = gains[start - ramp - 2000 : start - ramp]
    inside = gains[start - ramp + 5 : start - 5]
    assert np.nanmax(np.abs(outside - np.nanmedian(outside))) < 1e-4
    assert np.nanmax(inside) - np.nanmin(inside) > 0.5 * abs(
        np.nanmedian(gains[start : start + 2000]) - np.nanmedian(outside)
    )


def test_silence_is_left_alone(plan: SongPlan) -> None:
    stems = {stem.name: np.zeros((2, plan.total_samples), np.float32) for stem in plan.stems}
    assert not any(ride_stems(plan, stems, plan.crossfade_samples))
    assert all(level.measured_db is None for level in section_levels(plan, stems["drums"]))


def test_visits_of_another_energy_or_other_players_have_levels_of_their_own(plan: SongPlan) -> None:
    first, again = plan.visits[0], plan.visits[2]
    assert level_key(first) == level_key(again)
    assert level_key(change_visit(again, energy=0.5)) != level_key(first)
    assert level_key(change_visit(again, variation=0.3)) != level_key(first)
    assert level_key(change_visit(again, name="bridge")) != level_key(first)
    assert level_key(change_visit(again, fades={"drums": "in"})) != level_key(first)
    assert level_key(change_visit(again, variation_seed=99)) == level_key(first)
    takes = [change_visit(again, variation=0.3, variation_seed=seed) for seed in (1, 2)]
    assert level_key(takes[0]) != level_key(takes[1])
    fewer = replace(again.music.score, parts={"drums": again.music.score.parts["drums"]})
    assert level_key(change_visit(again, score=fewer)) != level_key(first)


SECTIONS = [Section("a", 0, 1000, 0.0), Section("b", 1000, 3000, -3.0), Section("c", 3000, 5000, 0.0)]


@given(st.lists(st.floats(-9.0, 9.0), min_size=3, max_size=3), st.integers(10, 900))
def test_a_fader_moves_before_the_downbeat_and_stands_still_elsewhere(
    gains: list[float], ramp: int
) -> None:
    curve = 20 * np.log10(gain_curve(SECTIONS, gains, ramp, np.arange(6000.0)))
    for section, after, gain in zip(SECTIONS, [1000, 3000, 6000], gains, strict=True):
        still = curve[section.start : after - ramp]
        assert np.abs(still - gain).max() < 1e-9
    assert np.abs(np.diff(curve)).max() <= 18.0 * np.pi / 2 / ramp + 1e-9


def test_misses_do_not_depend_on_the_songs_loudness() -> None:
    one, other = (level_misses_db(SECTIONS, [gain - 20, gain - 21, gain - 20]) for gain in (0.0, -7.5))
    assert np.allclose(one, other)
    assert np.ptp(one) == pytest.approx(2.0)
    assert np.isnan(level_misses_db(SECTIONS, [-20.0, -math.inf, -20.0])[1])


@pytest.mark.slow
@pytest.mark.parametrize("lufs", [-23.0, -14.0, -9.0])
def test_energies_survive_the_master(plan: SongPlan, lufs: float) -> None:
    """Chorus over verse by what the plan says, within half of what is allowed, at any loudness."""
    stems = sounding(plan, {"verse": 1.0, "chorus": 0.6})
    ride_stems(plan, stems, plan.crossfade_samples)
    premaster = sum_stems(stems)
    made = master_song(premaster, MasterSpec(loudness_lufs=lufs), RATE, plan.mix, sections_of(plan))
    levels = section_levels(plan, made.audio)
    misses = [level.measured_db - level.planned_db for level in levels]
    assert max(misses) - min(misses) < 0.5
    assert levels[1].planned_db - levels[0].planned_db == pytest.approx(
        plan.mix.dynamics_db * 0.5, abs=0.02
    )


@pytest.mark.slow
def test_without_trims_the_limiter_would_eat_it(plan: SongPlan) -> None:
    """The test above can fail: a loud master without them misses the plan."""
    stems = sounding(plan, {"verse": 1.0, "chorus": 0.6})
    ride_stems(plan, stems, plan.crossfade_samples)
    made = master_song(sum_stems(stems), MasterSpec(loudness_lufs=-9.0), RATE, plan.mix)
    misses = [level.measured_db - level.planned_db for level in section_levels(plan, made.audio)]
    assert max(misses) - min(misses) > 0.7
