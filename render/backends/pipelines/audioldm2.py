"""AudioLDM 2: text to mono audio at 16 kHz, painted as a mel spectrogram of ten seconds.

The pipeline takes no audio, but its latents are those of an autoencoder that can also read: a guide
becomes a spectrogram as the model was trained on, then latents, then noise up to the strength (Meng et al.,
"SDEdit", ICLR 2022). The sampler goes on from there. Longer clips are blended from windows in latent space.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from types import MethodType
from typing import Any

import torch

from render.audio.shape import as_tensor
from render.audio.types import Audio
from render.backends.base import Capabilities
from render.backends.held import HeldWeights
from render.backends.latents import seed_generator
from render.backends.loading import load, quiet_generation, quiet_logs
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import as_clip, init_audio, is_kept, samples_at, solo_prompt
from render.backends.windows import use_windows

PIPELINE = "AudioLDM2Pipeline"
SCHEDULER = "DDIMScheduler"
"""The sampler of the published weights. Others count on all of their steps, and so cannot start late."""

_STEPS = 200
_GUIDANCE = 3.5
_OVERLAP_SHARE = 0.25
_WINDOW_S = 10.24
_MEL_WINDOW = 1024
_HIGHEST_HZ = 8000.0
_QUIETEST = 1e-5
_PEAK = 0.5
"""The waveforms that the autoencoder was trained on had this peak."""

CAPABILITIES = Capabilities(
    sample_rate=16_000,
    channels=1,
    longest_clip_s=600.0,
    takes_init_audio=True,
    inpaints=False,
    sings_lyrics=False,
    negative_prompt=True,
    makes_stems=False,
    follows_score=False,
    window_s=_WINDOW_S,
    guide_strength=0.6,
)
"""Those of the published weights."""


class AudioLDM2Backend(HeldWeights):
    """Clips from AudioLDM 2, mono. Raises RitornelloError where it cannot run."""

    name = "audioldm2"
    _code_version = 1
    _schedulers = (SCHEDULER,)

    @cached_property
    def capabilities(self) -> Capabilities:
        """Return what the model in the folder can do."""
        rate = int(self._folder.config("vocoder").get("sampling_rate", CAPABILITIES.sample_rate))
        starts_late = (self._scheduler or self._folder.scheduler_class) == SCHEDULER
        return replace(CAPABILITIES, sample_rate=rate, takes_init_audio=starts_late)

    def generate(self, request: ClipRequest) -> Clip:
        """Make one mono clip."""
        rate = self.capabilities.sample_rate
        init = None if request.init is None else init_audio(request, rate, 1)
        if init is not None and is_kept(request):
            return as_clip(init, request, rate)
        pipeline = self._pipeline
        frames = self._frames(request)
        steps = request.steps or _STEPS
        shape = (pipeline.unet.config.in_channels, frames, self._bins)
        noise = as_tensor(request.latent.noise(shape), self._where.torch_dtype)[None]
        with (
            seed_generator(request.latent.seed) as generator,
            self._long(frames),
            quiet_generation(),
            self._enter(init, noise, request, steps) as latents,
        ):
            made = pipeline(
                prompt=solo_prompt(request),
                negative_prompt=request.negative_prompt or None,
                audio_length_in_s=(frames * pipeline.vae_scale_factor + 0.5) * self._hop / rate,
                num_inference_steps=steps,
                guidance_scale=_GUIDANCE if request.guidance is None else request.guidance,
                generator=generator,
                latents=latents,
            ).audios
        return as_clip(made[:1].astype("float32"), request, rate)

    def _frames(self, request: ClipRequest) -> int:
        """Return how many latent frames hold a clip: at least one whole window."""
        length = samples_at(request.total_samples, request, self.capabilities.sample_rate)
        per_frame = self._hop * self._pipeline.vae_scale_factor
        return int(max(math.ceil(length / per_frame), self._window))

    @contextmanager
    def _enter(
        self, init: Audio | None, noise: torch.Tensor, request: ClipRequest, steps: int
    ) -> Iterator[torch.Tensor]:
        """Let the sampler take only the last of its steps, until the block ends.

        Yields the latents for them: the noise, and all steps, where there is no audio to begin from.
        """
        if init is None or request.init is None:
            yield noise
            return
        scheduler = self._pipeline.scheduler
        skipped = steps - max(1, round(steps * request.init.strength))
        whole = type(scheduler).set_timesteps

        def set_timesteps(count: int, **keywords: Any) -> None:
            whole(scheduler, count, **keywords)
            scheduler.timesteps = scheduler.timesteps[skipped:]

        scheduler.set_timesteps = set_timesteps
        try:
            set_timesteps(steps)
            latents = self._encode(init, noise.shape[2]).to(noise)
            yield latents if not skipped else scheduler.add_noise(latents, noise, scheduler.timesteps[:1])
        finally:
            del scheduler.set_timesteps

    @torch.no_grad()
    def _encode(self, audio: Audio, frames: int) -> torch.Tensor:
        """Return latents of audio, (1, channels, frames, mel bins), silent after its end."""
        vae = self._pipeline.vae
        rows = frames * self._pipeline.vae_scale_factor
        mel = log_mel(audio[0], self.capabilities.sample_rate, self._hop, self._mel_bins)
        silent = torch.full((max(0, rows - len(mel)), mel.shape[1]), math.log(_QUIETEST))
        whole = torch.cat([mel[:rows], silent])[None, None]
        device = self._pipeline._execution_device  # noqa: SLF001  (no public name)
        found: torch.Tensor = vae.encode(whole.to(device, vae.dtype)).latent_dist.mode()
        return found.cpu() * float(vae.config.scaling_factor)

    @contextmanager
    def _long(self, frames: int) -> Iterator[None]:
        """Let the network look at windows of the latents where they are longer, until the block ends."""
        if frames == self._window:
            yield
            return
        overlap = int(_OVERLAP_SHARE * self._window)
        with use_windows(self._pipeline.unet, self._window, overlap, axis=-2):
            yield

    @cached_property
    def _window(self) -> int:
        """Return how many latent frames the network was trained to see."""
        rate = self.capabilities.sample_rate
        return max(8, round(_WINDOW_S * rate / self._hop / int(self._pipeline.vae_scale_factor)))

    @cached_property
    def _hop(self) -> int:
        """Return the number of samples in a frame of the spectrogram."""
        return int(math.prod(self._pipeline.vocoder.config.upsample_rates))

    @cached_property
    def _mel_bins(self) -> int:
        return int(self._pipeline.vocoder.config.model_in_dim)

    @cached_property
    def _bins(self) -> int:
        return int(self._mel_bins // self._pipeline.vae_scale_factor)

    @cached_property
    def _pipeline(self) -> Any:
        with quiet_logs("diffusers.pipelines"):  # which expect another GPT-2 than some folders have
            pipeline = load(PIPELINE, self._folder, self._where, self._scheduler)
        model: Any = pipeline.language_model
        if not hasattr(model, "_update_model_kwargs_for_generation"):
            # some published folders name GPT2Model, which no longer has what the pipeline generates with
            from transformers import GenerationMixin

            update = GenerationMixin._update_model_kwargs_for_generation  # noqa: SLF001  (the pipeline's name)
            model._update_model_kwargs_for_generation = MethodType(update, model)  # noqa: SLF001  (as above)
        return pipeline


def log_mel(samples: Any, rate: int, hop: int, bins: int) -> torch.Tensor:
    """Return the log mel spectrogram as AudioLDM was trained on, (frames, bins).

    It has Slaney's scale up to 8 kHz. The waveform is first freed of its offset and scaled to a peak of a
    half.
    """
    from transformers.audio_utils import mel_filter_bank

    wave = torch.as_tensor(samples, dtype=torch.float32)
    wave = wave - wave.mean()
    wave = _PEAK * wave / (wave.abs().max() + 1e-8)
    bank = mel_filter_bank(
        _MEL_WINDOW // 2 + 1, bins, 0.0, min(_HIGHEST_HZ, rate / 2), rate, norm="slaney", mel_scale="slaney"
    )
    transform = torch.stft(
        wave, _MEL_WINDOW, hop, window=torch.hann_window(_MEL_WINDOW), return_complex=True
    )
    mel = torch.as_tensor(bank, dtype=torch.float32).T @ transform.abs()
    return mel.clamp(min=_QUIETEST).log().T
