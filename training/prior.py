"""Trains the prior from text to timbre: ``python -m training.prior pitched --data D --out O``.

The encoder that was trained with the denoiser hears several parts of every clip; the prior learns which
timbres belong to the clip's captions, as a rectified flow on vectors. It is small, takes a few minutes, and
is trained anew each time, so wordings can change without training the denoiser again: without a checkpoint
in ``O`` it belongs to the shipped denoiser. The pipeline is written to ``O/pitched``, the encoder to
``O/encoders``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from render.model.features import LAYOUTS
from render.model.network import TimbrePrior
from render.model.pianos import FILE as PIANOS_FILE
from render.model.pianos import PianoWords, fit_piano_words
from render.model.pipeline import load_pipeline, save_weights
from render.model.playing.individual import FILE as INDIVIDUALS_FILE
from structure.base.files import replacing
from training.averaging import AveragedWeights
from training.clip_set import HEARD_TOKENS, ClipSet
from training.individuals import fit_to_soundfonts
from training.train import SoundModel, load_encoder, read_weights

TEXT_DROP = 0.12
TEXT_NOISE = 0.012
"""Spread of the noise on text vectors (unit vectors of 384 numbers): near wordings mean near sounds."""

LISTENS_PER_CLIP = 4
STEPS = 4000
BATCH = 512
PEAK_RATE = 1.5e-3
TIME_MEAN = 0.4
_EMA_DECAY = 0.998


@dataclass(frozen=True, slots=True)
class HeardSet:
    """Timbres (clips, listens, timbre_size) and text vectors (clips, captions, text_size)."""

    timbres: Tensor
    texts: Tensor


def load_model(checkpoint: Path, kind: str) -> SoundModel:
    """Return the denoiser, sketch and encoder with the averaged weights of a checkpoint.

    Without the checkpoint, they have those of the file of weights beside it; without both, the shipped
    ones.
    """
    written = checkpoint.with_suffix(".safetensors")
    if checkpoint.exists():
        state = torch.load(checkpoint, weights_only=True, map_location="cpu")
        weights, sizes = state["average"], state["sizes"]
    elif written.exists():
        weights, sizes = read_weights(written)
    else:
        shipped = load_pipeline(kind)
        config = shipped.denoiser.config
        model = SoundModel(kind, {"width": config.width, "depth": config.depth})
        model.denoiser, model.sketch = shipped.denoiser, shipped.sketch
        model.encoder = load_encoder(kind)
        return model.eval()
    model = SoundModel(kind, sizes, len(weights["naming.weight"]))
    model.load_state_dict(weights)
    return model.eval()


@torch.inference_mode()
def hear(model: SoundModel, clips: ClipSet, listens: int = LISTENS_PER_CLIP) -> Tensor:
    """Return the timbres of evenly spaced parts of every clip: (clips, listens, timbre_size)."""
    frames = HEARD_TOKENS * clips.layout.patch
    firsts = np.linspace(0, clips.mel.shape[1] - frames, listens).astype(int)
    rows = []
    for clip in range(len(clips)):
        crops = [clips.crop(clip, int(first), frames) for first in firsts]
        tokens, condition = (torch.stack(column) for column in zip(*crops, strict=True))
        rows.append(model.encoder(tokens, condition))
    return torch.stack(rows)


def prior_loss(prior: TimbrePrior, timbre: Tensor, text: Tensor, generator: torch.Generator) -> Tensor:
    """Return the mean squared error of the clean timbre, with the weight of the velocity loss, capped."""
    size = timbre.shape[0]
    moment = torch.sigmoid(TIME_MEAN + 1.2 * torch.randn(size, generator=generator))
    mix = moment[:, None]
    noisy = (1.0 - mix) * timbre + mix * torch.randn(timbre.shape, generator=generator)
    text = text + TEXT_NOISE * torch.randn(text.shape, generator=generator)
    has_text = torch.rand(size, generator=generator) >= TEXT_DROP
    clean: Tensor = prior(noisy, moment, text, has_text)
    error = (clean - timbre).square().mean(dim=1)
    return (error / moment.clamp_min(0.3).square()).mean()


def train_prior(heard: HeardSet, steps: int = STEPS, seed: int = 0) -> TimbrePrior:
    """Train a prior and return it with averaged weights."""
    torch.manual_seed(seed)
    prior = TimbrePrior(timbre_size=heard.timbres.shape[-1], text_size=heard.texts.shape[-1])
    optimiser = torch.optim.AdamW(prior.parameters(), lr=PEAK_RATE, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, PEAK_RATE, total_steps=steps + 1, pct_start=0.05
    )
    average = AveragedWeights(prior, _EMA_DECAY)
    generator = torch.Generator().manual_seed(seed)
    n_clips, n_listens = heard.timbres.shape[:2]
    for step in range(steps):
        picks = torch.randint(n_clips, (BATCH,), generator=generator)
        listen = torch.randint(n_listens, (BATCH,), generator=generator)
        wording = torch.randint(heard.texts.shape[1], (BATCH,), generator=generator)
        loss = prior_loss(prior, heard.timbres[picks, listen], heard.texts[picks, wording], generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        average.update(step)
        if step % 500 == 0:
            sys.stderr.write(f"prior step {step} loss {float(loss.detach()):.4f}\n")
    prior.load_state_dict(average.weights)
    trained: TimbrePrior = prior.eval()
    return trained


def fit_pianos(clips: ClipSet) -> PianoWords | None:
    """Return what knows captions of pianos with strings from those of other sounds; None where none is."""
    pianos = [clip["family"] == "piano" and clip["source"] != "hexter" for clip in clips.clips]
    if not any(pianos):
        return None
    _, n_captions, size = clips.texts.shape
    texts, first = np.unique(clips.texts.reshape(-1, size), axis=0, return_index=True)
    return fit_piano_words(texts.astype(np.float64), np.repeat(pianos, n_captions)[first])


def write_pipeline(kind: str, data: Path, out: Path, steps: int = STEPS) -> None:
    """Train the prior for a checkpoint in ``out`` and write the pipeline beside it."""
    model = load_model(out / f"{kind}.pt", kind)
    clips = ClipSet(data / kind, LAYOUTS[kind])
    texts = torch.from_numpy(clips.texts.astype(np.float32))
    prior = train_prior(HeardSet(hear(model, clips), texts), steps)
    save_weights(model.denoiser, model.sketch, prior, kind, out)
    if (pianos := fit_pianos(clips)) is not None:
        pianos.write(out / kind / PIANOS_FILE)
    if kind == "pitched" and (individuals := fit_to_soundfonts(clips)) is not None:
        individuals.write(out / kind / INDIVIDUALS_FILE)
    encoder = {key: value.half().contiguous() for key, value in model.encoder.state_dict().items()}
    (out / "encoders").mkdir(exist_ok=True)
    with replacing(out / "encoders" / f"{kind}.safetensors") as part:
        save_file(encoder, part)


def main() -> None:
    """Run the command line of the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", choices=sorted(LAYOUTS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder with the checkpoint")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    write_pipeline(options.model, options.data, options.out, options.steps)


if __name__ == "__main__":
    main()
