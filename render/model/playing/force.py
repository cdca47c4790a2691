"""What the force of a stroke does to its colour.

A soundfont plays a soft note as a loud one turned down, and so do networks that learned from it. What is
struck, plucked or blown softly is darker, too. How much darker was measured on the recorded layers of a
grand piano (Salamander, by Alexander Holm), and for other families on presets of synthesizers that play
them (``training/data/teachers.yaml``), as a share of that: from velocity 40 to 120 they get brighter by so
much less than the piano. Organs and harpsichords do not.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from structure.presets.programs import guess_program

Float = NDArray[np.float32]

_PIANO_DB: Mapping[float, float] = {
    1.0: -26.0,
    30.0: -17.0,
    50.0: -10.5,
    70.0: -6.0,
    88.0: 0.0,
    110.0: 3.5,
    127.0: 6.0,
}
"""By velocity, how much brighter a grand piano is in the octaves of 2 and 4 kHz, beside its lowest partial:
the means over five keys. At 88, the median of the bundled songs' notes, a sound is as it was learned."""

_SHARES: Mapping[float, float] = {500.0: 0.0, 1400.0: 0.4, 2800.0: 1.0}
"""By frequency in Hz, what share of that it has there."""

_FAMILIES: Mapping[range, float] = {
    range(0, 4): 1.0,  # pianos
    range(4, 6): 0.6,  # electric pianos
    range(7, 8): 0.35,  # clavinets
    range(8, 15): 0.35,  # mallets and bells
    range(24, 26): 0.65,  # acoustic guitars
    range(26, 29): 0.6,  # clean electric guitars
    range(32, 38): 0.35,  # basses
    range(40, 47): 0.2,  # solo strings, plucked strings, harps
    range(48, 52): 0.2,  # strings
    range(52, 55): 0.45,  # choirs
    range(56, 64): 0.8,  # brass
    range(64, 80): 0.35,  # reeds and flutes, of which flutes were measured
    range(88, 96): 0.4,  # pads
}
"""By General MIDI program, what share of the piano's brightening instruments have; others have none."""


def find_brightening(prompt: str) -> float:
    """Return how much force brightens what a prompt asks for: 1 for a piano, 0 for an organ."""
    program = guess_program(prompt, "lead")
    return next((share for programs, share in _FAMILIES.items() if program in programs), 0.0)


def find_colour_db(velocity: NDArray[np.int64], hertz: Float, brightening: float) -> Float:
    """Return how much brighter notes are than at the usual force, in dB: (notes, frequencies)."""
    by_force = np.interp(velocity, list(_PIANO_DB), list(_PIANO_DB.values()))
    octaves = np.log2(np.maximum(hertz, 1.0))
    by_height = np.interp(octaves, np.log2(list(_SHARES)), list(_SHARES.values()))
    return np.asarray(brightening * by_force[:, None] * by_height, dtype=np.float32)
