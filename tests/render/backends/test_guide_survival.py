"""The guide survives a pass through each pipeline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from render.audio.types import Audio
from render.backends import load_backend
from render.backends.base import BackendOptions
from render.backends.request import ClipRequest, InitAudio
from render.clips.conform import expect_chroma, find_transposition, measure_chroma
from render.clips.guide import GuideMaker
from structure.base.grid import Grid, Meter
from structure.plans.score import Note
from tests.render.backends.asking import CHORDS, request

pytestmark = pytest.mark.usefixtures("librosa_loaded")

Folder = Callable[[str], Path]
MODELS = ("riffusion", "stable-audio", "stable-audio-3", "ace-step")
BACKENDS = {"stable-audio-3": "stable-audio"}
PASS_THROUGH = 0.04
"""Strength at which little is made anew."""


def chords() -> ClipRequest:
    """Two bars at 150 BPM, a chord on each beat, which changes every other beat."""
    notes = tuple(
        Note(Fraction(beat), Fraction(1, 2), pitch, 100) for beat in range(8) for pitch in CHORDS[beat // 2]
    )
    return request(
        notes=notes, grid=Grid.steady(150.0, Meter()), body_quarters=Fraction(8), tail_samples=11_025
    )


def rises(audio: Audio, rate: int) -> np.ndarray:
    """Onset strength, a value for each 10 ms."""
    import librosa

    mono = np.ascontiguousarray(audio.mean(axis=0))
    strength = librosa.onset.onset_strength(y=mono, sr=rate, hop_length=rate // 100)
    return np.asarray(strength - strength.mean())


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_beats_and_chords_of_the_guide_survive_a_pass_through(model: str, model_folder: Folder) -> None:
    """The autoencoder is lossless and the network random; only what the noise hides may be lost."""
    # Riffusion takes a share of its steps, the others a shorter way with all of them
    asked = replace(chords(), steps=25 if model == "riffusion" else 3)
    guide = GuideMaker().make_guide("excitation", [asked])
    folder = model_folder(f"{model} lossless")
    backend = load_backend(BACKENDS.get(model, model), BackendOptions(model=str(folder)))
    if model == "ace-step":
        # Of silence, which stands for a recording to be like, 15,000 frames are looked at, as a matrix of
        # each against each; that is ten minutes where there are 25 a second, and 5 s here.
        encoder = backend._pipeline.condition_encoder  # type: ignore[attr-defined]
        encoder.silence_latent = encoder.silence_latent[:, :750]
    made = backend.generate(replace(asked, init=InitAudio(guide, PASS_THROUGH)))
    forgotten = backend.generate(replace(asked, steps=2, init=InitAudio(guide, 1.0)))
    wanted = rises(guide, 44_100)
    size = len(wanted) - 1
    heard = rises(made.audio, made.sample_rate)[:size]
    lags = range(-8, 9)
    likeness = [float(np.corrcoef(np.roll(heard, -lag), wanted[:size])[0, 1]) for lag in lags]
    assert abs(lags[int(np.argmax(likeness))]) <= 1, "beats are within 10 ms of the guide's"
    assert max(likeness) > 0.5  # noise of a random network is between the onsets
    drowned = float(np.corrcoef(rises(forgotten.audio, made.sample_rate)[:size], wanted[:size])[0, 1])
    assert drowned < max(likeness) - 0.2
    beat = round(60 / 150 * made.sample_rate)
    for place in range(4):
        notes = tuple(note for note in asked.notes if note.onset // 2 == place)
        first = made.downbeat_sample + 2 * place * beat
        chroma = measure_chroma(made.audio[:, first : first + 2 * beat], made.sample_rate)
        high, best, _ = find_transposition(chroma, expect_chroma([replace(asked, notes=notes)]))
        assert high == 0 and best > 0.85, f"chord {place + 1}"
