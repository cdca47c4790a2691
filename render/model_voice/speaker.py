"""Says phrases with the networks: the throat of the embedded voice, for :mod:`render.voice.singer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from render.model.pipeline import align
from render.model.threads import one_thread
from render.model_voice.condition import Phoneme, describe_frames, describe_phonemes, phonemes_of
from render.model_voice.frames import (
    BANDS,
    CENTRE,
    ROW,
    SCALE,
    Values,
    band_centres,
    to_hertz_of_mel,
)
from render.model_voice.network import PATCH, TOKEN, VoiceNetwork, load_weights
from render.model_voice.shipped import WEIGHTS
from render.model_voice.synthesis import Rows, rows_at, synthesise
from render.model_voice.timbre import Timbre
from render.voice.phonemes import RINGING, VOWELS
from render.voice.score import SungSyllable
from render.voice.segments import FORMANTS_HZ, heights_of_power
from render.voice.speech import STEP_S
from render.voice.timing import Span, Text, text_of
from structure.base.grid import SAMPLE_RATE

TAKE_SPREAD = 0.7
"""Spread of the noise that what does not ring is painted from, 1 in training. What rings is painted without
any: held on a note, what chance made of it would no longer be a passing moment but a wrong vowel."""

_CONTRAST, _TREND_BANDS = 1.3, 16.0
"""How much further formants stand from their trend, so many bands wide, than drawn: means are flat."""

_STANDS_OUT, _AROUND = 1.0, 6.0
"""How much of what parts a consonant from what is around it, so many frames, is added: means blur it."""

_LOUDER_DB = 2.5
"""By how much that makes a consonant louder at most: hisses beside silence would stand out without end."""

_FLUTTER_DB, _FLUTTER_FRAMES, _FLUTTER_BANDS = 1.5, 6.0, 4.0
"""How far the bands of what rings move by chance on the notes, in the mean, and over how many frames and
bands that is smooth. Those of the first singer move by 0.8 dB (low) and 1.0 dB (high) more than what is
painted does; a held vowel that stands still is taken for silence."""

_LENGTHS_SPREAD = 0.05
"""Of the natural logarithms of lengths, from take to take."""

_EDGE = 10
"""Frames of silence before and behind a phrase."""

_GOES_ON = (
    (Phoneme(-1, "h", 0, False, False, True, False), 16),
    (Phoneme(-1, "i", 2, True, False, False, True), 30),
)
"""What a phrase is said to go on with, and in how many frames: it is left out again."""

_FADES = 3
"""Frames in which a phrase falls silent behind its last sound."""

_SHORTEST, _LONGEST_VOWEL, _LONGEST = 4, 60, 40
"""Frames of a sound, at least and at most."""

_CLEAR = 20
"""Frames of a vowel at least: of shorter ones little is left to hold."""


@dataclass(frozen=True, slots=True)
class PaintedSpeech:
    """A phrase in rows (frames, ROW), :data:`STEP_S` apart. ``seed`` is that of its take."""

    text: Text
    spans: Sequence[Span]
    rows: Rows
    seed: int

    @property
    def heights(self) -> Values:
        """Return how strongly the first formants sound in each frame: (frames,)."""
        return heights_of_power(formant_power(self.rows))


def formant_power(rows: Rows) -> Values:
    """Return the power of the first formants in rows (frames, ROW): (frames,)."""
    hertz = to_hertz_of_mel(band_centres())
    inside = (hertz >= FORMANTS_HZ[0]) & (hertz <= FORMANTS_HZ[1])
    logs = rows[:, :BANDS][:, inside].astype(np.float64) * SCALE + CENTRE
    return np.asarray((np.exp(logs) * np.gradient(hertz)[inside]).sum(1))


class PaintedThroat:
    """The embedded voice's throat, with a timbre. It may be used by several threads at once."""

    rate = SAMPLE_RATE

    def __init__(self, network: VoiceNetwork, timbre: Timbre) -> None:
        self._network, self._timbre = network, timbre

    def speak(self, phrase: Sequence[SungSyllable], seeds: Sequence[int]) -> Sequence[PaintedSpeech]:
        """Say a phrase once for each seed; the same seed says the same."""
        text = text_of(phrase)
        return [paint_speech(self._network, text, self._timbre, seed) for seed in seeds]

    def sound(self, said: PaintedSpeech, taken: Values, melody_hz: Values) -> NDArray[np.float32]:
        """Lay speech on a song."""
        place = np.clip(taken / STEP_S, 0.0, len(said.rows) - 1.001)
        rows = rows_at(said.rows, place)
        # a voice is there or not: between two frames, as in the nearer one
        rows[:, -1] = said.rows[np.rint(place).astype(int), -1]
        rings = rows[:, -1] > 0.5
        rows[rings, :BANDS] += flutter(len(rows), said.seed)[rings]
        return synthesise(rows, melody_hz, self._timbre.colour, said.seed)


def flutter(count: int, seed: int) -> Rows:
    """Return how the bands of a held sound move by chance, in units of rows: (frames, BANDS)."""
    moves = gaussian_filter(
        np.random.default_rng([seed, 1]).standard_normal((count, BANDS)), (_FLUTTER_FRAMES, _FLUTTER_BANDS)
    )
    return np.asarray(moves * (_FLUTTER_DB * np.log(10.0) / 10.0 / SCALE / moves.std()), np.float32)


def paint_speech(network: VoiceNetwork, text: Text, timbre: Timbre, seed: int) -> PaintedSpeech:
    """Say a text in a timbre. The same seed says the same, on any number of threads."""
    rng = np.random.default_rng(seed)
    phonemes = phonemes_of(text)
    shares = align(np.asarray(timbre.shares, np.float32))[None]
    with torch.inference_mode(), one_thread():
        alone = describe_phonemes(phonemes)
        logs = network.log_lengths(align(alone.sounds)[None], align(alone.flags)[None], shares)[0].numpy()
        frames = np.exp(logs + _LENGTHS_SPREAD * rng.standard_normal(len(logs))) / STEP_S
        is_vowel = np.array([one.is_vowel for one in phonemes])
        least, most = np.where(is_vowel, _CLEAR, _SHORTEST), np.where(is_vowel, _LONGEST_VOWEL, _LONGEST)
        ends = _EDGE + np.cumsum(np.clip(np.rint(frames).astype(int), least, most))
        starts = np.concatenate([[_EDGE], ends[:-1]])
        # the networks heard few last sounds of lines, and lose them: so none of the phrase is the last one
        more = int(ends[-1]) + np.cumsum([0, *(long for _, long in _GOES_ON)])
        count = -(-(int(more[-1]) + _EDGE) // PATCH) * PATCH
        seen = describe_frames(
            [*phonemes, *(one for one, _ in _GOES_ON)],
            [*starts.tolist(), *more[:-1].tolist()],
            [*ends.tolist(), *more[1:].tolist()],
            count,
        )
        condition = network.condition(align(seen.sounds)[None], align(seen.flags)[None])
        sketch = network.draw(condition, shares)
        noise = rng.standard_normal((1, count // PATCH, TOKEN), dtype=np.float32) * np.float32(TAKE_SPREAD)
        calm, chance = (
            np.array(network.paint(one, torch.ones(1), condition, sketch, shares).numpy(), np.float32)
            for one in (align(np.zeros_like(noise)), align(noise))
        )
        rows, painted, drawn = (
            one.reshape(count, ROW) for one in (calm, chance, np.array(sketch.numpy(), np.float32))
        )

    rows, painted, drawn = (_end_at(one, int(ends[-1])) for one in (rows, painted, drawn))
    spans = [Span(0.0, 0.0)] * len(text.signs)
    is_voiced = rows[:, -1] > 0.5
    is_consonant = np.zeros(len(rows), np.bool_)
    for one, start, end in zip(phonemes, starts.tolist(), ends.tolist(), strict=True):
        spans[one.sign] = Span(start * STEP_S, end * STEP_S)
        is_consonant[start:end] = not one.is_vowel
        if one.sound in VOWELS | RINGING:
            is_voiced[start:end] = True
    rows[:, -1] = is_voiced
    # what rings keeps its painted colour, and its level takes the course of the sketch: a level that
    # trembles by chance rises where no vowel begins
    bands = rows[:, :BANDS]
    bands += (_CONTRAST - 1.0) * (bands - gaussian_filter1d(bands, _TREND_BANDS, axis=1, mode="nearest"))
    lacks = (np.log(formant_power(drawn)) - np.log(formant_power(rows))) / SCALE
    bands[is_voiced] += lacks[is_voiced, None].astype(np.float32)
    rows[~is_voiced, :-1] = painted[~is_voiced, :-1]
    apart = bands - gaussian_filter1d(bands, _AROUND, axis=0)
    louder = np.float32(_LOUDER_DB * np.log(10.0) / 10.0 / SCALE)
    bands[is_consonant] += np.minimum(np.float32(_STANDS_OUT) * apart[is_consonant], louder)
    return PaintedSpeech(text, spans, rows, seed)


def _end_at(rows: Rows, end: int) -> Rows:
    """Return rows up to a frame, and the silence that they begin with behind it."""
    last, silence = rows[end - 1], rows[:_EDGE].mean(0)
    share = np.minimum(np.arange(1, _EDGE + 1) / _FADES, 1.0)[:, None]
    tail = (last + share * (silence - last)).astype(np.float32)
    tail[:, -1] = 0.0
    return np.concatenate([rows[:end], tail])


@cache
def load_network(folder: Path = WEIGHTS) -> VoiceNetwork:
    """Return the networks of a folder, loaded once in a process, in float32."""
    network: VoiceNetwork = load_weights(VoiceNetwork, folder)
    return network
