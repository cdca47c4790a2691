"""Trains one of the two denoisers: ``python -m training.train pitched --data D --out O``.

A timbre encoder hears one part of a clip; the sketch imagines the notes of another part of it in that
timbre, and the denoiser paints that part from noise, its score and the sketch. So the timbre holds what
stays the same in a clip whatever is played. In the first part of the time, the lead, only encoder and
sketch are trained, which is quick; then all three together. Words come in afterwards:
:mod:`training.prior` trains the prior from text to timbre on a checkpoint of this command, and
writes the pipeline.

Rectified flow (Liu et al., "Flow Straight and Fast", ICLR 2023) with logit-normal times (Esser et al.
2024) and a network that predicts the clean mel; the loss is that of the velocity, with its weight
capped near the clean end. The sketch has a loss of its own, its squared error. What is painted is also to
sound right to an ear (:mod:`training.ear`), which is trained first. Weights are averaged
(EMA). A checkpoint is written every few minutes; the command goes on from it when started again. Sending
SIGTERM writes one and stops. At the end the averaged weights are written besides, as one small file.

``--device cuda --dtype bfloat16 --compile`` trains on a GPU, with all mels and conditions in its memory;
the checkpoint goes on there or on a CPU, whichever it was written on.
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from pathlib import Path

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from render.model.conditioning import condition_size
from render.model.features import LAYOUTS, from_tokens, to_tokens
from render.model.network import TIMBRE_SIZE, MelDenoiser, TimbreEncoder
from render.model.pipeline import load_pipeline
from render.model.sketch import NoteSketch
from structure.base.files import replacing
from training.averaging import AveragedWeights
from training.clip_set import Batch, ClipSet
from training.ear import STEPS as EAR_STEPS
from training.ear import Ear, train_ear, unlikeness

ENCODERS = Path(__file__).parent / "encoders"
"""The timbre encoders of the shipped models, which only training needs."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}
_EMA_DECAY = 0.999

SMALLEST_TIME = 0.4
"""Below it the velocity loss of a clean prediction grows no further: its weight is 1 / t²."""

TIME_MEAN, TIME_SPREAD = 2.0, 1.3
"""Logit of the diffusion times. A mel repeats itself from band to band and frame to frame, so that
noise hides it only near t = 1: what a clip sounds like is decided there, and most times lie there."""

PURE_NOISE_SHARE = 0.6
"""Share of clips that are all noise, from which sampling begins; each of them is painted twice."""

NAMING_WEIGHT = 0.02
"""Share of the loss by which the encoder's timbres are to tell the sounds of the set apart. Kits that share
most of their samples are nearly the same to the sketch's error, and not to a listener."""

TEXTURE_WEIGHT, NAME_WEIGHT = 0.6, 0.012
"""Shares of the loss by which what is painted is to sound like the clip to the ear, and to be named."""

TAKES_WEIGHT = 0.6
"""Share of the loss of clips that are painted twice from pure noise."""

_SCORED_MEANS = ((1, 1), (2, 1), (4, 1), (16, 1), (1, 4), (4, 4))
"""Frames and bands over which the means are taken by which two takes are compared: how what differs hangs
together is seen in them."""

_SCORED_BANDS = 8
_LEAST_SPAN = 1e-3

TIMBRE_NOISE = 0.25
"""Spread of the noise that is put on timbres in training (their own spread is 1): it keeps them from
holding more than the prior can say, and the denoiser from minding the prior's small errors."""


class SoundModel(nn.Module):
    """What is trained together: the denoiser, the sketch, the timbre encoder and a naming layer.

    The naming layer names the sounds of the set by their timbre.
    """

    def __init__(self, kind: str, sizes: dict[str, int], n_sounds: int = 1) -> None:
        super().__init__()
        self.layout = layout = LAYOUTS[kind]
        tokens = {"token_size": layout.token_size, "condition_size": condition_size(layout)}
        self.denoiser = MelDenoiser(**tokens, **sizes)
        self.sketch = NoteSketch(kind)
        self.encoder = TimbreEncoder(**tokens)
        self.naming = nn.Linear(TIMBRE_SIZE, n_sounds)


def load_encoder(kind: str, folder: Path = ENCODERS) -> TimbreEncoder:
    """Load the trained timbre encoder of a kind of stem, in float32."""
    layout = LAYOUTS[kind]
    encoder = TimbreEncoder(layout.token_size, condition_size(layout))
    weights = load_file(folder / f"{kind}.safetensors")
    encoder.load_state_dict({key: value.float() for key, value in weights.items()})
    return encoder.eval()


def losses(
    model: SoundModel,
    batch: Batch,
    generator: torch.Generator,
    *,
    leads: bool = False,
    ear: Ear | None = None,
) -> dict[str, Tensor]:
    """Return the losses of a batch by name, weighted as they are added.

    ``sketch`` is the squared error of the sketch, and ``flow`` the velocity loss of what is painted, both
    averaged over all elements. ``naming`` is the cross-entropy of naming the sounds by their timbre.
    ``takes`` is :func:`take_score` of the clips that are painted twice. ``texture`` and ``name`` are what
    an ``ear`` says of what is painted. While the sketch ``leads``, nothing is painted, and only ``sketch``
    and ``naming`` are there.
    """
    timbre = model.encoder(batch.heard, batch.heard_condition)
    device = timbre.device
    timbre = timbre + TIMBRE_NOISE * torch.randn(timbre.shape, generator=generator, device=device)
    sketch = to_tokens(model.sketch(batch.spans, timbre), model.layout)
    naming = nn.functional.cross_entropy(model.naming(timbre), batch.sounds)
    found = {"sketch": (sketch - batch.clean).square().mean(), "naming": NAMING_WEIGHT * naming}
    if leads:
        return found
    twice = round(PURE_NOISE_SHARE * len(batch.clean))
    rows = torch.cat([torch.arange(twice), torch.arange(len(batch.clean))]).to(device)
    clean, sounds = batch.clean[rows], batch.sounds[rows]
    drawn = torch.randn(len(rows), generator=generator, device=device)
    moment = torch.sigmoid(TIME_MEAN + TIME_SPREAD * drawn)
    moment[: 2 * twice] = 1.0
    mix = moment[:, None, None]
    noisy = (1.0 - mix) * clean + mix * torch.randn(clean.shape, generator=generator, device=device)
    # the sketch is to be the notes' mean, whatever the denoiser would like it to be
    known = batch.condition[rows], sketch.detach()[rows], timbre[rows]
    painted: Tensor = model.denoiser(noisy, moment, *known).float()
    once = slice(2 * twice, None)
    weight = 1.0 / moment[once].clamp_min(SMALLEST_TIME).square()
    error = (painted[once] - clean[once]).square().mean(dim=(1, 2))
    mels, real = (from_tokens(tokens, model.layout) for tokens in (painted, clean))
    found["flow"] = (weight * error).sum() / len(rows)
    score = take_score(mels[:twice], mels[twice : 2 * twice], real[:twice])
    found["takes"] = TAKES_WEIGHT * twice / len(rows) * score
    if ear is not None:
        heard = unlikeness(ear, mels, real, sounds, twice)
        found |= {"texture": TEXTURE_WEIGHT * heard["texture"], "name": NAME_WEIGHT * heard["name"]}
    return found


def take_score(first: Tensor, second: Tensor, real: Tensor) -> Tensor:
    """Return how far two takes of mels are from being drawn as the ``real`` ones are.

    The mels are (clips, frames, n_mels). This is the energy score (Gneiting and Raftery, "Strictly Proper
    Scoring Rules", JASA 2007): the distance to what is real less half of the distance between takes. Its
    least is not at the mean of what could be, as that of a squared error, but where the takes differ as
    what is real does. Distances are Euclidean over ``_SCORED_BANDS`` bands, of the mel and of its means
    over a few frames and bands.
    """
    scores = [
        _span(first - real, *means) + _span(second - real, *means) - _span(first - second, *means)
        for means in _SCORED_MEANS
    ]
    return torch.stack(scores).mean() / 2.0


def _span(difference: Tensor, frames: int, bands: int) -> Tensor:
    mean = nn.functional.avg_pool2d(difference, (frames, bands))
    groups = mean.reshape(*mean.shape[:-1], -1, _SCORED_BANDS)
    # no slope at nothing, where a distance has none
    return (groups.square().mean(-1) + _LEAST_SPAN**2).sqrt().mean() - _LEAST_SPAN


def write_weights(path: Path, weights: dict[str, Tensor], sizes: dict[str, int]) -> None:
    """Write averaged weights as one file of float16, with the painter's sizes.

    The prior is trained on it, on any machine.
    """
    halves = {key: value.half().cpu().contiguous() for key, value in weights.items()}
    with replacing(path) as part:
        save_file(halves, part, metadata={key: str(size) for key, size in sizes.items()})


def read_weights(path: Path) -> tuple[dict[str, Tensor], dict[str, int]]:
    """Read the weights, in float32, and the sizes that :func:`write_weights` wrote."""
    with safe_open(path, "pt") as file:
        weights = {key: file.get_tensor(key).float() for key in file.keys()}  # noqa: SIM118
        return weights, {key: int(size) for key, size in file.metadata().items()}


def usable_device(parser: argparse.ArgumentParser, device: str) -> str:
    """Return the name of a device that is there; else end the command with a word of what is wrong."""
    try:
        torch.zeros(1, device=device)
    except (AssertionError, RuntimeError, NotImplementedError) as error:
        parser.error(f"--device {device}: {str(error).splitlines()[0]} (cpu always works)")
    return device


def learning_rate(step: int, elapsed_share: float, peak: float) -> float:
    """Return the rate at a step.

    It is a warm-up over 100 steps, then a cosine down to 4 % as the time runs out.
    """
    warm = min(1.0, (step + 1) / 100)
    return peak * warm * (0.04 + 0.96 * 0.5 * (1.0 + math.cos(math.pi * min(1.0, elapsed_share))))


class Trainer:
    """Model, optimiser, averaged weights and the clock, saved together."""

    def __init__(
        self,
        name: str,
        data: Path,
        out: Path,
        minutes: float,
        model_sizes: dict[str, int],
        *,
        lead_minutes: float = 0.0,
        from_shipped: bool = False,
        ear_steps: int = EAR_STEPS,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        compiles: bool = False,
    ) -> None:
        self.name, self.out = name, out
        self.device, self.dtype = torch.device(device), dtype
        self.data = ClipSet(data / name, LAYOUTS[name], self.device)
        self.checkpoint = out / f"{name}.pt"
        self.model_sizes = model_sizes
        self.budget_s, self.lead_s = minutes * 60.0, lead_minutes * 60.0
        torch.manual_seed(0)
        self.model = SoundModel(name, model_sizes, self.data.n_sounds).to(self.device)
        if compiles:
            self.model.denoiser.compile()
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=0.01
        )
        self.ear = train_ear(self.data, out / f"{name}-ear.pt", ear_steps) if ear_steps else None
        self.step, self.elapsed_s = 0, 0.0
        if from_shipped and not self.checkpoint.exists():
            self._begin_with_shipped(name)
        self.average = AveragedWeights(self.model, _EMA_DECAY)
        if self.checkpoint.exists():
            self._resume()

    def _begin_with_shipped(self, name: str) -> None:
        shipped = load_pipeline(name)
        self.model.denoiser.load_state_dict(shipped.denoiser.state_dict())
        self.model.sketch.load_state_dict(shipped.sketch.state_dict())
        self.model.encoder.load_state_dict(load_encoder(name).state_dict())

    def _resume(self) -> None:
        state = torch.load(self.checkpoint, weights_only=True, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.average.weights = state["average"]
        self.step, self.elapsed_s = state["step"], state["elapsed_s"]

    def save(self) -> None:
        """Write the checkpoint, atomically."""
        self.checkpoint.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "average": self.average.weights,
            "sizes": self.model_sizes,
            "step": self.step,
            "elapsed_s": self.elapsed_s,
        }
        with replacing(self.checkpoint) as part:
            torch.save(state, part)

    def update(self, batch: Batch, generator: torch.Generator, peak: float) -> dict[str, float]:
        """Make one optimiser step and return the losses."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.elapsed_s / self.budget_s, peak)
        leads = self.elapsed_s < self.lead_s
        with torch.autocast(self.device.type, self.dtype, enabled=self.dtype != torch.float32):
            found = losses(self.model, batch, generator, leads=leads, ear=self.ear)
        self.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(found.values())).sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.average.update(self.step)
        self.step += 1
        values = torch.stack([loss.detach().float() for loss in found.values()]).tolist()  # waits once
        return dict(zip(found, values, strict=True))

    def run(self, batch_size: int, tokens: int, peak: float, save_minutes: float = 3.0) -> None:
        """Train until the time budget is spent."""
        stop = False

        def on_signal(*_: object) -> None:
            nonlocal stop
            stop = True

        signal.signal(signal.SIGTERM, on_signal)
        rng = np.random.default_rng([1, self.step])
        generator = torch.Generator(self.device).manual_seed(1 + self.step)
        # On a CPU what counts is the work that was done, whatever else the machine did beside it.
        clock = time.process_time if self.device.type == "cpu" else time.monotonic
        last, saved = clock(), time.monotonic()
        means: dict[str, float] = {}
        while self.elapsed_s < self.budget_s and not stop:
            for name, loss in self.update(
                self.data.batch(rng, batch_size, tokens), generator, peak
            ).items():
                means[name] = 0.98 * means.get(name, loss) + 0.02 * loss
            now = clock()
            self.elapsed_s += now - last
            last = now
            if self.step % 50 == 0:
                shown = " ".join(f"{name} {mean:.4f}" for name, mean in means.items())
                sys.stderr.write(f"step {self.step} {shown} {self.elapsed_s / 60:.1f} min\n")
            if time.monotonic() - saved > 60 * save_minutes:
                self.save()
                last, saved = clock(), time.monotonic()
        self.save()
        write_weights(self.out / f"{self.name}.safetensors", self.average.weights, self.model_sizes)


def main() -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=sorted(LAYOUTS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--minutes", type=float, default=60.0, help="budget, over all runs; on a CPU of processor time"
    )
    parser.add_argument("--lead-minutes", type=float, default=25.0, help="of these, on the sketch alone")
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--tokens", type=int, default=128)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--width", type=int, default=384)
    parser.add_argument("--depth", type=int, default=5)
    parser.add_argument("--ear-steps", type=int, default=EAR_STEPS, help="0: train by errors alone")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 …")
    parser.add_argument("--dtype", choices=sorted(DTYPES), default="float32", help="of the arithmetic")
    parser.add_argument("--compile", action="store_true", help="the painter by torch.compile")
    parser.add_argument("--from-shipped", action="store_true", help="begin with the shipped weights")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    sizes = {"width": options.width, "depth": options.depth}
    trainer = Trainer(
        options.model,
        options.data,
        options.out,
        options.minutes,
        sizes,
        lead_minutes=options.lead_minutes,
        from_shipped=options.from_shipped,
        ear_steps=options.ear_steps,
        device=usable_device(parser, options.device),
        dtype=DTYPES[options.dtype],
        compiles=options.compile,
    )
    trainer.run(options.batch, options.tokens, options.rate)


if __name__ == "__main__":
    main()
