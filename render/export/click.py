"""A click track: a tone on each beat, higher on downbeats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np

from render.audio.types import Audio
from render.export.places import total_length
from structure.base.exact import Fraction
from structure.base.grid import Grid
from structure.plans.plan import SongPlan

_DOWNBEAT_HZ, _BEAT_HZ = 1568.0, 1047.0
_CLICK_S = 0.04
_GAIN = 0.5


def click_track(plan: SongPlan, sample_rate: int) -> Audio:
    """Return clicks on the beats of a song, (2, samples), as long as its stems; none while it rings out."""
    grid = replace(plan.grid, sample_rate=sample_rate)
    audio = np.zeros((2, total_length(plan, sample_rate)), np.float32)
    for place, is_downbeat in _beats(grid, plan.bars):
        _strike(audio, grid.sample_at(place), sample_rate, is_downbeat)
    return audio


def count_in(plan: SongPlan, bars: int, sample_rate: int) -> Audio:
    """Return some bars of clicks in the song's first tempo and metre, (2, samples), that end at bar 1."""
    first = plan.grid.spans[0]
    grid = Grid.steady(first.tempo_bpm, first.meter, sample_rate)
    audio = np.zeros((2, grid.sample_at_bar(bars)), np.float32)
    for place, is_downbeat in _beats(grid, bars):
        _strike(audio, grid.sample_at(place), sample_rate, is_downbeat)
    return audio


def _beats(grid: Grid, bars: int) -> Iterator[tuple[Fraction, bool]]:
    for bar in range(bars):
        downbeat = grid.quarters_at_bar(bar)
        meter = grid.span_at(downbeat).meter
        for beat in range(meter.beats_per_bar):
            yield downbeat + beat * meter.beat_quarters, beat == 0


def _strike(audio: Audio, at: int, sample_rate: int, is_downbeat: bool) -> None:
    sound = _click(sample_rate, is_downbeat)[: max(0, audio.shape[1] - at)]
    audio[:, at : at + len(sound)] += sound


@cache
def _click(sample_rate: int, is_downbeat: bool) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    seconds = np.arange(round(_CLICK_S * sample_rate)) / sample_rate
    wave = np.sin(2 * np.pi * (_DOWNBEAT_HZ if is_downbeat else _BEAT_HZ) * seconds)
    sound: np.ndarray[tuple[int], np.dtype[np.float32]] = (
        _GAIN * wave * (1 - seconds / _CLICK_S) ** 2
    ).astype(np.float32)
    return sound
