"""The clipper bounds peaks, leaves alone what is below its knee, and folds little back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.audio.loudness import true_peak_dbtp
from render.mixing.clipper import KNEE, soft_clipped

RATE = 44_100


def sine(hertz: float, level: float, seconds: float = 1.0) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    return np.stack([level * np.sin(2 * np.pi * hertz * time)] * 2).astype(np.float32)


def test_what_is_below_the_knee_is_not_touched() -> None:
    audio = sine(997.0, 0.99 * KNEE)
    assert np.array_equal(soft_clipped(audio, 1.0), audio)


def test_only_the_neighbourhood_of_a_peak_changes() -> None:
    audio = sine(997.0, 0.1)
    audio[:, 20_000:20_010] += 1.0
    changed = np.flatnonzero((soft_clipped(audio, 0.5) != audio).any(axis=0))
    assert 19_900 < changed[0] < 20_000 < changed[-1] < 20_110


@given(hertz=st.floats(30.0, 4000.0), level=st.floats(0.05, 8.0))
def test_a_tone_exceeds_the_threshold_by_no_more_than_a_square_waves_fundamental(
    hertz: float, level: float
) -> None:
    clipped = soft_clipped(sine(hertz, level, 0.2), 0.5)[:, 500:-500]
    # of a square wave whose overtones are beyond the band, 4/π is left
    assert np.abs(clipped).max() <= 0.5 * 4 / np.pi
    assert np.abs(clipped).max() <= level * (1 + 1e-5)


def test_chunks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    audio = 0.4 * np.random.default_rng(0).standard_normal((2, 30_000)).astype(np.float32)
    whole = soft_clipped(audio, 0.5)
    monkeypatch.setattr("render.mixing.clipper._CHUNK_SAMPLES", 1_000)
    assert np.abs(soft_clipped(audio, 0.5) - whole).max() < 1e-6
    assert true_peak_dbtp(whole) < true_peak_dbtp(audio) - 6.0


def test_less_folds_back_than_without_oversampling() -> None:
    """A tone of 5011 Hz, clipped hard: overtones above the band fold to where no harmonic is."""
    audio = sine(5011.0, 2.0)
    plain = 0.5 * np.tanh(audio / 0.5)

    def folded_db(samples: np.ndarray) -> float:
        power = np.square(np.abs(np.fft.rfft(samples[0] * np.hanning(RATE))))
        harmonic = np.zeros(len(power), bool)
        for k in range(1, 5):
            harmonic[5011 * k - 5 : 5011 * k + 6] = True
        return float(10 * np.log10(power[~harmonic].sum() / power.sum()))

    assert folded_db(soft_clipped(audio, 0.5)) < folded_db(plain) - 10.0
