"""Sounds that lead to a bar line: risers, sweeps, reversed cymbals and swells; and falls, which leave one.

Each maker takes noise as long as the sound, (samples,), and returns the sound; what comes after its end may
follow it.
"""

from __future__ import annotations

import numpy as np

from render.audio.stft import Samples
from render.effects.noise import (
    Floats,
    above,
    around,
    below,
    fade,
    glide,
    pass_band,
    places,
    shape_noise,
    tone,
)

_END_S = 0.005
"""How fast a riser stops: nothing of it is heard after its end."""

_RELEASE_S = 0.06
"""How long a reversed sound rings after its peak."""

_RISE_DB = 30.0
_PASSED_BY = 0.88
"""Where in a sweep it is loudest."""

_PARTIALS = 24


def make_riser(noise: Samples, sample_rate: int) -> Floats:
    """Return noise that opens upwards and a tone that climbs three octaves, louder up to the end."""
    place = places(len(noise))
    opened = shape_noise(
        noise,
        sample_rate,
        lambda at, hertz: (
            below(hertz, 250.0 * 48.0**at) * above(hertz, 120.0) * _level(_RISE_DB * (at - 1))
        ),
    )
    climbing = tone(glide(220.0, 1760.0, place), sample_rate, partials=8)
    sound = opened + 0.12 * climbing * _level(_RISE_DB * (place - 1))
    return fade(sound, sample_rate, 0.02, _END_S)


def make_sweep(noise: Samples, sample_rate: int) -> Floats:
    """Return a band of noise that rushes upwards and past: loudest just before its end."""
    sound = shape_noise(noise, sample_rate, lambda at, hertz: around(hertz, glide(200.0, 7000.0, at), 0.7))
    place = places(len(noise))
    coming = (place / _PASSED_BY) ** 2.5
    going = np.cos(0.5 * np.pi * np.clip((place - _PASSED_BY) / (1.0 - _PASSED_BY), 0.0, 1.0))
    passing = np.asarray(sound * np.where(place < _PASSED_BY, coming, going), dtype=np.float64)
    return fade(passing, sample_rate, 0.02, _END_S)


def make_reverse_cymbal(noise: Samples, sample_rate: int) -> Floats:
    """Return a cymbal backwards: it swells, is loudest on the sample on which it ends, and is damped."""
    place = places(len(noise))
    hertz = np.geomspace(2100.0, 11_000.0, _PARTIALS) * (1.0 + 0.03 * np.resize(noise, _PARTIALS))
    phases = np.resize(noise[::-1], _PARTIALS) * np.pi
    seconds = np.arange(len(noise)) / sample_rate
    ringing = sum(
        np.sin(2.0 * np.pi * f * seconds + phase) for f, phase in zip(hertz, phases, strict=True)
    ) / np.sqrt(_PARTIALS)
    struck = (pass_band(noise, sample_rate, 2500.0, 14_000.0) + 0.4 * ringing) * np.exp(-4.5 * place)
    return _backwards(struck, sample_rate, is_struck=True)


def make_reverse_swell(source: Floats, sample_rate: int) -> Floats:
    """Return a sound backwards, out of silence: loudest just before it ends."""
    return _backwards(source * np.exp(-3.5 * places(len(source))), sample_rate)


def make_dark_swell(noise: Samples, sample_rate: int) -> Floats:
    """Return a swell of dark noise, for music that has no sound to turn around."""
    return make_reverse_swell(pass_band(noise, sample_rate, 150.0, 1800.0), sample_rate)


def make_fall(noise: Samples, sample_rate: int) -> Floats:
    """Return noise that closes and a tone that sinks four octaves, softer all the time."""
    place = places(len(noise))
    closing = shape_noise(
        noise,
        sample_rate,
        lambda at, hertz: below(hertz, 9000.0 * (250.0 / 9000.0) ** at) * above(hertz, 120.0),
    )
    sinking = tone(glide(880.0, 55.0, place), sample_rate, partials=6)
    return fade((closing + 0.15 * sinking) * _level(-_RISE_DB * place), sample_rate, 0.004, 0.05)


def _level(decibels: Floats) -> Floats:
    return np.asarray(10.0 ** (decibels / 20.0))


def _backwards(struck: Floats, sample_rate: int, *, is_struck: bool = False) -> Floats:
    """Return a sound reversed, and behind it a short release.

    Where it was struck on its first sample, its last one before the release is its peak.
    """
    if not len(struck):
        return struck
    release = round(_RELEASE_S * sample_rate)
    peak = float(np.abs(struck).max(initial=1e-9))
    damped = np.resize(struck, release) * np.exp(-6.0 * places(release))
    turned = fade(struck, sample_rate, out_s=0.02)[::-1]
    if is_struck:
        turned[-1] = np.copysign(1.05 * peak, turned[-1])
    after = fade(np.clip(damped, -peak, peak), sample_rate, out_s=0.02)
    return np.concatenate([turned, after])
