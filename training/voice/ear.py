"""An ear for the voice: which sound each frame is heard as, rather than how far its bands are off.

The row of the least error is the mean of all that a sound could be, so networks that are trained on that
error alone blur consonants and flatten formants, and words are understood less. The ear is a small
convolutional network along time that has learned to name the sound of each frame of real speech. What its
layers hold of two lines is compared as in Johnson et al., "Perceptual Losses for Real-Time Style
Transfer", ECCV 2016, and what is drawn or painted is to be named rightly. No recogniser of the benchmarks
is part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from render.model_voice.condition import SOUNDS
from render.model_voice.frames import BANDS
from structure.base.files import replacing

STEPS = 1200
PEAK_RATE = 2e-3
_WIDTH = 96
_DILATIONS = (1, 2, 4)

_MOST_GRAIN = 0.15
_LEVEL_SPREAD, _TILT_SPREAD = 0.15, 0.15
"""In units of rows: neither loudness, nor brightness, nor the grain of cells says which sound it is."""

_WARPS = (0.88, 1.14)
"""Nor does the size of the body, by which formants lie lower or higher."""


class VoiceEar(nn.Module):
    """Names the sound of each frame by the bands around it."""

    def __init__(self) -> None:
        super().__init__()
        sizes = (BANDS, *(_WIDTH for _ in _DILATIONS))
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv1d(before, _WIDTH, 5, padding=2 * dilation, dilation=dilation),
                nn.GroupNorm(8, _WIDTH),
                nn.SiLU(),
            )
            for before, dilation in zip(sizes, _DILATIONS, strict=False)
        )
        self.name = nn.Sequential(nn.Dropout(0.2), nn.Conv1d(_WIDTH, len(SOUNDS), 1))

    def hear(self, rows: Tensor) -> list[Tensor]:
        """Return what each layer holds of rows (lines, frames, ROW): (lines, channels, frames) each."""
        held = [rows[..., :BANDS].transpose(1, 2)]
        for layer in self.layers:
            held.append(layer(held[-1]))
        return held[1:]

    def name_sounds(self, last: Tensor) -> Tensor:
        """Return logits (lines, sounds, frames) by what the last layer holds."""
        logits: Tensor = self.name(last)
        return logits

    def forward(self, rows: Tensor) -> Tensor:
        """Return logits (lines, sounds, frames) of rows (lines, frames, ROW)."""
        return self.name_sounds(self.hear(rows)[-1])


def train_ear(
    draw: Callable[[np.random.Generator], Sequence[Tensor]], keep: Path, steps: int = STEPS, seed: int = 11
) -> VoiceEar:
    """Return an ear that has learned from crops, or the one that the file ``keep`` holds.

    ``draw`` returns sounds, flags, rows and weights of some crops.
    """
    torch.manual_seed(seed)
    ear = VoiceEar()
    if keep.exists():
        ear.load_state_dict(torch.load(keep, weights_only=True))
        return ear.eval().requires_grad_(False)
    optimiser = torch.optim.AdamW(ear.parameters(), lr=PEAK_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps + 1)
    rng = np.random.default_rng(seed)
    for _ in range(steps):
        sounds, _, rows, weights = draw(rng)[:4]
        loss = naming_error(ear(disguise(rows)), sounds[..., 1], weights)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    with replacing(keep) as part:
        torch.save(ear.state_dict(), part)
    return ear.eval().requires_grad_(False)


def disguise(rows: Tensor) -> Tensor:
    """Return rows (lines, frames, ROW) as louder, brighter, grainier voices of another size have them."""
    count = len(rows)
    warps = torch.empty(count).uniform_(*_WARPS)
    places = torch.linspace(-1.0, 1.0, BANDS).add(1.0)[None] * warps[:, None] - 1.0
    frames = torch.linspace(-1.0, 1.0, rows.shape[1])
    grid = torch.stack(
        [
            places.clamp(-1.0, 1.0)[:, None].expand(-1, rows.shape[1], -1),
            frames[None, :, None].expand(count, -1, BANDS),
        ],
        dim=-1,
    )
    bands = nn.functional.grid_sample(rows[:, None, :, :BANDS], grid, align_corners=True)[:, 0]
    tilt = torch.linspace(-1.0, 1.0, BANDS) * _TILT_SPREAD * torch.randn(count, 1, 1)
    grain = _MOST_GRAIN * torch.rand(count, 1, 1) * torch.randn(bands.shape)
    return torch.cat(
        [bands + tilt + grain + _LEVEL_SPREAD * torch.randn(count, 1, 1), rows[..., BANDS:]], -1
    )


def naming_error(logits: Tensor, sounds: Tensor, weights: Tensor) -> Tensor:
    """Return the cross-entropy of naming the ``sounds`` (lines, frames), by the ``weights`` of frames."""
    errors = nn.functional.cross_entropy(logits, sounds, reduction="none", label_smoothing=0.05)
    return (errors * weights).sum() / weights.sum()


def unlikeness(
    ear: VoiceEar, made: Sequence[Tensor], real: Tensor, sounds: Tensor, weights: Tensor
) -> Tensor:
    """Return how unlike what is ``made`` sounds to what is ``real``, and how wrongly it is named.

    ``made`` is one drawing, or two takes; rows are (lines, frames, ROW). From the distance of two takes to
    what is real, half of the distance between them is taken, as in :func:`training.train.take_score`.
    """
    heard = (weights > 0.0)[:, None]
    with torch.no_grad():
        wanted = ear.hear(real)
    found = [ear.hear(one) for one in made]
    texture = real.new_zeros(())
    for number, theirs in enumerate(wanted):
        distances = [((one[number] - theirs).abs() * heard).mean() for one in found]
        distance = torch.stack(distances).mean()
        if len(found) == 2:
            distance = distance - 0.5 * ((found[0][number] - found[1][number]).abs() * heard).mean()
        texture = texture + distance / (theirs.square().mean().sqrt() + 1e-3)
    named = [naming_error(ear.name_sounds(one[-1]), sounds, weights) for one in found]
    return TEXTURE_WEIGHT * texture / len(wanted) + NAME_WEIGHT * torch.stack(named).mean()


TEXTURE_WEIGHT, NAME_WEIGHT = 0.4, 0.06
"""Shares of the loss by which what is made is to sound like the line to the ear, and to be named."""
