"""Long filters: what their sum says, at any length, and the room that is one of them."""

from __future__ import annotations

import numpy as np
import pedalboard
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.fft import rfft
from scipy.signal import oaconvolve

from render.audio.levels import db_from_gain, rms
from render.mixing import convolve as convolving
from render.mixing.convolve import Spectra, convolve
from render.mixing.mix import reverberate
from structure.presets.mixes import load_mix

RATE = 44_100


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(1, 3000),
    taps=st.integers(1, 400),
    silent=st.integers(0, 3000),
    seed=st.integers(0, 9),
)
def test_a_filter_is_the_sum_that_it_stands_for(samples: int, taps: int, silent: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    audio = rng.standard_normal((1, samples)).astype(np.float32)
    audio[:, max(0, samples - silent) :] = 0.0
    kernel = rng.standard_normal((2, taps)).astype(np.float32)

    def spectra_of(size: int) -> Spectra:
        return np.asarray(rfft(kernel, size), dtype=np.complex64)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(convolving, "_MOST_SAMPLES", 512)  # several blocks
        found = convolve(audio, taps, spectra_of)
    assert found == pytest.approx(oaconvolve(audio, kernel, axes=1)[:, :samples], abs=1e-3)
    assert not convolve(np.zeros_like(audio), taps, spectra_of).any()


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
