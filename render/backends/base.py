"""The contract between the renderer and a diffusion backend: one method on one data type."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from render.backends.request import Clip, ClipRequest
from structure.base.grid import SAMPLE_RATE

Device = Literal["auto", "cpu", "cuda", "mps"]
DType = Literal["auto", "float32", "float16", "bfloat16"]
Offload = Literal["none", "model", "sequential"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a backend can do; the renderer negotiates with this and never asks for more.

    ``longest_clip_s`` counts clips that are blended in latent space from overlapping windows of
    ``window_s`` each; ``window_s`` is None where the network sees a clip at once. ``makes_stems`` says
    that a prompt for one instrument gives that instrument alone; a backend that was trained on mixes is
    asked stem by stem in words, or its mixes are separated. ``follows_score`` says that notes begin and
    end where the score has them, so that all that sounds after a section's last bar is its tail and may
    ring over the join. ``negative_with_init`` is False where a negative prompt is heard only in clips that
    begin from noise. ``guide_strength`` is how much of a guide is made anew where nobody says how much.
    ``takes_latents``: a clip changes gradually with the noise that it is made from; where it does not,
    variations are made from the clip that they vary. ``thread_safe`` says that several threads may ask for
    clips at once, each for one that it makes alone.
    """

    sample_rate: int
    channels: int
    longest_clip_s: float
    takes_init_audio: bool
    inpaints: bool
    sings_lyrics: bool
    negative_prompt: bool
    makes_stems: bool
    follows_score: bool
    window_s: float | None = None
    negative_with_init: bool = True
    morphs: bool = False
    guide_strength: float = 0.7
    thread_safe: bool = False
    takes_latents: bool = True


SCORE_PLAYER = Capabilities(
    sample_rate=SAMPLE_RATE,
    channels=1,
    longest_clip_s=3600.0,
    takes_init_audio=False,
    inpaints=False,
    sings_lyrics=False,
    negative_prompt=True,
    makes_stems=True,
    follows_score=True,
    thread_safe=True,
)
"""What the makers of our own have in common, which play the notes of one stem: each says how it differs."""


@dataclass(frozen=True, slots=True)
class BackendOptions:
    """How a backend is loaded; the embedded one needs none of it.

    ``model`` is a folder or the name of a repository on the Hugging Face hub, None for the backend's
    usual one. ``scheduler`` is the name of a diffusers scheduler, None for the model's own. ``offload``
    keeps parts of the model in main memory while the GPU does not need them. ``lora`` is a fine-tune to
    add, a file, a folder or a repository, and ``lora_scale`` how much of it.
    """

    model: str | None = None
    device: Device = "auto"
    dtype: DType = "auto"
    scheduler: str | None = None
    offload: Offload = "none"
    lora: str | None = None
    lora_scale: float = 1.0


DEFAULT_OPTIONS = BackendOptions()


class Backend(Protocol):
    """A diffusion model that turns clip requests into clips. It knows nothing of songs."""

    @property
    def name(self) -> str:
        """Return the name by which specs and the command line choose it."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what it can do."""

    @property
    def fingerprint(self) -> str:
        """Return a text that changes whenever the same request would give other samples.

        It depends on the weights and the code's version, for instance.
        """

    def generate(self, request: ClipRequest) -> Clip:
        """Make one clip, of exactly ``request.total_samples`` samples.

        A backend with its own sample rate gives as many as that is at its rate. The same request gives the
        same clip.
        """


@runtime_checkable
class Heavy(Protocol):
    """A backend whose weights take so much memory that two such may not fit beside each other."""

    @property
    def device(self) -> str:
        """Return where its weights lie: cpu, cuda or mps."""

    @property
    def memory_bytes(self) -> int:
        """Return an estimate of how many bytes of the device's memory it needs to play."""

    @property
    def is_held(self) -> bool:
        """Return whether its weights are in memory."""

    def release(self) -> None:
        """Let go of the weights; they are read again for the next clip."""
