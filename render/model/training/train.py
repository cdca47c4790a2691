"""Trains one of the two denoisers: ``python -m render.model.training.train pitched --data D --out O``.

Rectified flow (Liu et al., "Flow Straight and Fast", ICLR 2023) with logit-normal times (Esser et al.
2024) and a network that predicts the clean mel; the loss is that of the velocity, with its weight
capped near the clean end. Weights are averaged (EMA). A checkpoint is written every few minutes; the
command goes on from it when started again. Sending SIGTERM writes one and stops.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from render.model.conditioning import condition_size, drum_condition, pitched_condition
from render.model.features import DRUMS, MelLayout, to_tokens
from render.model.network import MelDenoiser
from render.model.notes import NoteTable
from render.model.pipeline import LAYOUTS, save_weights
from structure.files import replacing

TEXT_DROP = 0.12
SMALLEST_TIME = 0.4
"""Below it the velocity loss of a clean prediction grows no further: its weight is 1 / t²."""

TIME_MEAN, TIME_SPREAD = 2.0, 1.3
"""Logit of the diffusion times. A mel repeats itself from band to band and frame to frame, so that
noise hides it only near t = 1: what a clip sounds like is decided there, and most times lie there."""

PURE_NOISE_SHARE = 0.25
"""Share of clips that are all noise: there the words alone say which instrument is meant."""


@dataclass
class Batch:
    """One batch, all float32: clean tokens, condition tokens, text vectors."""

    clean: Tensor
    condition: Tensor
    text: Tensor


class ClipSet:
    """The files that :mod:`render.model.training.dataset` writes, as random crops."""

    def __init__(self, folder: Path, layout: MelLayout) -> None:
        self.layout = layout
        self.mel = np.load(folder / "mel.npy", mmap_mode="r")
        counts = np.load(folder / "note_counts.npy")
        rows = np.load(folder / "notes.npy")
        ends = np.cumsum(counts)
        self.notes = [NoteTable.of(rows[e - c : e]) for e, c in zip(ends, counts, strict=True)]
        self.text = np.load(folder / "text.npy")
        self.clips = json.loads((folder / "clips.json").read_text())

    def __len__(self) -> int:
        return len(self.notes)

    def crop(self, clip: int, first: int, frames: int) -> tuple[Tensor, Tensor]:
        """Clean and condition tokens of ``frames`` frames from ``first`` on."""
        make = drum_condition if self.layout == DRUMS else pitched_condition
        condition = make(self.notes[clip], frames, first)
        mel = self.mel[clip, first : first + frames].astype(np.float32)
        return (
            to_tokens(torch.from_numpy(mel), self.layout),
            to_tokens(torch.from_numpy(np.ascontiguousarray(condition)), self.layout),
        )

    def batch(self, rng: np.random.Generator, size: int, tokens: int) -> Batch:
        """Random crops of ``tokens`` tokens of random clips with random wordings."""
        frames = tokens * self.layout.patch
        picks = rng.integers(len(self), size=size)
        crops = [
            self.crop(int(c), int(rng.integers(self.mel.shape[1] - frames + 1)), frames) for c in picks
        ]
        texts = self.text[picks, rng.integers(self.text.shape[1], size=size)]
        return Batch(
            torch.stack([c[0] for c in crops]),
            torch.stack([c[1] for c in crops]),
            torch.from_numpy(texts.astype(np.float32)),
        )


def flow_loss(model: MelDenoiser, batch: Batch, generator: torch.Generator) -> Tensor:
    """Velocity loss of one batch, averaged over all elements."""
    size = batch.clean.shape[0]
    moment = torch.sigmoid(TIME_MEAN + TIME_SPREAD * torch.randn(size, generator=generator))
    moment[torch.rand(size, generator=generator) < PURE_NOISE_SHARE] = 1.0
    noise = torch.randn(batch.clean.shape, generator=generator)
    mix = moment[:, None, None]
    noisy = (1.0 - mix) * batch.clean + mix * noise
    has_text = torch.rand(size, generator=generator) >= TEXT_DROP
    clean: Tensor = model(noisy, moment, batch.condition, batch.text, has_text)
    weight = 1.0 / moment.clamp_min(SMALLEST_TIME).square()
    error = (clean - batch.clean).square().mean(dim=(1, 2))
    return (weight * error).mean()


def learning_rate(step: int, elapsed_share: float, peak: float) -> float:
    """Warm-up over 100 steps, then a cosine down to 4 % as the time runs out."""
    warm = min(1.0, (step + 1) / 100)
    return peak * warm * (0.04 + 0.96 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, elapsed_share))))


class Trainer:
    """Model, optimiser, averaged weights and the clock, saved together."""

    def __init__(
        self, name: str, data: Path, out: Path, minutes: float, model_sizes: dict[str, int]
    ) -> None:
        self.layout = LAYOUTS[name]
        self.data = ClipSet(data / name, self.layout)
        self.checkpoint = out / f"{name}.pt"
        self.name, self.out = name, out
        self.budget_s = minutes * 60.0
        sizes = {"token_size": self.layout.token_size, "condition_size": condition_size(self.layout)}
        torch.manual_seed(0)
        self.model = MelDenoiser(**sizes, **model_sizes)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.step, self.elapsed_s = 0, 0.0
        if self.checkpoint.exists():
            self._resume()

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average = state["average"]
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]

    def save(self) -> None:
        """Write the checkpoint and the averaged weights, each atomically."""
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average,
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        with replacing(self.checkpoint) as part:
            torch.save(state, part)
        shipped = MelDenoiser(**self.model.config)
        shipped.load_state_dict(self.average)
        save_weights(shipped, self.name, self.out)

    def update(self, batch: Batch, generator: torch.Generator, peak: float) -> float:
        """One optimiser step; returns the loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.elapsed_s / self.budget_s, peak)
        loss = flow_loss(self.model, batch, generator)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        decay = min(0.999, (1 + self.step) / (10 + self.step))
        for key, value in self.model.state_dict().items():
            self.average[key].lerp_(value, 1.0 - decay)
        self.step += 1
        return float(loss.detach())

    def run(self, batch_size: int, tokens: int, peak: float, save_minutes: float = 3.0) -> None:
        """Train until the time budget is spent."""
        stop = False

        def on_signal(*_: object) -> None:
            nonlocal stop
            stop = True

        signal.signal(signal.SIGTERM, on_signal)
        rng = np.random.default_rng([1, self.step])
        generator = torch.Generator().manual_seed(1 + self.step)
        last = saved = time.monotonic()
        mean = 0.0
        while self.elapsed_s < self.budget_s and not stop:
            loss = self.update(self.data.batch(rng, batch_size, tokens), generator, peak)
            mean = loss if mean == 0.0 else 0.98 * mean + 0.02 * loss
            now = time.monotonic()
            self.elapsed_s += now - last
            last = now
            if self.step % 50 == 0:
                sys.stderr.write(f"step {self.step} loss {mean:.4f} {self.elapsed_s / 60:.1f} min\n")
            if now - saved > 60 * save_minutes:
                self.save()
                last = saved = time.monotonic()
        self.save()


def main() -> None:
    """Command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=sorted(LAYOUTS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=60.0, help="budget, over all runs")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sizes = {"width": options.width, "depth": options.depth}
    trainer = Trainer(options.model, options.data, options.out, options.minutes, sizes)
    trainer.run(options.batch, options.tokens, options.rate)


if __name__ == "__main__":
    main()
