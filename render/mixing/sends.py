"""The sends: a room or a plate, and an echo in time with the song.

What they return belongs to the stem that was sent, and lies in its file: as they are linear, that is
the same as one return for all, and the stems still sum to the mix. They do not change with time, and
what they return dies away soon enough for a section that returns to sound the same again.
"""

from __future__ import annotations

import math

import numpy as np
import pedalboard

from render.audio.levels import gain_from_db
from render.audio.types import Audio
from structure.base.grid import Grid
from structure.presets.mixes import Delay, Space, note_quarters

ECHOES_END_S = 4.0
"""No echo comes later than this after its sound."""

_QUIETEST_ECHO = 1e-4
_USUAL_SIZE = 0.55


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


def echo(dry: Audio, delay: Delay, grid: Grid) -> Audio:
    """The echoes of (2, samples), without the dry sound, at a send of 1.

    Each echo is a shifted copy of the filtered send, so the train is finite and exact; ping-pong
    echoes are of the mono sum, the first one to the left.
    """
    board = pedalboard.Pedalboard(
        [pedalboard.HighpassFilter(delay.low_cut_hz), pedalboard.LowpassFilter(delay.high_cut_hz)]
    )
    sent = dry.mean(axis=0, keepdims=True, dtype=np.float32) if delay.ping_pong else dry
    sent = np.asarray(board(sent, grid.sample_rate), dtype=np.float32)
    wet = np.zeros_like(dry)
    n_samples = dry.shape[1]
    first = gain_from_db(delay.return_db)
    for k, time in enumerate(echo_times(delay, grid)):
        if time >= n_samples:
            break
        level = np.float32(first * delay.feedback**k)
        if delay.ping_pong:
            # one channel alone: as much power as both had
            wet[k % 2, time:] += np.float32(np.sqrt(2.0)) * level * sent[0, : n_samples - time]
        else:
            wet[:, time:] += level * sent[:, : n_samples - time]
    return wet
