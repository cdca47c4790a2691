"""Log-mel features: what the diffusion model paints, and how they are scaled.

Pitched stems and drums have one layout each (:data:`PITCHED`, :data:`DRUMS`): drums need a finer hop
and little frequency resolution, pitched stems the reverse. Both give tokens of 256 numbers at 43 Hz.

Frames are centred: frame ``i`` covers the samples around ``i * hop``. Mel filters follow Slaney
(Auditory Toolbox, 1998), linear below 1 kHz, which keeps the partials of low notes apart.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache, reduce

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.audio_utils import mel_filter_bank

FloatArray = NDArray[np.float32]

FLOOR_DB = -110.0
CENTRE_DB = -65.0
SCALE_DB = 25.0
"""Scaled values are decibels, less the centre, in units of the scale."""


@dataclass(frozen=True, slots=True)
class MelLayout:
    """Size of the log-mel image.

    ``patch`` frames make one token of the network; ``hop`` divides ``n_fft``.
    """

    n_fft: int
    hop: int
    n_mels: int
    patch: int
    sample_rate: int = 44_100
    fmin: float = 25.0
    fmax: float = 18_000.0

    @property
    def token_size(self) -> int:
        """Return how many numbers one token has."""
        return self.n_mels * self.patch

    def frames_for(self, n_samples: int) -> int:
        """Return the frames that cover ``n_samples``, rounded up to whole tokens."""
        frames = n_samples // self.hop + 1
        return math.ceil(frames / self.patch) * self.patch


PITCHED = MelLayout(n_fft=2048, hop=512, n_mels=128, patch=2)
DRUMS = MelLayout(n_fft=1024, hop=256, n_mels=64, patch=4)

LAYOUTS: dict[str, MelLayout] = {"pitched": PITCHED, "drums": DRUMS}
"""The two kinds of stem, each with networks of its own."""


_FRAMES_AT_ONCE = 64
"""Few enough to stay in the processor's cache."""


@lru_cache(maxsize=4)
def mel_matrix(layout: MelLayout) -> torch.Tensor:
    """Return the mel filters, float32 ``(n_fft // 2 + 1, n_mels)``, each of peak 1."""
    bank = mel_filter_bank(
        num_frequency_bins=layout.n_fft // 2 + 1,
        num_mel_filters=layout.n_mels,
        min_frequency=layout.fmin,
        max_frequency=layout.fmax,
        sampling_rate=layout.sample_rate,
        norm=None,
        mel_scale="slaney",
    )
    return torch.from_numpy(bank.astype(np.float32))


@lru_cache(maxsize=4)
def _window(layout: MelLayout) -> torch.Tensor:
    return torch.hann_window(layout.n_fft)


@lru_cache(maxsize=4)
def analysis_window(layout: MelLayout) -> torch.Tensor:
    """Return the window of :func:`stft`, (n_fft,), scaled so that a sine of amplitude 1 peaks at 1."""
    window = _window(layout)
    return window * (2.0 / window.sum())


@lru_cache(maxsize=4)
def synthesis_window(layout: MelLayout) -> torch.Tensor:
    """Return the window of :func:`istft`, (n_fft,), scaled to take back the scale of the other."""
    window = _window(layout)
    return window * (window.sum() / 2.0)


def stft(audio: torch.Tensor, layout: MelLayout, n_frames: int | None = None) -> torch.Tensor:
    """Return the short-time spectrum of mono ``audio`` (samples,).

    It is torch's and not :mod:`render.audio.stft`: the decoder runs it in rounds, training differentiates
    it.

    Returns complex64 ``(n_frames, n_fft // 2 + 1)``, scaled so that a sine of amplitude 1 peaks at 1.
    ``n_frames`` pads the audio with silence (or cuts it); by default as many as cover it.
    """
    frames = layout.frames_for(audio.shape[-1]) if n_frames is None else n_frames
    wanted = (frames - 1) * layout.hop
    half = layout.n_fft // 2
    padded = torch.nn.functional.pad(audio, (half, max(0, wanted - audio.shape[-1]) + half))
    windows = padded[: wanted + layout.n_fft].unfold(0, layout.n_fft, layout.hop)
    spectrum: torch.Tensor = torch.fft.rfft(windows * analysis_window(layout), dim=-1)
    return spectrum


def istft(
    spectrum: torch.Tensor, layout: MelLayout, n_samples: int, gain: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the audio (n_samples,) of a spectrum (frames, bins): the inverse of :func:`stft`.

    It is made by weighted overlap-add, with a ``gain`` for each of the bins where one is given.
    """
    frames, hops = spectrum.shape[0], layout.n_fft // layout.hop
    window = synthesis_window(layout)
    total = spectrum.real.new_zeros(frames + hops - 1, layout.hop)
    for first in range(0, frames, _FRAMES_AT_ONCE):
        block = spectrum[first : first + _FRAMES_AT_ONCE]
        if gain is not None:
            block = block * gain[first : first + _FRAMES_AT_ONCE]
        pieces = torch.fft.irfft(block, n=layout.n_fft, dim=-1).mul_(window)
        for k, part in enumerate(torch.split(pieces, layout.hop, dim=1)):
            total[first + k : first + k + len(part)] += part
    audio = total.flatten() / window_weights(layout, frames)
    half = layout.n_fft // 2
    audio = audio[half : half + n_samples]
    return torch.nn.functional.pad(audio, (0, n_samples - audio.shape[-1]))


@lru_cache(maxsize=8)
def window_weights(layout: MelLayout, n_frames: int) -> torch.Tensor:
    """Return the sum of the squared windows of so many frames, (samples,)."""
    squared, hops = (_window(layout) ** 2).expand(n_frames, -1), layout.n_fft // layout.hop
    total = squared.new_zeros(n_frames + hops - 1, layout.hop)
    for k, part in enumerate(torch.split(squared, layout.hop, dim=1)):
        total[k : k + n_frames] += part
    return total.flatten().clamp_min(1e-3)


_BINS_AT_ONCE = 256
"""BLAS may add a longer product up in another order where it has more threads."""


def mel_power(spectrum: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Return the power in each mel band: (frames, bins) complex to (frames, n_mels)."""
    return band_power(spectrum.abs().square(), layout)


def band_power(power: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Turn the power of bins, (frames, bins), into that of mel bands, (frames, n_mels).

    The bits are the same whatever the number of threads.
    """
    bins, bank = torch.split(power, _BINS_AT_ONCE, dim=1), torch.split(mel_matrix(layout), _BINS_AT_ONCE)
    return reduce(torch.add, (some @ rows for some, rows in zip(bins, bank, strict=True)))


def scale_decibels(decibels: float) -> float:
    """Bring decibels to the network's scale, as :func:`scale_power`."""
    return (decibels - CENTRE_DB) / SCALE_DB


def scale_power(power: torch.Tensor) -> torch.Tensor:
    """Bring power to the network's scale: decibels, floored, centred, about -1.8 to 2.6."""
    decibels = 10.0 * torch.log10(power.clamp_min(10.0 ** (FLOOR_DB / 10.0)))
    return (decibels - CENTRE_DB) / SCALE_DB


def unscale_power(scaled: torch.Tensor) -> torch.Tensor:
    """Undo :func:`scale_power`; everything at the floor becomes silence."""
    decibels = (scaled * SCALE_DB + CENTRE_DB).clamp(FLOOR_DB, 20.0)
    power = 10.0 ** (decibels / 10.0)
    return torch.where(decibels > FLOOR_DB + 1.0, power, torch.zeros_like(power))


def log_mel(audio: torch.Tensor, layout: MelLayout, n_frames: int | None = None) -> torch.Tensor:
    """Return the scaled log-mel of mono audio: (samples,) to (frames, n_mels)."""
    return scale_power(mel_power(stft(audio, layout, n_frames), layout))


def to_tokens(mel: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Turn (…, frames, channels) into (…, frames / patch, channels * patch)."""
    *lead, frames, channels = mel.shape
    return mel.reshape(*lead, frames // layout.patch, channels * layout.patch)


def from_tokens(tokens: torch.Tensor, layout: MelLayout) -> torch.Tensor:
    """Undo :func:`to_tokens` for mels: (…, tokens, token_size) to (…, frames, n_mels)."""
    *lead, count, _ = tokens.shape
    return tokens.reshape(*lead, count * layout.patch, layout.n_mels)
