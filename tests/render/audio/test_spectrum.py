"""Tonal balance: octave bands, the equaliser that leans to a target, and what mono loses."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import freqz

from render.audio.spectrum import (
    matching_filter,
    matching_gains_db,
    misses_db,
    response_db,
    spectrum_of,
)
from render.mixing.master import master_song
from structure.presets.mixes import BANDS_HZ, load_mix, mix_names
from structure.specs.spec import MasterSpec
from tests.render.support import RATE

GAINS = st.lists(st.floats(-6.0, 6.0), min_size=9, max_size=9)


def coloured(slope_db: float, seconds: float = 6.0, seed: int = 0) -> np.ndarray:
    """Stereo noise whose octave bands fall by ``slope_db`` an octave; 0 is pink."""
    rng = np.random.default_rng(seed)
    size = round(seconds * RATE)
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20.0)
    shape = hertz**-0.5 * 10.0 ** (-slope_db * np.log2(hertz / 1000.0) / 20.0)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal((2, size)), axis=1) * shape, size, axis=1)
    return (0.1 * noise / noise.std()).astype(np.float32)


@pytest.mark.parametrize("slope_db", [0.0, 2.0, 4.0])
def test_noise_of_a_known_slope_measures_so(slope_db: float) -> None:
    levels = spectrum_of(coloured(slope_db), RATE).octaves_db()[:8]  # the last octave is cut at 22 kHz
    assert np.diff(levels) == pytest.approx(np.full(7, -slope_db), abs=0.8)


def test_the_bands_are_powers() -> None:
    """A sine of amplitude 0.5 on both channels has a power of 0.125 in its own band."""
    time = np.arange(3 * RATE) / RATE
    sine = np.tile(0.5 * np.sin(2 * np.pi * 1000 * time), (2, 1)).astype(np.float32)
    spectrum = spectrum_of(sine, RATE)
    assert spectrum.octaves_db()[BANDS_HZ.index(1000)] == pytest.approx(10 * math.log10(0.125), abs=0.05)
    assert spectrum.mono_loss_db() == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("correlation", "loss_db"), [(1.0, 0.0), (0.0, 3.01), (-0.5, 6.02)])
def test_what_mono_loses_follows_from_the_correlation(correlation: float, loss_db: float) -> None:
    one, two = coloured(0.0)[0], coloured(0.0, seed=1)[1]
    other = correlation * one + math.sqrt(1 - correlation**2) * two
    assert spectrum_of(np.stack([one, other]), RATE).mono_loss_db() == pytest.approx(loss_db, abs=0.4)


@settings(deadline=None, max_examples=30)
@given(GAINS)
def test_the_filter_has_the_gains_that_are_asked_for(gains: list[float]) -> None:
    taps = matching_filter(gains, RATE)
    hertz = np.array([125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0])
    _, response = freqz(taps, worN=hertz, fs=RATE)
    assert 20 * np.log10(np.abs(response)) == pytest.approx(response_db(gains, hertz), abs=0.4)


def test_the_filter_answers_at_once() -> None:
    """Minimum phase: no echo comes before the sound."""
    taps = matching_filter([4, 2, 0, -2, -4, -2, 0, 2, 4], RATE)
    assert np.argmax(np.abs(taps)) == 0
    assert np.sum(taps[:200] ** 2) > 0.98 * np.sum(taps**2)


@given(st.lists(st.floats(-60.0, 0.0), min_size=9, max_size=9), st.floats(0.0, 1.0), st.floats(0.0, 9.0))
def test_matching_is_bounded_and_leans_the_right_way(
    levels: list[float], share: float, most: float
) -> None:
    target = load_mix("pop").target
    gains = matching_gains_db(np.array(levels), target, share, most)
    misses = misses_db(np.array(levels), target)
    assert np.abs(gains).max() <= most
    assert (gains * misses <= 0.0).all()
    assert np.allclose(gains, matching_gains_db(np.array(levels) + 11.0, target, share, most))


@pytest.mark.parametrize("slope_db", [0.5, 3.0])
def test_a_master_comes_nearer_to_its_target(slope_db: float) -> None:
    mix = load_mix("rock")
    premaster = coloured(slope_db)
    made = master_song(premaster, MasterSpec(), RATE, mix)
    levels = [spectrum_of(audio, RATE).octaves_db() for audio in (premaster, made.audio)]
    before, after = (misses_db(level, mix.target) for level in levels)
    assert np.abs(after[1:8]).max() < 0.6 * np.abs(before[1:8]).max()


def test_a_master_loses_no_more_in_mono_than_its_mix_allows() -> None:
    mix = load_mix("pop")
    wide = coloured(2.0)  # its channels have nothing in common
    made = master_song(wide, MasterSpec(), RATE, mix)
    assert spectrum_of(wide, RATE).mono_loss_db() > 2.5
    assert spectrum_of(made.audio, RATE).mono_loss_db() < mix.most_mono_loss_db + 0.2


def test_the_low_end_of_a_master_is_mono() -> None:
    made = master_song(coloured(2.0), MasterSpec(), RATE, load_mix("club")).audio
    spectrum = spectrum_of(made, RATE)
    low = spectrum.hertz < 60
    assert 10 * math.log10(spectrum.side[low].sum() / spectrum.mid[low].sum()) < -12.0


@pytest.mark.parametrize("name", mix_names())
def test_targets_are_pinkish(name: str) -> None:
    """From 250 Hz up each octave is softer than the last, and all lie within 40 dB."""
    target = [load_mix(name).target[band] for band in BANDS_HZ]
    assert (np.diff(target[2:]) <= -0.5).all()
    assert np.ptp(target) < 40.0
