"""Sounds that begin on a beat and die away: impacts and sub drops.

Each maker takes noise as long as the sound may be, (samples,), and returns the sound.
"""

from __future__ import annotations

import numpy as np

from render.audio.stft import Samples
from render.effects.noise import Floats, above, below, fade, places, shape_noise, tone

_ATTACK_S = 0.001
_RINGS_S = 3.0
"""No impact is heard for longer."""


def make_impact(noise: Samples, sample_rate: int) -> Floats:
    """Return a low boom under a burst of noise that darkens."""
    noise = noise[: round(_RINGS_S * sample_rate)]
    seconds = np.arange(len(noise)) / sample_rate
    span = len(noise) / sample_rate
    boom = tone(38.0 + 80.0 * np.exp(-seconds / 0.05), sample_rate, partials=2) * np.exp(-seconds / 0.6)
    burst = shape_noise(
        noise,
        sample_rate,
        lambda at, hertz: (
            below(hertz, 180.0 + 9000.0 * np.exp(-at * span / 0.22))
            * above(hertz, 60.0)
            * np.exp(-at * span / 0.45)
        ),
    )
    return fade(np.tanh(1.5 * boom) + 0.5 * burst, sample_rate, _ATTACK_S, 0.3)


def make_sub_drop(noise: Samples, sample_rate: int) -> Floats:
    """Return a deep tone that sinks from 95 Hz towards 28 Hz; the noise only says for how long."""
    place = places(len(noise))
    hertz = 28.0 + 67.0 * np.exp(-3.0 * place)
    level = np.cos(0.5 * np.pi * np.clip((place - 0.3) / 0.7, 0.0, 1.0))
    return fade(np.tanh(1.2 * tone(hertz, sample_rate)) * level, sample_rate, 0.006, 0.02)
