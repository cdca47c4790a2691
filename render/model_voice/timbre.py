"""Who sings, by words of the user's own: a small network from sentence vectors to the traits of a voice.

It was taught the traits of some thousand wordings (:mod:`training.voice.words`), each with how far voices
of that description lie apart. The noise of a song picks one of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np
import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from numpy.typing import NDArray
from torch import Tensor, nn

from render.model.pipeline import text_vector
from render.model.threads import one_thread
from render.model_voice.network import VOICES, load_weights
from render.model_voice.shipped import WEIGHTS
from render.model_voice.synthesis import Colour
from render.voice.pitch import Manner
from render.voice.voices import Voice, voice_of

TRAITS = ("formants", "breath_db", "tilt_db", "rough", "vibrato", "vibrato_hz", "scoops")
"""What a voice has beside the shares of the teacher's voices, in the order of the network's numbers."""

TRAIT_UNITS = (0.1, 6.0, 1.5, 0.2, 0.2, 0.6, 0.3)
TRAIT_MIDDLES = (1.0, 0.0, 0.0, 0.0, 0.28, 5.5, 0.35)
"""Traits less their middle, in their unit, are what the network says."""

_LEAST = (0.85, -10.0, -4.0, 0.0, 0.0, 4.0, 0.0)
_MOST = (1.3, 24.0, 3.0, 0.8, 0.8, 7.0, 1.0)

TIMBRE = VOICES + len(TRAITS)
"""Numbers of a timbre."""

_FURTHEST = 2.0
"""Spreads by which noise moves a trait at most."""


@dataclass(frozen=True, slots=True)
class Timbre:
    """A voice: ``shares`` of the teacher's voices, of sum 1, what is added, and how it goes on notes."""

    shares: tuple[float, ...]
    colour: Colour = field(default_factory=Colour)
    manner: Manner = field(default_factory=Manner)


class VoiceWords(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Sentence vectors to the traits that they describe, and to how far such voices lie apart."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(self, text_size: int = 384, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(text_size, width),
            nn.SiLU(),
            nn.Linear(width, width),
            nn.SiLU(),
            nn.Linear(width, 2 * TIMBRE),
        )

    def forward(self, text: Tensor) -> tuple[Tensor, Tensor]:
        """Return means and spreads, (batch, TIMBRE) each, of texts (batch, text_size)."""
        mean, spread = self.layers(text * 8.0).chunk(2, dim=-1)
        return mean, nn.functional.softplus(spread)


def timbre_from(numbers: NDArray[np.float64]) -> Timbre:
    """Return the voice that some numbers (TIMBRE,) stand for, brought to what a voice can be."""
    shares = np.clip(numbers[:VOICES], 0.0, 1.0)
    shares = shares / shares.sum() if shares.sum() > 0.1 else np.full(VOICES, 1.0 / VOICES)
    traits = numbers[VOICES:] * np.array(TRAIT_UNITS) + np.array(TRAIT_MIDDLES)
    values = dict(zip(TRAITS, np.clip(traits, _LEAST, _MOST).tolist(), strict=True))
    colour = Colour(values["formants"], values["breath_db"], values["tilt_db"], values["rough"])
    manner = Manner(vibrato=values["vibrato"], vibrato_hz=values["vibrato_hz"], scoops=values["scoops"])
    return Timbre(tuple(shares.tolist()), colour, manner)


@cache
def load_words(folder: Path = WEIGHTS / "words") -> VoiceWords:
    """Return the network of words, loaded once in a process, in float32."""
    words: VoiceWords = load_weights(VoiceWords, folder)
    return words


def imagine(words: str, noise: NDArray[np.float32]) -> tuple[Timbre, Voice]:
    """Return the voice that words describe, as standard normal noise (TIMBRE,) has it, and who it is.

    The second says how many sing. The same words and noise give the same voice.
    """
    who = voice_of(words)
    with torch.inference_mode(), one_thread():
        mean, spread = (
            part[0].numpy().astype(np.float64) for part in load_words()(text_vector(words or who.name))
        )
    timbre = timbre_from(mean + spread * np.clip(noise, -_FURTHEST, _FURTHEST))
    return timbre, replace(who, formants=timbre.colour.formants, manner=timbre.manner)
