"""MiniMax Music 3: whole songs from lyrics with section tags and a description.

A language model writes 25 frames a second; a flow turns them into sound, in windows of eight seconds. It
takes no audio, so the score reaches it in words alone, and it does not know where the bars lie.

Three of its ways are mended here. It ends whenever it likes: here not before the section's last bar. Its
noise comes from the generator that the language model uses too: here each has its own, so that a variation
keeps the first frames of the section and goes its own way after. Its windows are put together on whole
latent frames; 344.53 of them are a step of four seconds, and 345 are kept, so that clips of many windows
come out slow by 0.14 %: here they are brought back to the time that their frames say.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch

from render.audio.shape import resample
from render.audio.types import Audio
from render.backends.base import BackendOptions, Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import LatentRecipe, seed_generator
from render.backends.loading import find_class, load_parts, quiet_generation, quiet_logs
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import as_clip, samples_at, stem_words
from structure.base.errors import DeviceError
from structure.base.seeds import derive_seed

PIPELINE = "MiniMaxMusic3ModularPipeline"
INSTRUMENTAL = "[instrumental]"
"""What it is given for lyrics where nobody sings."""

_SCHEDULERS = ("FlowMatchEulerDiscreteScheduler",)
_STEPS = 30
_GUIDANCE = 1.7
_SPEAKING = ("language_model", "rvq_depth_decoder")
"""Parts that are used on every frame in turn, and so must be on the device together."""

CAPABILITIES = Capabilities(
    sample_rate=44_100,
    channels=2,
    longest_clip_s=300.0,
    takes_init_audio=False,
    inpaints=False,
    sings_lyrics=True,
    negative_prompt=False,
    makes_stems=False,
    follows_score=False,
)
"""Those of the published weights."""


class MiniMaxMusic3Backend(HeldWeights):
    """Clips from MiniMax Music 3, stereo. Raises RitornelloError where it cannot run."""

    name = "minimax-music-3"
    _code_version = 1
    _schedulers = _SCHEDULERS
    _gpu_dtype = "bfloat16"
    capabilities = CAPABILITIES

    def _check_options(self, options: BackendOptions) -> None:
        if options.offload == "sequential":
            raise DeviceError(
                "minimax-music-3 moves whole parts between the GPU and main memory",
                field="offload",
                hint="choose offload model",
            )

    def _sizes(self) -> Mapping[str, int]:
        sizes = dict(self._folder.parameters)
        together = {"language": sum(sizes.pop(part, 0) for part in _SPEAKING)}
        return {**sizes, **together}

    def generate(self, request: ClipRequest) -> Clip:
        """Make one stereo clip.

        It begins where the model likes, since the model knows nothing of the grid.
        """
        rate, recipe = self.capabilities.sample_rate, request.latent
        pipeline = self._pipeline
        from render.backends.pipelines.minimax_blocks import steer

        seconds = samples_at(request.total_samples, request, rate) / rate
        frames = math.ceil(seconds * pipeline.frame_rate)
        body = request.pre_roll_samples + request.body_samples
        needed = math.ceil(samples_at(body, request, rate) / rate * pipeline.frame_rate)
        pipeline.guider.guidance_scale = _GUIDANCE if request.guidance is None else request.guidance
        with seed_generator(recipe.seed) as generator:
            other = 1 + round((1.0 - recipe.amount) * frames) if recipe.amount < 1.0 else 0
            turns: dict[int, Callable[[], object]] = {}
            if recipe.amount:
                turns[other] = partial(generator.manual_seed, recipe.variation_seed)
            with steer(pipeline.language_model, min(needed, frames), turns), quiet_generation():
                made = pipeline(
                    prompt=caption(request),
                    lyrics=request.lyrics or INSTRUMENTAL,
                    audio_duration=(frames + 0.5) / pipeline.frame_rate,
                    num_inference_steps=request.steps or _STEPS,
                    generator=generator,
                    draw=_noise(recipe),
                )
        audio = np.asarray(made.get("audios")[0], dtype=np.float32)
        emitted = made.get("frame_hiddens").shape[1]
        return as_clip(self._on_time(audio, emitted), request, rate)

    def _on_time(self, audio: Audio, frames: int) -> Audio:
        """Bring audio to the time that its frames take, where windows were put together."""
        nominal = round(frames * self.capabilities.sample_rate / self._pipeline.frame_rate)
        hop = int(self._pipeline.latent_hop_length)
        if abs(audio.shape[1] - nominal) <= hop:  # one window: the last latent frame is rounded
            return audio
        return resample(audio, audio.shape[1], nominal)

    @cached_property
    def _pipeline(self) -> Any:
        find_class(PIPELINE)
        with quiet_logs("diffusers.guiders"):  # which say that they are experimental whenever one is made
            from render.backends.pipelines.minimax_blocks import blocks_with_own_noise

            return load_parts(blocks_with_own_noise(), self._folder, self._where, self._scheduler)


def caption(request: ClipRequest) -> str:
    """Return the description of a clip, as the model's own examples say it.

    It says what plays, how fast, in which metre and key, and whether there are vocals.
    """
    meter = request.grid.meter
    facts = [
        request.prompt,
        stem_words(request),
        f"BPM: {float(request.grid.tempo_bpm):.4g}",
        f"Time signature: {meter.numerator}/{meter.denominator}",
        f"Key: {request.key}" if request.key and request.role != "drums" else "",
        "" if request.lyrics else "Instrumental, no vocals",
    ]
    return ". ".join(fact for fact in facts if fact) + "."


def _noise(recipe: LatentRecipe) -> Callable[[int, tuple[int, ...]], torch.Tensor]:
    """Return a function that draws the noise of each window.

    Each window has a seed of its own, so that a longer clip begins as a shorter one.
    """

    def draw(window: int, shape: tuple[int, ...]) -> torch.Tensor:
        first = derive_seed("window", window, recipe.seed)
        second = derive_seed("window", window, recipe.variation_seed)
        return torch.from_numpy(LatentRecipe(first, second, recipe.amount).noise(shape))

    return draw
