"""A stem is held to its pan, be it mono that a strip widens or a group that stands in the width itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy

from render.checks.places import SIDE_LIMIT_DB, sides_miss_db
from render.mixing.mix import dry_stem, pan_gains
from tests.benchmarks.mix import song

PAN = -0.4


@pytest.mark.parametrize("voices", [1, 2])
@pytest.mark.parametrize("low_hz", [150.0, 250.0, 500.0, 2000.0])
def test_a_panned_stem_is_where_it_is_panned_and_not_where_its_sides_are_swapped(
    voices: int, low_hz: float
) -> None:
    plan = song(16.0)
    rate = plan.grid.sample_rate
    pad = replace(next(stem for stem in plan.stems if stem.name == "pad"), pan=PAN)
    strip = plan.mix.strips["pad"]
    assert strip.width > 0.0

    noise = np.random.default_rng(int(low_hz)).standard_normal((voices, plan.total_samples))
    band = scipy.signal.butter(4, (low_hz, 1.4 * low_hz), "bandpass", fs=rate, output="sos")
    sung = np.float32(0.1) * scipy.signal.sosfilt(band, noise, axis=1).astype(np.float32)
    audio = dry_stem(sung, strip, rate) * np.array(pan_gains(PAN), dtype=np.float32)[:, None]

    assert abs(sides_miss_db(plan, pad, audio)) < 0.5
    assert abs(sides_miss_db(plan, pad, np.ascontiguousarray(audio[::-1]))) > SIDE_LIMIT_DB


def test_an_echo_that_is_louder_than_what_the_strip_makes_moves_nobody() -> None:
    plan = song(16.0)
    rate = plan.grid.sample_rate
    pad = replace(next(stem for stem in plan.stems if stem.name == "pad"), pan=-PAN)
    strip = plan.mix.strips["pad"]
    noise = np.random.default_rng(7).standard_normal((1, plan.total_samples))
    band = scipy.signal.butter(4, (700.0, 2400.0), "bandpass", fs=rate, output="sos")
    dry = np.float32(0.1) * scipy.signal.sosfilt(band, noise, axis=1).astype(np.float32)
    audio = dry_stem(dry, strip, rate) * np.array(pan_gains(-PAN), dtype=np.float32)[:, None]
    echo = np.random.default_rng(8).standard_normal((2, plan.total_samples)).astype(np.float32)
    wet = audio + np.float32(0.1) * scipy.signal.sosfilt(band, echo, axis=1).astype(np.float32)

    assert abs(sides_miss_db(plan, pad, np.ascontiguousarray(wet))) < SIDE_LIMIT_DB
    assert abs(sides_miss_db(plan, pad, np.ascontiguousarray(audio[::-1]))) > SIDE_LIMIT_DB
