"""Mel spectrograms of magnitudes on the HTK scale, and audio from them without a network.

What is between the bands is found by non-negative least squares, phases by the fast Griffin-Lim
algorithm (Perraudin, Balazs and Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013).

The window is Hann, with zeros after it up to ``n_fft``; frame ``i`` is centred on sample ``i * hop``, and
the audio is mirrored at its ends. Zeros behind a window instead of around it change phases only.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.fft import next_fast_len
from scipy.linalg import solveh_banded
from scipy.sparse import csr_array
from transformers.audio_utils import mel_filter_bank

Float = NDArray[np.float32]

ITERATIONS = 32
"""Of Griffin-Lim, as many as Riffusion does."""

_MOMENTUM = 0.99
_INVERSION_STEPS = 30
_BLOCK_FRAMES = 1000
"""Frames that are in memory at once."""

_SPARE_BAND = 1.05
"""How far above the highest band the inner sample rate still reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MelScale:
    """A mel spectrogram: lengths in samples, frequencies in Hz."""

    sample_rate: int
    hop: int
    window: int
    n_fft: int
    bands: int
    min_hz: float
    max_hz: float


@lru_cache(maxsize=4)
def mel_bank(scale: MelScale) -> csr_array[np.float32]:
    """Return triangular filters of peak 1 on the HTK scale, sparse (n_fft // 2 + 1, bands)."""
    bank = mel_filter_bank(
        num_frequency_bins=scale.n_fft // 2 + 1,
        num_mel_filters=scale.bands,
        min_frequency=scale.min_hz,
        max_frequency=scale.max_hz,
        sampling_rate=scale.sample_rate,
        norm=None,
        mel_scale="htk",
    )
    return csr_array(bank.astype(np.float32))


def _window(length: int) -> torch.Tensor:
    return torch.hann_window(length)


def magnitudes(audio: Float, scale: MelScale) -> Float:
    """Return the mel magnitudes of mono ``audio`` (samples,): (bands, samples // hop + 1)."""
    half = scale.window // 2
    mono = np.asarray(audio, dtype=np.float32)
    padded = torch.from_numpy(np.pad(mono, half, mode="reflect" if len(mono) > 1 else "edge"))
    frames = padded.unfold(0, scale.window, scale.hop)[: len(audio) // scale.hop + 1]
    bank = mel_bank(scale)
    blocks = [
        (bank.T @ torch.fft.rfft(block * _window(scale.window), n=scale.n_fft).abs().numpy().T)
        for block in torch.split(frames, _BLOCK_FRAMES)
    ]
    return np.asarray(np.concatenate(blocks, axis=1), dtype=np.float32)


def linear_magnitudes(mel: Float, scale: MelScale) -> Float:
    """Return the magnitudes (bins, frames) ≥ 0 whose mel is nearest to ``mel`` (bands, frames).

    Begins from the smallest solution of the least squares problem, and then keeps to what is not negative
    by multiplicative updates (Lee and Seung, "Algorithms for Non-negative Matrix Factorization", 2000).
    Only neighbouring filters overlap, so the normal equations have three diagonals.
    """
    bank = mel_bank(scale)
    gram = (bank.T @ bank).tocsr()
    diagonal = gram.diagonal().astype(np.float64)
    ridge = 1e-6 * diagonal.max()
    bands = np.stack([np.concatenate([[0.0], gram.diagonal(1)]), diagonal + ridge])
    solved = solveh_banded(bands, mel.astype(np.float64)).astype(np.float32)
    toward = bank @ mel
    found = np.maximum(bank @ solved, 0.05 * toward / max(float(diagonal.mean()), 1e-9))
    for _ in range(_INVERSION_STEPS):
        found *= toward / np.maximum(bank @ (bank.T @ found), 1e-20)
    return np.asarray(found, dtype=np.float32)


def _inner(scale: MelScale) -> MelScale:
    """Return the same spectrogram at the lowest sample rate that serves; the bins stay where they are.

    Such a rate has whole hops and windows, an even and fast transform, and room for the highest band.
    Where there is none, ``scale`` itself is returned.
    """
    least = math.ceil(2 * _SPARE_BAND * scale.max_hz * scale.hop / scale.sample_rate)
    for hop in range(least, scale.hop):
        whole = all(hop * length % (2 * scale.hop) == 0 for length in (scale.window, scale.n_fft))
        rate = hop * scale.sample_rate
        if not whole or rate % scale.hop:
            continue
        window, n_fft = (hop * length // scale.hop for length in (scale.window, scale.n_fft))
        if next_fast_len(n_fft, real=True) <= n_fft:
            return replace(scale, sample_rate=rate // scale.hop, hop=hop, window=window, n_fft=n_fft)
    return scale


@dataclass(frozen=True)
class _Frames:
    """Short-time transform of ``length`` frames of audio; spectra are (frames, bins)."""

    scale: MelScale
    length: int

    def audio(self, spectrum: torch.Tensor) -> torch.Tensor:
        """Return the samples of a spectrum, by weighted overlap-add.

        They begin half a window before the first frame's centre.
        """
        scale = self.scale
        window = _window(scale.window)
        pieces = torch.fft.irfft(spectrum, n=scale.n_fft)[:, : scale.window] * window
        audio: torch.Tensor = self._add(pieces) / self.weights
        return audio

    @cached_property
    def weights(self) -> torch.Tensor:
        """Return how often each sample is counted where frames are added."""
        window = _window(self.scale.window)
        return self._add((window**2).expand(self.length, -1)).clamp_min(1e-3)

    def spectrum(self, audio: torch.Tensor) -> torch.Tensor:
        """Return the spectrum of samples: the inverse of :meth:`audio`."""
        frames = audio.unfold(0, self.scale.window, self.scale.hop)
        spectrum: torch.Tensor = torch.fft.rfft(frames * _window(self.scale.window), n=self.scale.n_fft)
        return spectrum

    def _add(self, pieces: torch.Tensor) -> torch.Tensor:
        length = (self.length - 1) * self.scale.hop + self.scale.window
        columns = pieces.T.unsqueeze(0)
        size, stride = (1, self.scale.window), (1, self.scale.hop)
        added: torch.Tensor = torch.nn.functional.fold(columns, (1, length), size, stride=stride)
        return added.flatten()


def _phases(
    magnitude: torch.Tensor,
    scale: MelScale,
    generator: torch.Generator,
    known: torch.Tensor,
    iterations: int,
) -> torch.Tensor:
    """Find phases (frames, bins) as unit complex numbers; those of the first frames are ``known``."""
    frames = _Frames(scale, magnitude.shape[0])
    angle = 2.0 * torch.pi * torch.rand(magnitude.shape, generator=generator)
    phase = torch.polar(torch.ones_like(angle), angle)
    phase[: len(known)] = known
    before = torch.zeros_like(phase)
    for _ in range(iterations):
        rebuilt = frames.spectrum(frames.audio(magnitude * phase))
        moved = rebuilt - before * (_MOMENTUM / (1.0 + _MOMENTUM))
        before = rebuilt
        phase = moved / moved.abs().clamp_min(1e-12)
        phase[: len(known)] = known
    return phase


def invert(
    mel: Float, scale: MelScale, n_samples: int, *, seed: int = 0, iterations: int = ITERATIONS
) -> Float:
    """Return mono audio (n_samples,) with given mel magnitudes (bands, frames).

    ``seed`` decides the first phases.

    Long spectrograms are done in blocks, each of which begins with phases of the one before. The iterations
    run at a lower sample rate where the highest band allows it. Raises ValueError where ``n_samples`` is
    beyond the last frame by more than a hop.
    """
    count = mel.shape[1]
    if not 0 <= n_samples <= count * scale.hop:
        raise ValueError(f"{count} frames cannot become {n_samples} samples")
    inner = _inner(scale)
    generator = torch.Generator().manual_seed(seed)
    shared = 2 * math.ceil(scale.window / scale.hop)
    whole = np.zeros((count - 1) * scale.hop + scale.window, dtype=np.float32)
    known = torch.zeros(0, inner.n_fft // 2 + 1, dtype=torch.complex64)
    first, done = 0, 0
    while True:  # blocks that overlap by the frames that they share
        end = min(first + _BLOCK_FRAMES, count)
        magnitude = torch.from_numpy(linear_magnitudes(mel[:, first:end], inner).T.copy())
        phase = _phases(magnitude, inner, generator, known, iterations)
        known = phase[-shared:]
        # the same bins at the wanted rate, with silence above them
        spectrum = magnitude * phase
        padded = torch.nn.functional.pad(spectrum, (0, scale.n_fft // 2 + 1 - spectrum.shape[1]))
        audio = _Frames(scale, end - first).audio(padded).numpy()
        begin = first * scale.hop
        keep = max(0, done - begin)
        whole[begin + keep : begin + len(audio)] = audio[keep:]
        done = (end - shared // 2) * scale.hop + scale.window // 2
        if end == count:
            break
        first = end - shared

    half = scale.window // 2
    cut = whole[half : half + n_samples]
    return np.pad(cut, (0, n_samples - len(cut)))
