"""What the renderer asks of a diffusion backend, and what it gets back.

A :class:`ClipRequest` says all about one stem of one section and nothing about where in the song it
stands: its content hash is the clip's key in the cache, so a section that returns is generated once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from render.audio.types import Audio
from render.backends.latents import LatentRecipe
from structure.base.grid import Grid
from structure.base.types import Role
from structure.plans.score import Control, Note

ClipRole = Role | Literal["mix"]
"""What a clip is: a stem of this role, or all stems at once."""


@dataclass(frozen=True, slots=True, eq=False)
class InitAudio:
    """Audio to begin from instead of noise alone.

    ``audio`` is (1 or 2, samples) at the request's sample rate; its first sample is the clip's first, and
    it is as long as the clip. ``strength`` (0…1) says how much is made anew: 0 keeps the audio, 1 forgets
    it. ``repaint`` are ranges of the clip's samples, first and end, outside of which the audio stays as it
    is; None where all of it may change.
    """

    audio: Audio
    strength: float
    repaint: tuple[tuple[int, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipRequest:
    """One stem of one section, or its whole mix.

    ``notes`` lie on ``grid`` from the section's first downbeat; ``body_quarters`` is the section's
    length. The clip begins ``pre_roll_samples`` before the downbeat and ends ``tail_samples`` after
    the section. ``timbre`` is the noise from which the stem's sound is imagined, where a backend can
    keep it apart from the take: it is the same for a stem all through a song, so that the same
    instrument plays. ``steps`` and ``guidance`` are None where the backend may choose.

    ``morph_prompt`` is what the prompt turns into, evenly over the section; "" where it stays. ``lyrics``
    are sung by backends that sing, a line of them to a line. ``init`` is audio to begin from. ``key``
    such as "A minor" tells backends that do not follow the notes. ``controls`` are the stem's MIDI
    controllers; ``voice`` and ``language`` say who sings.
    """

    role: ClipRole
    prompt: str
    negative_prompt: str
    notes: tuple[Note, ...]
    grid: Grid
    body_quarters: Fraction
    pre_roll_samples: int
    tail_samples: int
    latent: LatentRecipe
    timbre: LatentRecipe = field(default_factory=lambda: LatentRecipe(0))
    steps: int | None = None
    guidance: float | None = None
    morph_prompt: str = ""
    lyrics: str = ""
    init: InitAudio | None = None
    key: str = ""
    controls: tuple[Control, ...] = ()
    voice: str = ""
    language: str = ""

    @property
    def body_samples(self) -> int:
        """Return the samples of the section itself, without pre-roll and tail."""
        return self.grid.sample_at(self.body_quarters)

    @property
    def total_samples(self) -> int:
        """Return the samples of the whole clip."""
        return self.pre_roll_samples + self.body_samples + self.tail_samples

    def content_hash(self, backend_fingerprint: str) -> str:
        """Return the SHA-256 over all that decides the clip's samples: every field, and the backend."""
        canonical = replace(self, latent=self.latent.canonical(), timbre=self.timbre.canonical())
        content = {"format": 4, "backend": backend_fingerprint, "request": content_of(canonical)}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def content_of(value: object) -> object:
    """Return a value as JSON, all of it: a field that is added to a request is in its hash by itself."""
    if is_dataclass(value):
        return {field.name: content_of(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [content_of(item) for item in value]
    if isinstance(value, np.ndarray):
        samples = np.ascontiguousarray(value, dtype=np.float32)
        return [list(samples.shape), hashlib.sha256(samples.tobytes()).hexdigest()]
    return str(value) if isinstance(value, Fraction) else value


@dataclass(frozen=True, slots=True)
class Clip:
    """Generated audio. ``downbeat_sample`` is where the section's first downbeat lies in it.

    ``notes`` say in words what was done to it after it was generated, ``doubts`` what seems wrong with it.
    ``seconds_by_stage`` is the wall time that its backend spent on it, by stages of the backend's own
    naming ("text", "network", "decoder"); a backend need not say. A clip from the cache spent nothing.
    """

    audio: Audio
    sample_rate: int
    downbeat_sample: int
    _: KW_ONLY
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    seconds_by_stage: Mapping[str, float] = field(default_factory=dict)
