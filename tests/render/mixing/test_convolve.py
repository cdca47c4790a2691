"""Long filters: what their sum says, at any length, and the room that is one of them."""

from __future__ import annotations

import numpy as np
import pedalboard
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import oaconvolve

from render.audio.levels import db_from_gain, rms
from render.mixing.convolve import add_filters, convolve, cut_filter
from render.mixing.mix import reverberate
from structure.presets.mixes import load_mix

RATE = 44_100


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(1, 3000),
    taps=st.integers(1, 400),
    silent=st.integers(0, 3000),
    seed=st.integers(0, 9),
    block=st.sampled_from([16, 64, 512]),
)
def test_a_filter_is_the_sum_that_it_stands_for(
    samples: int, taps: int, silent: int, seed: int, block: int
) -> None:
    rng = np.random.default_rng(seed)
    sounds = rng.standard_normal((2, samples)).astype(np.float32)
    sounds[:, max(0, samples - silent) :] = 0.0
    kernels = [rng.standard_normal((2, size)).astype(np.float32) for size in (taps, 1 + taps // 3)]
    wanted = sum(
        oaconvolve(sound[None], kernel, axes=1)[:, :samples]
        for sound, kernel in zip(sounds, kernels, strict=True)
    )
    filters = [cut_filter(kernel, block) for kernel in kernels]
    assert convolve(list(zip(sounds, filters, strict=True)), samples, block) == pytest.approx(
        wanted, abs=1e-3
    )
    assert not convolve([(np.zeros_like(sounds[0]), filters[0])], samples, block).any()
    side_by_side = oaconvolve(sounds[:1], kernels[0], axes=1) + np.pad(
        oaconvolve(sounds[:1], kernels[1], axes=1), ((0, 0), (0, taps - 1 - taps // 3))
    )
    assert convolve([(sounds[0], add_filters(filters))], samples, block) == pytest.approx(
        side_by_side[:, :samples], abs=1e-3
    )


@pytest.mark.parametrize("name", ["room", "plate", "kit"])
def test_a_room_is_freeverb_between_two_filters(name: str) -> None:
    space = load_mix("pop").spaces[name].model_copy(update={"predelay_ms": 0.0})
    rng = np.random.default_rng(1)
    dry = 0.1 * rng.standard_normal((2, 2 * RATE)).astype(np.float32)
    board = pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(space.low_cut_hz),
            pedalboard.Reverb(space.size, space.damping, wet_level=1.0, dry_level=0.0, width=1.0),
            pedalboard.LowpassFilter(space.high_cut_hz),
        ]
    )
    wanted, found = np.asarray(board(dry, RATE)), reverberate(dry, space, RATE)
    gain = float((found * wanted).sum() / (wanted * wanted).sum())
    # Freeverb itself rounds to steps that lie below this
    assert db_from_gain(rms(found - np.float32(gain) * wanted) / rms(found)) < -90.0
