"""Keys to which sections of a song go, and come back from."""

from __future__ import annotations

from structure.base.sampling import generator, pick_weighted
from structure.harmony.keys import USUAL_TONICS, Key
from structure.presets.harmony import KeyMove, Modulations

_ABOVE: dict[KeyMove, int] = {"fourth": 5, "fifth": 7, "third": 3, "step": 2}
"""Semitones by which the same mode lies higher."""


def key_move(name: str, kind: str, modulations: Modulations, seed: int) -> KeyMove | None:
    """Return where a section goes in the song with a seed, None where it stays at home."""
    rng, shares = generator(seed, "another key", name), modulations.sections
    if rng.random() >= shares.get(name, shares.get(kind, 0.0)):
        return None
    return pick_weighted(rng, modulations.to)


def move_key(key: Key, to: KeyMove) -> Key:
    """Return the key to which a move leads from another.

    A mode goes to its relative as if it were plain major or minor.
    """
    if to in _ABOVE:
        return key.transpose(_ABOVE[to])
    other = "major" if key.is_minor else "minor"
    above = 0 if to == "parallel" else 3 if key.is_minor else 9
    return Key(USUAL_TONICS[other][(key.root + above) % 12], other)
