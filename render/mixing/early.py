"""Early reflections: how far back in a room a stem stands.

A sound that is near comes first and alone; one that is far comes with its reflections from walls and floor,
some thousandths of a second later. Their times are those of a box-shaped room's first images (Allen and
Berkley, "Image method for efficiently simulating small-room acoustics", JASA 65, 1979), with a listener a
little off its middle, so that both ears hear other times and no comb is heard in mono.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np
import pedalboard

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from structure.presets.mixes import Space

_BOX = (1.0, 0.76, 0.43)
"""Length, width and height of the room, against its length."""

_SOURCE = (0.31, 0.43, 0.39)
_EARS = ((0.73, 0.44, 0.41), (0.73, 0.57, 0.41))
_RING_S = 0.03
"""By then what cuts the lows and highs of a reflection has rung."""

_ABSORBED = 0.75
"""What of a sound's pressure a wall gives back."""


_OWN_SIDE = 0.2
"""How much more a sound at the side is heard by its own ear than one in the middle."""


@lru_cache(maxsize=16)
def reflections(space: Space, sample_rate: int) -> tuple[Audio, Audio]:
    """Return what the walls of a space give back early of an impulse, (2, taps) each.

    The first is of one in both channels' sum, the second of one in their difference, left less right. It is
    as loud as the sound itself but for the space's ``early_db``.
    """
    board = pedalboard.Pedalboard(
        [pedalboard.HighpassFilter(space.low_cut_hz), pedalboard.LowpassFilter(space.high_cut_hz)]
    )
    impulse = np.zeros((1, round(_RING_S * sample_rate)), dtype=np.float32)
    impulse[0, 0] = 1.0
    band = np.asarray(board(impulse, sample_rate), dtype=np.float32)[0]
    last = round(space.early_ms / 1000.0 * sample_rate) + 1
    heard = np.zeros((2, last + len(band)), dtype=np.float32)
    for ear, taps in enumerate(taps_of(space.early_ms)):
        for seconds, level in taps:
            later = round(seconds * sample_rate)
            heard[ear, later : later + len(band)] += np.float32(level) * band
    heard *= np.float32(gain_from_db(space.early_db))
    sides = np.array([[_OWN_SIDE], [-_OWN_SIDE]], dtype=np.float32)
    return np.float32(0.5) * heard, sides * heard


@lru_cache(maxsize=16)
def taps_of(early_ms: float) -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return for each ear when reflections come after the sound, in seconds, and their levels.

    The squares of an ear's levels sum to 1. The last one comes ``early_ms`` after the sound.
    """
    taps = []
    for ear in _EARS:
        ear_at = [share * side for share, side in zip(ear, _BOX, strict=True)]
        direct = math.dist([share * side for share, side in zip(_SOURCE, _BOX, strict=True)], ear_at)

        # the images of the source behind one or two walls: how much later than the source, and how loud
        found = []
        for walls in itertools.product((-1, 0, 1), repeat=3):
            bounces = sum(map(abs, walls))
            if bounces in (1, 2):
                image = [
                    side * (share if wall == 0 else -share if wall < 0 else 2.0 - share)
                    for wall, share, side in zip(walls, _SOURCE, _BOX, strict=True)
                ]
                way = math.dist(image, ear_at)
                found.append((way - direct, _ABSORBED**bounces * direct / way))

        scale = early_ms / 1000.0 / max(later for later, _ in found)
        power = math.sqrt(sum(level**2 for _, level in found))
        taps.append(tuple(sorted((later * scale, level / power) for later, level in found)))
    return tuple(taps)
