"""Loudness and true peak against BS.1770's own figures and against pyloudnorm."""

import math

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.cores import WORTH_SHARING_SAMPLES
from render.audio.loudness import block_true_peaks, measure_lufs, true_peak_dbtp

RATE = 44_100


def sine(
    hertz: float, seconds: float, rate: int = RATE, phase: float = 0.0, level: float = 1.0
) -> np.ndarray:
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time + phase)).astype(np.float32)


def noise(seconds: float, level: float = 0.1, seed: int = 0, channels: int = 2) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal((channels, round(seconds * RATE)))).astype(np.float32)


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_a_full_scale_sine_of_997_hz_measures_minus_3_01_lufs_on_one_channel(rate: int) -> None:
    assert measure_lufs(sine(997, 5, rate)[None], rate) == pytest.approx(-3.01, abs=0.01)


def test_a_second_channel_adds_three_lu() -> None:
    one = sine(997, 5)[None]
    both = measure_lufs(np.repeat(one, 2, axis=0), RATE)
    assert both - measure_lufs(one, RATE) == pytest.approx(3.01, abs=0.01)


def test_loudness_agrees_with_pyloudnorm_on_gated_music() -> None:
    audio = noise(12.0)
    audio[:, 4 * RATE : 8 * RATE] *= 0.02
    meter = pyloudnorm.Meter(RATE, filter_class="DeMan")
    assert measure_lufs(audio, RATE) == pytest.approx(meter.integrated_loudness(audio.T), abs=0.02)


def test_pauses_are_gated_out() -> None:
    audio = noise(4.0)
    paused = np.concatenate([audio, np.zeros_like(audio), np.zeros_like(audio)], axis=1)
    assert measure_lufs(paused, RATE) == pytest.approx(measure_lufs(audio, RATE), abs=0.3)


@given(st.floats(-30.0, 15.0))
@settings(max_examples=30)
def test_a_gain_moves_loudness_and_true_peak_by_itself(gain_db: float) -> None:
    audio = noise(1.0, level=0.05)
    louder = (audio * 10 ** (gain_db / 20)).astype(np.float32)
    assert measure_lufs(louder, RATE) - measure_lufs(audio, RATE) == pytest.approx(gain_db, abs=1e-3)
    assert true_peak_dbtp(louder) - true_peak_dbtp(audio) == pytest.approx(gain_db, abs=1e-3)


@pytest.mark.parametrize("audio", [np.zeros((2, RATE), np.float32), noise(0.3), noise(2.0, level=1e-6)])
def test_silence_and_less_than_a_block_have_no_loudness(audio: np.ndarray) -> None:
    assert measure_lufs(audio, RATE) == -math.inf


def test_silence_has_no_peak() -> None:
    assert true_peak_dbtp(np.zeros((2, 100), np.float32)) == -math.inf


@pytest.mark.parametrize(("period", "degrees"), [(4, 45.0), (4, 0.0), (6, 60.0), (8, 67.5)])
def test_peaks_between_samples_are_found(period: int, degrees: float) -> None:
    """As in EBU Tech 3341, tests 15 to 18: a tone of half full scale whose samples miss its peaks."""
    tone = sine(RATE / period, 1.0, phase=math.radians(degrees), level=0.5) * np.hanning(RATE)
    assert true_peak_dbtp(tone.astype(np.float32)[None]) == pytest.approx(-6.02, abs=0.2)


@given(st.integers(1, 500), st.integers(1, 3000), st.integers(0, 1000))
def test_blocks_hold_their_samples_and_the_largest_is_the_true_peak(
    block: int, size: int, seed: int
) -> None:
    audio = np.random.default_rng(seed).uniform(-1, 1, (2, size)).astype(np.float32)
    peaks = block_true_peaks(audio, block)
    assert len(peaks) == -(-size // block)
    samples = np.maximum.reduceat(np.abs(audio).max(axis=0), np.arange(0, size, block))
    assert np.all(peaks >= samples - 1e-6)
    assert 20 * math.log10(peaks.max()) == pytest.approx(true_peak_dbtp(audio), abs=1e-4)


@pytest.mark.parametrize("place", [100, 127, 128, 1000, 1_999])
def test_the_highest_curve_need_not_be_at_the_loudest_sample(place: int) -> None:
    """Samples of ±0.6 that a tone passes at 45 degrees, and far from them one that is louder by itself."""
    audio = np.zeros((2, 4_000), np.float32)
    alone = np.zeros((2, 4_000), np.float32)
    audio[1, place : place + 40] = alone[1, place : place + 40] = np.tile([0.6, 0.6, -0.6, -0.6], 10)
    audio[0, 3_500] = 0.7
    assert true_peak_dbtp(audio) == true_peak_dbtp(alone)
    assert true_peak_dbtp(audio) > 20 * math.log10(0.8)


def test_many_threads_measure_what_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = noise(WORTH_SHARING_SAMPLES / RATE + 1.0)
    shared = measure_lufs(audio, RATE), true_peak_dbtp(audio), block_true_peaks(audio, 45)
    monkeypatch.setattr("render.audio.cores.count_cores", lambda: 1)
    assert (measure_lufs(audio, RATE), true_peak_dbtp(audio)) == shared[:2]
    assert np.array_equal(block_true_peaks(audio, 45), shared[2])


def test_chunks_leave_no_trace() -> None:
    """A long song is measured in chunks; a click on the border of two is found whole."""
    audio = np.zeros((1, 600_000), np.float32)
    audio[0, (1 << 18) - 1] = audio[0, 1 << 18] = 0.5
    alone = np.zeros((1, 400), np.float32)
    alone[0, 199] = alone[0, 200] = 0.5
    assert true_peak_dbtp(audio) == pytest.approx(true_peak_dbtp(alone), abs=1e-4)
