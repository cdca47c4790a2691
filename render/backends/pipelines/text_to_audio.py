"""Any pipeline that diffusers' ``AutoPipelineForText2Audio`` reads, by what its call can be asked.

Nothing is known of such a model but the names of its arguments: it is given words, a length and a seed. A
variation mixes the first noise that it draws, which is the noise that it begins from.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from render.audio.shape import fit_width
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import LatentRecipe, seed_generator
from render.backends.loading import find_class, load, quiet_logs
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import as_clip, samples_at, solo_prompt
from structure.base.errors import WeightsError

_LENGTHS = ("audio_length_in_s", "audio_end_in_s", "audio_duration_s", "audio_duration", "duration")
"""What pipelines call the length of a clip in seconds."""

_RATES = ("sampling_rate", "sample_rate")
_CHANNELS = ("audio_channels", "in_channels")

CAPABILITIES = Capabilities(
    sample_rate=44_100,
    channels=2,
    longest_clip_s=10.0,
    takes_init_audio=False,
    inpaints=False,
    sings_lyrics=False,
    negative_prompt=True,
    makes_stems=False,
    follows_score=False,
)
"""What is taken for granted of a model that nobody here knows."""


def readable_classes() -> tuple[str, ...]:
    """Return the pipelines that ``AutoPipelineForText2Audio`` reads, by their class names."""
    with quiet_logs("transformers"):  # which tell of image processors when all pipelines are read
        from diffusers.pipelines.auto_pipeline import AUTO_TEXT2AUDIO_PIPELINES_MAPPING

    return tuple(pipeline.__name__ for pipeline in AUTO_TEXT2AUDIO_PIPELINES_MAPPING.values())


class TextToAudioBackend(HeldWeights):
    """Clips from a pipeline of any class that takes words and a length."""

    name = "auto"
    _code_version = 1

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the folder says of its model; little is taken for granted of the rest."""
        rate = self._read_config(_RATES, ("vocoder", "vae"), CAPABILITIES.sample_rate)
        channels = min(2, self._read_config(_CHANNELS, ("vae",), 1))
        return replace(
            CAPABILITIES,
            sample_rate=rate,
            channels=channels,
            negative_prompt="negative_prompt" in self._arguments,
        )

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip of the words that are asked for."""
        rate = self.capabilities.sample_rate
        length = samples_at(request.total_samples, request, rate)
        asked = {
            "prompt": solo_prompt(request),
            "negative_prompt": request.negative_prompt or None,
            "num_inference_steps": request.steps,
            "guidance_scale": request.guidance,
            self._length_name: (length + 0.5) / rate,
        }
        asked = {
            name: value for name, value in asked.items() if value is not None and name in self._arguments
        }
        with seed_generator(request.latent.seed) as generator, first_noise(self._pipeline, request.latent):
            made = self._pipeline(**asked, generator=generator).audios[0]
        audio = np.atleast_2d(np.asarray(torch.as_tensor(made).float().cpu().numpy()))
        if audio.shape[0] > audio.shape[1]:  # some pipelines put time first
            audio = audio.T
        return as_clip(fit_width(audio[:2], self.capabilities.channels), request, rate)

    def _read_config(self, names: tuple[str, ...], parts: tuple[str, ...], otherwise: int) -> int:
        configs = (self._folder.config(part) for part in parts)
        return next(
            (int(config[name]) for config in configs for name in names if name in config), otherwise
        )

    @cached_property
    def _arguments(self) -> Mapping[str, inspect.Parameter]:
        return inspect.signature(find_class(self._folder.class_name).__call__).parameters

    @cached_property
    def _length_name(self) -> str:
        for name in _LENGTHS:
            if name in self._arguments:
                return name
        raise WeightsError(
            f"{self._folder.class_name} does not say how the length of a clip is asked for",
            path=self._folder.path,
            field="model",
        )

    @cached_property
    def _pipeline(self) -> Any:
        return load(self._folder.class_name, self._folder, self._where, self._scheduler)


@contextmanager
def first_noise(pipeline: Any, recipe: LatentRecipe) -> Iterator[None]:
    """Let the first noise that a pipeline draws be that of a recipe, until the block ends.

    Pipelines of diffusers draw all noise by ``randn_tensor``, and their latents before any other. One that
    does not is left alone: its variations are then other draws.
    """
    module = sys.modules[type(pipeline).__module__]
    usual = getattr(module, "randn_tensor", None)
    if usual is None:
        yield
        return
    drawn = False

    def randn_tensor(shape: Any, *arguments: Any, **keywords: Any) -> torch.Tensor:
        nonlocal drawn
        noise: torch.Tensor = usual(shape, *arguments, **keywords)
        if drawn:
            return noise
        drawn = True
        return torch.from_numpy(recipe.noise(tuple(shape))).to(noise)

    module.randn_tensor = randn_tensor  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.randn_tensor = usual  # type: ignore[attr-defined]
