"""Trains the embedded voice: ``python -m training.voice.train --data D --out O``.

``D`` is a folder of :mod:`training.voice.spoken_set`; files that come while it trains are read, too. First
lengths and sketch learn, for ``--minutes``, then the painter, for ``--painter-minutes``. The state is kept
in ``O/voice.pt`` every three minutes, and the averaged weights, in float16, are written to ``O/voice`` at
the end and whenever the state is. ``--start`` begins with the weights of a folder, such as the shipped
ones, instead of at random; what they were learned from need not be there.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from render.model_voice.condition import describe_frames, describe_phonemes, phonemes_of
from render.model_voice.frames import BANDS, ROW, SCALE
from render.model_voice.network import PATCH, VoiceNetwork, load_weights
from render.voice.speech import STEP_S
from structure.base.files import replacing
from training.averaging import AveragedWeights
from training.train import learning_rate, take_score
from training.voice.spoken_set import SpokenLine, read_lines

CROP = 256
"""Frames that are looked at together."""

BATCH = 12
PEAK_RATE = 2e-3
LATER_RATE = 6e-4
"""The same where weights are learned on."""

_DECAY = 0.995
_SAVE_S = 180.0
_HELD_BACK = 12
"""Lines that are never learned from, to measure by."""

LEVEL = 0.55
"""To which the bands of a line's vowels are brought in the mean, so that no line is louder than another."""

_WEIGHTS = {"vowel": 1.0, "consonant": 1.6, "silence": 0.3}
_CHANGE_WEIGHT = 0.5
_EDGE = 10
_DB = 10.0 / np.log(10.0)
"""Decibels of a natural logarithm of power."""


@dataclass(frozen=True, slots=True)
class LearntLine:
    """A line with its condition. ``weights`` (frames,) say how much each frame counts."""

    sounds: Tensor
    flags: Tensor
    rows: Tensor
    weights: Tensor
    shares: Tensor
    one_sounds: Tensor
    one_flags: Tensor
    log_lengths: Tensor


def prepare(line: SpokenLine) -> LearntLine:
    """Return a line as it is learned from."""
    phonemes = phonemes_of(line.text)
    starts = [int(line.starts[one.sign]) for one in phonemes]
    ends = [int(line.ends[one.sign]) for one in phonemes]
    rows = line.rows.astype(np.float32)
    seen = describe_frames(phonemes, starts, ends, len(rows))
    is_vowel, is_silent = seen.flags[:, 4] > 0.5, seen.sounds[:, 1] == 0
    rows[:, :BANDS] += LEVEL - rows[is_vowel, :BANDS].mean()
    weights = np.where(
        is_silent, _WEIGHTS["silence"], np.where(is_vowel, _WEIGHTS["vowel"], _WEIGHTS["consonant"])
    )
    alone = describe_phonemes(phonemes)
    lengths = np.maximum(np.array(ends) - np.array(starts), 1) * STEP_S
    return LearntLine(
        torch.from_numpy(seen.sounds),
        torch.from_numpy(seen.flags),
        torch.from_numpy(rows),
        torch.from_numpy(weights.astype(np.float32)),
        torch.from_numpy(line.shares.astype(np.float32)),
        torch.from_numpy(alone.sounds),
        torch.from_numpy(alone.flags),
        torch.from_numpy(np.log(lengths).astype(np.float32)),
    )


class LineSet:
    """Lines of a folder; new files are read when they are there."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._count = folder, -1
        self.lines: list[LearntLine] = []
        self.held: list[LearntLine] = []
        self.refresh()

    def refresh(self) -> None:
        """Read the folder again, if it has more files than before."""
        count = len(list(self._folder.glob("lines_*.npz")))
        if count != self._count:
            self._count = count
            lines = [prepare(line) for line in read_lines(self._folder)]
            self.held, self.lines = lines[:_HELD_BACK], lines[_HELD_BACK:]

    def crops(self, rng: np.random.Generator, size: int) -> tuple[Tensor, ...]:
        """Return (batch, CROP, …) of sounds, flags, rows and weights, and the shares of the voices."""
        lengths = np.array([len(line.rows) for line in self.lines], np.float64)
        picked = rng.choice(len(self.lines), size, p=lengths / lengths.sum())
        columns: list[list[Tensor]] = [[], [], [], [], []]
        for number in picked:
            line = self.lines[number]
            first = int(rng.integers(-_EDGE, max(len(line.rows) - CROP + _EDGE, 1 - _EDGE)))
            for column, part in zip(columns, _crop(line, first), strict=True):
                column.append(part)
        return tuple(torch.stack(column) for column in columns)


def _crop(line: LearntLine, first: int) -> tuple[Tensor, ...]:
    begin, end = max(0, first), min(len(line.rows), first + CROP)
    before, behind = begin - first, first + CROP - end

    def padded(values: Tensor) -> Tensor:
        part = values[begin:end]
        return torch.cat(
            [part.new_zeros(before, *part.shape[1:]), part, part.new_zeros(behind, *part.shape[1:])]
        )

    return (
        padded(line.sounds),
        padded(line.flags),
        padded(line.rows),
        padded(line.weights),
        line.shares,
    )


def sketch_loss(net: VoiceNetwork, crops: Sequence[Tensor]) -> Tensor:
    """Return the error of the sketch, and of how it changes from frame to frame."""
    sounds, flags, rows, weights, shares = crops
    drawn = net.draw(net.condition(sounds, flags), shares).float().reshape(rows.shape)
    error = drawn - rows
    change = error[:, 1:] - error[:, :-1]
    total = (error.abs().mean(-1) * weights).mean()
    return total + _CHANGE_WEIGHT * (change.abs().mean(-1) * weights[:, 1:]).mean()


def painter_loss(net: VoiceNetwork, crops: Sequence[Tensor], generator: torch.Generator) -> Tensor:
    """Return how unlike takes are the real ones: two are painted of each crop, from noise alone."""
    sounds, flags, rows, weights, shares = crops
    with torch.no_grad():
        condition = net.condition(sounds, flags)
        sketch = net.draw(condition, shares)
    twice = [torch.cat([one, one]) for one in (condition, sketch, shares)]
    noise = torch.randn(twice[1].shape, generator=generator)
    painted = net.paint(noise, torch.ones(len(noise)), twice[0], twice[1], twice[2]).float()
    first, second = painted.reshape(2, *rows.shape)
    heard = (weights > 0.0)[..., None]
    # the score looks at groups of bands, which silent ones make up
    bands = [
        nn.functional.pad((one * heard)[..., :BANDS], (0, -BANDS % 32)) for one in (first, second, rows)
    ]
    rest = (0.5 * (first + second) - rows)[..., BANDS:].abs().mean(-1) * weights
    score: Tensor = take_score(*bands) + 0.1 * rest.mean()
    return score


def length_loss(net: VoiceNetwork, lines: Sequence[LearntLine]) -> Tensor:
    """Return the error of the lengths of phonemes, of some lines."""
    found = []
    for line in lines:
        told = net.log_lengths(line.one_sounds[None], line.one_flags[None], line.shares[None])[0]
        found.append((told - line.log_lengths).abs().mean())
    return torch.stack(found).mean()


@torch.inference_mode()
def measure(net: VoiceNetwork, lines: Sequence[LearntLine]) -> dict[str, float]:
    """Return errors on lines: decibels of the bands in vowels and in consonants, voicing, and lengths."""
    vowels, consonants, voiced = [], [], []
    for line in lines:
        even = len(line.rows) // PATCH * PATCH
        drawn = net.draw(
            net.condition(line.sounds[None, :even], line.flags[None, :even]), line.shares[None]
        )
        drawn = drawn.reshape(even, ROW)
        error = (drawn - line.rows[:even])[:, :BANDS].abs().mean(1) * SCALE * _DB
        is_vowel, is_silent = line.flags[:even, 4] > 0.5, line.sounds[:even, 1] == 0
        vowels.append(error[is_vowel])
        consonants.append(error[~is_vowel & ~is_silent])
        voiced.append(((drawn[:, -1] > 0.5) == (line.rows[:even, -1] > 0.5))[~is_silent].float())
    return {
        "vowels_db": float(torch.cat(vowels).mean()),
        "consonants_db": float(torch.cat(consonants).mean()),
        "voicing": float(torch.cat(voiced).mean()),
        "log_lengths": float(length_loss(net, lines)),
    }


class VoiceTrainer:
    """Network, optimiser and average, saved together."""

    def __init__(self, data: Path, out: Path, start: Path | None = None) -> None:
        torch.manual_seed(0)
        self.net = VoiceNetwork() if start is None else load_weights(VoiceNetwork, start).train()
        self.set, self.out = LineSet(data), out
        self.rate = PEAK_RATE if start is None else LATER_RATE
        self.average = AveragedWeights(self.net, _DECAY)
        self.steps = 0
        self._state = out / "voice.pt"
        out.mkdir(parents=True, exist_ok=True)
        if self._state.exists():
            state = torch.load(self._state, weights_only=True)
            self.net.load_state_dict(state["net"])
            self.average.weights, self.steps = state["average"], state["steps"]

    def train(self, part: str, minutes: float) -> None:
        """Train "sketch" or "painter" for some minutes of the clock, from the averaged weights on."""
        self.net.load_state_dict(self.average.weights)
        chosen: list[nn.Module] = (
            [self.net.painter]
            if part == "painter"
            else [self.net.sounds, self.net.lengths, self.net.sketch]
        )
        weights = [weight for module in chosen for weight in module.parameters()]
        optimiser = torch.optim.AdamW(weights, lr=self.rate, betas=(0.9, 0.98), weight_decay=0.01)
        begun = saved = time.monotonic()
        rng = np.random.default_rng(self.steps)
        generator = torch.Generator().manual_seed(self.steps)
        step, recent = 0, []
        while (elapsed := time.monotonic() - begun) < minutes * 60.0:
            for group in optimiser.param_groups:
                group["lr"] = learning_rate(step, elapsed / (minutes * 60.0), self.rate)
            crops = self.set.crops(rng, BATCH)
            if part == "painter":
                loss = painter_loss(self.net, crops, generator)
            else:
                some = [self.set.lines[i] for i in rng.integers(len(self.set.lines), size=4)]
                loss = sketch_loss(self.net, crops) + 0.1 * length_loss(self.net, some)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(weights, 1.0)
            optimiser.step()
            self.average.update(step)
            recent.append(float(loss.detach()))
            step += 1
            if time.monotonic() - saved > _SAVE_S:
                self.save(self.steps + step)
                self.report(part, step, elapsed, recent)
                saved, recent = time.monotonic(), []
                self.set.refresh()
        self.steps += step
        self.save(self.steps)
        self.report(part, step, minutes * 60.0, recent)

    def report(self, part: str, step: int, elapsed: float, recent: Sequence[float]) -> None:
        """Print how far it is, with the errors of the averaged weights on lines that are held back."""
        net = VoiceNetwork()
        net.load_state_dict(self.average.weights)
        errors = "  ".join(f"{name} {value:.3f}" for name, value in measure(net, self.set.held).items())
        lines, mean = len(self.set.lines), np.mean(recent or [np.nan])
        minutes = elapsed / 60
        sys.stderr.write(
            f"{part} {step} steps {minutes:.1f} min, {lines} lines, loss {mean:.4f}  {errors}\n"
        )

    def save(self, steps: int) -> None:
        """Write state, after so many steps, and averaged weights."""
        with replacing(self._state) as path:
            torch.save(
                {"net": self.net.state_dict(), "average": self.average.weights, "steps": steps}, path
            )
        shipped = VoiceNetwork()
        shipped.load_state_dict(self.average.weights)
        shipped.half().save_pretrained(self.out / "voice")


def main() -> None:
    """Train the sketch, then the painter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--painter-minutes", type=float, default=15.0)
    parser.add_argument("--start", type=Path, metavar="WEIGHTS", help="A folder of weights to begin with.")
    options = parser.parse_args()
    trainer = VoiceTrainer(options.data, options.out, options.start)
    for part, minutes in (("sketch", options.minutes), ("painter", options.painter_minutes)):
        if minutes > 0.0:
            trainer.train(part, minutes)


if __name__ == "__main__":
    main()
