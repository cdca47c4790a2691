"""Riffusion: Stable Diffusion 1.5, trained to paint spectrogram images.

An image is 512 pixels high and has 100 pixels to a second, and the network was trained on 512 of them.
Longer clips are one wide image whose latents are blended from windows at each step. Sound and images
are turned into each other by :mod:`render.backends.riffusion.image`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

import numpy as np
import torch
from PIL import Image

from render.audio.shape import as_tensor, level_gain, splice
from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load, sharing
from render.backends.request import Clip, ClipRequest
from render.backends.riffusion.image import RIFFUSION, audio_from_image, image_from_audio
from render.backends.waveforms import (
    as_clip,
    init_audio,
    is_kept,
    repaint_ranges,
    samples_at,
    solo_prompt,
)
from render.backends.windows import use_windows
from structure.base.seeds import derive_seed

PIPELINES = ("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "StableDiffusionInpaintPipeline")

_SCHEDULERS = (
    "DDIMScheduler",
    "DDPMScheduler",
    "DEISMultistepScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "EulerAncestralDiscreteScheduler",
    "EulerDiscreteScheduler",
    "HeunDiscreteScheduler",
    "LMSDiscreteScheduler",
    "PNDMScheduler",
    "UniPCMultistepScheduler",
)
_STEPS = 50
_GUIDANCE = 7.0
_OVERLAP_SHARE = 0.25
_SILENCE = (255, 255, 255)
_NEARLY_ALL = 0.999
"""At a strength of 1 the inpainting pipeline forgets the image, and wants latents in place of it."""

_FRAME_SAMPLES = RIFFUSION.scale.hop
_WINDOW_PIXELS = 512

CAPABILITIES = Capabilities(
    sample_rate=RIFFUSION.sample_rate,
    channels=1,
    longest_clip_s=600.0,
    takes_init_audio=True,
    inpaints=True,
    sings_lyrics=False,
    negative_prompt=True,
    makes_stems=False,
    follows_score=False,
    window_s=(_WINDOW_PIXELS - 1) * _FRAME_SAMPLES / RIFFUSION.sample_rate,
    guide_strength=0.6,
)
"""Those of the published weights."""


class RiffusionBackend(HeldWeights):
    """Clips from Riffusion, mono. Raises RitornelloError where it cannot run."""

    name = "riffusion"
    _code_version = 3
    _schedulers = _SCHEDULERS
    _takes_lora = True
    capabilities = CAPABILITIES

    def generate(self, request: ClipRequest) -> Clip:
        """Make one mono clip.

        Its loudness means nothing, since an image does not say how loud it is.
        """
        rate = self.capabilities.sample_rate
        init = None if request.init is None else init_audio(request, rate, 1)
        if init is not None and is_kept(request):
            return as_clip(init, request, rate)
        image = self._image(request, init)
        length = samples_at(request.total_samples, request, rate)
        pixels = -(-length // _FRAME_SAMPLES) + 1
        seed = derive_seed("phases", request.latent.seed) % 2**32
        audio = audio_from_image(image.crop((0, 0, pixels, image.height)), seed=seed, n_samples=length)
        ranges = repaint_ranges(request, rate)
        if init is not None and ranges:
            audio = splice(init, audio * level_gain(init, audio), ranges, rate)
        return as_clip(audio, request, rate)

    def _image(self, request: ClipRequest, init: Audio | None) -> Image.Image:
        """Make the spectrogram of a clip, at least as wide as the clip is long."""
        factor = self._pipeline.vae_scale_factor
        length = samples_at(request.total_samples, request, self.capabilities.sample_rate)
        columns = -(-length // _FRAME_SAMPLES) + 1
        width = max(-(-columns // _pixel_step(factor)) * _pixel_step(factor), _WINDOW_PIXELS)
        shape = (self._pipeline.unet.config.in_channels, RIFFUSION.height // factor, width // factor)
        noise = as_tensor(request.latent.noise(shape), self._where.torch_dtype)[None]
        window = _WINDOW_PIXELS // factor
        asked: dict[str, Any] = {
            "prompt": solo_prompt(request),
            "negative_prompt": request.negative_prompt or None,
            "num_inference_steps": request.steps or _STEPS,
            "guidance_scale": _GUIDANCE if request.guidance is None else request.guidance,
        }
        wide = use_windows(self._pipeline.unet, window, int(_OVERLAP_SHARE * window))
        with (
            seed_generator(request.latent.seed) as generator,
            wide if width > _WINDOW_PIXELS else nullcontext(),
        ):
            asked["generator"] = generator
            if init is None or request.init is None:
                made = self._pipeline(**asked, height=RIFFUSION.height, width=width, latents=noise)
            else:
                painted = Image.new("RGB", (width, RIFFUSION.height), _SILENCE)  # silent after its end
                painted.paste(image_from_audio(init), (0, 0))
                with _noise_of(self._pipeline.scheduler, noise):
                    made = self._from_image(request, request.init.strength, painted, asked)
        image: Image.Image = made.images[0]
        return image

    def _from_image(
        self, request: ClipRequest, strength: float, image: Image.Image, asked: dict[str, Any]
    ) -> Any:
        strength = max(strength, 1.0 / asked["num_inference_steps"])
        ranges = repaint_ranges(request, self.capabilities.sample_rate)
        if not ranges:
            return self._image_to_image(**asked, image=image, strength=strength)

        # white where the spectrogram is painted anew
        mask = np.zeros((image.height, image.width), dtype=np.uint8)
        for first, end in ranges:
            mask[:, first // _FRAME_SAMPLES : -(-end // _FRAME_SAMPLES) + 1] = 255
        return self._inpainting(
            **asked,
            image=image,
            mask_image=Image.fromarray(mask),
            strength=min(strength, _NEARLY_ALL),
            width=image.width,
            height=image.height,
        )

    @cached_property
    def _pipeline(self) -> Any:
        return load(
            PIPELINES[0],
            self._folder,
            self._where,
            self._scheduler,
            self._lora,
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )

    @cached_property
    def _image_to_image(self) -> Any:
        return sharing(self._pipeline, PIPELINES[1], requires_safety_checker=False)

    @cached_property
    def _inpainting(self) -> Any:
        return sharing(self._pipeline, PIPELINES[2], requires_safety_checker=False)


@contextmanager
def _noise_of(scheduler: Any, noise: torch.Tensor) -> Iterator[None]:
    """Make a scheduler add the request's noise to an image, until the block ends.

    The pipelines would draw noise of their own, which knows nothing of how far this take lies from the
    section's first.
    """

    def add_noise(original: torch.Tensor, drawn: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        noisy: torch.Tensor = type(scheduler).add_noise(scheduler, original, noise.to(drawn), timesteps)
        return noisy

    scheduler.add_noise = add_noise
    try:
        yield
    finally:
        del scheduler.add_noise


def _pixel_step(factor: int) -> int:
    """Return the number of which all widths are whole multiples; the pipelines want 8."""
    return max(8, factor)
