"""Short-time spectra: of a sine, there and back, in chunks, and against scipy's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import ShortTimeFFT

from render.audio.stft import hann, istft, spectra_at, stft, stft_chunks

RATE = 44_100


def noise(size: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(size).astype(np.float32)


def test_a_sine_stands_in_its_bin() -> None:
    bins = np.abs(
        stft(np.sin(2 * np.pi * 100 * np.arange(8192) / 1024).astype(np.float32), 1024, 256, hann(1024))
    )
    assert (bins.argmax(axis=1) == 100).all()
    assert bins[:, 100] == pytest.approx(np.full(len(bins), 1024 / 4), rel=1e-4)


@given(st.integers(2048, 9000), st.sampled_from((128, 512, 700)))
def test_spectra_are_those_of_scipy(size: int, hop: int) -> None:
    audio, window = noise(size), hann(1024)
    mine = stft(audio, 2048, hop, window)
    theirs = ShortTimeFFT(window, hop, fs=1.0, mfft=2048, phase_shift=None)
    starts = hop * np.arange(len(mine))
    assert len(mine) == (size - 1024) // hop + 1
    for start, spectrum in zip(starts, mine, strict=True):
        frame = theirs.stft(audio[start : start + 1024], p0=0, p1=1, k_offset=512)[:, 0]
        assert np.abs(spectrum - frame).max() < 1e-3


@pytest.mark.parametrize("part", [3, 4, 8])
def test_audio_comes_back_from_its_spectra(part: int) -> None:
    size = 1536
    window, hop = hann(size), size // part
    audio = noise(20 * size)
    chunks = list(stft_chunks(audio, size, hop, window, chunk=7))
    back = istft(chunks, hop, window, sum(map(len, chunks)))
    inside = slice(size, len(back) - size)
    assert np.abs(back[inside] - audio[inside]).max() < 1e-5


def test_chunks_are_the_whole() -> None:
    audio = noise(30_000)
    whole = stft(audio, 2048, 512, hann(2048))
    assert np.allclose(
        np.concatenate(list(stft_chunks(audio, 2048, 512, hann(2048), chunk=5))), whole, atol=1e-4
    )
    (some,) = spectra_at(audio, np.array([0, 512, 2048]), 2048, hann(2048))
    assert np.allclose(some, whole[[0, 1, 4]], atol=1e-4)
