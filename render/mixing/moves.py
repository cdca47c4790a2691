"""Curves of the mix, done to stems: levels, filters, width, sends and the tape.

Where no curve is, a stem keeps its samples. All of it but the sends is done to the stem as a whole, after
its clips are in their places; a send moves before what it feeds, clip by clip. The filters work on short
spectra without phase, so that one that is open changes nothing, and the stems of a band stay together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from render.mixing.sibilance import in_time
from structure.base.grid import Grid
from structure.plans.curves import FADED_DB, Curve

Floats = NDArray[np.float64]

RAMP_S = 0.01
"""A curve comes from where nothing moves, and goes back there, within this at each end."""

_FRAME = 1024
_HOP = _FRAME // 4
_CHUNK = 1 << 17
_PRESENCE_HZ = 2000.0
_PRESENCE_OCTAVES = 1.2
_PRESENCE_TAPS = 511
_LOGARITHMIC = ("low_pass_hz", "high_pass_hz")
_TAPE_CONTEXT = 64
_TAPE_FADE = 0.25
"""The last part of a tape's stop, by which it has faded."""


def move_stem(audio: Audio, curves: Sequence[Curve], grid: Grid) -> None:
    """Give a stem, (2, samples) from bar 1, in place, its curves but those of sends."""
    for curve in curves:
        if curve.parameter in ("reverb", "delay"):
            continue
        first, last = span_of(curve, grid, audio.shape[1])
        if last <= first:
            continue
        match curve.parameter:
            case "gain_db":
                audio[:, first:last] *= gains_of(curve, grid, first, last)
            case "width":
                # the side gets these factors; the sum of both channels stays
                factors = _fade_values(curve_values(curve, grid, first, last), 1.0, grid)
                left, right = audio[:, first:last]
                side = np.float32(0.5) * (left - right) * (factors - np.float32(1.0))
                left += side
                right -= side
            case "tape":
                stands = min(last, grid.sample_at(curve.points[1][0]))
                _stop_tape(audio, first, stands, last)
            case "presence_db":
                give_way(audio[:, first:last], curve, grid)
            case _:
                audio[:, first:last] = _filter(audio, curve, grid, first, last)


def give_way(audio: Audio, curve: Curve, grid: Grid) -> None:
    """Take presence away, in place, from the part of (2, samples) that a curve of presence spans.

    What lies before and after that part changes nothing.
    """
    deepest_db = min(value for _, value in curve.points)
    if deepest_db >= 0.0:
        return
    first, last = span_of(curve, grid, grid.sample_at(curve.points[0][0]) + audio.shape[1])
    whole = 1.0 - gain_from_db(deepest_db)
    shares = curve_values(curve, grid, first, last, lambda levels: (1.0 - gain_from_db(levels)) / whole)
    weights = _fade_values(shares, 0.0, grid)
    kernel = _presence_kernel(deepest_db, grid.sample_rate)
    audio[:, : len(weights)] -= weights * in_time(audio[:, : len(weights)], kernel)


@lru_cache(maxsize=16)
def _presence_kernel(depth_db: float, sample_rate: int) -> NDArray[np.float32]:
    """Return a symmetric filter that gives back what a bell of ``depth_db`` takes away.

    The bell lies over the band in which words and tunes are understood.
    """
    hertz = np.fft.rfftfreq(4 * _PRESENCE_TAPS, 1.0 / sample_rate)
    octaves = np.log2(np.maximum(hertz, 1.0) / _PRESENCE_HZ) / _PRESENCE_OCTAVES
    taken = 1.0 - gain_from_db(depth_db * np.exp(-(octaves**4)))
    kernel = np.roll(np.fft.irfft(taken), _PRESENCE_TAPS // 2)[:_PRESENCE_TAPS]
    return np.asarray(kernel * np.hanning(_PRESENCE_TAPS + 2)[1:-1], dtype=np.float32)


def gains_of(curve: Curve, grid: Grid, first: int, last: int) -> NDArray[np.float32]:
    """Return the gains of a curve of levels over some samples of the song."""
    values = curve_values(curve, grid, first, last)
    gains = gain_from_db(values)
    gains[values <= FADED_DB] = 0.0
    return _fade_values(gains, 1.0, grid) if curve.is_lift else gains.astype(np.float32)


def sends_over(
    curves: Sequence[Curve],
    parameter: str,
    usual: float,
    grid: Grid,
    first: int,
    samples: int,
    visit: tuple[int, int],
) -> NDArray[np.float32] | None:
    """Return how much a stem sends at each sample of a clip; None where no curve moves that.

    The clip begins at the song's sample ``first``, and is of a ``visit`` from one sample to another. Curves
    that lie beside that move neither its pickup nor what rings on, so that it is the same wherever it is.
    No curve sends less than ``usual``.
    """
    sends: NDArray[np.float32] | None = None
    for curve in curves:
        start, end = span_of(curve, grid, first + samples)
        is_inside = start < visit[1] and end > visit[0]
        start = max(start, first)
        if curve.parameter == parameter and end > start and is_inside:
            sends = np.full(samples, usual, dtype=np.float32) if sends is None else sends
            values = _fade_values(curve_values(curve, grid, start, end), usual, grid)
            part = sends[start - first : end - first]
            np.maximum(part, values, out=part)
    return sends


def span_of(curve: Curve, grid: Grid, limit: int) -> tuple[int, int]:
    """Return the first sample of a curve, and the one after its last, none beyond ``limit``."""
    return grid.sample_at(curve.points[0][0]), min(limit, grid.sample_at(curve.points[-1][0]))


def curve_values(
    curve: Curve, grid: Grid, first: int, last: int, then: Callable[[Floats], Floats] | None = None
) -> Floats:
    """Return a curve at each sample, or what ``then`` makes of its values.

    Where it stays, that is found once: curves mostly stay.
    """
    places = [grid.sample_at(quarters) for quarters, _ in curve.points]
    values = np.array([value for _, value in curve.points])
    is_log = curve.parameter in _LOGARITHMIC
    values = np.log(values) if is_log else values

    def find(samples: NDArray[np.int64]) -> Floats:
        found = np.interp(samples, places, values)
        found = np.exp(found) if is_log else found
        return found if then is None else then(found)

    result = np.empty(last - first)
    edges = sorted({first, last, *(place for place in places if first < place < last)})
    for start, end in pairwise(edges):
        is_level = np.ptp(np.interp([start, end - 1], places, values)) == 0.0
        result[start - first : end - first] = find(np.arange(start, start + 1 if is_level else end))
    return result


def _fade_values(values: NDArray[np.float64], neutral: float, grid: Grid) -> NDArray[np.float32]:
    """Return values that come from the neutral one and go back to it, within 10 ms at each end."""
    ramp = min(round(RAMP_S * grid.sample_rate), len(values) // 2)
    weight = np.ones(len(values))
    rise = (np.arange(ramp) + 0.5) / max(1, ramp)
    weight[:ramp] = rise
    weight[len(values) - ramp :] = rise[::-1]
    return np.asarray(neutral + (values - neutral) * weight, dtype=np.float32)


def _filter(audio: Audio, curve: Curve, grid: Grid, first: int, last: int) -> Audio:
    """Return (2, samples) whose samples from ``first`` to ``last`` are filtered as the curve says."""
    result = audio[:, first:last].copy()
    values = curve_values(curve, grid, first, last)
    weights = _fade_values(np.ones(last - first), 0.0, grid)
    hertz = np.maximum(np.arange(_FRAME // 2 + 1) * grid.sample_rate / _FRAME, 1.0)[None]
    window = np.sqrt(np.hanning(_FRAME + 1)[:-1]).astype(np.float32)
    for start in range(first, last, _CHUNK):
        end = min(last, start + _CHUNK)
        origin = start - 2 * _FRAME
        near = audio[:, max(0, start - _FRAME) : end + _FRAME]
        padded = np.pad(near, ((0, 0), (max(0, start - _FRAME) - origin, 2 * _FRAME)))
        frames = sliding_window_view(padded, _FRAME, axis=1)[:, ::_HOP]
        middles = origin + _HOP * np.arange(frames.shape[1]) + _FRAME // 2

        # the magnitude of a Butterworth filter of second order at a frame's bins, (frames, bins)
        here = values[np.clip(middles - first, 0, len(values) - 1)][:, None]
        ratio = hertz / here if curve.parameter == "low_pass_hz" else here / hertz
        change = (1.0 / np.sqrt(1.0 + ratio**4)).astype(np.float32) - np.float32(1.0)

        pieces = scipy.fft.irfft(scipy.fft.rfft(frames * window, axis=2) * change, n=_FRAME, axis=2) * (
            window / np.float32(2.0)
        )

        moved = np.zeros_like(padded)
        for k in range(frames.shape[1]):
            moved[:, k * _HOP : k * _HOP + _FRAME] += pieces[:, k]
        result[:, start - first : end - first] += (
            weights[start - first : end - first] * moved[:, 2 * _FRAME :][:, : end - start]
        )
    return result


def _stop_tape(audio: Audio, first: int, last: int, end: int) -> None:
    """Slow (2, samples), in place, to a stand from ``first`` to ``last``, as a tape whose motor stops.

    They are silent from there to ``end``.
    """
    length = last - first
    passed = np.arange(length)
    origin = max(0, first - _TAPE_CONTEXT)
    near = audio[:, origin : last + _TAPE_CONTEXT]
    places = first - origin + passed - passed**2 / (2.0 * length)
    slow = np.stack(
        [scipy.ndimage.map_coordinates(channel, places[None], order=3, mode="nearest") for channel in near]
    )
    fade = np.clip((length - passed) / max(1.0, _TAPE_FADE * length), 0.0, 1.0)
    audio[:, first:last] = slow * fade
    audio[:, last:end] = 0.0
