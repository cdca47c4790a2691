"""The default backend: the small diffusion model that is trained for, and shipped with, the package."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from render.audio.types import Audio
from render.backends.base import SCORE_PLAYER
from render.backends.latents import LatentRecipe
from render.backends.request import Clip, ClipRequest
from render.backends.waveforms import is_kept
from render.model.playing.notes import NoteTable
from render.model.shipped import KINDS, WEIGHTS
from structure.base.errors import MissingWeightsError
from structure.base.grid import SAMPLE_RATE
from structure.base.seeds import derive_seed

if TYPE_CHECKING:
    from render.model.pipeline import ScorePipeline

# The model and torch are loaded with the first clip that is made. They take seconds, and a song whose clips
# are all in the cache needs them not.

_CODE_VERSION = 22
"""Raise it whenever a change in the code changes the samples: cached clips are then made anew."""

CAPABILITIES = replace(
    SCORE_PLAYER, channels=2, longest_clip_s=1200.0, takes_init_audio=True, inpaints=True, morphs=True
)
"""What the model can do."""


class EmbeddedBackend:
    """Score- and text-conditioned spectrogram diffusion, one stem at a time, mono or stereo."""

    name = "embedded"
    capabilities = CAPABILITIES

    def __init__(self, weights: Path = WEIGHTS, device: str = "cpu") -> None:
        self._weights, self._device = weights, device
        self._pipelines: dict[str, ScorePipeline] = {}
        self._lock = Lock()  # so that each pipeline is loaded once
        missing = [kind for kind in KINDS if not (weights / kind / "model_index.json").is_file()]
        if missing:
            raise MissingWeightsError(
                f"the embedded model's weights ({', '.join(missing)}) are not in {weights}",
                path=weights,
                hint="reinstall the package, or train them with training",
            )

    @cached_property
    def fingerprint(self) -> str:
        """Return a hash over the weights, the code's version, and the versions of torch and NumPy.

        Their kernels round differently, as do those of a device other than the CPU, which is part of the
        hash too.
        """
        digest = hashlib.sha256(f"{_CODE_VERSION}:{version('torch')}:{version('numpy')}".encode())
        for path in sorted(p for p in self._weights.rglob("*") if p.is_file()):
            digest.update(path.relative_to(self._weights).as_posix().encode())
            digest.update(path.read_bytes())
        if self._device != "cpu":  # whose kernels round otherwise
            digest.update(self._device.encode())
        return f"{self.name}-{digest.hexdigest()[:16]}"

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip: in stereo where notes of its instrument come from several places, else in mono.

        Raises ValueError where the request's sample rate is not the model's, or where the audio to begin
        from is not as long as the clip.
        """
        if request.init is not None and is_kept(request):
            return Clip(request.init.audio, SAMPLE_RATE, request.pre_roll_samples)
        if request.grid.sample_rate != SAMPLE_RATE:
            raise ValueError(
                f"the embedded model works at {SAMPLE_RATE} Hz, not {request.grid.sample_rate}"
            )
        import torch

        from render.model.pipeline import DEFAULT_GUIDANCE, Beginning, Morph

        pipeline = self._pipeline("drums" if request.role == "drums" else "pitched")
        noise = request.latent.noise(pipeline.latent_shape(request.total_samples))

        # what the clip turns into over its bars: another prompt, and another take
        morph = None
        if request.morph_prompt and request.morph_prompt != request.prompt:
            take = LatentRecipe(derive_seed("morph", request.latent.seed)).noise(noise.shape)
            before, body = request.pre_roll_samples, request.body_samples
            morph = Morph(request.morph_prompt, before, body, torch.from_numpy(take))

        begin, init = None, request.init
        if init is not None:
            samples, wanted = init.audio.shape[1], request.total_samples
            if samples != wanted:
                raise ValueError(f"the audio to begin from has {samples} samples, not {wanted}")
            side = None
            if len(init.audio) == 2:
                side = np.float32(0.5) * (init.audio[0] - init.audio[1])
            begin = Beginning(_mono(init.audio), init.strength, init.repaint, side)

        made = pipeline(
            NoteTable.from_score(
                request.notes,
                request.grid,
                request.pre_roll_samples,
                request.controls,
                is_drums=request.role == "drums",
            ),
            request.total_samples,
            request.prompt,
            request.negative_prompt,
            latents=torch.from_numpy(noise),
            timbre_latents=torch.from_numpy(request.timbre.noise(pipeline.timbre_shape)),
            decoder_seed=derive_seed("excitation", request.latent.seed),
            num_inference_steps=request.steps,
            guidance_scale=DEFAULT_GUIDANCE if request.guidance is None else request.guidance,
            morph=morph,
            begin=begin,
        )
        audio = made.audio[None]
        if made.side is not None:
            audio = np.stack([made.audio + made.side, made.audio - made.side])
        return Clip(audio, SAMPLE_RATE, request.pre_roll_samples, seconds_by_stage=made.seconds)

    def _pipeline(self, kind: str) -> ScorePipeline:
        from render.model.pipeline import load_pipeline

        with self._lock:
            if kind not in self._pipelines:
                self._pipelines[kind] = load_pipeline(kind, self._weights, self._device)
            return self._pipelines[kind]


def _mono(audio: Audio) -> NDArray[np.float32]:
    return np.ascontiguousarray(audio.mean(axis=0), dtype=np.float32)
