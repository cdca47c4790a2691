"""The embedded diffusion model as a diffusers pipeline: a score and a prompt in, audio out.

:class:`ScorePipeline` holds one denoiser (pitched stems or drums) and a diffusers scheduler that
follows a rectified flow, and is saved and loaded with ``save_pretrained`` and ``from_pretrained``.
The sentence model is not part of it: it is installed as a package and shared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from diffusers import DiffusionPipeline, DPMSolverMultistepScheduler
from numpy.typing import NDArray
from torch import Tensor

from render.model.conditioning import drum_condition, pitched_condition
from render.model.decoder import decode
from render.model.features import DRUMS, PITCHED, MelLayout, from_tokens, to_tokens
from render.model.network import MelDenoiser
from render.model.notes import NoteTable
from render.model.text import TextEncoder, quiet_loading

LAYOUTS: dict[str, MelLayout] = {"pitched": PITCHED, "drums": DRUMS}
"""The two kinds of stem, each with a denoiser of its own."""

DEFAULT_STEPS = 4
DEFAULT_GUIDANCE = 1.5
"""Few steps and a little guidance were measured to be best: more steps let the timbre wander in time,
and without guidance the instrument that the prompt names is recognised less often."""

WEIGHTS = Path(__file__).parent / "weights"
"""Where the shipped pipelines lie, one folder for each name in :data:`LAYOUTS`."""


def flow_scheduler() -> DPMSolverMultistepScheduler:
    """DPM-Solver++ (Lu et al. 2022), second order, on the straight path from noise to data, for a
    network that predicts the clean sample."""
    return DPMSolverMultistepScheduler(
        prediction_type="sample",
        use_flow_sigmas=True,
        solver_order=2,
        final_sigmas_type="zero",
    )


def aligned(array: NDArray[np.float32] | Tensor) -> Tensor:
    """A copy in torch's own memory. BLAS rounds otherwise where data is not aligned, and files that
    are mapped to memory and NumPy's arrays need not be, so the same clip could differ in a last bit."""
    return torch.as_tensor(array).clone(memory_format=torch.contiguous_format)


@lru_cache(maxsize=1)
def shared_text_encoder() -> TextEncoder:
    """The sentence model, loaded once."""
    return TextEncoder()


@lru_cache(maxsize=256)
def text_vector(text: str) -> Tensor:
    """Sentence vector of a prompt, (1, size). The stems of a song say the same in section after section."""
    return aligned(shared_text_encoder().encode([text]))


def mel_condition(notes: NoteTable, layout: MelLayout, n_frames: int) -> Tensor:
    """Condition tokens of a score, (1, tokens, condition_size)."""
    make = drum_condition if layout == DRUMS else pitched_condition
    return to_tokens(aligned(make(notes, n_frames)), layout)[None]


@dataclass(frozen=True, slots=True)
class GeneratedClip:
    """``audio``: mono float32 (samples,); ``mel``: scaled log-mel (frames, n_mels); ``seconds``: wall
    time spent on ``text``, ``network`` and ``decoder``."""

    audio: NDArray[np.float32]
    mel: NDArray[np.float32]
    seconds: Mapping[str, float]


class ScorePipeline(DiffusionPipeline):  # type: ignore[misc]
    """Paints the log-mel of one stem from noise, its score and a prompt, then decodes it."""

    denoiser: MelDenoiser
    scheduler: DPMSolverMultistepScheduler

    def __init__(
        self, denoiser: MelDenoiser, scheduler: DPMSolverMultistepScheduler, kind: str = "pitched"
    ) -> None:
        super().__init__()
        self.register_modules(denoiser=denoiser, scheduler=scheduler)
        self.register_to_config(kind=kind)
        self.layout = LAYOUTS[kind]

    def latent_shape(self, n_samples: int) -> tuple[int, int]:
        """Shape of the noise for a clip of ``n_samples``: (tokens, token_size)."""
        frames = self.layout.frames_for(n_samples)
        return frames // self.layout.patch, self.layout.token_size

    @torch.inference_mode()
    def __call__(
        self,
        notes: NoteTable,
        n_samples: int,
        prompt: str,
        negative_prompt: str = "",
        *,
        latents: Tensor,
        decoder_seed: int = 0,
        num_inference_steps: int = DEFAULT_STEPS,
        guidance_scale: float = DEFAULT_GUIDANCE,
    ) -> GeneratedClip:
        """Generate one clip of ``n_samples`` samples at 44.1 kHz.

        ``latents``: standard normal noise of :meth:`latent_shape`. ``guidance_scale`` 1 asks for no
        classifier-free guidance (Ho and Salimans 2022), which saves half of the work; above it the
        clip moves away from ``negative_prompt`` (from "no text" where that is empty). ``decoder_seed``
        decides the noise in the excitation.
        """
        if tuple(latents.shape) != self.latent_shape(n_samples):
            raise ValueError(
                f"latents have shape {tuple(latents.shape)}, not {self.latent_shape(n_samples)}"
            )
        begun = time.perf_counter()
        texts = self._texts(prompt, negative_prompt, guidance_scale)
        read = time.perf_counter()
        condition = mel_condition(notes, self.layout, self.layout.frames_for(n_samples))
        noise = aligned(latents[None].float())
        mel = self._paint(noise, condition, texts, num_inference_steps, guidance_scale)
        painted = time.perf_counter()
        audio = decode(mel, notes, self.layout, n_samples, decoder_seed)
        seconds = {
            "text": read - begun,
            "network": painted - read,
            "decoder": time.perf_counter() - painted,
        }
        return GeneratedClip(audio, np.asarray(mel.numpy(), dtype=np.float32), seconds)

    def _texts(self, prompt: str, negative_prompt: str, guidance_scale: float) -> Tensor:
        """Text vectors: (1, size) of the prompt, with guidance (2, size), what to move away from first."""
        wanted = text_vector(prompt)
        if guidance_scale == 1.0:
            return wanted
        if negative_prompt:
            unwanted = text_vector(negative_prompt)
        else:
            unwanted = self.denoiser.null_text.detach()[None].float()
        return torch.cat([unwanted, wanted])

    def _paint(
        self, sample: Tensor, condition: Tensor, texts: Tensor, steps: int, guidance_scale: float
    ) -> Tensor:
        """Run the sampler; returns the clean mel (frames, n_mels)."""
        self.scheduler.set_timesteps(steps)
        copies = texts.shape[0]
        condition = condition.expand(copies, -1, -1)
        for timestep, sigma in zip(self.scheduler.timesteps, self.scheduler.sigmas, strict=False):
            clean = self.denoiser(sample.expand(copies, -1, -1), sigma.expand(copies), condition, texts)
            if copies == 2:
                clean = clean[:1] + guidance_scale * (clean[1:] - clean[:1])
            sample = self.scheduler.step(clean, timestep, sample).prev_sample
        return from_tokens(sample[0], self.layout)


def save_weights(denoiser: MelDenoiser, kind: str, folder: Path) -> None:
    """Write a denoiser, in float16, and its scheduler as the pipeline ``folder / kind``."""
    copy = MelDenoiser(**denoiser.config)
    copy.load_state_dict(denoiser.state_dict())
    ScorePipeline(copy.half(), flow_scheduler(), kind).save_pretrained(folder / kind)


def load_pipeline(kind: str, folder: Path = WEIGHTS) -> ScorePipeline:
    """The trained pipeline of a kind of stem (see :data:`LAYOUTS`) from a local folder, in float32."""
    with quiet_loading():
        pipeline: ScorePipeline = ScorePipeline.from_pretrained(
            str(folder / kind), local_files_only=True, use_safetensors=True, low_cpu_mem_usage=False
        )
    pipeline.denoiser.float().eval()
    for weight in pipeline.denoiser.parameters():
        weight.data = aligned(weight.data)
    return pipeline
