"""Recordings for tests and benchmarks: hummed lines, chords and beats, whose notes are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Samples = NDArray[np.float32]


@dataclass(frozen=True)
class Sung:
    """A note in seconds."""

    start: float
    end: float
    pitch: int


def played(
    quarters: Sequence[tuple[float, float, int]],
    bpm: float,
    before_s: float = 0.0,
    late_s: Sequence[float] = (),
) -> list[Sung]:
    """Return notes of onsets and lengths in quarters as they are played at a tempo."""
    late = late_s or [0.0] * len(quarters)
    second = 60.0 / bpm
    return [
        Sung(before_s + at * second + off, before_s + (at + length) * second + off, pitch)
        for (at, length, pitch), off in zip(quarters, late, strict=True)
    ]


def hummed(
    notes: Sequence[Sung],
    seed: int = 0,
    *,
    drift_cents: float = 20.0,
    vibrato_cents: float = 25.0,
    noise_db: float = -35.0,
    after_s: float = 0.5,
) -> Samples:
    """Hum a line, (samples,): off pitch by a slow drift, with vibrato, glides, breath and noise."""
    rng = np.random.default_rng(seed)
    n_samples = round((notes[-1].end + after_s) * RATE)
    time = np.arange(n_samples) / RATE
    points = rng.normal(0.0, 1.0, max(4, int(notes[-1].end) + 2))
    drift = drift_cents * np.interp(time, np.linspace(0.0, time[-1], len(points)), points)
    drift += vibrato_cents * np.sin(2.0 * np.pi * 5.3 * time + rng.uniform(0.0, 6.0))
    pitch, level = np.full(n_samples, float(notes[0].pitch)), np.zeros(n_samples)
    before = float(notes[0].pitch)
    for note in notes:
        first, last = round(note.start * RATE), round(note.end * RATE)
        inside = time[first:last] - note.start
        glide = np.exp(-inside / 0.02) * np.clip(before - note.pitch, -2.0, 2.0)
        pitch[first:last] = note.pitch + glide
        rise, fall = (
            np.minimum(1.0, inside / 0.03),
            np.minimum(1.0, (note.end - note.start - inside) / 0.05),
        )
        level[first:last] = np.maximum(0.0, np.minimum(rise, fall)) * rng.uniform(0.7, 1.0)
        before = float(note.pitch)
    phase = 2.0 * np.pi * np.cumsum(440.0 * 2.0 ** ((pitch + drift / 100.0 - 69.0) / 12.0)) / RATE
    tone = sum(0.6**k * np.sin((k + 1) * phase) for k in range(5))
    breath = rng.normal(0.0, 1.0, n_samples)
    audio = 0.25 * level * (tone + 0.02 * breath) + 10.0 ** (noise_db / 20.0) * 0.25 * breath
    return np.asarray(audio, dtype=np.float32)


def strummed(notes: Sequence[Sung], after_s: float = 0.5) -> Samples:
    """Pluck notes, (samples,), several at once: harmonics that die away."""
    audio = np.zeros(round((max(note.end for note in notes) + after_s) * RATE))
    for note in notes:
        first = round(note.start * RATE)
        time = np.arange(round((note.end - note.start + 0.1) * RATE)) / RATE
        hertz = 440.0 * 2.0 ** ((note.pitch - 69) / 12.0)
        tone = sum(
            0.5**k * np.sin(2 * np.pi * (k + 1) * hertz * time) * np.exp(-(2 + k) * time) for k in range(6)
        )
        tone *= np.minimum(1.0, time / 0.004) * np.minimum(1.0, (time[-1] - time) / 0.03)
        audio[first : first + len(tone)] += 0.12 * tone[: len(audio) - first]
    return np.asarray(audio, dtype=np.float32)


def drummed(hits: Sequence[tuple[float, int]], seconds: float, seed: int = 0) -> Samples:
    """Play kick (36), snare (38) and hat (42) at seconds, (samples,)."""
    rng = np.random.default_rng(seed)
    audio = np.zeros(round(seconds * RATE))
    for at, key in hits:
        time = np.arange(round(0.25 * RATE)) / RATE
        if key == 36:
            sound = np.sin(2 * np.pi * (50 * time + 60 * 0.03 * (1 - np.exp(-time / 0.03)))) * np.exp(
                -time / 0.08
            )
        elif key == 38:
            noise = rng.normal(0.0, 0.35, len(time))
            sound = (noise + 0.5 * np.sin(2 * np.pi * 190 * time)) * np.exp(-time / 0.05)
        else:
            noise = np.diff(rng.normal(0.0, 0.25, len(time) + 2), 2)
            sound = 0.5 * noise * np.exp(-time / 0.02)
        first = round(at * RATE)
        stop = min(len(audio), first + len(sound))
        audio[first:stop] += 0.6 * sound[: stop - first]
    return np.asarray(np.clip(audio, -1.0, 1.0), dtype=np.float32)
