"""The denoiser and its diffusers pipeline, with small random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from render.model import pipeline as pipeline_module
from render.model.conditioning import condition_size
from render.model.features import DRUMS, LAYOUTS, PITCHED, SCALE_DB
from render.model.network import TIMBRE_SIZE, MelDenoiser, TimbreEncoder, TimbrePrior
from render.model.pipeline import (
    DEFAULT_STEPS,
    Beginning,
    GeneratedClip,
    ScorePipeline,
    flow_scheduler,
    load_pipeline,
    text_vector,
)
from render.model.playing.notes import NoteTable
from render.model.sketch import NoteSketch

NOTES = NoteTable.of([(1000 + 11_025 * i, 10_000 + 11_025 * i, 36 + 2 * i, 90) for i in range(6)])
SAMPLES = 70_000


def small_pipeline(kind: str) -> ScorePipeline:
    torch.manual_seed(0)
    layout = LAYOUTS[kind]
    net = MelDenoiser(
        token_size=layout.token_size, condition_size=condition_size(layout), width=32, depth=2
    )
    for name, weight in net.named_parameters():
        if name.startswith(("token_out", "modulate_timbre")):
            torch.nn.init.normal_(weight, std=0.02)
    sketch = NoteSketch(kind, width=16, depth=1)
    return ScorePipeline(net, sketch, TimbrePrior(width=16, depth=1), flow_scheduler(), kind)


def latents(pipeline: ScorePipeline, seed: int = 0) -> torch.Tensor:
    shape = pipeline.latent_shape(SAMPLES)
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape, dtype=np.float32))


def timbre_latents(seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(TIMBRE_SIZE, dtype=np.float32))


def play(
    pipeline: ScorePipeline,
    prompt: str = "piano",
    negative: str = "",
    seeds: tuple[int, int] = (0, 0),
    **options,
) -> GeneratedClip:
    """Two steps from the noise of a take and that of a timbre."""
    return pipeline(
        NOTES,
        SAMPLES,
        prompt,
        negative,
        latents=latents(pipeline, seeds[0]),
        timbre_latents=timbre_latents(seeds[1]),
        **{"num_inference_steps": 2, **options},
    )


@pytest.fixture(params=sorted(LAYOUTS))
def pipeline(request: pytest.FixtureRequest) -> ScorePipeline:
    return small_pipeline(request.param)


@pytest.mark.slow
def test_the_same_latents_give_the_same_samples(pipeline: ScorePipeline) -> None:
    first, second = play(pipeline), play(pipeline)
    assert first.audio.shape == (SAMPLES,)
    assert np.array_equal(first.audio, second.audio)


@pytest.mark.slow
def test_other_latents_and_other_words_give_other_mels(pipeline: ScorePipeline) -> None:
    base = play(pipeline).mel
    assert not np.allclose(base, play(pipeline, seeds=(1, 0)).mel)
    assert not np.allclose(base, play(pipeline, seeds=(0, 1)).mel)
    assert not np.allclose(base, play(pipeline, "brass section").mel)


@pytest.mark.slow
def test_takes_differ_by_the_spread_of_their_noise(pipeline: ScorePipeline) -> None:
    def apart(spread: float) -> float:
        one, other = (
            play(pipeline, seeds=(take, 0), take_spread=spread, num_inference_steps=1).mel
            for take in (0, 1)
        )
        return float(np.abs(one - other).mean())

    assert apart(0.0) == 0.0
    assert 0.0 < apart(0.3) < apart(1.0)


@pytest.mark.slow
def test_a_repaint_takes_a_second_step_to_hear_what_is_kept(pipeline: ScorePipeline) -> None:
    """Noise alone tells nothing of the bars that stay; all else takes its usual steps."""
    audio = play(pipeline).audio
    part = Beginning(audio, 1.0, ((SAMPLES // 2, SAMPLES),))
    steps = {n: play(pipeline, begin=part, num_inference_steps=n).mel for n in (None, 1, 2)}
    assert np.array_equal(steps[None], steps[2])
    assert not np.allclose(steps[None], steps[1])
    usual = DEFAULT_STEPS[pipeline.config.kind]
    free = play(pipeline, num_inference_steps=None).mel
    assert np.array_equal(free, play(pipeline, num_inference_steps=usual).mel)


def test_words_reach_the_sound_through_the_timbre_alone(pipeline: ScorePipeline) -> None:
    """Whatever the words: the same timbre and the same noise give the same mel."""
    timbre = pipeline.imagine(torch.randn(1, 384), latents=timbre_latents())
    assert timbre.shape == (1, TIMBRE_SIZE)
    assert timbre.mean().abs() < 1e-5
    assert float(timbre.square().mean()) == pytest.approx(1.0, abs=1e-3)
    one, other = (pipeline.paint(NOTES, SAMPLES, timbre, latents=latents(pipeline)).mel for _ in range(2))
    assert torch.equal(one, other)


@pytest.mark.slow
def test_guidance_of_one_is_no_guidance_and_more_moves_away(pipeline: ScorePipeline) -> None:
    def mel(scale: float, negative: str = "") -> np.ndarray:
        return play(pipeline, "piano", negative, guidance_scale=scale).mel

    assert np.array_equal(mel(1.0), mel(1.0, "distorted"))
    assert not np.allclose(mel(1.0), mel(3.0))
    assert not np.allclose(mel(3.0), mel(3.0, "distorted"))


@pytest.mark.slow
def test_saving_and_loading_keeps_the_sound(pipeline: ScorePipeline, tmp_path: Path) -> None:
    kind = pipeline.config.kind
    pipeline.save_pretrained(tmp_path / kind)
    for part in ("denoiser", "prior"):
        assert {p.suffix for p in (tmp_path / kind / part).iterdir()} == {".json", ".safetensors"}
    loaded = load_pipeline(kind, tmp_path)
    assert np.array_equal(play(pipeline).audio, play(loaded).audio)


def test_latents_of_another_length_are_refused(pipeline: ScorePipeline) -> None:
    with pytest.raises(ValueError, match="shape"):
        pipeline(NOTES, SAMPLES * 2, "piano", latents=latents(pipeline), timbre_latents=timbre_latents())
    with pytest.raises(ValueError, match="timbre latents"):
        pipeline(NOTES, SAMPLES, "piano", latents=latents(pipeline), timbre_latents=timbre_latents()[:5])


def test_the_sampler_gives_the_networks_own_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    """The last step of the sampler returns the clean prediction itself: nothing is left of the noise."""
    monkeypatch.setattr(pipeline_module, "SHARPENED", frozenset())
    monkeypatch.setattr(pipeline_module, "find_brightening", lambda _prompt: 0.0)
    pipeline = small_pipeline("pitched")
    with torch.no_grad():
        pipeline.denoiser.token_out.weight.zero_()
        pipeline.denoiser.token_out.bias.fill_(0.25)
    made = play(pipeline, num_inference_steps=4)
    timbre = pipeline.imagine(text_vector("piano"), latents=timbre_latents())
    sketch = pipeline.draw_sketch(NOTES, len(made.mel), timbre)
    assert np.allclose(made.mel, sketch.numpy() + 0.25, atol=1e-5)


def test_a_sketch_moves_from_one_timbre_to_another_without_a_step() -> None:
    """In a morph, what sounds before is one timbre's sketch, what sounds after the other's, and on the way
    no frame leaps."""
    pipeline = small_pipeline("pitched")
    torch.nn.init.normal_(pipeline.sketch.out.weight, std=0.3)
    held = NoteTable.of([(0, 400_000, 60, 100)])
    one, other = torch.randn(2, TIMBRE_SIZE, generator=torch.Generator().manual_seed(3))
    shares = ((torch.arange(300) - 100) / 100).clamp(0, 1)[:, None]
    path = (one * (1 - shares) + other * shares)[None]
    moving = pipeline.draw_sketch(held, 600, path)
    still = [pipeline.draw_sketch(held, 600, timbre[None]) for timbre in (one, other)]
    assert torch.equal(moving[:200], still[0][:200])
    assert torch.equal(moving[402:], still[1][402:])
    assert (still[0] - still[1]).abs()[200:400].mean() > 0.05
    leaps = (moving[1:] - moving[:-1]).abs()[150:450].mean(1)
    own = torch.stack([(s[1:] - s[:-1]).abs()[150:450].mean(1) for s in still]).amax(0)
    apart = (still[0] - still[1]).abs()[150:450].mean()
    assert (leaps - own).max() < 0.1 * apart


def test_the_encoder_hears_a_timbre_wherever_it_lies_in_a_clip() -> None:
    """A sound that does not change has the same timbre in its first and in its second half."""
    torch.manual_seed(0)
    encoder = TimbreEncoder(PITCHED.token_size, condition_size(PITCHED), width=16, depth=2)
    tokens = torch.randn(1, 1, PITCHED.token_size).expand(1, 60, -1)
    condition = torch.randn(1, 1, condition_size(PITCHED)).expand(1, 60, -1)
    one = encoder(tokens[:, :40], condition[:, :40])
    other = encoder(tokens[:, 20:], condition[:, 20:])
    assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("layout", [PITCHED, DRUMS], ids=["pitched", "drums"])
def test_the_network_knows_nothing_of_the_length_of_a_clip(layout) -> None:
    """Far from the end, a longer clip is painted the same: the network is convolutional in time."""
    torch.manual_seed(1)
    net = MelDenoiser(
        token_size=layout.token_size, condition_size=condition_size(layout), width=32, depth=2
    )
    torch.nn.init.normal_(net.token_out.weight, std=0.1)
    noise, sketch = torch.randn(2, 1, 120, layout.token_size)
    condition = torch.randn(1, 120, condition_size(layout))
    timbre, time = torch.randn(1, TIMBRE_SIZE), torch.tensor([0.5])
    whole = net(noise, time, condition, sketch, timbre)
    part = net(noise[:, :80], time, condition[:, :80], sketch[:, :80], timbre)
    reach = 3 * (1 + 2)
    assert torch.allclose(whole[:, : 80 - reach], part[:, : 80 - reach], atol=1e-5)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no GPU here")
@pytest.mark.parametrize("kind", sorted(LAYOUTS))
def test_a_gpu_paints_the_same_within_a_tenth_of_a_decibel(kind: str) -> None:
    here, there = (
        play(load_pipeline(kind, device=device), num_inference_steps=None) for device in ("cpu", "cuda")
    )
    assert np.abs(here.mel - there.mel).mean() * SCALE_DB < 0.1
