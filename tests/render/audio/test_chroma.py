"""Pitch is measured: a tone's class, its tuning, the triad of three tones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from render.audio.chroma import chroma, spectral_peaks, tuning_cents
from render.checks.harmony import find_triad

RATE = 44_100


def tones(*pitches: float, seconds: float = 1.5) -> np.ndarray:
    time = np.arange(round(seconds * RATE)) / RATE
    hertz = [440.0 * 2.0 ** ((pitch - 69) / 12) for pitch in pitches]
    return np.sum([0.2 * np.sin(2 * np.pi * hz * time) for hz in hertz], axis=0).astype(np.float32)


@given(st.integers(45, 95), st.floats(-45, 45))
@settings(max_examples=40)
def test_a_tone_has_its_class_and_its_tuning(pitch: int, cents: float) -> None:
    peaks = spectral_peaks(tones(pitch + cents / 100), RATE)
    assert tuning_cents(peaks) == pytest.approx(cents, abs=2.0)
    classes = chroma(peaks).sum(axis=0)
    assert int(np.argmax(classes)) == pitch % 12
    if abs(cents) < 25:
        assert classes[pitch % 12] > 1.5 * np.sort(classes)[-2]


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("third", [3, 4])
def test_a_triad_is_heard(root: int, third: int) -> None:
    audio = tones(60 + root, 60 + root + third, 67 + root)
    assert find_triad(chroma(spectral_peaks(audio, RATE)).sum(axis=0)) == (root, third)


def test_silence_has_no_tuning() -> None:
    peaks = spectral_peaks(np.zeros(RATE, np.float32), RATE)
    assert tuning_cents(peaks) is None
    assert not chroma(peaks).any()
    noise = np.random.default_rng(0).standard_normal(3 * RATE).astype(np.float32)
    assert tuning_cents(spectral_peaks(noise, RATE)) is None
