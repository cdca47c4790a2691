"""Stable Audio Open 1.0: text to stereo audio, with a guide to begin from.

The pipeline always denoises its whole window of 47.5 s. Longer clips are blended from windows in latent
space. It adds init audio to noise of full strength, which drowns it; so the sampler starts lower instead,
as stable-audio-tools does (``init_noise_level``): the noise is as strong as it is at that share of the
diffusion time, sigma = tan(strength * pi / 2).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import Any

from render.audio.shape import as_tensor, fit_length
from render.backends.base import BackendOptions, Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import as_clip, init_audio, is_kept, samples_at, solo_prompt
from render.backends.windows import use_windows
from structure.base.errors import MissingPackageError

PIPELINE = "StableAudioPipeline"
SCHEDULER = "CosineDPMSolverMultistepScheduler"
"""The only sampler whose noise levels the network was trained to read; its noise comes from torchsde."""

_STEPS = 100
_GUIDANCE = 7.0
_OVERLAP_SHARE = 0.25


def open_capabilities(window_s: float, longest_s: float, sample_rate: int, channels: int) -> Capabilities:
    """Return what a model of this family can do."""
    return Capabilities(
        sample_rate=sample_rate,
        channels=channels,
        longest_clip_s=longest_s,
        takes_init_audio=True,
        inpaints=False,
        sings_lyrics=False,
        negative_prompt=True,
        makes_stems=False,
        follows_score=False,
        window_s=window_s,
        guide_strength=0.7,
    )


CAPABILITIES = open_capabilities(1024 * 2048 / 44_100, 512.0, 44_100, 2)
"""Those of the published weights."""


class StableAudioBackend(HeldWeights):
    """Clips from Stable Audio Open. Raises RitornelloError where it cannot run."""

    name = "stable-audio"
    _code_version = 3
    _schedulers = (SCHEDULER,)

    def _check_options(self, _options: BackendOptions) -> None:
        if (self._scheduler or self._folder.scheduler_class) == SCHEDULER and find_spec("torchsde") is None:
            raise MissingPackageError("the sampler of Stable Audio Open", "torchsde", "backends")

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model in the folder can do."""
        vae, network = self._folder.config("vae"), self._folder.config("transformer")
        rate = int(vae["sampling_rate"])
        window_s = int(network["sample_size"]) * math.prod(vae["downsampling_ratios"]) / rate
        longest = float(self._folder.config("projection_model")["max_value"])
        return open_capabilities(window_s, max(longest, window_s), rate, int(vae["audio_channels"]))

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip, stereo where the model is."""
        rate, channels = self.capabilities.sample_rate, self.capabilities.channels
        if is_kept(request):
            return as_clip(init_audio(request, rate, channels), request, rate)
        pipeline = self._pipeline
        length = samples_at(request.total_samples, request, rate)
        frames = max(-(-length // pipeline.vae.hop_length), self._window)
        extra: dict[str, Any] = {}
        if request.init is not None:
            whole = fit_length(init_audio(request, rate, channels), frames * pipeline.vae.hop_length)
            audio = as_tensor(whole, self._where.torch_dtype)
            extra = {"initial_audio_waveforms": audio[None], "initial_audio_sampling_rate": rate}
        noise = as_tensor(
            request.latent.noise((pipeline.transformer.config.in_channels, frames)), self._where.torch_dtype
        )
        with (
            seed_generator(request.latent.seed) as generator,
            self._long(frames),
            self._start_from_init(request),
            warnings.catch_warnings(),
        ):
            warnings.filterwarnings(
                "ignore", "Should have t[ab]", UserWarning
            )  # torchsde, of the last digit
            made = pipeline(
                prompt=solo_prompt(request),
                negative_prompt=request.negative_prompt or None,
                audio_end_in_s=(length + 0.5) / rate,
                num_inference_steps=request.steps or _STEPS,
                guidance_scale=_GUIDANCE if request.guidance is None else request.guidance,
                generator=generator,
                latents=noise[None],
                **extra,
            ).audios[0]
        return as_clip(made.float().cpu().numpy(), request, rate)

    @cached_property
    def _pipeline(self) -> Any:
        return load(PIPELINE, self._folder, self._where, self._scheduler)

    @cached_property
    def _window(self) -> int:
        """Return how many latent frames the network was trained to see."""
        return int(self._folder.config("transformer")["sample_size"])

    @contextmanager
    def _long(self, frames: int) -> Iterator[None]:
        """Let the pipeline make clips of ``frames`` latent frames, until the block ends."""
        network = self._pipeline.transformer
        if frames == self._window:
            yield
            return
        network.register_to_config(sample_size=frames)
        try:
            with use_windows(network, self._window, int(_OVERLAP_SHARE * self._window), _for_window):
                yield
        finally:
            network.register_to_config(sample_size=self._window)

    @contextmanager
    def _start_from_init(self, request: ClipRequest) -> Iterator[None]:
        """Start the sampler from the noise that the init audio's strength calls for.

        This lasts until the block ends.
        """
        pipeline = self._pipeline
        usual = pipeline.scheduler
        if request.init is not None:
            highest = usual.config.sigma_max
            sigma = min(highest, math.tan(min(request.init.strength, 0.9999) * math.pi / 2))
            lowest = min(usual.config.sigma_min, sigma / 2)
            pipeline.scheduler = type(usual).from_config(usual.config, sigma_max=sigma, sigma_min=lowest)
        try:
            yield
        finally:
            pipeline.scheduler = usual


def _for_window(keywords: dict[str, Any], size: int) -> dict[str, Any]:
    """Cut the rotary embedding among ``keywords`` to a window of ``size`` frames.

    It holds positions of all frames and of one token before them.
    """
    rotary = keywords.get("rotary_embedding")
    if rotary is None:
        return keywords
    return {**keywords, "rotary_embedding": tuple(part[: size + 1] for part in rotary)}
