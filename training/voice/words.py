"""Teaches words for voices: ``python -m training.voice.words --out FOLDER``, in a minute on one core.

``data/voice_words.yaml`` says which traits the words stand for. The network learns them from the sentence
vectors of all wordings that its kinds, qualities and templates make, with a little noise on the vectors, so
that near wordings mean near voices. Every seventh wording is kept to measure by.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from render.model.pipeline import load_text_encoder
from render.model_voice.timbre import TRAIT_MIDDLES, TRAIT_UNITS, TRAITS, VoiceWords
from structure.base.datafiles import read_yaml
from training.voice.spoken_set import STYLES

TABLE = Path(__file__).parents[1] / "data" / "voice_words.yaml"

STEPS = 3000
_WORDINGS = 2400
"""So many of them are read; there are six times as many."""

_PLAIN_TIMES = 5

_BATCH = 128
_TEXT_NOISE = 0.012
"""Spread of the noise on text vectors (unit vectors of 384 numbers)."""


def read_table() -> Mapping[str, Any]:
    """Return the table of words."""
    table: Mapping[str, Any] = read_yaml(TABLE.read_text(encoding="utf-8"))
    return table


def wordings(table: Mapping[str, Any]) -> list[tuple[str, NDArray[np.float64]]]:
    """Return some wordings, each with the numbers of the voice that it describes, (TIMBRE,).

    Those that say only who sings come first, and come again: they are what most people write.
    """
    found = []
    for kind in table["kinds"]:
        for quality in table["qualities"]:
            numbers = numbers_of(kind, quality)
            for said in kind["words"]:
                for how in quality["words"]:
                    for template in table["templates"]:
                        text = " ".join(template.format(quality=how, kind=said).split()).strip(" ,")
                        found.append((text, numbers))
    kept = list(dict(found).items())
    plain = [
        (text, numbers_of(kind, {}))
        for kind in table["kinds"]
        for said in kind["words"]
        for text in (said, f"{said} vocals", f"a {said} singing")
    ]
    others = [kept[i] for i in np.random.default_rng(0).permutation(len(kept))[:_WORDINGS]]
    return _PLAIN_TIMES * plain + [pair for pair in others if pair[0] not in dict(plain)]


def numbers_of(kind: Mapping[str, Any], quality: Mapping[str, Any]) -> NDArray[np.float64]:
    """Return the numbers of a kind of voice with a quality: shares, then traits in their units."""
    both = {**kind, **quality}
    shares = [kind["shares"].get(style, 0.0) for style in STYLES]
    values = [float(both.get(name, middle)) for name, middle in zip(TRAITS, TRAIT_MIDDLES, strict=True)]
    values[0] *= quality.get("formants_by", 1.0)
    traits = (np.array(values) - TRAIT_MIDDLES) / TRAIT_UNITS
    return np.concatenate([shares, traits])


def spreads_of(table: Mapping[str, Any]) -> Tensor:
    """Return how far voices of one description lie apart, (TIMBRE,), in the units of the numbers."""
    spreads = table["spreads"]
    traits = [spreads[name] / unit for name, unit in zip(TRAITS, TRAIT_UNITS, strict=True)]
    return torch.tensor([*[spreads["shares"]] * len(STYLES), *traits])


def teach(texts: Tensor, numbers: Tensor, spreads: Tensor, steps: int) -> VoiceWords:
    """Return a network that says the numbers (count, TIMBRE) of vectors (count, size), and the spreads."""
    torch.manual_seed(0)
    net: VoiceWords = VoiceWords()
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    for _ in range(steps):
        picked = torch.randint(len(texts), (_BATCH,))
        mean, spread = net(texts[picked] + _TEXT_NOISE * torch.randn(_BATCH, texts.shape[1]))
        loss = (mean - numbers[picked]).square().mean() + (spread - spreads).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
    net.eval()
    return net


def measure(net: VoiceWords, texts: Tensor, numbers: Tensor) -> Sequence[float]:
    """Return the mean error of each number, in its unit."""
    with torch.inference_mode():
        errors: list[float] = (net(texts)[0] - numbers).abs().mean(0).tolist()
    return errors


def main() -> None:
    """Teach the network and write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    table = read_table()
    pairs = wordings(table)
    said = torch.from_numpy(load_text_encoder().encode([text for text, _ in pairs]))
    numbers = torch.tensor(np.array([values for _, values in pairs]), dtype=torch.float32)
    held = torch.arange(len(pairs)) % 7 == 0
    held[: len(pairs) - _WORDINGS] = False
    net = teach(said[~held], numbers[~held], spreads_of(table), STEPS)
    names = [*STYLES, *TRAITS]
    for name, error in zip(names, measure(net, said[held], numbers[held]), strict=True):
        sys.stderr.write(f"{name}: {error:.3f}\n")
    net.half().save_pretrained(options.out)


if __name__ == "__main__":
    main()
