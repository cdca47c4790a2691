"""The sends: a room or a plate, and an echo in time with the song.

What they return belongs to the stem that was sent, and lies in its file: as they are linear, that is
the same as one return for all, and the stems still sum to the mix. They change with the tempo alone, and
what they return dies away soon enough for a section that returns to sound the same again.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pedalboard
from numpy.typing import NDArray

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from structure.base.grid import Grid
from structure.plans.plan import SongPlan
from structure.presets.mixes import Delay, Space, note_quarters

ECHOES_END_S = 4.0
"""No echo comes later than this after its sound."""

_QUIETEST_ECHO = 1e-4
_USUAL_SIZE = 0.55
_SWITCH_S = 0.005
"""How long the send takes from the echoes of one tempo to those of the next."""


def reverberate(dry: Audio, space: Space, sample_rate: int) -> Audio:
    """What a space returns for (2, samples), without the dry sound, at a send of 1."""
    # A board keeps what rings in it: each call has its own, as several songs may be mixed at once.
    board = pedalboard.Pedalboard(
        [
            pedalboard.HighpassFilter(space.low_cut_hz),
            pedalboard.Reverb(
                room_size=space.size, damping=space.damping, wet_level=1.0, dry_level=0.0, width=1.0
            ),
            pedalboard.LowpassFilter(space.high_cut_hz),
        ]
    )
    wet = np.asarray(board(dry, sample_rate), dtype=np.float32)
    wet *= np.float32(gain_from_db(space.return_db) * _evening(space))
    return _later(wet, round(space.predelay_ms / 1000.0 * sample_rate))


def _evening(space: Space) -> float:
    """Gain that makes a large space, whose combs feed back more, as loud as one of size 0.55.

    Freeverb's feedback is 0.7 + 0.28 · size; the power of a comb goes with 1 / (1 - feedback²).
    """
    feedback, usual = (0.7 + 0.28 * size for size in (space.size, _USUAL_SIZE))
    return math.sqrt((1.0 - feedback**2) / (1.0 - usual**2))


def _later(audio: Audio, samples: int) -> Audio:
    """The audio ``samples`` later, of the same length."""
    if samples == 0:
        return audio
    moved = np.zeros_like(audio)
    moved[:, samples:] = audio[:, :-samples]
    return moved


def echo_times(delay: Delay, grid: Grid) -> list[int]:
    """Samples after the sound at which its echoes come, each on its own note value."""
    note = note_quarters(delay.note)
    last = round(ECHOES_END_S * grid.sample_rate)
    times: list[int] = []
    while delay.feedback ** len(times) > _QUIETEST_ECHO:
        time = grid.sample_at((len(times) + 1) * note)
        if time > last and times:
            break
        times.append(time)
        if delay.feedback == 0.0:
            break
    return times


@dataclass(frozen=True, slots=True)
class EchoTrain:
    """Samples after a sound at which its echoes come, for sounds from the sample ``start`` of the song on."""

    start: int
    times: tuple[int, ...]


def echo_trains(plan: SongPlan) -> tuple[EchoTrain, ...]:
    """The echoes of a song whose tempo changes, on note values at each step of it; none where it does not.

    They are counted from each visit's first sample, so that a section that returns echoes as it did.
    """
    delay = plan.mix.delay
    if plan.grid.is_steady:
        return ()
    found: list[EchoTrain] = []
    for visit in plan.visits:
        start, grid = plan.bounds(visit)[0], plan.grid_of(visit)
        for span in grid.spans:
            alone = Grid((replace(span, start=Fraction(0)),), grid.sample_rate)
            times = tuple(echo_times(delay, alone))
            if not found or times != found[-1].times:
                found.append(EchoTrain(start + grid.sample_at(span.start), times))
    return tuple(found)


def echo(dry: Audio, delay: Delay, grid: Grid, trains: Sequence[EchoTrain] = ()) -> Audio:
    """The echoes of (2, samples), without the dry sound, at a send of 1.

    Each echo is a shifted copy of the filtered send, so the train is finite and exact; ping-pong
    echoes are of the mono sum, the first one to the left. ``trains`` are those of a song whose tempo
    changes: where another one begins, the send fades from one to the other.
    """
    board = pedalboard.Pedalboard(
        [pedalboard.HighpassFilter(delay.low_cut_hz), pedalboard.LowpassFilter(delay.high_cut_hz)]
    )
    sent = dry.mean(axis=0, keepdims=True, dtype=np.float32) if delay.ping_pong else dry
    sent = np.asarray(board(sent, grid.sample_rate), dtype=np.float32)
    wet = np.zeros_like(dry)
    trains = trains or (EchoTrain(0, tuple(echo_times(delay, grid))),)
    fade = round(_SWITCH_S * grid.sample_rate)
    for index, train in enumerate(trains):
        following = trains[index + 1].start + fade if index + 1 < len(trains) else sent.shape[1]
        part = sent[:, train.start : following]
        if len(trains) > 1:
            part = part * _window(part.shape[1], fade, rises=index > 0, falls=index + 1 < len(trains))
        _add_echoes(wet, part, train, delay)
    return wet


def _window(length: int, fade: int, *, rises: bool, falls: bool) -> NDArray[np.float32]:
    """Ones that begin and end in straight lines, where those of neighbours end and begin."""
    window = np.ones(length, dtype=np.float32)
    line = (np.arange(fade, dtype=np.float32) + np.float32(0.5)) / np.float32(max(1, fade))
    if rises:
        window[:fade] = line[:length]
    if falls:
        window[length - fade :] -= line
    return window


def _add_echoes(wet: Audio, sent: Audio, train: EchoTrain, delay: Delay) -> None:
    """Add the echoes of what is sent from the train's start on, in place."""
    n_samples = wet.shape[1]
    first = gain_from_db(delay.return_db)
    for k, time in enumerate(train.times):
        at = train.start + time
        if at >= n_samples:
            break
        stop = min(n_samples, at + sent.shape[1])
        level = np.float32(first * delay.feedback**k)
        if delay.ping_pong:
            # one channel alone: as much power as both had
            wet[k % 2, at:stop] += np.float32(np.sqrt(2.0)) * level * sent[0, : stop - at]
        else:
            wet[:, at:stop] += level * sent[:, : stop - at]
