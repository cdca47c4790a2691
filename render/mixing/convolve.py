"""Long filters without feedback, by blocks of spectra: fast, and in bounded memory.

A filter is cut into parts as long as a block. The spectrum of each block of sound is found once, and
each part of the filter meets it as many blocks later as the part lies into the filter. Several blocks of
such a size are transformed side by side, in a third of the time of one that is as long as all of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy
from numpy.typing import NDArray

from render.audio.types import Audio

Spectra = NDArray[np.complex64]
"""Spectra of the parts of a filter of two channels: (2, parts, bins)."""

BLOCK = 1 << 15
_AT_ONCE = 8
"""Blocks whose spectra are in memory at once."""

_FAINTEST = 2.0**-24
"""What rings on below this, the least that a file of 24 bits can hold, is cut off: it would be the rounding
of louder sound in its block, and what comes after would not be the same each time."""


def cut_filter(response: NDArray[np.floating], block: int = BLOCK) -> Spectra:
    """Return the spectra of a filter's parts; its response to an impulse is (2, taps)."""
    parts = -(-response.shape[1] // block)
    padded = np.pad(response, ((0, 0), (0, parts * block - response.shape[1])))
    return np.asarray(
        scipy.fft.rfft(padded.reshape(2, parts, block), 2 * block, axis=2), dtype=np.complex64
    )


def add_filters(filters: Sequence[Spectra]) -> Spectra:
    """Return the spectra of filters that one sound goes through side by side."""
    total = np.zeros((2, max(found.shape[1] for found in filters), filters[0].shape[2]), dtype=np.complex64)
    for found in filters:
        total[:, : found.shape[1]] += found
    return total


def convolve(
    paths: Sequence[tuple[NDArray[np.float32], Spectra]], samples: int, block: int = BLOCK
) -> Audio:
    """Return the sum of sounds, (samples,) each, through filters of their own: (2, samples).

    All filters were cut into parts of ``block``.
    """
    wet = np.zeros((2, samples), dtype=np.float32)
    # what is silent at the end needs no block of its own
    ends = [int(np.flatnonzero(sound).max(initial=-1)) + 1 for sound, _ in paths]
    paths = [path for path, end in zip(paths, ends, strict=True) if end and path[1].any()]
    if not paths:
        return wet
    sounding, most = max(ends), max(spectra.shape[1] for _, spectra in paths)
    blocks = min(-(-sounding // block) + most, -(-samples // block))

    # into arrays that are used again: new ones of this size cost as much as what is done with them
    known = [np.zeros((_AT_ONCE + found.shape[1] - 1, block + 1), np.complex64) for _, found in paths]
    padded = np.zeros((_AT_ONCE, 2 * block), dtype=np.float32)
    total, product = np.empty((2, _AT_ONCE, block + 1), dtype=np.complex64)
    rest = np.zeros((2, block), dtype=np.float32)
    for first in range(0, blocks, _AT_ONCE):
        rows = min(_AT_ONCE, blocks - first)
        part = slice(first * block, (first + rows) * block)
        for (sound, found), spectra in zip(paths, known, strict=True):
            before = found.shape[1] - 1
            spectra[:before] = spectra[_AT_ONCE:]
            _lay_in_blocks(sound[part], padded[:, :block])
            spectra[before : before + rows] = scipy.fft.rfft(padded[:rows], axis=1)
        for channel in range(2):
            heard = total[:rows]
            heard[:] = 0.0
            for (_, found), spectra in zip(paths, known, strict=True):
                for k, filtering in enumerate(found[channel]):
                    late = found.shape[1] - 1 - k
                    np.multiply(filtering, spectra[late : late + rows], out=product[:rows])
                    heard += product[:rows]
            sound = np.asarray(scipy.fft.irfft(heard, 2 * block, axis=1), dtype=np.float32)
            sound[0, :block] += rest[channel]
            sound[1:, :block] += sound[:-1, block:]
            rest[channel] = sound[-1, block:]
            into = wet[channel, part]
            into[:] = sound[:, :block].reshape(-1)[: len(into)]
    return _end_where_it_is_faint(wet, sounding)


def _lay_in_blocks(sound: NDArray[np.float32], blocks: NDArray[np.float32]) -> None:
    """Lay (samples,) into rows of one length, and silence behind it."""
    whole, left = divmod(len(sound), blocks.shape[1])
    blocks[:whole] = sound[: len(sound) - left].reshape(whole, blocks.shape[1])
    blocks[whole:] = 0.0
    if left:
        blocks[whole, :left] = sound[len(sound) - left :]


def _end_where_it_is_faint(wet: Audio, sounding: int) -> Audio:
    """Return (2, samples), silent in place from where nothing more is heard of what sounds so long."""
    rings = np.flatnonzero(np.abs(wet[:, sounding:]).max(axis=0, initial=0.0) >= _FAINTEST)
    wet[:, sounding + int(rings.max(initial=-1)) + 1 :] = 0.0
    return wet
