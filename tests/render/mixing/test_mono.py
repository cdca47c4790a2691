"""What a listener in mono loses of a stem: never more than a decibel and a half, and nothing of its sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.shape import narrow
from structure.presets.mixes import Move, load_mix, mix_names
from tests.benchmarks.mono import BOUND_DB, lost_db, preset_losses
from tests.composer.songmaker import small_plan


@given(seed=st.integers(0, 99), shared=st.floats(-1.0, 1.0), most=st.floats(0.05, 1.0))
def test_a_side_is_turned_down_as_far_as_asked_and_the_sum_stays(
    seed: int, shared: float, most: float
) -> None:
    mid, side = np.random.default_rng(seed).standard_normal((2, 2000)).astype(np.float32)
    wide = np.stack([mid + side * np.float32(shared), mid - side])
    narrowed = wide.copy()
    narrow(narrowed, most)
    assert narrowed.sum(axis=0) == pytest.approx(wide.sum(axis=0), abs=1e-5)
    before, after = (
        float(np.square(x[0] - x[1]).sum() / np.square(x.sum(axis=0)).sum()) for x in (wide, narrowed)
    )
    if before <= most * 0.999:
        assert np.array_equal(narrowed, wide)
    else:
        assert 0.85 * most <= after <= 1.001 * most


def test_silence_stays_silent() -> None:
    silent = np.zeros((2, 100), dtype=np.float32)
    narrow(silent, 0.4)
    assert not silent.any()


def test_a_pan_is_no_width() -> None:
    mix = load_mix("jazz")
    strip = mix.strips["lead"].model_copy(update={"width": 0.0, "depth": 0.0})
    still = mix.model_copy(update={"strips": {**mix.strips, "lead": strip}, "moves": ()})
    plan = replace(small_plan(), mix=still)
    assert lost_db(plan, "lead", 1, pan=1.0, reverb=0.0, delay=0.0) == pytest.approx(3.0, abs=0.05)


def test_a_choir_in_a_wide_refrain_is_heard_in_mono() -> None:
    mix = load_mix("pop").model_copy(update={"moves": (Move(do="widen", stem="all", amount=1.0),)})
    assert 1.0 < lost_db(replace(small_plan(), mix=mix), "backing", 2) < BOUND_DB


@pytest.mark.slow
@pytest.mark.parametrize("preset", mix_names()[::8])
def test_no_role_of_a_preset_loses_more(preset: str) -> None:
    for role, channels, loss in preset_losses(preset):
        assert loss < BOUND_DB, (role, channels)
