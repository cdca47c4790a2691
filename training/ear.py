"""An ear for the painter: how differently two mels sound, rather than how much their cells differ.

The cell that has the least squared error is the mean of all that it could be, so a painter trained on
that error alone blurs what chance decides, and a listener no longer knows the instrument by it. The ear
is a small convolutional network over the mel as a picture that has learned to name the sounds of the
training set (and is neither the timbre encoder nor the listener of the evaluation). What its layers hold
of two mels is compared as in Johnson et al., "Perceptual Losses for Real-Time Style Transfer", ECCV 2016:
where it is for the later layers, and by mean and spread along time for the earlier, so that chance may
put a grain elsewhere.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from structure.base.files import replacing
from training.clip_set import ClipSet

WIDTHS = (24, 48, 96, 128)
"""Channels of the layers, each of half the size of the one before along both axes."""

STEPS = 1800
BATCH = 24
FRAMES_S = 3.0
PEAK_RATE = 2e-3

_MOST_GRAIN = 0.2
_LOUDNESS_SPREAD = 0.1
"""Scaled units: neither a clip's loudness nor the grain of single cells says what it is played on."""

_N_ALONG_TIME = 2
"""Earlier layers whose mean and spread along time are compared."""


class Ear(nn.Module):
    """Names the sounds of a training set by their scaled log-mel."""

    def __init__(self, n_mels: int, n_sounds: int) -> None:
        super().__init__()
        sizes = (1, *WIDTHS)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(before, after, 3, stride=2, padding=1),
                nn.GroupNorm(8, after),
                nn.SiLU(),
                nn.Conv2d(after, after, 3, padding=1, groups=after),
                nn.Conv2d(after, after, 1),
                nn.SiLU(),
            )
            for before, after in zip(sizes, WIDTHS, strict=False)
        )
        bands = n_mels >> len(WIDTHS)
        self.name = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * WIDTHS[-1] * bands, n_sounds))

    def hear(self, mel: Tensor) -> list[Tensor]:
        """Return what each layer holds of mels (clips, frames, n_mels).

        Each has the shape (clips, channels, frames, bands).
        """
        held = [mel[:, None]]
        for layer in self.layers:
            held.append(layer(held[-1]))
        return held[1:]

    def name_sounds(self, last: Tensor) -> Tensor:
        """Return logits (clips, sounds) by what the last layer holds."""
        logits: Tensor = self.name(_along_time(last).flatten(1))
        return logits

    def forward(self, mel: Tensor) -> Tensor:
        """Return logits (clips, sounds) of mels (clips, frames, n_mels)."""
        return self.name_sounds(self.hear(mel)[-1])


def train_ear(clips: ClipSet, keep: Path, steps: int = STEPS, seed: int = 11) -> Ear:
    """Return an ear for the sounds of a set, on its device.

    It is read from the file ``keep`` where there is one; else it is trained and written there.
    """
    torch.manual_seed(seed)
    ear = Ear(clips.layout.n_mels, clips.n_sounds).to(clips.device)
    if keep.exists():
        ear.load_state_dict(torch.load(keep, weights_only=True, map_location=clips.device))
    else:
        _train(ear, clips, steps, seed)
        keep.parent.mkdir(parents=True, exist_ok=True)
        with replacing(keep) as part:
            torch.save(ear.state_dict(), part)
    return ear.eval().requires_grad_(False)


def _train(ear: Ear, clips: ClipSet, steps: int, seed: int) -> None:
    optimiser = torch.optim.AdamW(ear.parameters(), lr=PEAK_RATE, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, PEAK_RATE, total_steps=steps + 1)
    rng = np.random.default_rng(seed)
    frames = int(FRAMES_S * clips.layout.sample_rate / clips.layout.hop)
    for _ in range(steps):
        picks = rng.integers(len(clips), size=BATCH)
        firsts = rng.integers(clips.mel.shape[1] - frames + 1, size=BATCH)
        crops = [clips.mel[pick, first : first + frames] for pick, first in zip(picks, firsts, strict=True)]
        mel = torch.from_numpy(np.stack(crops).astype(np.float32))
        grain = _MOST_GRAIN * torch.rand(BATCH, 1, 1) * torch.randn(mel.shape)
        mel = mel + grain + _LOUDNESS_SPREAD * torch.randn(BATCH, 1, 1)
        sounds = torch.from_numpy(clips.sounds[picks])
        named = ear(mel.to(clips.device))
        loss = nn.functional.cross_entropy(named, sounds.to(clips.device), label_smoothing=0.05)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()


def unlikeness(
    ear: Ear, painted: Tensor, real: Tensor, sounds: Tensor, twice: int = 0
) -> dict[str, Tensor]:
    """Return how unlike mels (clips, frames, n_mels) sound.

    ``texture`` is the distance of what the layers hold. ``name`` is the cross-entropy of naming the
    ``painted`` mels by their ``sounds`` (clips,).

    The first ``twice`` clips and as many after them are two takes of the same. From their distance to what
    is real, half of the distance between them is taken, as in :func:`training.train.take_score`.
    """
    with torch.no_grad():
        wanted = [torch.cat([held[:twice], held]) for held in ear.hear(real[twice:])]  # each once
    texture = painted.new_zeros(())
    found = ear.hear(painted)
    for number, (ours, theirs) in enumerate(zip(found, wanted, strict=True)):
        seen = _along_time if number < _N_ALONG_TIME else nn.Identity()
        held, real_held = seen(ours), seen(theirs)
        distance = (held - real_held).abs().flatten(1).mean(1).sum()
        if twice:
            distance = distance - (held[:twice] - held[twice : 2 * twice]).abs().flatten(1).mean(1).sum()
        spread = theirs.square().mean().sqrt() + 1e-3
        texture = texture + distance / len(painted) / spread
    return {
        "texture": texture / len(found),
        "name": nn.functional.cross_entropy(ear.name_sounds(found[-1]), sounds),
    }


def _along_time(held: Tensor) -> Tensor:
    """Return mean and spread along time: (clips, channels, frames, bands) to (clips, 2 channels, bands)."""
    return torch.cat([held.mean(2), held.std(2)], dim=1)
