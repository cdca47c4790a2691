"""The decoder's rival: Griffin-Lim from the same mel, fairly inverted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.features import MelLayout, istft, mel_matrix, stft, unscale_power
from training.evaluation.spectral import log_spectral_distance_db, mel_error_db, pre_echo_db
from training.evaluation.takes import Take

Float = NDArray[np.float32]
ITERATIONS = 64
_MOMENTUM = 0.99
_INVERSION_STEPS = 200


def spectrum_of(mel: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Return magnitudes (frames, bins) whose mel is nearest to a scaled log-mel.

    They are found by non-negative least squares with multiplicative updates (Lee and Seung, "Algorithms for
    Non-negative Matrix Factorization", 2000).
    """
    power, bank = unscale_power(mel), mel_matrix(layout)
    toward = power @ bank.T
    gram = bank @ bank.T
    found = toward / bank.sum(1).clamp_min(1e-6)
    for _ in range(_INVERSION_STEPS):
        found = found * toward / (found @ gram).clamp_min(1e-20)
    return found.clamp_min(0.0).sqrt()


def griffin_lim(mel: torch.Tensor, layout: MelLayout, n_samples: int, seed: int = 0) -> Float:
    """Return audio by the fast Griffin-Lim algorithm (Perraudin, Balazs and Søndergaard, WASPAA 2013)."""
    magnitude = spectrum_of(mel, layout)
    generator = torch.Generator().manual_seed(seed)
    angle = 2.0 * torch.pi * torch.rand(magnitude.shape, generator=generator)
    phase = torch.polar(torch.ones_like(angle), angle)
    before = torch.zeros_like(phase)
    length = (mel.shape[0] - 1) * layout.hop + 1
    for _ in range(ITERATIONS):
        rebuilt = stft(istft(magnitude * phase, layout, length), layout, mel.shape[0])
        moved = rebuilt - before * (_MOMENTUM / (1.0 + _MOMENTUM))
        before = rebuilt
        phase = moved / moved.abs().clamp_min(1e-12)
    return np.asarray(istft(magnitude * phase, layout, n_samples).numpy(), dtype=np.float32)


def decoders(takes: Sequence[Take], layout: MelLayout) -> dict[str, Any]:
    """Compare our decoder and Griffin-Lim on the references' mels, one clip of each family."""
    first: dict[str, Take] = {}
    for take in takes:
        first.setdefault(take.clip.family, take)
    rows: dict[str, dict[str, float]] = {}
    for family, take in sorted(first.items()):
        rival = griffin_lim(torch.from_numpy(take.clip.mel), layout, len(take.clip.audio))
        echo = pre_echo_db(take.clip.audio, take.clip.notes)
        rows[family] = {}
        for what, audio in (("ours", take.decoded), ("griffin-lim", rival)):
            wanted = take.clip.audio
            rows[family][f"log_spectral_distance_db {what}"] = log_spectral_distance_db(audio, wanted)
            rows[family][f"mel_error_db {what}"] = mel_error_db(audio, wanted, layout)
            rows[family][f"pre_echo_db {what}"] = abs(pre_echo_db(audio, take.clip.notes) - echo)
    columns: dict[str, list[float]] = defaultdict(list)
    for row in rows.values():
        for key, value in row.items():
            columns[key].append(value)
    better = {
        measure: fmean(row[f"{measure} ours"] < row[f"{measure} griffin-lim"] for row in rows.values())
        for measure in ("log_spectral_distance_db", "mel_error_db", "pre_echo_db")
    }
    everything = {"all": {key: fmean(values) for key, values in columns.items()}, **rows}
    rounded = {f: {k: round(v, 2) for k, v in row.items()} for f, row in everything.items()}
    return {"better_on_share_of_families": {k: round(v, 3) for k, v in better.items()}, **rounded}
