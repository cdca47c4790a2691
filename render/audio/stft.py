"""Short-time spectra of audio for analysis, in NumPy; and audio from them.

Spectra are complex64 (frames, bins) of float32 samples, a chunk of frames at a time where those of a whole
song would need too much memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Samples = NDArray[np.float32]
Spectra = NDArray[np.complex64]
"""(frames, n_fft // 2 + 1)."""

Window = NDArray[np.float64]

_CHUNK_FRAMES = 1024


def hann(size: int) -> Window:
    """Return a periodic Hann window.

    At a hop of a third of it or a smaller whole part its squares add up to a constant.
    """
    return np.asarray(np.hanning(size + 1)[:-1], dtype=np.float64)


def spectra_at(
    audio: Samples, starts: NDArray[np.integer[Any]], n_fft: int, window: Window, chunk: int = _CHUNK_FRAMES
) -> Iterator[Spectra]:
    """Yield the spectra of mono (samples,) in windows that begin at ``starts``, ``chunk`` frames at a time.

    A window shorter than ``n_fft`` has zeros behind it. All windows lie within the audio.
    """
    weights = window.astype(np.float32)
    spans = np.lib.stride_tricks.sliding_window_view(audio, len(window))
    for first in range(0, len(starts), chunk):
        yield np.asarray(
            scipy.fft.rfft(spans[starts[first : first + chunk]] * weights, n_fft, axis=1), np.complex64
        )


def stft_chunks(
    audio: Samples, n_fft: int, hop: int, window: Window, chunk: int = _CHUNK_FRAMES
) -> Iterator[Spectra]:
    """Yield :func:`stft`, ``chunk`` frames at a time."""
    return spectra_at(audio, np.arange(0, len(audio) - len(window) + 1, hop), n_fft, window, chunk)


def stft(audio: Samples, n_fft: int, hop: int, window: Window) -> Spectra:
    """Return the spectra of mono (samples,) in as many windows as fit, ``hop`` apart from sample 0 on."""
    return np.concatenate(list(stft_chunks(audio, n_fft, hop, window)))


def istft(chunks: Iterable[Spectra], hop: int, window: Window, n_frames: int) -> Samples:
    """Return the audio of consecutive chunks of spectra, by weighted overlap and add.

    It is ``n_frames`` hops and the rest of the last window long.

    The window is as long as the transform, and its squares at this hop add up to a constant. Less than a
    window from either end, where fewer windows overlap, the audio is too soft.
    """
    weights = window.astype(np.float32)
    overlap = len(window) // hop
    hops = np.zeros((n_frames + overlap - 1, hop), dtype=np.float32)
    first = 0
    for spectra in chunks:
        count = len(spectra)
        frames = (scipy.fft.irfft(spectra, len(window), axis=1) * weights).reshape(count, overlap, hop)
        for k in range(overlap):
            hops[first + k : first + k + count] += frames[:, k]
        first += count
    return hops.reshape(-1) / np.float32(np.square(window).sum() / hop)
