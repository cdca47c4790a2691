"""Vibrato: the pitch of a held note that swings around its own.

It is put on the sound that was made, as a delay that grows and shrinks (Zölzer, "DAFX: Digital Audio
Effects", 2011, chapter 3): a delay of less than a millisecond swings the pitch by a quarter of a semitone,
and what was made, with all of its noise, swings together. So it is for one note at a time; where several
sound, as in a section of strings, each player would swing by himself, and nothing is done.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from render.model.playing.notes import NoteTable
from structure.base.grid import SAMPLE_RATE

Float = NDArray[np.float32]

_HZ = (5.2, 6.2)
_SEMITONES = (0.2, 0.32)
"""Ranges in which the speed of a vibrato lies and how far it goes to each side, by the note: about those of
violinists (Geringer and Allen, "An Analysis of Vibrato Among High School and University Violin and Cello
Students", Journal of Research in Music Education, 2004)."""

_WAIT_S, _RISE_S, _LEAVE_S = 0.2, 0.25, 0.08
"""A note begins straight, its vibrato takes some time to come, and goes before the note ends."""

_read_between: Any = scipy.ndimage.map_coordinates
"""Its types are wrong where the coordinates are an array."""

_LEAST_S = 0.35
_OVERLAP_S = 0.06
"""How long another note may ring beside one that swings."""

_SPLINE = 5
_MARGIN = 64
"""Order of the splines between samples, and how many samples around a span they need."""


def find_delays(notes: NoteTable, n_samples: int) -> list[tuple[int, Float]]:
    """Return the spans of a clip whose pitch swings: first sample, and delays in samples, (span,).

    A delay begins and ends at 0.
    """
    found = []
    for index, touch in notes.touches.items():
        start, end = int(notes.start[index]), min(int(notes.end[index]), n_samples)
        last = end - start
        others = np.delete(np.arange(len(notes)), index)
        inside = np.minimum(notes.end[others], end) - np.maximum(notes.start[others], start)
        if (
            not touch.has_vibrato
            or start < 0
            or last < _LEAST_S * SAMPLE_RATE
            or (inside > _OVERLAP_S * SAMPLE_RATE).any()
        ):
            continue
        rng = np.random.default_rng([int(notes.pitch[index]), last])
        hertz, reach = rng.uniform(*_HZ), rng.uniform(*_SEMITONES)
        seconds = np.arange(last) / SAMPLE_RATE
        share = np.clip((seconds - _WAIT_S) / _RISE_S, 0.0, 1.0)
        share *= np.clip((last / SAMPLE_RATE - seconds) / _LEAVE_S, 0.0, 1.0)
        # A delay of a cosine has the slope of a sine: the pitch first goes up, by a shorter delay.
        depth = (2.0 ** (reach / 12.0) - 1.0) / (2.0 * math.pi * hertz) * SAMPLE_RATE
        swing = np.cos(2.0 * math.pi * hertz * np.maximum(seconds - _WAIT_S, 0.0)) - 1.0
        found.append((start, np.asarray(depth * share * swing, dtype=np.float32)))
    return found


def swing(audio: Float, spans: list[tuple[int, Float]]) -> None:
    """Delay spans of a clip (samples,) by a time that changes, in place."""
    source = audio.copy()
    for first, delays in spans:
        begin, end = max(0, first - _MARGIN), min(len(audio), first + len(delays) + _MARGIN)
        places = np.arange(first, first + len(delays)) - begin - delays.astype(np.float64)
        around = source[begin:end].astype(np.float64)
        audio[first : first + len(delays)] = _read_between(
            around, places[None], order=_SPLINE, mode="nearest"
        )
