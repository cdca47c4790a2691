"""LongCat-AudioDiT: speech and sounds at 24 kHz, up to half a minute at once.

It was trained to speak. Where a stem has words it is given the words alone, and speaks them in the time
that the clip lasts, on no pitch of the score. Without words it is given a description, as of any sound.

The pipeline takes no audio, but takes latents: a guide is encoded by the model's own autoencoder, and the
straight path from noise to audio is entered at the strength (Meng et al., "SDEdit", ICLR 2022).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from render.audio.shape import as_tensor, fit_length
from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import as_clip, init_audio, is_kept, samples_at, solo_prompt

PIPELINE = "LongCatAudioDiTPipeline"

_SCHEDULERS = ("FlowMatchEulerDiscreteScheduler",)
_STEPS = 16
_GUIDANCE = 4.0
_TAG = re.compile(r"\[[^\]]*\]")

CAPABILITIES = Capabilities(
    sample_rate=24_000,
    channels=1,
    longest_clip_s=30.0,
    takes_init_audio=True,
    inpaints=False,
    sings_lyrics=True,
    negative_prompt=True,
    makes_stems=False,
    follows_score=False,
    guide_strength=0.7,
)
"""Those of the published weights."""


class LongCatAudioBackend(HeldWeights):
    """Clips from LongCat-AudioDiT, mono. Raises RitornelloError where it cannot run."""

    name = "longcat-audio"
    _code_version = 1
    _schedulers = _SCHEDULERS
    _gpu_dtype = "bfloat16"

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model in the folder can do."""
        vae = self._folder.config("vae")
        rate = int(vae.get("sample_rate", CAPABILITIES.sample_rate))
        return replace(CAPABILITIES, sample_rate=rate, channels=int(vae.get("in_channels", 1)))

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip; words are spoken, not sung."""
        rate, channels = self.capabilities.sample_rate, self.capabilities.channels
        init = None if request.init is None else init_audio(request, rate, channels)
        if init is not None and is_kept(request):
            return as_clip(init, request, rate)
        pipeline = self._pipeline
        frames = math.ceil(samples_at(request.total_samples, request, rate) / pipeline.vae_scale_factor)
        noise = as_tensor(
            request.latent.noise((frames, int(pipeline.latent_dim))), self._where.torch_dtype
        )[None]
        with (
            seed_generator(request.latent.seed) as generator,
            self._enter(init, noise, request) as latents,
        ):
            made = pipeline(
                prompt=drop_tags(request.lyrics) or solo_prompt(request),
                negative_prompt=request.negative_prompt or None,
                latents=latents,
                num_inference_steps=request.steps or _STEPS,
                guidance_scale=_GUIDANCE if request.guidance is None else request.guidance,
                generator=generator,
            ).audios[0]
        return as_clip(np.asarray(made, dtype=np.float32), request, rate)

    @contextmanager
    def _enter(
        self, init: Audio | None, noise: torch.Tensor, request: ClipRequest
    ) -> Iterator[torch.Tensor]:
        """Let the path to audio begin where it is as noisy as the strength says, until the block ends.

        Yields the latents there: the noise where there is no audio to begin from.
        """
        if init is None or request.init is None:
            yield noise
            return
        scheduler, strength = self._pipeline.scheduler, request.init.strength
        whole = type(scheduler).set_timesteps

        def set_timesteps(sigmas: list[float], **keywords: Any) -> None:
            whole(scheduler, sigmas=[strength * sigma for sigma in sigmas], **keywords)

        scheduler.set_timesteps = set_timesteps
        try:
            set_timesteps([1.0])
            first = float(scheduler.sigmas[0])  # how much is audio, where the path is turned round
            noisy = 1.0 - first if scheduler.config.invert_sigmas else first
            encoded = self._encode(init, noise.shape[1]).to(noise)
            yield (1.0 - noisy) * encoded + noisy * noise
        finally:
            del scheduler.set_timesteps

    @torch.no_grad()
    def _encode(self, audio: Audio, frames: int) -> torch.Tensor:
        """Return latents of audio, (1, frames, size)."""
        pipeline = self._pipeline
        whole = fit_length(audio, frames * pipeline.vae_scale_factor)
        device = pipeline._execution_device  # noqa: SLF001  (no public name)
        wave = as_tensor(whole, self._where.torch_dtype)[None].to(device)
        found: torch.Tensor = pipeline.vae.encode(wave, sample_posterior=False).latents
        return found.transpose(1, 2)[:, :frames].cpu()

    @cached_property
    def _pipeline(self) -> Any:
        return load(PIPELINE, self._folder, self._where, self._scheduler)


def drop_tags(lyrics: str) -> str:
    """Return the words of lyrics in a line, without tags such as ``[verse]``."""
    return " ".join(_TAG.sub(" ", lyrics).split())
