"""ACE-Step 1.5: songs with singing, at a tempo, in a key and a metre, repainted in parts.

It takes init audio as any rectified flow does (Meng et al., "SDEdit", ICLR 2022): the straight path from
audio to noise is entered at the strength, and followed back. Every clip comes out at -1 dBFS, so its
loudness means nothing; the renderer sets it. The turbo checkpoints have their guidance baked in.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from render.audio.shape import as_tensor, fit_length, fit_width, level_gain, splice
from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import (
    as_clip,
    init_audio,
    is_kept,
    repaint_ranges,
    samples_at,
    solo_prompt,
)

PIPELINE = "AceStepPipeline"
INSTRUMENTAL = "[Instrumental]"
"""What ACE-Step is told where nobody sings."""

_SCHEDULERS = ("FlowMatchEulerDiscreteScheduler",)
_TURBO_STEPS, _BASE_STEPS = 8, 50
_TURBO_SHIFT, _BASE_SHIFT = 3.0, 1.0
_BASE_GUIDANCE = 7.0

CAPABILITIES = Capabilities(
    sample_rate=48_000,
    channels=2,
    longest_clip_s=600.0,
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=True,
    negative_prompt=False,
    makes_stems=False,
    follows_score=False,
    guide_strength=0.8,
)
"""Those of the published weights."""


class AceStepBackend(HeldWeights):
    """Clips from ACE-Step. Raises RitornelloError where it cannot run."""

    name = "ace-step"
    _code_version = 3
    _schedulers = _SCHEDULERS
    _gpu_dtype = "bfloat16"
    _takes_lora = True

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model in the folder can do."""
        vae = self._folder.config("vae")
        rate, channels = int(vae["sampling_rate"]), int(vae["audio_channels"])
        return replace(CAPABILITIES, sample_rate=rate, channels=channels)

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip, stereo where the model is."""
        rate, channels = self.capabilities.sample_rate, self.capabilities.channels
        ranges = repaint_ranges(request, rate)
        init = None if request.init is None else init_audio(request, rate, channels)
        if init is not None and is_kept(request):
            return as_clip(init, request, rate)
        with seed_generator(request.latent.seed) as generator:
            if init is not None and ranges:
                audio = self._repaint(init, ranges, request, generator)
            else:
                extra: dict[str, Any] = {}
                if init is not None and request.init is not None:
                    extra = self._enter(init, request.init.strength, request)
                audio = self._make(request, generator, **extra)
        return as_clip(audio, request, rate)

    def _make(self, request: ClipRequest, generator: torch.Generator, **extra: Any) -> Audio:
        pipeline, rate = self._pipeline, self.capabilities.sample_rate
        asked: dict[str, Any] = {
            "prompt": solo_prompt(request),
            "lyrics": request.lyrics or INSTRUMENTAL,
            # a little less, as the pipeline rounds it up to frames: 55 of them must not become 56
            "audio_duration": (samples_at(request.total_samples, request, rate) - 0.25) / rate,
            "num_inference_steps": self._steps(request),
            "shift": self._shift,
            "guidance_scale": self._guidance(request),
            "bpm": max(1, round(request.grid.tempo_bpm)),
            "keyscale": request.key or None,
            "timesignature": str(request.grid.meter.numerator),
            "latents": self._noise(request),
            "generator": generator,
        }
        made = pipeline(**{**asked, **extra}).audios[0]
        return np.asarray(made.float().cpu().numpy())

    def _repaint(
        self,
        init: Audio,
        ranges: tuple[tuple[int, int], ...],
        request: ClipRequest,
        generator: torch.Generator,
    ) -> Audio:
        """Repaint one range after the other, since the pipeline repaints one at a time.

        What it makes comes out at full scale; it is scaled back to the audio around it.
        """
        rate = self.capabilities.sample_rate
        audio = init
        for first, end in ranges:
            made = self._make(
                request,
                generator,
                task_type="repaint",
                src_audio=as_tensor(self._whole_frames(audio), self._where.torch_dtype),
                repainting_start=first / rate,
                repainting_end=end / rate,
            )
            made = fit_length(fit_width(made, len(init)), init.shape[1])
            audio = splice(audio, made * level_gain(audio, made), [(first, end)], rate)
        return audio

    def _enter(self, init: Audio, strength: float, request: ClipRequest) -> dict[str, Any]:
        """Return latents on the path from the init audio to noise, and the steps back from there."""
        encoded = self._encode(init)
        noise = self._noise(request)
        steps = np.linspace(1.0, 0.0, self._steps(request) + 1)[:-1]
        steps = strength * self._shift * steps / (1.0 + (self._shift - 1.0) * steps)
        return {
            "latents": (1.0 - strength) * encoded + strength * noise,
            "timesteps": [float(step) for step in steps],
        }

    @torch.no_grad()
    def _encode(self, audio: Audio) -> torch.Tensor:
        """Return latents of audio, (1, frames, size), with as many frames as the clip's noise."""
        vae = self._pipeline.vae
        tensor = as_tensor(self._whole_frames(audio), self._where.torch_dtype)[None]
        device = self._pipeline._execution_device  # noqa: SLF001  (no public name)
        latents: torch.Tensor = vae.encode(tensor.to(device)).latent_dist.mode().transpose(1, 2)
        wanted = math.ceil(audio.shape[1] / self._hop)
        short = max(0, wanted - latents.shape[1])
        return torch.nn.functional.pad(latents[:, :wanted], (0, 0, 0, short)).cpu()

    def _whole_frames(self, audio: Audio) -> Audio:
        return fit_length(audio, -(-audio.shape[1] // self._hop) * self._hop)

    def _noise(self, request: ClipRequest) -> torch.Tensor:
        length = samples_at(request.total_samples, request, self.capabilities.sample_rate)
        size = self._pipeline.transformer.config.audio_acoustic_hidden_dim
        return as_tensor(
            request.latent.noise((1, math.ceil(length / self._hop), size)), self._where.torch_dtype
        )

    def _steps(self, request: ClipRequest) -> int:
        return request.steps or (_TURBO_STEPS if self._turbo else _BASE_STEPS)

    def _guidance(self, request: ClipRequest) -> float:
        if self._turbo:
            return 1.0
        return _BASE_GUIDANCE if request.guidance is None else request.guidance

    @property
    def _shift(self) -> float:
        return _TURBO_SHIFT if self._turbo else _BASE_SHIFT

    @cached_property
    def _turbo(self) -> bool:
        return bool(self._pipeline.is_turbo)

    @cached_property
    def _hop(self) -> int:
        """Return the number of samples in a latent frame."""
        return math.prod(self._folder.config("vae")["downsampling_ratios"])

    @cached_property
    def _pipeline(self) -> Any:
        pipeline = load(PIPELINE, self._folder, self._where, self._scheduler, self._lora)
        pipeline.vae.enable_tiling()
        return pipeline
