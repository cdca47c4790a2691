"""Where each phoneme really sounds in what the model spoke.

The model says for how many frames of 25 ms each phoneme lasts, but its vocoder does not keep to that: a
vowel begins up to 50 ms before or behind its frame. So each phrase is read again: every phoneme has two
or three states in order, each a Gaussian over the shape of the spectrum, its change, its level and
whether it has a pitch, and the best path through them (Viterbi), not far from the model's own edges, says
where each begins. The Gaussians were learnt from what the model itself spoke, without anybody's labels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import scipy
from numpy.typing import NDArray

from render.voice.kokoro import RATE
from render.voice.phonemes import MARKS, UNVOICED, VOWELS, is_hiss, is_stop
from render.voice.timing import Span, Text

Values = NDArray[np.float64]

FEATURES = 30
"""Numbers that describe 5 ms: 14 of the spectrum's shape, the change of each, level, and pitch or none."""

SILENCE = "_"
_BANDS, _SHAPES = 24, 14
_NEAR_S, _SOFT_S = 0.05, 0.025
_LAG_S = 0.025
"""The model's edges come so much later than what is heard, in the middle."""

FORMANTS_HZ = (250.0, 3000.0)
"""Where the first formants lie, by which vowels are heard."""

_RISES_WITHIN_S = 0.06
_GLIDES = "jwɹlɥʁɾ"
_RISES_BY = 1.25
_FADES_TO = 0.2
_PARTED = 0.2
"""Between two vowels the voice is gone where its formants are weaker than this share of the second's."""

_CHANGE = 3
"""Frames on each side over which change is measured."""


@dataclass(frozen=True, slots=True)
class Gaussians:
    """Means and variances of states, (states, :data:`FEATURES`) each."""

    means: Values
    variances: Values

    def costs(self, features: Values) -> Values:
        """Return minus the log density of each frame in each state: (frames, states)."""
        off = features[:, None, :] - self.means[None]
        return np.asarray(0.5 * (np.square(off) / self.variances + np.log(self.variances)).sum(2))


@dataclass(frozen=True, slots=True)
class Unit:
    """A phoneme with the signs of stress before it.

    ``sign`` is its place in the text, -1 for a silence around it. ``begin_s`` and ``end_s`` are the model's
    edges.
    """

    sound: str
    sign: int
    begin_s: float
    end_s: float


def states_of(sound: str) -> int:
    """Return how many states a phoneme has."""
    return 1 if sound == SILENCE else 3 if sound in VOWELS else 2


def class_of(sound: str) -> str:
    """Return the kind of phoneme whose Gaussians stand for one that was not learnt."""
    if sound in VOWELS:
        return "vowel"
    if is_stop(sound):
        return "stop"
    if is_hiss(sound) or sound in UNVOICED:
        return "hiss"
    return "voiced"


def describe(envelope: Values, is_voiced: NDArray[np.bool_]) -> Values:
    """Return :data:`FEATURES` numbers for each of WORLD's frames, from its envelope (frames, bins)."""
    power = envelope @ _bands(envelope.shape[1])
    logs = np.log(np.maximum(power, 1e-12))
    level = logs.max(1)
    loud = np.percentile(level, 95)
    logs = np.maximum(logs, loud - 12.0)
    shape = scipy.fft.dct(logs, norm="ortho", axis=1)[:, :_SHAPES]
    spoken = level > loud - 7.0
    shape = shape - shape[spoken].mean(0)
    shape[:, 0] = scipy.fft.dct(logs - loud, norm="ortho", axis=1)[:, 0]
    padded = np.pad(shape, ((_CHANGE, _CHANGE), (0, 0)), mode="edge")
    change = padded[2 * _CHANGE :] - padded[: -2 * _CHANGE]
    low = np.maximum(level - loud, -12.0)
    return np.concatenate([shape, low[:, None], 4.0 * is_voiced[:, None], change], axis=1)


def vowel_heights(envelope: Values) -> Values:
    """Return how strongly the first formants sound in each of WORLD's frames: (frames,)."""
    hertz = np.linspace(0.0, RATE / 2, envelope.shape[1])
    is_heard = (hertz >= FORMANTS_HZ[0]) & (hertz <= FORMANTS_HZ[1])
    return heights_of_power(envelope[:, is_heard].sum(1))


def heights_of_power(power: Values) -> Values:
    """Return how strong a sound is in each frame, smoothed over its neighbours, by its power: (frames,)."""
    around = np.pad(power, 1, mode="edge")
    return np.asarray(np.sqrt(0.25 * around[:-2] + 0.5 * around[1:-1] + 0.25 * around[2:]))


def on_their_rise(text: Text, spans: Sequence[Span], heights: Values, step_s: float) -> list[Span]:
    """Return spans in which each vowel begins where it rises, if it does near where it was found.

    What is heard as a vowel's beginning is the steepest rise of its formants. ``heights`` are those of
    :func:`vowel_heights`. The sound before it ends there, unless that lies further away.
    """
    # vowels without the silence at their end
    found = list(spans)
    for i, span in enumerate(spans):
        first, last = round(span.start_s / step_s), round(span.end_s / step_s)
        here = heights[first:last]
        if text.is_vowel[i] and len(here) >= 4:
            loud = np.flatnonzero(here > _FADES_TO * here.max())
            found[i] = Span(span.start_s, (first + int(loud[-1]) + 1) * step_s)

    rise = np.zeros(len(heights))
    rise[2:-2] = heights[4:] - heights[:-4]
    before = -1
    for i, is_vowel in enumerate(text.is_vowel):
        span = found[i]
        if span.long_s <= 0.0:
            continue
        is_joined = before >= 0 and (text.is_vowel[before] or text.signs[before] in _GLIDES)
        if is_vowel and not (is_joined and not _is_parted(found[before], span, heights, step_s)):
            least = found[before].start_s + 2 * step_s if before >= 0 else 0.0
            first = max(round(least / step_s), round((span.start_s - _RISES_WITHIN_S) / step_s), 2)
            last = min(
                round((span.start_s + _RISES_WITHIN_S) / step_s),
                round((span.start_s + 0.6 * span.long_s) / step_s),
                len(heights) - 3,
            )
            at = np.arange(first, last + 1)
            if len(at):
                near = np.exp(-0.5 * np.square((at * step_s - span.start_s) / _RISES_WITHIN_S))
                best = int(at[(rise[at] * near).argmax()])
                if heights[best + 2] > _RISES_BY * heights[best - 2]:
                    begin = best * step_s
                    ends_there = (
                        before >= 0 and found[before].end_s >= min(begin, span.start_s) - step_s / 2
                    )
                    found[i] = Span(begin, span.end_s)
                    if ends_there:
                        found[before] = Span(found[before].start_s, begin)
        before = i
    return found


def _is_parted(before: Span, span: Span, heights: Values, step_s: float) -> bool:
    """Return whether the voice is gone between two sounds that are often one: the second begins anew."""
    first = round(0.5 * (before.start_s + before.end_s) / step_s)
    last = round((span.start_s + 0.2 * span.long_s) / step_s)
    loud = heights[round(span.start_s / step_s) : round(span.end_s / step_s)]
    return bool(len(loud) and heights[first : last + 1].min(initial=np.inf) < _PARTED * loud.max())


@cache
def _bands(bins: int) -> Values:
    """Return triangles on the mel scale, (bins, bands)."""
    mel = 2595.0 * np.log10(1.0 + np.arange(bins) * RATE / 2 / (bins - 1) / 700.0)
    centres = np.linspace(mel[1], 2595.0 * np.log10(1.0 + 9000.0 / 700.0), _BANDS + 2)
    wide = centres[1] - centres[0]
    weights = np.maximum(0.0, 1.0 - np.abs(mel[:, None] - centres[None, 1:-1]) / wide)
    return np.asarray(weights / weights.sum(0))


def spans_of(
    text: Text,
    edges: Values,
    features: Values,
    step_s: float,
    sounds: Mapping[str, Gaussians] | None = None,
) -> list[Span]:
    """Return where each sign of a text sounds, in seconds of it; blanks and stresses have no length.

    ``edges`` are the model's: (signs + 3,), with a silence before and behind it. ``features`` are those
    of :func:`describe`, a row for each ``step_s``.
    """
    units = units_of(text, edges)
    states = align(units, features, step_s, learnt_sounds() if sounds is None else sounds)
    owners = np.repeat(np.arange(len(units)), [states_of(unit.sound) for unit in units])[states]
    found = [Span(0.0, 0.0)] * len(text.signs)
    for number, unit in enumerate(units):
        if unit.sound != SILENCE:
            mine = np.flatnonzero(owners == number)
            found[unit.sign] = Span(float(mine[0]) * step_s, float(mine[-1] + 1) * step_s)
    return found


def units_of(text: Text, edges: Values) -> list[Unit]:
    """Return a text as phonemes and silences in order, each with the model's edges."""
    units = [Unit(SILENCE, -1, 0.0, float(edges[1]) - _LAG_S)]
    begin = float(edges[1]) - _LAG_S
    for i, sign in enumerate(text.signs):
        end = float(edges[i + 2]) - _LAG_S
        if sign in "ˈˌ":
            continue
        if sign in MARKS:
            units[-1] = replace(units[-1], end_s=end)
            begin = end
            continue
        units.append(Unit(SILENCE if sign == " " else sign, i, begin, end))
        begin = end
    return [*units, Unit(SILENCE, -1, begin, float(edges[-1]))]


def align(
    units: list[Unit], features: Values, step_s: float, sounds: Mapping[str, Gaussians]
) -> NDArray[np.int64]:
    """Return the state of each frame, on the cheapest path through the states of the units in order.

    Each phoneme has at least a frame in each of its states; silences between words may have none.
    """
    sizes = [states_of(unit.sound) for unit in units]
    table = {
        sound: (sounds.get(sound) or sounds[class_of(sound)]).costs(features)
        for sound in {unit.sound for unit in units}
    }
    at = np.arange(len(features)) * step_s
    columns = []
    for unit in units:
        outside = np.maximum(unit.begin_s - _NEAR_S - at, at - unit.end_s - _NEAR_S)
        columns.append(table[unit.sound] + 2.0 * np.square(np.maximum(outside, 0.0) / _SOFT_S)[:, None])
    costs = np.concatenate(columns, axis=1)
    may_skip = np.zeros(costs.shape[1], bool)
    firsts = np.cumsum([0, *sizes])
    for number in range(1, len(units) - 1):
        if units[number].sound == SILENCE:
            may_skip[firsts[number + 1]] = True
    return _cheapest(costs, may_skip)


def _cheapest(costs: Values, may_skip: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return a state for each frame: the same or the next one, or, where it may, the one after the next."""
    frames, states = costs.shape
    came = np.zeros((frames, states), np.int8)
    best = np.full(states, np.inf)
    best[0] = costs[0, 0]
    choices = np.full((3, states), np.inf)
    for frame in range(1, frames):
        choices[0] = best
        choices[1, 1:] = best[:-1]
        choices[2, 2:] = np.where(may_skip[2:], best[:-2], np.inf)
        step = choices.argmin(0)
        came[frame] = step
        best = choices[step, np.arange(states)] + costs[frame]
    path = np.zeros(frames, np.int64)
    path[-1] = states - 1
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = path[frame] - came[frame, path[frame]]
    return path


@cache
def learnt_sounds() -> Mapping[str, Gaussians]:
    """Return the Gaussians of each phoneme, and of each kind of phoneme."""
    path = Path(__file__).parents[1] / "data" / "voice_sounds.npz"
    with np.load(path) as file:
        return {
            name: Gaussians(*np.asarray(file[name], np.float64).reshape(2, -1, FEATURES))
            for name in file.files
        }
