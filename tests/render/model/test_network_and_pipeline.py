"""The denoiser and its diffusers pipeline, with small random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from render.model.conditioning import condition_size
from render.model.features import DRUMS, PITCHED
from render.model.network import MelDenoiser
from render.model.notes import NoteTable
from render.model.pipeline import LAYOUTS, ScorePipeline, flow_scheduler, load_pipeline

NOTES = NoteTable.of([(1000 + 11_025 * i, 10_000 + 11_025 * i, 36 + 2 * i, 90) for i in range(6)])
SAMPLES = 70_000


def small_pipeline(kind: str) -> ScorePipeline:
    torch.manual_seed(0)
    layout = LAYOUTS[kind]
    net = MelDenoiser(
        token_size=layout.token_size, condition_size=condition_size(layout), width=32, depth=2
    )
    for name, weight in net.named_parameters():
        if name.startswith(("token_out", "condition_skip")):
            torch.nn.init.normal_(weight, std=0.02)
    return ScorePipeline(net, flow_scheduler(), kind)


def latents(pipeline: ScorePipeline, seed: int = 0) -> torch.Tensor:
    shape = pipeline.latent_shape(SAMPLES)
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))


@pytest.fixture(params=sorted(LAYOUTS))
def pipeline(request: pytest.FixtureRequest) -> ScorePipeline:
    return small_pipeline(request.param)


def test_the_same_latents_give_the_same_samples(pipeline: ScorePipeline) -> None:
    first = pipeline(NOTES, SAMPLES, "piano", latents=latents(pipeline), num_inference_steps=3)
    second = pipeline(NOTES, SAMPLES, "piano", latents=latents(pipeline), num_inference_steps=3)
    assert first.audio.shape == (SAMPLES,)
    assert np.array_equal(first.audio, second.audio)


def test_other_latents_and_other_words_give_other_mels(pipeline: ScorePipeline) -> None:
    base = pipeline(NOTES, SAMPLES, "piano", latents=latents(pipeline), num_inference_steps=3).mel
    reseeded = pipeline(NOTES, SAMPLES, "piano", latents=latents(pipeline, 1), num_inference_steps=3).mel
    reworded = pipeline(
        NOTES, SAMPLES, "brass section", latents=latents(pipeline), num_inference_steps=3
    ).mel
    assert not np.allclose(base, reseeded)
    assert not np.allclose(base, reworded)


def test_guidance_of_one_is_no_guidance_and_more_moves_away(pipeline: ScorePipeline) -> None:
    def mel(scale: float, negative: str = "") -> np.ndarray:
        return pipeline(
            NOTES,
            SAMPLES,
            "piano",
            negative,
            latents=latents(pipeline),
            num_inference_steps=2,
            guidance_scale=scale,
        ).mel

    assert np.array_equal(mel(1.0), mel(1.0, "distorted"))
    assert not np.allclose(mel(1.0), mel(3.0))
    assert not np.allclose(mel(3.0), mel(3.0, "distorted"))


def test_saving_and_loading_keeps_the_sound(pipeline: ScorePipeline, tmp_path: Path) -> None:
    kind = pipeline.config.kind
    pipeline.save_pretrained(tmp_path / kind)
    assert {p.suffix for p in (tmp_path / kind / "denoiser").iterdir()} == {".json", ".safetensors"}
    loaded = load_pipeline(kind, tmp_path)
    first, second = (
        p(NOTES, SAMPLES, "piano", latents=latents(p), num_inference_steps=2).audio
        for p in (pipeline, loaded)
    )
    assert np.array_equal(first, second)


def test_latents_of_another_length_are_refused(pipeline: ScorePipeline) -> None:
    with pytest.raises(ValueError, match="shape"):
        pipeline(NOTES, SAMPLES * 2, "piano", latents=latents(pipeline))


def test_one_step_gives_the_networks_own_guess() -> None:
    """The last step of the sampler returns the clean prediction itself: nothing is left of the noise."""
    pipeline = small_pipeline("pitched")
    with torch.no_grad():
        pipeline.denoiser.token_out.weight.zero_()
        pipeline.denoiser.token_out.bias.fill_(0.25)
        pipeline.denoiser.condition_skip.weight.zero_()
        pipeline.denoiser.condition_skip.bias.zero_()
    mel = pipeline(NOTES, SAMPLES, "x", latents=latents(pipeline), num_inference_steps=4).mel
    assert np.allclose(mel, 0.25, atol=1e-5)


@pytest.mark.parametrize("layout", [PITCHED, DRUMS], ids=["pitched", "drums"])
def test_the_network_knows_nothing_of_the_length_of_a_clip(layout) -> None:
    """Far from the end, a longer clip is painted the same: the network is convolutional in time."""
    torch.manual_seed(1)
    net = MelDenoiser(
        token_size=layout.token_size, condition_size=condition_size(layout), width=32, depth=2
    )
    torch.nn.init.normal_(net.token_out.weight, std=0.1)
    noise = torch.randn(1, 120, layout.token_size)
    condition = torch.randn(1, 120, condition_size(layout))
    text, time = torch.randn(1, 384), torch.tensor([0.5])
    whole = net(noise, time, condition, text)
    part = net(noise[:, :80], time, condition[:, :80], text)
    reach = 3 * (1 + 2)
    assert torch.allclose(whole[:, : 80 - reach], part[:, : 80 - reach], atol=1e-5)
