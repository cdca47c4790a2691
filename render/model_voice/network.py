"""The networks of the voice: how long sounds last, what they sound like, and what a take makes of them.

The *sketch* says what a phrase sounds like in the mean, for the shares of the voices that the teacher has.
The *painter* is a diffusion model that paints a take from noise and the sketch. Both are the embedded
model's own painter, :class:`render.model.network.MelDenoiser`, on rows of a voice.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from render.model.network import MelDenoiser
from render.model.pipeline import align_weights
from render.model.text import quiet_loading
from render.model_voice.condition import FLAGS, SEEN, SOUNDS
from render.model_voice.frames import ROW

PATCH = 2
"""Frames of a token."""

VOICES = 5
"""Voices of the teacher, whose shares make a timbre."""

TOKEN = PATCH * ROW


class VoiceNetwork(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Lengths, sketch and painter of a voice."""

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        width: int = 224,
        depth: int = 5,
        painter_width: int = 144,
        painter_depth: int = 4,
        sound_size: int = 48,
    ) -> None:
        super().__init__()
        self.sounds = nn.Embedding(len(SOUNDS), sound_size)
        frame = SEEN * sound_size + FLAGS
        self.lengths = nn.Sequential(
            nn.Conv1d(frame + VOICES, 96, 5, padding=2), nn.SiLU(), nn.Conv1d(96, 1, 3, padding=1)
        )
        self.sketch = MelDenoiser(TOKEN, PATCH * frame, VOICES, width, depth)
        self.painter = MelDenoiser(TOKEN, PATCH * frame, VOICES, painter_width, painter_depth)

    def _see(self, sounds: Tensor, flags: Tensor) -> Tensor:
        return torch.cat([self.sounds(sounds).flatten(-2), flags], dim=-1)

    def log_lengths(self, sounds: Tensor, flags: Tensor, shares: Tensor) -> Tensor:
        """Return the natural logarithms of seconds, (batch, phonemes).

        ``sounds`` (batch, phonemes, SEEN), ``flags`` (batch, phonemes, FLAGS), ``shares`` (batch, VOICES).
        """
        seen = self._see(sounds, flags)
        whose = shares[:, None].expand(-1, seen.shape[1], -1)
        found: Tensor = self.lengths(torch.cat([seen, whose], dim=-1).transpose(1, 2)).squeeze(1)
        return found

    def condition(self, sounds: Tensor, flags: Tensor) -> Tensor:
        """Return condition tokens: (batch, frames, …) to (batch, frames / PATCH, size)."""
        seen = self._see(sounds, flags)
        return seen.reshape(seen.shape[0], seen.shape[1] // PATCH, -1)

    def draw(self, condition: Tensor, shares: Tensor) -> Tensor:
        """Return the sketch (batch, tokens, TOKEN)."""
        none = condition.new_zeros(*condition.shape[:2], TOKEN)
        drawn: Tensor = self.sketch(none, condition.new_ones(len(condition)), condition, none, shares)
        return drawn

    def paint(
        self, noisy: Tensor, time: Tensor, condition: Tensor, sketch: Tensor, shares: Tensor
    ) -> Tensor:
        """Return clean tokens for noisy ones, (batch, tokens, TOKEN); ``time`` (batch,) is 0 clean to 1."""
        clean: Tensor = self.painter(noisy, time, condition, sketch, shares)
        return clean


N = TypeVar("N", bound=ModelMixin)


def load_weights(kind: type[N], folder: Path) -> N:
    """Return a network of a kind with the weights of a folder, in float32 and ready to be asked."""
    with quiet_loading():
        network: N = kind.from_pretrained(folder, local_files_only=True).float().eval()
    align_weights(network)
    return network
