"""Rows of a voice and a melody to audio at 44.1 kHz: pulses and noise, each through the envelope.

Source and filter (Fant, "Acoustic Theory of Speech Production", 1960), put together as in WORLD (M. Morise
and others, "WORLD: a vocoder-based high-quality speech synthesis system", 2016): where there is a pitch,
each of its periods is the response of a minimum-phase filter, placed to a fraction of a sample; noise is
filtered in short windows. No sum is left to BLAS, so the samples are the same on any number of threads.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from render.model_voice.frames import (
    BANDS,
    CENTRE,
    KNOTS_HZ,
    NOISE_SCALE_DB,
    SCALE,
    Values,
    band_centres,
    to_mel,
)
from render.voice.speech import STEP_S
from structure.base.grid import SAMPLE_RATE

Rows = NDArray[np.float32]

_RESPONSE = 2048
"""Samples of a period's response."""

_WINDOW, _HOP = 512, 128
"""Of noise, in samples: short enough for the burst of a T."""

_KNOWN_HZ = 11_000.0
"""Above it, the teacher's own filters are what is seen."""

_ABOVE_HZ = (_KNOWN_HZ, 13_000.0, 15_000.0, 17_000.0, 19_000.0, 21_000.0)
_RINGING_DB = (0.0, -0.6, -0.1, -3.1, -5.4, -7.1)
_HISSING_DB = (0.0, -4.2, -10.3, -12.7, -14.1, -18.8)
"""How what rings and what hisses goes on above what is known, in decibels: as it was heard in singing by
another voice, at 48 kHz (:mod:`training.voice.air`)."""

_LEAST_NOISE_DB = -60.0
_TEACHER_RATE = 24_000.0
_AT_ONCE = 512


@dataclass(frozen=True, slots=True)
class Colour:
    """What a voice adds to its rows.

    ``formants`` above 1 make a smaller body; ``breath_db`` is more noise, ``tilt_db`` brightness, in
    decibels an octave from 1 kHz on; ``rough`` is how unlike one period is to the next, 0 to 1.
    """

    formants: float = 1.0
    breath_db: float = 0.0
    tilt_db: float = 0.0
    rough: float = 0.0


def synthesise(rows: Rows, hertz: Values, colour: Colour, seed: int) -> NDArray[np.float32]:
    """Return audio of rows (frames, ROW), :data:`STEP_S` apart, at pitches (frames,) in Hz.

    It has as many samples as lie before the last row. ``seed`` decides its noise.
    """
    count = int((len(rows) - 1) * STEP_S * SAMPLE_RATE)
    is_voiced = rows[:, -1] > 0.5
    audio = np.zeros(count + _RESPONSE + 1)
    _add_pulses(audio, rows, is_voiced, hertz, colour, seed, count)
    _add_noise(audio, rows, is_voiced, colour, seed, count)
    return audio[:count].astype(np.float32)


def _spectra(rows: Rows, is_voiced: Values, colour: Colour, size: int) -> tuple[Rows, Rows]:
    """Return natural logs of power, and shares of noise in power, of rows: (rows, size // 2 + 1) each."""
    hertz = np.arange(size // 2 + 1) * (SAMPLE_RATE / size)
    asked = np.maximum(hertz / colour.formants, 1.0)
    place = to_mel(np.minimum(asked, _KNOWN_HZ)) / (band_centres()[1] - band_centres()[0])
    low = np.minimum(place.astype(int), BANDS - 2)
    share = (place - low).astype(np.float32)
    bands = rows[:, :BANDS] * SCALE + CENTRE
    logs = bands[:, low]
    logs += share * (bands[:, low + 1] - logs)
    brighter = colour.tilt_db * np.clip(np.log2(np.maximum(hertz, 1.0) / 1000.0), 0.0, 4.0)
    ringing, hissing = (
        ((brighter + np.interp(asked, _ABOVE_HZ, fall)) * (np.log(10.0) / 10.0)).astype(np.float32)
        for fall in (_RINGING_DB, _HISSING_DB)
    )
    logs += np.where(is_voiced[:, None], ringing, hissing)

    knots = (rows[:, BANDS : BANDS + len(KNOTS_HZ)] - 1.0) * NOISE_SCALE_DB + colour.breath_db
    levels = np.concatenate(
        [
            np.full((len(rows), 1), _LEAST_NOISE_DB + colour.breath_db, np.float32),
            np.clip(knots, _LEAST_NOISE_DB, 0.0),
            np.zeros((len(rows), 1), np.float32),
        ],
        axis=1,
    )
    at = np.interp(asked, [0.0, *KNOTS_HZ, _TEACHER_RATE / 2], np.arange(len(KNOTS_HZ) + 2))
    before = np.minimum(at.astype(int), len(KNOTS_HZ))
    part = (at - before).astype(np.float32)
    noise_db = levels[:, before] + part * (levels[:, before + 1] - levels[:, before])
    noise = np.exp(noise_db * np.float32(np.log(10.0) / 10.0))
    return logs, np.where(is_voiced[:, None], np.minimum(noise, np.float32(1.0)), np.float32(1.0))


def rows_at(rows: Rows, places: Values) -> Rows:
    """Return rows between rows, at places counted in rows from the first."""
    low = np.minimum(places.astype(int), len(rows) - 2)
    share = (places - low).astype(np.float32)[:, None]
    return np.asarray(rows[low] + share * (rows[low + 1] - rows[low]))


def _add_pulses(
    audio: Values,
    rows: Rows,
    is_voiced: NDArray[np.bool_],
    hertz: Values,
    colour: Colour,
    seed: int,
    count: int,
) -> None:
    frames = np.arange(len(rows)) * (STEP_S * SAMPLE_RATE)
    cycles = np.cumsum(np.interp(np.arange(count), frames, hertz) / SAMPLE_RATE)
    whole = np.floor(cycles)
    last = np.flatnonzero(np.diff(whole) > 0)
    rises = cycles[last + 1] - cycles[last]
    moments = last + (whole[last + 1] - cycles[last]) / rises
    periods = 1.0 / rises
    places = np.clip(moments / (STEP_S * SAMPLE_RATE), 0.0, len(rows) - 1.0)
    heard = is_voiced[np.rint(places).astype(int)]
    moments, periods, places = moments[heard], periods[heard], places[heard]
    gain = np.sqrt(periods * (SAMPLE_RATE / _TEACHER_RATE))
    if colour.rough:
        # every second period is weaker, and all are a little early or late
        rng = np.random.default_rng([seed & 0x7FFFFFFF, 1])
        moves = 0.015 * rng.standard_normal(len(moments)).clip(-2.0, 2.0)
        moments = np.maximum(moments + colour.rough * moves * periods, 0.0)
        weaker = 0.35 * (np.arange(len(gain)) % 2) + 0.15 * rng.standard_normal(len(gain)).clip(-2.0, 2.0)
        gain = gain * (1.0 - colour.rough * weaker)
    bins = np.arange(_RESPONSE // 2 + 1)
    level = np.hanning(_RESPONSE + 2)[1:-1]
    level /= level.sum()
    for first in range(0, len(moments), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        here = rows_at(rows, places[some])
        logs, noise = _spectra(here, np.ones(len(here)), colour, _RESPONSE)
        logs = 0.5 * (logs + np.log(np.maximum(1.0 - noise, 1e-9)))
        begins = np.floor(moments[some]).astype(int)
        late = moments[some] - begins
        # minimum phase by the cepstrum: what lies before time zero is folded behind it
        folded = scipy.fft.irfft(logs, axis=1)
        folded[:, 1 : _RESPONSE // 2] *= 2.0
        folded[:, _RESPONSE // 2 + 1 :] = 0.0
        spectrum = np.exp(scipy.fft.rfft(folded, axis=1) - 2j * np.pi / _RESPONSE * late[:, None] * bins)
        pulses = scipy.fft.irfft(spectrum, axis=1)
        # a pitch has no part at 0 Hz, though the envelope goes on there, as strong as its first partial
        pulses -= pulses.sum(1, keepdims=True) * level
        pulses *= gain[some, None]
        for begin, pulse in zip(begins.tolist(), pulses, strict=True):
            audio[begin : begin + _RESPONSE] += pulse[: len(audio) - begin]


def _add_noise(
    audio: Values, rows: Rows, is_voiced: NDArray[np.bool_], colour: Colour, seed: int, count: int
) -> None:
    window = np.hanning(_WINDOW + 1)[:-1]
    windows = count // _HOP + 2
    raw = np.random.default_rng(seed & 0x7FFFFFFF).standard_normal((windows - 1) * _HOP + _WINDOW)
    total = np.zeros(len(raw) + _WINDOW)
    scale = np.sqrt(SAMPLE_RATE / _TEACHER_RATE) / window[::_HOP].sum()
    for first in range(0, windows, _AT_ONCE):
        starts = np.arange(first, min(first + _AT_ONCE, windows)) * _HOP
        # the middle of a window that begins at a sample lies half of it before that sample's place in raw
        places = np.clip(starts / (STEP_S * SAMPLE_RATE), 0.0, len(rows) - 1.0)
        here = rows_at(rows, places)
        logs, noise = _spectra(here, is_voiced[np.rint(places).astype(int)], colour, 2 * _WINDOW)
        shape = np.exp(0.5 * (logs + np.log(np.maximum(noise, 1e-12))))
        pieces = np.stack([raw[start : start + _WINDOW] for start in starts]) * window
        padded = np.zeros((len(pieces), 2 * _WINDOW))
        padded[:, _WINDOW // 2 : _WINDOW // 2 + _WINDOW] = pieces
        made = scipy.fft.irfft(scipy.fft.rfft(padded, axis=1) * shape, axis=1)
        for start, piece in zip(starts.tolist(), made, strict=True):
            total[start : start + 2 * _WINDOW] += piece[: len(total) - start] * scale
    audio[:count] += total[_WINDOW : _WINDOW + count]
