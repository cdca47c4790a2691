"""Each backend, with a tiny pipeline of the published classes, loaded from a folder as a user does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from render.audio.shape import JOIN_S
from render.backends import load_backend
from render.backends.base import Backend, BackendOptions
from render.backends.latents import LatentRecipe
from render.backends.request import InitAudio
from tests.render.backends.asking import request, tone
from tests.tones import level_db

MODELS = ("riffusion", "stable-audio", "stable-audio-3", "ace-step")
RATES = {
    "riffusion": (44_100, 1),
    "stable-audio": (44_100, 2),
    "stable-audio-3": (44_100, 2),
    "ace-step": (48_000, 2),
}

SLOW_PICTURES = pytest.param("riffusion", marks=pytest.mark.slow)
SLOW_TOKENS = pytest.param("stable-audio-3 lossless", marks=pytest.mark.slow)

Folder = Callable[[str], Path]


def load(folder: Folder, model: str, **options: Any) -> Backend:
    return load_backend(
        model.split(" ", maxsplit=1)[0], BackendOptions(model=str(folder(model)), **options)
    )


@pytest.fixture(autouse=True)
def quick_phases(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of Griffin-Lim: how a spectrogram sounds is tested elsewhere."""
    from render.backends.riffusion import backend

    monkeypatch.setattr(backend, "audio_from_image", partial(backend.audio_from_image, iterations=1))


class Texts:
    """What a backend's tokenizer reads, in order."""

    def __init__(self, backend: Any) -> None:
        self.read: list[str] = []
        self.pipeline = backend._pipeline
        self.tokenizer = self.pipeline.tokenizer

    def __enter__(self) -> Texts:
        spy, tokenizer = self, self.tokenizer

        class Spy:
            def __call__(self, text: Any, **keywords: Any) -> Any:
                spy.read += [text] if isinstance(text, str) else list(text)
                return tokenizer(text, **keywords)

            def __getattr__(self, name: str) -> Any:
                return getattr(tokenizer, name)

        object.__setattr__(self.pipeline, "tokenizer", Spy())
        return self

    def __exit__(self, *error: object) -> None:
        object.__setattr__(self.pipeline, "tokenizer", self.tokenizer)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_clip_has_the_rate_channels_and_length_asked_for(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    asked = request()
    clip = backend.generate(asked)
    rate, channels = RATES[model]
    assert (backend.capabilities.sample_rate, backend.capabilities.channels) == (rate, channels)
    assert clip.sample_rate == rate
    assert clip.audio.dtype == np.float32
    assert clip.audio.shape == (channels, round(asked.total_samples * rate / 44_100))
    assert clip.downbeat_sample == round(asked.pre_roll_samples * rate / 44_100)
    assert np.isfinite(clip.audio).all()


@pytest.mark.slow
@pytest.mark.parametrize("model", [SLOW_PICTURES, *MODELS[1:], "stable-audio-3 distilled", "ace-step base"])
def test_same_recipe_same_clip_whatever_was_drawn_before(model: str, model_folder: Folder) -> None:
    one = load(model_folder, model)
    first = one.generate(request()).audio
    torch.rand(7)
    assert np.array_equal(one.generate(request()).audio, first)
    assert np.array_equal(load(model_folder, model).generate(request()).audio, first)


@pytest.mark.slow
@pytest.mark.parametrize("model", [SLOW_PICTURES, *MODELS[1:]])
def test_init_audio_is_read_the_same_each_time(model: str, model_folder: Folder) -> None:
    """ACE-Step draws from torch's global generator when it encodes."""
    backend = load(model_folder, model)
    asked = request()
    asked = replace(asked, init=InitAudio(tone(asked), 0.5))
    first = backend.generate(asked).audio
    torch.rand(3)
    assert np.array_equal(backend.generate(asked).audio, first)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_global_generator_is_left_as_it_was(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    torch.manual_seed(1)
    expected = torch.rand(4)
    torch.manual_seed(1)
    backend.generate(request())
    assert torch.equal(torch.rand(4), expected)


@pytest.mark.slow
@pytest.mark.parametrize("model", [SLOW_PICTURES, "stable-audio", SLOW_TOKENS, "ace-step"])
def test_seed_and_variation_decide_the_clip(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    first = backend.generate(request()).audio
    other = backend.generate(request(latent=LatentRecipe(6))).audio
    near = backend.generate(request(latent=LatentRecipe(5, 6, 0.02))).audio
    assert not np.array_equal(first, other)
    assert not np.array_equal(first, near)
    if model != "riffusion":  # whose phases are drawn anew from each picture
        assert level_db(near - first, first) < level_db(other - first, first)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_prompt_and_negative_prompt_reach_the_text_encoder(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    with Texts(backend) as texts:
        backend.generate(request())
    assert any("warm electric piano" in text for text in texts.read)
    assert any("120 BPM" in text or "bpm: 120" in text for text in texts.read)
    heard = any("harsh noise" in text for text in texts.read)
    assert heard == backend.capabilities.negative_prompt


@pytest.mark.slow
@pytest.mark.parametrize("model", [SLOW_PICTURES, "stable-audio", SLOW_TOKENS, "ace-step"])
def test_prompt_changes_the_clip(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    one = backend.generate(request(prompt="slow cello")).audio
    assert not np.array_equal(one, backend.generate(request(prompt="steel drums")).audio)


@pytest.mark.parametrize("model", [SLOW_PICTURES, "stable-audio", SLOW_TOKENS])
def test_negative_prompt_changes_the_clip(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    one = backend.generate(request(negative_prompt="")).audio
    assert not np.array_equal(one, backend.generate(request(negative_prompt="vocals")).audio)


@pytest.mark.slow
def test_lyrics_tempo_key_and_metre_reach_ace_step(model_folder: Folder) -> None:
    backend = load(model_folder, "ace-step")
    with Texts(backend) as texts:
        backend.generate(request(lyrics="[verse]\ncity lights are calling"))
    caption, words = texts.read
    assert "- bpm: 120\n- timesignature: 4\n- keyscale: A minor\n" in caption
    assert "[verse]\ncity lights are calling" in words
    with Texts(backend) as texts:
        backend.generate(request())
    assert "[Instrumental]" in texts.read[1]
    sung = backend.generate(request(lyrics="[verse]\ncity lights are calling")).audio
    assert not np.array_equal(sung, backend.generate(request(lyrics="[verse]\nwe return")).audio)


@pytest.mark.parametrize("model", [SLOW_PICTURES, "stable-audio"])
def test_clips_longer_than_the_window_are_as_long_as_asked(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    window = backend.capabilities.window_s
    assert window is not None
    asked = request(tail_samples=round(1.6 * window * 44_100))
    clip = backend.generate(asked)
    assert clip.audio.shape[1] == asked.total_samples
    tail = clip.audio[:, round(window * 44_100) :]
    assert level_db(tail, clip.audio) > -20.0
    assert backend.generate(request()).audio.shape[1] == request().total_samples


@pytest.mark.parametrize("model", MODELS)
def test_strength_zero_keeps_the_audio(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    asked = request()
    clip = backend.generate(replace(asked, init=InitAudio(tone(asked), 0.0)))
    time = np.arange(clip.audio.shape[1]) / clip.sample_rate
    inside = slice(2000, -2000)  # the resampler rings at the ends
    error = (clip.audio - 0.2 * np.sin(2 * np.pi * 220.0 * time))[:, inside]
    assert level_db(error, clip.audio) < -60.0


@pytest.mark.slow
@pytest.mark.parametrize("model", ["riffusion", "stable-audio-3", "ace-step"])
def test_repainting_leaves_the_rest_to_the_sample(model: str, model_folder: Folder) -> None:
    backend = load(model_folder, model)
    asked = request()
    kept = backend.generate(replace(asked, init=InitAudio(tone(asked), 0.0)))
    first, end = 30_000, 52_000
    clip = backend.generate(replace(asked, init=InitAudio(tone(asked), 1.0, ((first, end),))))
    scale = clip.sample_rate / 44_100
    begin, stop = round(first * scale), round(end * scale)
    untouched = begin - round(JOIN_S * clip.sample_rate)
    assert np.array_equal(clip.audio[:, :untouched], kept.audio[:, :untouched])
    assert np.array_equal(clip.audio[:, stop:], kept.audio[:, stop:])
    middle = slice(begin + 2000, stop - 2000)
    assert level_db((clip.audio - kept.audio)[:, middle], kept.audio[:, middle]) > -20.0


@pytest.mark.slow
def test_repainting_asks_ace_step_for_that_range_only(model_folder: Folder) -> None:
    backend: Any = load(model_folder, "ace-step")
    asked = request()
    seen: list[Any] = []
    inner = backend._pipeline.transformer.forward

    def forward(*arguments: Any, **keywords: Any) -> Any:
        seen.append(keywords["context_latents"])
        return inner(*arguments, **keywords)

    backend._pipeline.transformer.forward = forward
    backend.generate(replace(asked, init=InitAudio(tone(asked), 1.0, ((22_050, 44_100),))))
    mask = seen[0][0, :, -1]
    assert mask[:12].sum() == 0 and mask[13:25].sum() == 12 and mask[26:].sum() == 0


def test_fingerprint_follows_weights_scheduler_and_precision(model_folder: Folder, tmp_path: Path) -> None:
    from tests.render.backends import tiny

    one = load(model_folder, "riffusion").fingerprint
    assert load(model_folder, "riffusion").fingerprint == one
    other = tiny.save_riffusion(tmp_path / "other", seed=1)
    changed = {
        load_backend("riffusion", BackendOptions(model=str(other))).fingerprint,
        load(model_folder, "riffusion", scheduler="EulerDiscrete").fingerprint,
        load(model_folder, "riffusion", dtype="bfloat16").fingerprint,
        one,
    }
    assert len(changed) == 4


@pytest.mark.slow
def test_another_scheduler_runs(model_folder: Folder) -> None:
    backend = load(model_folder, "riffusion", scheduler="DPMSolverMultistep")
    assert type(backend._pipeline.scheduler).__name__ == "DPMSolverMultistepScheduler"
    assert not np.array_equal(
        backend.generate(request()).audio, load(model_folder, "riffusion").generate(request()).audio
    )


def test_half_precision_on_the_cpu(model_folder: Folder) -> None:
    backend = load(model_folder, "ace-step", dtype="bfloat16")
    clip = backend.generate(request())
    assert clip.audio.dtype == np.float32 and np.isfinite(clip.audio).all()
    assert backend._pipeline.transformer.dtype == torch.bfloat16
