"""Voices by name and by words: which style of the model, where it speaks, and how its formants lie."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from render.voice.kokoro import Floats, Kokoro
from render.voice.pitch import Manner


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice. ``styles`` are shares of the model's own voices. It speaks at the MIDI pitch ``speaks_at``,
    and its vocoder sings by itself up to ``sings_within`` semitones from there; further away it follows the
    melody by the share ``follows``. ``formants`` above 1 make a smaller body."""

    name: str
    styles: tuple[tuple[str, float], ...]
    speaks_at: float
    sings_within: float = 6.0
    follows: float = 0.4
    formants: float = 1.0
    transposes: float = 0.0
    manner: Manner = field(default_factory=Manner)

    def style(self, model: Kokoro, phonemes: int) -> Floats:
        """Return the vector of the voice for so many phonemes: (256,)."""
        total = sum(share for _, share in self.styles)
        mixed = sum((share / total * model.style(name, phonemes) for name, share in self.styles), np.zeros(256))
        return np.asarray(mixed, np.float32)


LOW = Voice("low", (("jm_kumo", 1.0),), speaks_at=48.0)
HIGH = Voice("high", (("jf_alpha", 1.0),), speaks_at=58.0)
