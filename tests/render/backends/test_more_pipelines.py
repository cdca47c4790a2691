"""What is of one pipeline alone: AudioLDM 2, LongCat-AudioDiT, MiniMax Music 3, and any other."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from render.audio.types import Audio
from render.backends import load_backend
from render.backends.base import BackendOptions
from render.backends.latents import LatentRecipe
from render.backends.pipelines.audioldm2 import log_mel
from render.backends.pipelines.longcat_audio import drop_tags
from render.backends.pipelines.minimax_music_3 import caption
from render.backends.request import InitAudio
from structure.base.grid import Grid, Meter
from tests.render.backends.asking import request, tone

Folder = Callable[[str], Path]
MORE = {"audioldm2": (16_000, 1), "longcat-audio": (24_000, 1), "minimax-music-3": (44_100, 2)}
SLOW_WORDS = pytest.param("audioldm2", marks=pytest.mark.slow)
SLOW_FRAMES = pytest.param("minimax-music-3", marks=pytest.mark.slow)


def load(folder: Folder, name: str, **options: Any) -> Any:
    return load_backend(name.split(" ", maxsplit=1)[0], BackendOptions(model=str(folder(name)), **options))


def texts_read(backend: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collects what a pipeline's tokenizer reads from now on."""
    read: list[str] = []
    tokenizer = type(backend._pipeline.tokenizer)
    usual = tokenizer.__call__

    def call(self: Any, text: Any, *arguments: Any, **keywords: Any) -> Any:
        read.extend([text] if isinstance(text, str) else text)
        return usual(self, text, *arguments, **keywords)

    monkeypatch.setattr(tokenizer, "__call__", call)
    return read


@pytest.mark.parametrize("name", [SLOW_WORDS, "longcat-audio", SLOW_FRAMES])
def test_clip_has_the_rate_channels_length_and_downbeat_asked_for(name: str, model_folder: Folder) -> None:
    asked = request()
    backend = load(model_folder, name)
    clip = backend.generate(asked)
    rate, channels = MORE[name]
    assert (backend.capabilities.sample_rate, backend.capabilities.channels) == (rate, channels)
    assert clip.sample_rate == rate and clip.audio.dtype == np.float32
    assert clip.audio.shape == (channels, round(asked.total_samples * rate / 44_100))
    assert clip.downbeat_sample == round(asked.pre_roll_samples * rate / 44_100)
    assert np.isfinite(clip.audio).all()
    assert np.abs(clip.audio[:, -rate // 10 :]).max() > 0.0, "it sounds to its end"


@pytest.mark.parametrize("name", [SLOW_WORDS, "longcat-audio", SLOW_FRAMES])
def test_tempo_key_metre_and_instrument_are_said_in_words(
    name: str, model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = load(model_folder, name)
    read = texts_read(backend, monkeypatch)
    backend.generate(request(grid=Grid.steady(93.0, Meter(3, 4)), tail_samples=0))
    said = " ".join(read).lower()
    for words in ("warm electric piano", "93", "3/4", "a minor", "solo chords, isolated stem"):
        assert words in said, words
    assert ("harsh noise" in said) == backend.capabilities.negative_prompt


def test_a_drum_stem_is_asked_for_without_a_key() -> None:
    assert "A minor" not in caption(request(role="drums"))
    assert "solo drums" in caption(request(role="drums")) and "solo" not in caption(request(role="mix"))
    assert "no vocals" in caption(request()) and "no vocals" not in caption(request(lyrics="[verse]\nla"))


class Calls:
    """The first arguments of a network's calls."""

    def __init__(self, network: Any) -> None:
        self.inputs: list[torch.Tensor] = []
        self.times: list[float] = []
        network.register_forward_pre_hook(self._note, with_kwargs=True)

    def _note(self, module: Any, arguments: Any, keywords: Any) -> None:
        first = arguments[0] if arguments else keywords["hidden_states"]
        time = keywords["timestep"] if "timestep" in keywords else arguments[1]
        self.inputs.append(first.detach().clone())
        self.times.append(float(time.flatten()[0]))


@pytest.mark.slow
def test_audioldm2_begins_from_the_guide_and_takes_its_last_steps(model_folder: Folder) -> None:
    backend = load(model_folder, "audioldm2")
    asked = request(steps=10, guidance=1.0)
    calls = Calls(backend._pipeline.unet)
    backend.generate(replace(asked, init=InitAudio(tone(asked), 0.3)))
    assert len(calls.inputs) == 3, "three of ten steps"
    encoded = backend._encode(tone_at(16_000, 1.6 + 1.0), calls.inputs[0].shape[2])
    scheduler = backend._pipeline.scheduler
    share = float(scheduler.alphas_cumprod[int(calls.times[0])].sqrt())
    rest = calls.inputs[0] - share * encoded
    assert float(rest.std()) == pytest.approx(math.sqrt(1.0 - share**2), rel=0.05)
    backend.generate(request(steps=4, guidance=1.0))
    assert len(calls.inputs) == 7, "a clip from noise takes all of them"


def tone_at(rate: int, seconds: float) -> Audio:
    time = np.arange(round(seconds * rate)) / rate
    return (0.2 * np.sin(2 * np.pi * 220.0 * time)).astype(np.float32)[None]


@pytest.mark.slow
def test_audioldm2_hears_mel_spectrograms_as_it_was_trained_on(librosa_loaded: None) -> None:
    """The recipe of AudioLDM: 64 bins of librosa's mel scale up to 8 kHz, natural logarithm."""
    import librosa

    wave = tone_at(16_000, 1.0)[0] + 0.05 * np.random.default_rng(1).standard_normal(16_000, np.float32)
    centred = wave - wave.mean()
    centred = 0.5 * centred / np.abs(centred).max()
    magnitudes = np.abs(
        librosa.stft(centred, n_fft=1024, hop_length=160, window="hann", pad_mode="reflect")
    )
    bank = librosa.filters.mel(sr=16_000, n_fft=1024, n_mels=64, fmin=0, fmax=8000)
    wanted = np.log(np.clip(bank @ magnitudes, 1e-5, None)).T
    found = log_mel(wave, 16_000, 160, 64).numpy()
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < 1e-3


@pytest.mark.slow
def test_a_plain_gpt_in_a_published_folder_plays(model_folder: Folder) -> None:
    """Some folders name GPT2Model, which lacks what the pipeline asks of it."""
    backend = load(model_folder, "audioldm2 plain")
    assert np.isfinite(backend.generate(request(tail_samples=0)).audio).all()


@pytest.mark.slow
def test_audioldm2_blends_longer_clips_from_windows(model_folder: Folder) -> None:
    backend = load(model_folder, "audioldm2")
    seconds = 1.4 * backend.capabilities.window_s
    asked = request(tail_samples=round(seconds * 44_100), steps=1)
    seen: set[int] = set()
    first_layer = backend._pipeline.unet.conv_in
    first_layer.register_forward_pre_hook(lambda module, arguments: seen.add(arguments[0].shape[2]))
    clip = backend.generate(asked)
    assert seen == {256}
    assert np.abs(clip.audio[:, -1600:]).max() > 0.0


@pytest.mark.slow
def test_longcat_begins_from_the_guide_where_the_strength_says(model_folder: Folder) -> None:
    backend = load(model_folder, "longcat-audio")
    asked = request(steps=4, guidance=1.0)
    calls = Calls(backend._pipeline.transformer)
    backend.generate(replace(asked, init=InitAudio(tone(asked), 0.4)))
    assert calls.times == pytest.approx([0.6, 0.7, 0.8, 0.9], abs=1e-4)
    frames = calls.inputs[0].shape[1]
    encoded = backend._encode(tone_at(24_000, 2.6), frames)
    noise = torch.from_numpy(asked.latent.noise((1, frames, 4)))
    assert torch.allclose(calls.inputs[0], 0.6 * encoded + 0.4 * noise, atol=1e-3)
    backend.generate(request(steps=4, guidance=1.0))
    assert calls.times[4:] == pytest.approx([0.0, 0.25, 0.5, 0.75], abs=1e-4), "nothing is left behind"


@pytest.mark.slow
def test_longcat_speaks_the_words_and_no_tags(
    model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = load(model_folder, "longcat-audio")
    read = texts_read(backend, monkeypatch)
    backend.generate(request(lyrics="[verse]\ncity lights\nare calling", negative_prompt=""))
    assert read == ["city lights are calling"]
    assert drop_tags("[chorus]") == ""


@pytest.mark.slow
def test_minimax_sings_under_tags(model_folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = load(model_folder, "minimax-music-3")
    read = texts_read(backend, monkeypatch)
    sung = backend.generate(request(lyrics="[verse]\ncity lights are calling", tail_samples=0)).audio
    assert "<|lyrics_start|>[start]\n[verse]\ncity lights are calling<|lyrics_end|>" in read[0]
    assert "BPM: 120. Time signature: 4/4. Key: A minor" in read[0]
    other = backend.generate(request(tail_samples=0)).audio
    assert "[start]\n[instrumental]<|lyrics_end|>" in read[1]
    assert not np.array_equal(sung, other)


@pytest.mark.slow
def test_minimax_does_not_end_before_the_section_does(model_folder: Folder) -> None:
    """A language model that would rather end at once, as its logits say."""
    backend = load(model_folder, "minimax-music-3")
    head = backend._pipeline.language_model.lm_head

    def end(module: Any, arguments: Any, logits: torch.Tensor) -> torch.Tensor:
        logits[..., 151_670] = 1e6
        return logits

    hook = head.register_forward_hook(end, prepend=True)
    try:
        asked = request(tail_samples=2 * 44_100)
        clip = backend.generate(asked)
    finally:
        hook.remove()
    body_end = round((asked.pre_roll_samples + asked.body_samples) * clip.sample_rate / 44_100)
    assert np.abs(clip.audio[:, body_end - 2000 : body_end]).max() > 0.0
    assert np.abs(clip.audio[:, -22_050:]).max() == 0.0, "the tail may be cut short"


@pytest.mark.slow
def test_a_variation_of_minimax_keeps_its_first_frames(model_folder: Folder) -> None:
    """The frames that the language model writes: alike up to the share that varies, and not after."""
    backend = load(model_folder, "minimax-music-3")
    written: dict[float, torch.Tensor] = {}
    encoder = backend._pipeline.condition_encoder
    for amount in (0.0, 0.5, 1.0):
        hook = encoder.register_forward_pre_hook(
            lambda module, arguments, amount=amount: written.__setitem__(amount, arguments[0].clone())
        )
        backend.generate(request(latent=LatentRecipe(5, 6, amount), tail_samples=0))
        hook.remove()
    same = (written[0.0] == written[0.5]).all(dim=-1)[0]
    half = len(same) // 2
    assert same[: half - 1].all() and not same[half + 2 :].any()
    assert not (written[0.0] == written[1.0]).all(dim=-1).any()


@pytest.mark.slow
@pytest.mark.parametrize("frames", [300, 900])
def test_windows_of_minimax_are_brought_to_the_time_of_their_frames(
    frames: int, model_folder: Folder
) -> None:
    """240 samples are gained with each window of four seconds: 70 ms in a minute."""
    from diffusers.modular_pipelines.modular_pipeline import PipelineState

    backend = load(model_folder, "minimax-music-3")
    pipeline = backend._pipeline
    state = PipelineState()
    given = {
        "frame_hiddens": torch.randn(1, frames, 64),
        "num_inference_steps": 1,
        "draw": lambda window, shape: torch.randn(shape),
        "output_type": "np",
    }
    for name, value in given.items():
        state.set(name, value)
    for block in ("denoise", "decode"):
        pipeline, state = pipeline.blocks.sub_blocks[block](pipeline, state)
    made = state.get("audios")[0]
    nominal = frames * 1764
    windows = frames // 100 - 1
    assert made.shape[1] - nominal == 240 * (windows - 1) - 32
    assert abs(backend._on_time(made, frames).shape[1] - nominal) <= 512


@pytest.mark.slow
def test_auto_plays_a_known_folder_by_its_own_backend(model_folder: Folder) -> None:
    for model, name in (("audioldm2", "audioldm2"), ("stable-audio-3", "stable-audio-3")):
        backend = load_backend("auto", BackendOptions(model=str(model_folder(model))))
        assert backend.name == name


@pytest.mark.slow
def test_auto_plays_any_text_to_audio_pipeline_by_its_arguments(
    model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a pipeline that diffusers reads and that has no backend of its own."""
    monkeypatch.setattr("render.backends.backends_by_class", dict)
    for model, shape in (("audioldm2", (1, 16_000)), ("stable-audio", (2, 44_100))):
        backend = load_backend("auto", BackendOptions(model=str(model_folder(model))))
        assert backend.name == "auto"
        asked = request(tail_samples=0)
        clip = backend.generate(asked)
        assert clip.sample_rate == shape[1]
        assert clip.audio.shape == (shape[0], round(asked.total_samples * shape[1] / 44_100))
        assert np.array_equal(backend.generate(asked).audio, clip.audio)
        near = backend.generate(request(tail_samples=0, latent=LatentRecipe(5, 6, 0.02))).audio
        assert not np.array_equal(near, clip.audio)
