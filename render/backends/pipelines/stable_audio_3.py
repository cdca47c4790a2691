"""Stable Audio 3: text to stereo audio of minutes at once, from audio, and repainted in parts.

Three diffusers pipelines share one set of weights. The distilled checkpoints (stochastic sampling, eight
steps) have their guidance baked in and hear no negative prompt; the base checkpoint does.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch

from render.audio.shape import as_tensor, fit_length, fit_width, splice
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load, sharing
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import (
    as_clip,
    init_audio,
    is_kept,
    repaint_ranges,
    samples_at,
    solo_prompt,
)

PIPELINES = ("StableAudio3Pipeline", "StableAudio3AudioToAudioPipeline", "StableAudio3InpaintPipeline")
"""Text to audio, audio to audio, and inpainting; a saved one of any of them will do."""

_SCHEDULERS = ("FlowMatchEulerDiscreteScheduler",)
_BASE_GUIDANCE = 7.0
_LONGEST_S = 380.0

CAPABILITIES = Capabilities(
    sample_rate=44_100,
    channels=2,
    longest_clip_s=_LONGEST_S,
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=False,
    negative_prompt=False,
    makes_stems=False,
    follows_score=False,
    negative_with_init=False,
    guide_strength=0.7,
)
"""Those of the published distilled weights; the base weights hear a negative prompt."""


class StableAudio3Backend(HeldWeights):
    """Clips from Stable Audio 3. Raises RitornelloError where it cannot run."""

    name = "stable-audio-3"
    _code_version = 3
    _schedulers = _SCHEDULERS

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model in the folder can do."""
        vae = self._folder.config("vae")
        longest = float(self._folder.config("duration_embedder").get("max_val", _LONGEST_S))
        return replace(
            CAPABILITIES,
            sample_rate=int(vae.get("sampling_rate", CAPABILITIES.sample_rate)),
            channels=int(vae.get("audio_channels", CAPABILITIES.channels)),
            longest_clip_s=min(longest, _LONGEST_S),
            negative_prompt=not self._is_distilled,
        )

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip, stereo where the model is."""
        rate, channels = self.capabilities.sample_rate, self.capabilities.channels
        ranges = repaint_ranges(request, rate)
        if is_kept(request):
            return as_clip(init_audio(request, rate, channels), request, rate)
        with seed_generator(request.latent.seed) as generator:
            asked = {**self._build_arguments(request), "generator": generator}
            if request.init is None:
                made = self._pipeline(**asked, **self._add_guidance(request))
            elif ranges:
                made = self._inpainting(**asked, **self._audio(request), mask=self._mask(request, ranges))
            else:
                asked["init_noise_level"] = request.init.strength
                made = self._from_audio(**asked, **self._audio(request))
        audio = made.audios[0].float().cpu().numpy()
        if ranges:
            init = init_audio(request, rate, channels)
            audio = splice(init, fit_length(fit_width(audio, channels), init.shape[1]), ranges, rate)
        return as_clip(audio, request, rate)

    def _build_arguments(self, request: ClipRequest) -> dict[str, Any]:
        """Return the arguments that all three pipelines are called with."""
        rate = self.capabilities.sample_rate
        length = samples_at(request.total_samples, request, rate)
        shape = (self._pipeline.vae.config.latent_dim, self._frames(request))
        return {
            "prompt": solo_prompt(request),
            "duration": (length + 0.5) / rate,
            "num_inference_steps": request.steps,
            "latents": as_tensor(request.latent.noise(shape), self._where.torch_dtype)[None],
        }

    def _add_guidance(self, request: ClipRequest) -> dict[str, Any]:
        usual = 1.0 if self._is_distilled else _BASE_GUIDANCE
        return {
            "guidance_scale": usual if request.guidance is None else request.guidance,
            "negative_prompt": request.negative_prompt or None,
        }

    def _audio(self, request: ClipRequest) -> dict[str, Any]:
        audio = init_audio(request, self.capabilities.sample_rate, self.capabilities.channels)
        return {"audio": as_tensor(audio, self._where.torch_dtype)[None]}

    def _frames(self, request: ClipRequest) -> int:
        """Return how many latent frames a clip has, counted as the pipeline counts them."""
        rate, hop = self.capabilities.sample_rate, int(self._pipeline.vae.downsampling_ratio)
        length = samples_at(request.total_samples, request, rate)
        return math.ceil((length + 0.5) / rate * rate / hop)

    def _mask(self, request: ClipRequest, ranges: tuple[tuple[int, int], ...]) -> torch.Tensor:
        """Return a mask that is 1 on latent frames to keep, 0 on those to make anew."""
        hop = self._pipeline.vae.downsampling_ratio
        mask = torch.ones(1, 1, self._frames(request))
        for first, end in ranges:
            mask[..., first // hop : -(-end // hop)] = 0.0
        return mask

    @cached_property
    def _is_distilled(self) -> bool:
        return bool(self._folder.config("scheduler").get("stochastic_sampling", False))

    @cached_property
    def _pipeline(self) -> Any:
        return load(PIPELINES[0], self._folder, self._where, self._scheduler)

    @cached_property
    def _from_audio(self) -> Any:
        return sharing(self._pipeline, PIPELINES[1])

    @cached_property
    def _inpainting(self) -> Any:
        return sharing(self._pipeline, PIPELINES[2])
