"""Where the drums of a kit, the strings of a piano or the voices of a choir are heard, from left to right.

A part is painted and decoded in mono. The sketch knows what share of each mel band belongs to which note,
so the part's own spectrum, with the mean place of what sounds in each band, is a side signal: it is added
to the left and taken from the right, so that both channels add up to the mono part again.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray

from render.model.features import PITCHED, MelLayout, istft, mel_matrix, stft
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


_BY_PITCH: Mapping[str, tuple[tuple[int, float], tuple[int, float]]] = {
    "keys": ((33, 0.2), (72, -0.3)),
    "bars": ((48, 0.3), (84, -0.3)),
    "sections": ((43, -0.3), (76, 0.3)),
}
"""Keys and the places of their notes, between which it goes straight. The strings of a grand go from the
left to the right, as the levels of the channels of the recorded Salamander grand do. Bars and harps are as
their player has them. Singers and strings sit as the audience sees them, the high ones on the left."""

_ORGAN_PLACE = 0.25
"""The pipes of an organ stand by turns on its two sides: those of C, D, E, and those between them."""

_STANDS: Mapping[int, str] = {
    **dict.fromkeys((0, 1, 2, 3, 6), "keys"),
    **dict.fromkeys((8, 9, 10, 11, 12, 13, 46), "bars"),
    **dict.fromkeys((44, 45, 48, 49, 52, 53), "sections"),
    19: "pipes",
}
"""How the sounds of General MIDI's programs are spread: pianos and a harpsichord, mallets and a harp,
strings and choirs, a church organ."""

_MOST_LEAN = 0.05
"""The most that the whole of a kit leans to a side, 0.9 dB between its channels."""

_KIT_BASS_HZ, _BASS_HZ = 250.0, 150.0
"""Below it nothing of a kit, or of anything else, moves."""

_OF_A_KIT = frozenset({35, 36, *range(38, 54), 55, 57, 59} - {39})
"""Keys of a drum kit; the others are hand percussion."""


def has_kit(notes: NoteTable) -> bool:
    """Return whether a drum part is played on a kit, and not by hands alone."""
    return not _OF_A_KIT.isdisjoint(notes.pitch.tolist())


@cache
def list_places(program: int | None) -> Float | None:
    """Return where the note of each key is, from 1 (left) to -1: (128,).

    ``program`` is the one of General MIDI that plays it, None for drums. The answer is None where all comes
    from one place.
    """
    keys = np.arange(128)
    if program is None:
        return np.array([_PLACES.get(key, 0.0) for key in keys.tolist()], dtype=np.float32)
    stand = _STANDS.get(program)
    if stand is None:
        return None
    if stand == "pipes":
        return np.where(keys % 2 == 0, _ORGAN_PLACE, -_ORGAN_PLACE).astype(np.float32)
    edges, places = zip(*_BY_PITCH[stand], strict=True)
    return np.interp(keys, edges, places).astype(np.float32)


def make_side(audio: Float, places: torch.Tensor, layout: MelLayout, *, is_kit: bool = False) -> Float:
    """Return the side signal (samples,) of a part, whose bands lie at ``places`` (frames, n_mels).

    The part as a whole stands about the middle, where the mix expects it: it has both channels as loud, but
    for a kit, which leans to a side by no more than its hi-hats usually make it. Bass stays where it is.
    """
    gains = spread_to_bins(places.numpy(), layout)
    top = int(mel_matrix(layout).sum(dim=1).nonzero().max())
    gains[:, top:] = places[:, -1:]  # what is above all bands is as the highest one
    spectrum = stft(torch.from_numpy(audio), layout, len(places))

    # Summed by NumPy, whose sums are the same on any number of threads.
    power = np.square(np.abs(spectrum.numpy()), dtype=np.float64)
    moved = np.ones(power.shape[1], dtype=np.float32)
    if is_kit or layout == PITCHED:
        bass_hz = _KIT_BASS_HZ if is_kit else _BASS_HZ
        moved[: round(bass_hz / layout.sample_rate * layout.n_fft)] = 0.0
    if layout == PITCHED:
        gains *= moved
    total, movable = float(power.sum()), float((power * moved).sum())
    if movable > 0.0:
        lean, allowed = float((power * gains).sum()) / total, _MOST_LEAN if is_kit else 0.0
        excess = lean - min(max(lean, -allowed), allowed)
        gains -= np.float32(excess * total / movable) * moved
    return np.asarray(
        istft(spectrum, layout, len(audio), torch.from_numpy(gains)).numpy(), dtype=np.float32
    )
