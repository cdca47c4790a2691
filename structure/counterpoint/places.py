"""The sections of a piece in equal voices, as the writers of its forms see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from structure.counterpoint.setting import Setting
from structure.harmony.keys import USUAL_TONICS, Key


@dataclass(frozen=True, slots=True)
class Place:
    """A visit: what it is, its first beat and its beats.

    It is an ``exposition``, ``episode``, ``entry``, ``stretto``, ``coda`` …
    """

    what: str
    start: int
    beats: int

    @property
    def end(self) -> int:
        """Return the beat after its last."""
        return self.start + self.beats


@dataclass(frozen=True, slots=True)
class Piece:
    """What is asked of a piece.

    It has places, a key, the beats in a bar, the ranges of its voices from the highest, and a seed.
    """

    places: Sequence[Place]
    key: Key
    bar: int
    ranges: Sequence[tuple[int, int]]
    seed: int

    @property
    def beats(self) -> int:
        """Return how long it is, in beats."""
        return self.places[-1].end

    def setting(self) -> Setting:
        """Return an empty setting; no note is tied from one place to the next."""
        setting = Setting(self.ranges, self.beats)
        setting.cuts = {place.start for place in self.places}
        setting.set_harmony(0, [0] * self.beats, self.key)
        return setting


def dominant(key: Key) -> Key:
    """Return the key of the fifth, in the same mode."""
    return key.transpose(7)


def find_related_key(key: Key, degree: int) -> Key:
    """Return the key on a degree of another, counted from 0, in the mode of its triad there."""
    if degree == 0:
        return key
    root, third = key.scale[degree], key.scale[(degree + 2) % 7]
    mode = "minor" if (third - root) % 12 == 3 else "major"
    return Key(USUAL_TONICS[mode][root], mode)


def cadence(setting: Setting, end: int, key: Key, length: int) -> None:
    """Lead the harmony of ``length`` beats before ``end`` to a key: its dominant last."""
    degrees = [1, 4, 4] if length >= 3 else [4] * length
    if length > 0:
        setting.set_harmony(end - len(degrees[-length:]), degrees[-length:], key)


def close(setting: Setting, piece: Piece, start: int) -> None:
    """End the piece from a beat on: harmony that comes home, and a last chord that is held for a bar."""
    hold = min(piece.bar, piece.beats - start)
    before = piece.beats - hold
    degrees = [0, 3, 1, 4, 4]
    length = min(before - start, len(degrees))
    setting.set_harmony(start, [0] * (before - start), piece.key)
    setting.set_harmony(before - length, degrees[len(degrees) - length :], piece.key)
    setting.set_harmony(before, [0] * hold, piece.key)
    setting.end_from(before, piece.key.root)
