"""Finds the pulse in onsets: the tempo, where beats lie, and how a player drifts around them.

The tempo is the one whose beats, eighths and sixteenths gather most onsets (a Fourier tempogram: Grosche
and Müller, "Extracting predominant local pulse information from music recordings", TASLP 2011), with a
liking for usual tempi. The beats then follow the onsets around them, as players hurry and wait.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

USUAL_BPM = 108.0
_OCTAVES = 0.7
"""How far from the usual tempo others are taken to be as likely, as a standard deviation."""

_SLOWEST, _FASTEST, _STEP = 48.0, 200.0, 0.05
_LEVELS = ((1, 0.45), (2, 0.35), (4, 0.2))
"""Parts of a beat, and what onsets on them count."""

_FOLLOWS_BEATS = 4.0
"""Beats to both sides over which a beat follows the onsets around it, as a standard deviation."""

_MOST_OFF = 0.2
"""Of an eighth's place; onsets that lie further from it do not move beats."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Beats in seconds, evenly counted: beat ``i`` is at ``beats[i]``.

    ``bpm`` is the tempo in the mean, ``confidence`` 0 to 1 how well onsets lie on it. ``is_loop``: the
    recording is cut to bars, and begins with one.
    """

    bpm: float
    beats: Floats
    confidence: float
    is_loop: bool = False

    def beat_at(self, seconds: Floats) -> Floats:
        """Return where times lie, in beats from the first beat."""
        period = 60.0 / self.bpm
        index = np.arange(len(self.beats), dtype=np.float64)
        found = np.interp(seconds, self.beats, index)
        found = np.where(seconds < self.beats[0], (seconds - self.beats[0]) / period, found)
        after = (seconds - self.beats[-1]) / period + len(self.beats) - 1
        return np.asarray(np.where(seconds > self.beats[-1], after, found))

    def seconds_at(self, beat: float) -> float:
        """Return when a place in beats sounds, also before the first beat and after the last."""
        period, last = 60.0 / self.bpm, len(self.beats) - 1
        if beat < 0.0:
            return float(self.beats[0] + beat * period)
        if beat > last:
            return float(self.beats[-1] + (beat - last) * period)
        return float(np.interp(beat, np.arange(last + 1), self.beats))


def find_pulse(
    onsets: Floats, weights: Floats, seconds: float, bpm: float | None = None, *, follows: bool = True
) -> Pulse:
    """Find the pulse of onsets in seconds, (n,), of some weight, in a recording of so many seconds.

    ``bpm`` is the tempo where it is known. ``follows``: beats move with the player.
    """
    bpms = np.arange(_SLOWEST, _FASTEST + _STEP, _STEP)
    if bpm is not None:
        bpms = np.linspace(0.98 * bpm, 1.02 * bpm, 81)
    weights = weights / max(1e-12, float(weights.sum()))
    scores = np.zeros(len(bpms))
    for parts, share in _LEVELS:
        scores += share * np.abs(_gather(onsets, weights, bpms * parts / 60.0))
    liked = np.exp(-0.5 * (np.log2(bpms / (bpm or USUAL_BPM)) / _OCTAVES) ** 2)
    best = int(np.argmax(scores * liked))
    tempo = float(bpms[best])
    period = 60.0 / tempo

    # The first beat lies a beat before the first onset at most. Of the two phases that its eighths leave
    # open, it has the one that more onsets are on.
    phase = np.angle(_gather(onsets, weights, np.array([2.0 / period]))[0]) / (2.0 * np.pi)
    places = [phase * period / 2.0, phase * period / 2.0 + period / 2.0]

    def weigh(place: float) -> float:
        away = np.abs((onsets - place + period / 2.0) % period - period / 2.0)
        return float(weights @ np.exp(-0.5 * (away / (0.08 * period)) ** 2))

    place = max(places, key=weigh)
    start = float(onsets[0]) + 0.12 * period
    first = float(place + period * np.floor((start - place) / period))

    count = max(2, int(np.ceil((seconds - first) / period)) + 2)
    beats = first + period * np.arange(count, dtype=np.float64)
    if follows and len(onsets) > 3:
        beats, tempo = _following(beats, onsets, weights)
    return Pulse(tempo, beats, float(np.clip(scores[best], 0.0, 1.0)))


def _gather(onsets: Floats, weights: Floats, hertz: Floats) -> NDArray[np.complex128]:
    """Return how onsets gather at each rate, as complex numbers whose angle is the phase."""
    found = np.empty(len(hertz), dtype=np.complex128)
    for start in range(0, len(hertz), 256):
        turns = np.outer(hertz[start : start + 256], onsets)
        found[start : start + 256] = np.exp(2j * np.pi * turns) @ weights
    return found


def _following(beats: Floats, onsets: Floats, weights: Floats) -> tuple[Floats, float]:
    """Return beats that follow the onsets around them, and the tempo that they then have."""
    index = np.arange(len(beats), dtype=np.float64)
    for _ in range(3):
        period = (beats[-1] - beats[0]) / (len(beats) - 1)
        places = np.interp(onsets, beats, index)
        nearest = np.round(places * 2.0) / 2.0
        off = places - nearest
        near = np.abs(off) < _MOST_OFF
        if near.sum() < 3:
            break
        kernel = np.exp(-0.5 * ((index[:, None] - nearest[near][None]) / _FOLLOWS_BEATS) ** 2)
        kernel *= weights[near][None]
        mass = kernel.sum(axis=1)
        moved = np.where(mass > 1e-9, (kernel @ off[near]) / np.maximum(mass, 1e-9), 0.0)
        beats = beats + period * moved
    steps = np.diff(beats)
    steady = float(np.median(steps))
    # a beat without onsets near it keeps the tempo around it
    beats = beats[0] + np.concatenate([[0.0], np.cumsum(np.clip(steps, 0.7 * steady, 1.4 * steady))])
    last = int(np.clip(np.searchsorted(beats, onsets[-1]), 1, len(beats) - 1))
    return beats, 60.0 * last / float(beats[last] - beats[0])
