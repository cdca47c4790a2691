"""What the renderer asks of a diffusion backend, and what it gets back.

A :class:`ClipRequest` says all about one stem of one section and nothing about where in the song it
stands: its content hash is the clip's key in the cache, so a section that returns is generated once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

import numpy as np

from render.audio.types import Audio
from render.backends.latents import LatentRecipe
from structure.base.grid import Grid
from structure.base.types import Role
from structure.plans.score import Note

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

    def content(self) -> list[object]:
        """What decides the sound, as JSON."""
        samples = np.ascontiguousarray(self.audio, dtype=np.float32)
        digest = hashlib.sha256(samples.tobytes()).hexdigest()
        return [list(samples.shape), digest, self.strength, self.repaint]


@dataclass(frozen=True, slots=True)
class ClipRequest:
    """One stem of one section, or its whole mix.

    ``notes`` lie on ``grid`` from the section's first downbeat; ``body_quarters`` is the section's
    length. The clip begins ``pre_roll_samples`` before the downbeat and ends ``tail_samples`` after
    the section. ``timbre`` is the noise from which the stem's sound is imagined, where a backend can
    keep it apart from the take: it is the same for a stem all through a song, so that the same
    instrument plays. ``steps`` and ``guidance`` are None where the backend may choose.

    ``morph_prompt`` is what the prompt turns into, evenly over the section; "" where it stays. ``lyrics``
    are sung by backends that sing, a line of them to a line. ``init`` is audio to begin from. ``key``
    such as "A minor" tells backends that do not follow the notes.
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

    @property
    def body_samples(self) -> int:
        """Samples of the section itself, without pre-roll and tail."""
        return self.grid.sample_at(self.body_quarters)

    @property
    def total_samples(self) -> int:
        """Samples of the whole clip."""
        return self.pre_roll_samples + self.body_samples + self.tail_samples

    def content_hash(self, backend_fingerprint: str) -> str:
        """SHA-256 over everything that decides the clip's samples."""
        recipe, timbre = self.latent.canonical(), self.timbre.canonical()
        content = {
            "format": 3,
            "backend": backend_fingerprint,
            "role": self.role,
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "notes": [[str(n.onset), str(n.duration), n.pitch, n.velocity] for n in self.notes],
            "tempo": str(self.grid.tempo_bpm),
            "meter": str(self.grid.meter),
            "sample_rate": self.grid.sample_rate,
            "body": str(self.body_quarters),
            "pre_roll": self.pre_roll_samples,
            "tail": self.tail_samples,
            "latent": [recipe.seed, recipe.variation_seed, recipe.amount],
            "timbre": [timbre.seed, timbre.variation_seed, timbre.amount],
            "steps": self.steps,
            "guidance": self.guidance,
            "morph_prompt": self.morph_prompt,
            "lyrics": self.lyrics,
            "init": None if self.init is None else self.init.content(),
            "key": self.key,
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Clip:
    """Generated audio. ``downbeat_sample`` is where the section's first downbeat lies in it. ``notes`` say
    in words what was done to it after it was generated, ``doubts`` what seems wrong with it."""

    audio: Audio
    sample_rate: int
    downbeat_sample: int
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
