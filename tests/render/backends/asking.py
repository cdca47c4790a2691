"""Requests and measurements that the tests of backends share."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

GRID = Grid.steady(120.0, Meter())
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))
"""A minor, F, C, G: the first pitch is the root."""


def request(**changes: Any) -> ClipRequest:
    """Four beats at 120 BPM with a chord on each, a tenth of a second before and half a second after."""
    notes = tuple(
        Note(Fraction(beat), Fraction(3, 4), pitch, 100)
        for beat in range(4)
        for pitch in CHORDS[beat % len(CHORDS)]
    )
    values: dict[str, Any] = {
        "role": "chords",
        "prompt": "warm electric piano",
        "negative_prompt": "harsh noise",
        "notes": notes,
        "grid": GRID,
        "body_quarters": Fraction(4),
        "pre_roll_samples": 4410,
        "tail_samples": 22_050,
        "latent": LatentRecipe(5),
        "steps": 2,
        "key": "A minor",
    }
    return ClipRequest(**{**values, **changes})


def tone(asked: ClipRequest, hertz: float = 220.0) -> np.ndarray:
    """A sine as long as a clip, (1, samples)."""
    time = np.arange(asked.total_samples) / asked.grid.sample_rate
    return (0.2 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)[None]
