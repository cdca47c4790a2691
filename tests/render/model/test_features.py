"""The log-mel front end: scale, inverse, tokens."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.model.features import (
    DRUMS,
    PITCHED,
    MelLayout,
    from_tokens,
    istft,
    log_mel,
    mel_matrix,
    scale_power,
    stft,
    to_tokens,
    unscale_power,
)

LAYOUTS = pytest.mark.parametrize("layout", [PITCHED, DRUMS], ids=["pitched", "drums"])


@LAYOUTS
def test_inverse_stft_gives_the_audio_back(layout: MelLayout) -> None:
    audio = torch.from_numpy(np.random.default_rng(0).standard_normal(30_011).astype(np.float32))
    back = istft(stft(audio, layout), layout, len(audio))
    assert float((back - audio).abs().max()) < 1e-4


@LAYOUTS
def test_a_full_scale_sine_peaks_at_one(layout: MelLayout) -> None:
    bin_hz = layout.sample_rate / layout.n_fft
    time = np.arange(20_000) / layout.sample_rate
    sine = torch.from_numpy(np.sin(2 * np.pi * 40 * bin_hz * time).astype(np.float32))
    spectrum = stft(sine, layout).abs()[10]
    assert int(spectrum.argmax()) == 40
    assert float(spectrum.max()) == pytest.approx(1.0, abs=1e-3)


@LAYOUTS
@given(samples=st.integers(1, 200_000))
def test_frames_are_whole_tokens_and_cover_the_audio(layout: MelLayout, samples: int) -> None:
    frames = layout.frames_for(samples)
    assert frames % layout.patch == 0
    assert (frames - 1) * layout.hop + layout.n_fft // 2 >= samples


@LAYOUTS
def test_tokens_keep_every_number_in_order_of_time(layout: MelLayout) -> None:
    mel = torch.arange(8 * layout.patch * layout.n_mels).reshape(-1, layout.n_mels)
    tokens = to_tokens(mel, layout)
    assert tokens.shape == (8, layout.token_size)
    assert torch.equal(from_tokens(tokens, layout), mel)
    assert torch.equal(tokens[0, : layout.n_mels], mel[0])


def test_both_layouts_give_tokens_of_one_size_at_one_rate() -> None:
    assert PITCHED.token_size == DRUMS.token_size
    assert PITCHED.hop * PITCHED.patch == DRUMS.hop * DRUMS.patch


@given(decibels=st.floats(-105.0, 15.0))
def test_scaling_is_undone(decibels: float) -> None:
    power = torch.tensor(10.0 ** (decibels / 10.0))
    assert 10.0 * float(torch.log10(unscale_power(scale_power(power)))) == pytest.approx(decibels, abs=0.01)


def test_silence_stays_silence() -> None:
    assert float(unscale_power(log_mel(torch.zeros(5000), PITCHED)).max()) == 0.0


@LAYOUTS
def test_every_band_hears_something(layout: MelLayout) -> None:
    assert float(mel_matrix(layout).sum(0).min()) > 0.0
