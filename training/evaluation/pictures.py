"""Spectrogram pairs: what was asked for, above what was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from render.model.features import MelLayout, log_mel
from structure.base.files import replacing
from training.evaluation.takes import Take

_SECONDS = 6.0


def draw_pairs(takes: Sequence[Take], layout: MelLayout, path: Path, columns: int = 4) -> None:
    """Write a PNG with the log-mels of references and takes, one pair a family, six seconds of each."""
    from matplotlib.figure import Figure

    first: dict[str, Take] = {}
    for take in takes:
        first.setdefault(take.clip.family, take)
    chosen = list(first.values())[: 3 * columns]
    rows = -(-len(chosen) // columns)
    figure = Figure(figsize=(4.2 * columns, 4.4 * rows), dpi=80, layout="constrained")
    cells = figure.subplots(2 * rows, columns, squeeze=False)
    for cell in cells.flat:
        cell.set_axis_off()
    frames = int(_SECONDS * layout.sample_rate / layout.hop)
    for index, take in enumerate(chosen):
        row, column = divmod(index, columns)
        for below, (what, audio) in enumerate((("reference", take.clip.audio), ("model", take.made))):
            mel = log_mel(torch.from_numpy(np.ascontiguousarray(audio)), layout).numpy()[:frames]
            cell = cells[2 * row + below, column]
            cell.imshow(mel.T, origin="lower", aspect="auto", cmap="magma", vmin=-1.2, vmax=2.2)
            cell.set_title(f"{what}: {take.clip.caption}", fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        figure.savefig(part, format="png")
