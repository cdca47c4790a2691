"""What the embedded model does besides painting from noise: morph, begin from audio, repaint.

* A morph gives every token a timbre of its own, on a path from one prompt's timbre to the other's that
  is walked at an even pace, so that the sound changes as gradually as the model can tell sounds apart.
* Audio to audio noises the tokens of the audio to a time below 1 and denoises from there (SDEdit; Meng et
  al., "SDEdit: Guided Image Synthesis and Editing with Stochastic Differential Equations", ICLR 2022).
* Repainting holds the clean tokens that are to be kept at every step, as in RePaint (Lugmayr et al., CVPR
  2022); the network predicts clean tokens, so that what is kept follows its straight path to the end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render.model.features import MelLayout, log_mel, to_tokens
from render.model.network import standardise

Float = NDArray[np.float32]
Ranges = Sequence[tuple[int, int]]

PATH_POINTS = 9
"""Texts between two prompts for which a timbre is imagined."""

_NOISE_SHIFT = 6.0
"""A mel is so redundant that noise hides it only near time 1: times are shifted by this factor (Esser et
al., "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", ICML 2024, section 5.3), so
that half of a strength changes about half of what a whole one changes."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where painting begins: clean ``tokens`` (1, tokens, token_size), noised to ``time`` (0…1).

    ``kept`` (1, tokens, 1) is True where they are to stay.
    """

    tokens: Tensor
    time: float
    kept: Tensor | None = None

    def to(self, device: torch.device) -> Start:
        """Return the same start with its tensors on a device."""
        return Start(self.tokens.to(device), self.time, None if self.kept is None else self.kept.to(device))


def strength_time(strength: float) -> float:
    """Return the diffusion time to which audio is noised for a strength, both 0…1."""
    return _NOISE_SHIFT * strength / (1.0 + (_NOISE_SHIFT - 1.0) * strength)


def start_from(
    audio: Float, layout: MelLayout, n_samples: int, strength: float, repaint: Ranges | None
) -> Start:
    """Return where to begin from mono ``audio`` (n_samples,).

    Only what lies in ``repaint``, if given, may change.
    """
    frames = layout.frames_for(n_samples)
    mel = log_mel(torch.from_numpy(np.ascontiguousarray(audio)), layout, frames)
    tokens = to_tokens(mel, layout)[None].clone()
    kept = None
    if repaint is not None:
        size = layout.patch * layout.hop
        kept = torch.ones(1, tokens.shape[1], 1, dtype=torch.bool)
        for first, end in repaint:
            kept[:, first // size : math.ceil(end / size)] = False
    return Start(tokens, strength_time(strength), kept)


def even_path(points: Tensor, shares: Tensor) -> Tensor:
    """Return a timbre for each share (0…1) of the way along a path.

    It takes (points, size) and (tokens,), and gives back (1, tokens, size). The way is measured along the
    path, so that equal shares are equal changes.
    """
    steps = (points[1:] - points[:-1]).norm(dim=1)
    along = torch.cat([torch.zeros(1), steps.cumsum(0)])
    at = shares * along[-1]
    index = torch.searchsorted(along[1:-1].contiguous(), at, right=True)
    share = ((at - along[index]) / steps[index].clamp_min(1e-9)).clamp(0.0, 1.0)[:, None]
    mixed = points[index] * (1.0 - share) + points[index + 1] * share
    return standardise(mixed)[None]


def turning(start: Tensor, end: Tensor, shares: Tensor) -> Tensor:
    """Return noise (tokens, size) that turns from one draw into another on the way.

    Independent draws stand at right angles, so spherical interpolation is by sine and cosine.
    """
    angle = (shares * (math.pi / 2.0))[:, None]
    return start * angle.cos() + end * angle.sin()


def token_shares(layout: MelLayout, count: int, first_sample: int, n_samples: int) -> Tensor:
    """Return how far through the samples from ``first_sample`` on each token lies, (count,), 0…1."""
    centres = (torch.arange(count, dtype=torch.float64) + 0.5) * (layout.patch * layout.hop)
    return ((centres - first_sample) / max(1, n_samples)).clamp(0.0, 1.0).float()
