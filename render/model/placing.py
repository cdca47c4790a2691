"""Where the drums of a kit are heard, from left to right.

A drum part is painted and decoded in mono. The sketch knows what share of each mel band belongs to which
drum, so the part's own spectrum, with the mean place of what sounds in each band, is a side signal: it is
added to the left and taken from the right, so that both channels add up to the mono part again.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.features import MelLayout, istft, mel_matrix, stft
from render.model.gains import spread_to_bins
from render.model.playing.notes import NoteTable

Float = NDArray[np.float32]

_PLACES: Mapping[int, float] = {
    37: 0.05,
    38: 0.04,
    40: 0.04,
    41: -0.4,
    43: -0.32,
    45: -0.18,
    47: -0.04,
    48: 0.1,
    50: 0.22,
    42: 0.3,
    44: 0.3,
    46: 0.3,
    49: 0.42,
    57: -0.45,
    52: -0.5,
    55: 0.2,
    51: -0.35,
    53: -0.35,
    59: -0.4,
    54: 0.35,
    69: 0.4,
    70: -0.4,
    82: -0.35,
    56: 0.2,
    58: -0.3,
    60: 0.35,
    61: 0.28,
    62: -0.32,
    63: -0.28,
    64: -0.22,
    65: 0.3,
    66: 0.22,
    67: -0.4,
    68: -0.35,
    71: 0.4,
    72: 0.4,
    73: -0.3,
    74: -0.3,
    75: 0.25,
    76: -0.3,
    77: -0.25,
    78: 0.3,
    79: 0.25,
    80: 0.4,
    81: 0.4,
}
"""Places of General MIDI's percussion keys as the audience of a right-handed drummer hears them, from 1,
all to the left, to -1. Others, bass drums and claps, are in the middle."""


_MOST_LEAN = 0.05
"""The most that the whole of a kit leans to a side, 0.9 dB between its channels."""

_BASS_HZ = 250.0
"""Below it nothing of a kit moves."""

_OF_A_KIT = frozenset({35, 36, *range(38, 54), 55, 57, 59} - {39})
"""Keys of a drum kit; the others are hand percussion."""


def find_places(notes: NoteTable) -> Float:
    """Return where each hit of a drum part is, from 1 (left) to -1: (hits,)."""
    return np.array([_PLACES.get(key, 0.0) for key in notes.pitch.tolist()], dtype=np.float32)


def make_side(audio: Float, places: torch.Tensor, layout: MelLayout, notes: NoteTable) -> Float:
    """Return the side signal (samples,) of a part, whose bands lie at ``places`` (frames, n_mels).

    The part as a whole stands about the middle, where the mix expects it: hand percussion by itself has
    both channels as loud, and a kit leans to a side by no more than its hi-hats usually make it. Its bass
    drum stays where it is.
    """
    gains = spread_to_bins(places.numpy(), layout)
    top = int(mel_matrix(layout).sum(dim=1).nonzero().max())
    gains[:, top:] = places[:, -1:]  # what is above all bands is as the highest one
    spectrum = stft(torch.from_numpy(audio), layout, len(places))

    # Summed by NumPy, whose sums are the same on any number of threads.
    power = np.square(np.abs(spectrum.numpy()), dtype=np.float64)
    is_kit = not _OF_A_KIT.isdisjoint(notes.pitch.tolist())
    moved = np.ones(power.shape[1], dtype=np.float32)
    if is_kit:
        moved[: round(_BASS_HZ / layout.sample_rate * layout.n_fft)] = 0.0
    total, movable = float(power.sum()), float((power * moved).sum())
    if movable > 0.0:
        lean, allowed = float((power * gains).sum()) / total, _MOST_LEAN if is_kit else 0.0
        excess = lean - min(max(lean, -allowed), allowed)
        gains -= np.float32(excess * total / movable) * moved
    return np.asarray(
        istft(spectrum, layout, len(audio), torch.from_numpy(gains)).numpy(), dtype=np.float32
    )
