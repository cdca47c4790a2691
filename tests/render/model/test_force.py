"""A soft note is darker than a loud one, and not only softer."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.model.pipeline import ScorePipeline, load_pipeline
from render.model.playing.force import find_brightening, find_colour_db
from render.model.playing.notes import NoteTable

RATE = 44_100
FORCES = st.integers(1, 127)


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def treble_db(pipeline: ScorePipeline, prompt: str, velocity: int, pitch: int = 55) -> float:
    """The level above 2 kHz beside that below 1 kHz, of one note."""
    noise, n_samples = torch.Generator().manual_seed(3), 2 * RATE
    audio = pipeline(
        NoteTable.of([(4000, 4000 + RATE, pitch, velocity)]),
        n_samples,
        prompt,
        latents=torch.randn(pipeline.latent_shape(n_samples), generator=noise),
        timbre_latents=torch.randn(pipeline.timbre_shape, generator=noise),
    ).audio[4000 : 4000 + RATE]
    power = np.abs(np.fft.rfft(audio.astype(np.float64) * np.hanning(len(audio)))) ** 2
    hertz = np.fft.rfftfreq(len(audio), 1 / RATE)
    high, low = power[(hertz > 2000) & (hertz < 8000)].sum(), power[(hertz > 60) & (hertz < 1000)].sum()
    return float(10.0 * np.log10(high / low))


def test_a_piano_gets_brighter_with_force_as_a_recorded_one(pipeline: ScorePipeline) -> None:
    soft, usual, loud = (treble_db(pipeline, "grand piano", velocity) for velocity in (40, 88, 120))
    # The recorded grand, at G3: 13 to 18 dB, and 2 to 5 dB.
    assert 9.0 < usual - soft < 20.0
    assert 1.5 < loud - usual < 8.0


@pytest.mark.parametrize(
    ("prompt", "least", "most"), [("trumpet, bold", 8.0, 24.0), ("church organ", -1.5, 1.5)]
)
def test_others_as_they_do(pipeline: ScorePipeline, prompt: str, least: float, most: float) -> None:
    assert least < treble_db(pipeline, prompt, 120) - treble_db(pipeline, prompt, 40) < most


@given(FORCES, FORCES, st.floats(20.0, 18_000.0), st.floats(0.0, 1.0))
def test_more_force_is_never_darker(first: int, second: int, hertz: float, brightening: float) -> None:
    soft, loud = sorted((first, second))
    colour = find_colour_db(np.array([soft, loud]), np.array([hertz], dtype=np.float32), brightening)
    assert colour[0, 0] <= colour[1, 0]


@given(FORCES)
def test_the_lowest_partials_stay(velocity: int) -> None:
    colour = find_colour_db(np.array([velocity]), np.array([30.0, 200.0, 500.0], dtype=np.float32), 1.0)
    assert np.abs(colour).max() < 1e-6


def test_the_usual_force_has_the_colour_that_was_learned() -> None:
    hertz = np.linspace(20.0, 18_000.0, 50, dtype=np.float32)
    assert not find_colour_db(np.array([88]), hertz, 1.0).any()


def test_what_cannot_be_struck_harder_has_no_colour_of_force() -> None:
    assert find_brightening("hammond organ") == find_brightening("harpsichord") == 0.0
    assert find_brightening("grand piano") > find_brightening("string section") > 0.0
