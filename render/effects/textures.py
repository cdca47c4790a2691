"""Sounds that go on under the music: vinyl, rain, tape hiss, waves, wind.

Each maker takes noise as long as the sound, (samples,), and returns the sound. What is sudden in it, a
crackle or a drop, is where the noise is far from its middle.
"""

from __future__ import annotations

import numpy as np
import scipy

from render.audio.stft import Samples
from render.effects.noise import Floats, above, around, below, pass_band, shape_noise

_LOUDEST_CLICK = 0.45


def make_vinyl(noise: Samples, sample_rate: int) -> Floats:
    """Return ticks and a few louder pops over a faint hiss."""
    ticks = _clicks(noise, sample_rate, beyond=3.35, hertz=4200.0, decay_s=0.0004)
    pops = _clicks(noise, sample_rate, beyond=4.1, hertz=1500.0, decay_s=0.0012)
    return ticks + 1.6 * pops + 0.05 * pass_band(noise, sample_rate, 400.0, 7000.0)


def make_rain(noise: Samples, sample_rate: int) -> Floats:
    """Return many drops, near and far, over the rush of those that nobody can tell apart."""
    near = _clicks(noise, sample_rate, beyond=3.2, hertz=2300.0, decay_s=0.004)
    far = _clicks(noise[::-1], sample_rate, beyond=2.7, hertz=4800.0, decay_s=0.0015)[::-1]
    gusts = 1.0 + 0.3 * _drift(noise, sample_rate, every_s=1.7)
    return 0.25 * near + 0.2 * far + 0.14 * gusts * pass_band(noise, sample_rate, 700.0, 11_000.0)


def make_hiss(noise: Samples, sample_rate: int) -> Floats:
    """Return the even hiss of tape."""
    return pass_band(noise, sample_rate, 1500.0, 14_000.0)


def make_waves(noise: Samples, sample_rate: int) -> Floats:
    """Return surf that comes and goes every eight seconds or so."""
    swell = 0.5 + 0.5 * np.sin(2.0 * np.pi * np.arange(len(noise)) / sample_rate / 8.5 - 1.2)
    swell = np.clip(swell + 0.2 * _drift(noise, sample_rate, every_s=2.3), 0.0, 1.3) ** 1.8
    deep = pass_band(noise, sample_rate, 90.0, 700.0)
    foam = pass_band(noise, sample_rate, 900.0, 8000.0)
    return (0.15 + swell) * deep + 0.7 * swell**1.6 * foam + 0.03 * foam


def make_wind(noise: Samples, sample_rate: int) -> Floats:
    """Return wind: a band of noise that wanders, and is louder where it is higher."""
    seconds = len(noise) / sample_rate
    knots = _knots(noise, max(2, int(seconds / 1.3) + 2))
    curve = np.linspace(0.0, 1.0, len(knots))

    def blow(at: Floats, hertz: Floats) -> Floats:
        high = np.interp(at, curve, knots)
        whistle = around(hertz, 480.0 * 2.0**high, 0.35) * 1.6**high
        return np.asarray((whistle + 0.35 * below(hertz, 350.0)) * above(hertz, 60.0))

    return np.asarray(shape_noise(noise, sample_rate, blow), dtype=np.float64)


def _clicks(noise: Samples, sample_rate: int, *, beyond: float, hertz: float, decay_s: float) -> Floats:
    """Return a short damped tone wherever the noise goes further out than ``beyond`` deviations.

    None of them is much louder than the rest.
    """
    sudden = np.sign(noise) * np.clip(np.abs(noise) - beyond, 0.0, _LOUDEST_CLICK)
    seconds = np.arange(round(8.0 * decay_s * sample_rate)) / sample_rate
    kernel = np.sin(2.0 * np.pi * hertz * seconds + 0.6) * np.exp(-seconds / decay_s)
    return np.asarray(scipy.signal.oaconvolve(sudden.astype(np.float64), kernel)[: len(noise)])


def _knots(noise: Samples, count: int) -> Floats:
    """Return some values between -1 and 1, drawn from the noise."""
    return np.tanh(np.resize(noise, count).astype(np.float64))


def _drift(noise: Samples, sample_rate: int, *, every_s: float) -> Floats:
    """Return a slow curve between -1 and 1 that turns every few seconds."""
    seconds = np.arange(len(noise)) / sample_rate
    knots = _knots(noise, int(len(noise) / sample_rate / every_s) + 2)
    return np.interp(seconds / every_s, np.arange(len(knots)), knots)
