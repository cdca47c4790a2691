"""Scales over chords, and steps along them."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from structure.harmony.keys import Key
from structure.plans.score import ChordEvent


@lru_cache(maxsize=4096)
def _adjust_scale(scale: tuple[int, ...], chord: tuple[int, ...]) -> frozenset[int]:
    tones = set(scale)
    for pitch in chord:
        if pitch not in tones:
            # The chromatic tone takes the place of the scale's own neighbour, as a leading tone does.
            neighbour = next(
                (p for p in ((pitch - 1) % 12, (pitch + 1) % 12) if p in tones and p not in chord), None
            )
            tones.discard(-1 if neighbour is None else neighbour)
            tones.add(pitch)
    return frozenset(tones)


def chord_scale(key: Key, chord: ChordEvent) -> frozenset[int]:
    """Return the pitch classes of the key's scale, bent to hold all tones of the chord."""
    return _adjust_scale(key.scale, chord.pitch_classes)


def may_last(pitch: int, key: Key, chord: ChordEvent) -> bool:
    """Return whether a note may sound on into a chord.

    It may where it is one of the chord's tones, or one of its scale that is not a semitone above a tone (M.
    Levine, "The Jazz Theory Book", 1995, ch. 3: avoid notes).
    """
    if pitch % 12 in chord.pitch_classes:
        return True
    return pitch % 12 in chord_scale(key, chord) and (pitch - 1) % 12 not in chord.pitch_classes


def step(pitch: int, steps: int, scale: Collection[int]) -> int:
    """Return ``pitch`` moved by ``steps`` notes of the scale, up or down."""
    direction = 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += direction
        while pitch % 12 not in scale:
            pitch += direction
    return pitch


def nearest(pitch: float, allowed: Collection[int], low: int, high: int) -> int:
    """Return the pitch in ``low`` … ``high`` closest to ``pitch`` whose class is allowed; the lower of two.

    Where none lies there, return one of the octave from ``low`` on.
    """
    options = [p for p in range(low, high + 1) if p % 12 in allowed]
    options = options or [p for p in range(low, low + 12) if p % 12 in allowed]
    return min(options, key=lambda p: (abs(p - pitch), p))
