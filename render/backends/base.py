"""The contract between the renderer and a diffusion backend: one method on one data type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from render.request import Clip, ClipRequest


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do; the renderer negotiates with this and never asks for more.

    ``follows_score`` says that notes begin and end where the score has them, so that all that sounds
    after a section's last bar is its tail and may ring over the join.
    """

    sample_rate: int
    channels: int
    longest_clip_s: float
    takes_latents: bool
    takes_init_audio: bool
    inpaints: bool
    sings_lyrics: bool
    negative_prompt: bool
    makes_stems: bool
    follows_score: bool


class Backend(Protocol):
    """A diffusion model that turns clip requests into clips. It knows nothing of songs."""

    @property
    def name(self) -> str:
        """The name by which specs and the command line choose it."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the same request would give other samples (weights, code version)."""

    def generate(self, request: ClipRequest) -> Clip:
        """One clip, of exactly ``request.total_samples`` samples. The same request gives the same
        clip."""
