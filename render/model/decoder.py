"""From a log-mel back to audio, without a neural vocoder: shape the excitation.

The excitation's spectrum is multiplied by a smooth real gain, so that its mel becomes the wanted mel;
its phases, which the score makes exact, are kept. The gain of a bin is interpolated from the mel
bands in decibels and refined a few times, since neighbouring bands leak into one another.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.excitation import drum_excitation, pitched_excitation
from render.model.features import (
    DRUMS,
    FLOOR_DB,
    MelLayout,
    istft,
    mel_matrix,
    stft,
    unscale_power,
)
from render.model.notes import NoteTable

REFINEMENTS = 4
_MAX_GAIN_DB = 60.0


@lru_cache(maxsize=4)
def _band_to_bin(layout: MelLayout) -> torch.Tensor:
    """Interpolation from bands to bins, (n_mels, bins); each bin's weights sum to 1, or 0 outside."""
    bank = mel_matrix(layout)
    total = bank.sum(1, keepdim=True)
    return torch.where(total > 0, bank / total.clamp_min(1e-6), torch.zeros_like(bank)).T.contiguous()


def shape(source: torch.Tensor, target: torch.Tensor, layout: MelLayout, n_samples: int) -> torch.Tensor:
    """Give ``source`` the mel ``target``.

    ``source``: complex spectrum (frames, bins); ``target``: scaled log-mel (frames, n_mels). Returns
    mono audio (n_samples,).
    """
    floor = 10.0 ** (FLOOR_DB / 10.0)
    wanted = unscale_power(target)
    wanted_db = 10.0 * torch.log10(wanted.clamp_min(floor))
    spread = _band_to_bin(layout)
    inside = spread.sum(0) > 0
    power = source.abs().square()
    bank = mel_matrix(layout)
    gain_db = torch.zeros_like(power)
    for _ in range(REFINEMENTS):
        shaped = (power * 10.0 ** (gain_db / 10.0)) @ bank
        miss_db = wanted_db - 10.0 * torch.log10(shaped.clamp_min(floor))
        gain_db = (gain_db + miss_db @ spread).clamp(-2.0 * _MAX_GAIN_DB, _MAX_GAIN_DB)
    gain = torch.where(inside, 10.0 ** (gain_db / 20.0), torch.zeros_like(gain_db))
    return istft(source * gain, layout, n_samples)


def decode(
    mel: torch.Tensor, notes: NoteTable, layout: MelLayout, n_samples: int, seed: int
) -> NDArray[np.float32]:
    """Audio of a scaled log-mel (frames, n_mels) whose score is known; mono float32 (n_samples,)."""
    synthesise = drum_excitation if layout == DRUMS else pitched_excitation
    source = torch.from_numpy(synthesise(notes, n_samples, seed))
    audio = shape(stft(source, layout, mel.shape[0]), mel, layout, n_samples)
    return np.asarray(audio.numpy(), dtype=np.float32)
