"""Free audio on a song's grid: where its beats and its key are, and how it is brought into time.

Beats are tracked by librosa, which is optional; audio that lasts as long as the section needs no tracking.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from render.audio.chroma import key_scores
from render.audio.tracking import USUAL_LAG_S, find_beats, measure_chroma, stretch_audio
from render.audio.types import Audio
from structure.base.errors import AudioFileError, MissingPackageError
from structure.base.grid import SAMPLE_RATE, Grid
from structure.harmony.keys import USUAL_TONICS, Key

SAME_LENGTH = 0.02
"""Audio whose length is that near to the section's is taken to be on the grid."""

_ON_TIME_S = 0.02


@dataclass(frozen=True, slots=True)
class Heard:
    """Tempo in beats a minute, the sample of the first beat, and a key such as "A minor"."""

    tempo_bpm: float
    first_beat: int
    key: str


def listen(audio: Audio, name: str) -> Heard:
    """Find the first beat, the tempo and the key of mono audio (1, samples) at 44.1 kHz.

    ``name`` is that of the audio in errors. Raises RitornelloError where librosa is missing or no beat is
    heard.
    """
    if find_spec("librosa") is None:
        raise MissingPackageError(
            f"{name}: finding its beats",
            "librosa",
            "backends",
            "bring audio that lasts exactly as long as the section",
        )
    beats = find_beats(audio, SAMPLE_RATE)
    if not beats.accents or beats.period <= 0.0:
        raise AudioFileError(f"{name}: no beat can be heard in it", path=name)
    first = (beats.offset - USUAL_LAG_S * SAMPLE_RATE) % beats.period
    if beats.period - first < _ON_TIME_S * SAMPLE_RATE:
        first = 0.0  # the tracker heard the very first beat a little early
    return Heard(
        60.0 * SAMPLE_RATE / beats.period, round(first), name_key(measure_chroma(audio, SAMPLE_RATE))
    )


def name_key(chroma: np.ndarray) -> str:
    """Name the key that weights of the pitch classes from C, (12,), suit best, such as "C# minor"."""
    scores = key_scores(chroma)
    tonic, family = max(scores, key=lambda key: scores[key])
    return Key(USUAL_TONICS[family][tonic], family).name


def on_grid(audio: Audio, grid: Grid, n_samples: int, name: str) -> Audio:
    """Return mono audio, (1, n_samples), with the grid's beats; by whole bars again where it is too short.

    Raises RitornelloError where it is shorter than a bar.
    """
    length = audio.shape[1]
    if abs(length / n_samples - 1.0) > SAME_LENGTH:
        heard = listen(audio, name)
        # from the first beat on, at the grid's tempo, or at its half or double; where the grid's tempo
        # changes, at the mean of it
        wanted = float(grid.tempo_bpm)
        if not grid.is_steady:
            beats = grid.quarters_at_sample(n_samples) / grid.meter.beat_quarters
            wanted = 60.0 * float(beats) * grid.sample_rate / n_samples
        ratios = (wanted / (heard.tempo_bpm * 2.0**k) for k in (-1, 0, 1))
        ratio = min(ratios, key=lambda r: abs(math.log(r)))
        audio = np.ascontiguousarray(audio[:, heard.first_beat :])
        if abs(ratio - 1.0) >= 1e-4:
            audio = stretch_audio(audio, SAMPLE_RATE, ratio)

    bar = grid.sample_at_bar(1)
    whole = int(audio.shape[1] * (1.0 + SAME_LENGTH)) // bar
    if abs(audio.shape[1] - n_samples) <= SAME_LENGTH * n_samples:
        audio = np.pad(audio, ((0, 0), (0, max(0, n_samples - audio.shape[1]))))
    elif whole < 1:
        raise AudioFileError(
            f"{name}: lasts {length / SAMPLE_RATE:.3f} s, less than a bar of {bar / SAMPLE_RATE:.3f} s",
            path=name,
        )
    elif audio.shape[1] < n_samples:
        length = grid.sample_at_bar(whole)
        loop = np.pad(audio, ((0, 0), (0, max(0, length - audio.shape[1]))))[:, :length]
        audio = np.tile(loop, math.ceil(n_samples / loop.shape[1]))
    return np.ascontiguousarray(audio[:, :n_samples])
