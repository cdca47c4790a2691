"""Two seeds play two individuals of one kind of instrument; sections of a song play one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from render.model.features import PITCHED, log_mel, mel_matrix
from render.model.pipeline import INDIVIDUALS_FILE, ScorePipeline, load_pipeline
from render.model.playing.individual import read_individuals
from render.model.playing.notes import NoteTable
from render.model.shipped import WEIGHTS
from training.individuals import fit_individuals, measure_colour

SHIPPED = WEIGHTS / "pitched" / INDIVIDUALS_FILE
RATE = PITCHED.sample_rate


def test_draws_differ_as_the_pairs_do_that_they_were_fitted_to() -> None:
    rng = np.random.default_rng(4)
    tilt, hump = np.linspace(-1.0, 1.0, 128), np.hanning(128) - 0.5
    pairs = rng.standard_normal((300, 1)) * 2.5 * tilt + rng.standard_normal((300, 1)) * 1.5 * hump
    individuals = fit_individuals(pairs, np.ones(128))
    drawn = [individuals.draw(rng.standard_normal(32).astype(np.float32)) for _ in range(600)]
    gaps = np.array(drawn[::2]) - np.array(drawn[1::2])
    wanted = pairs - pairs.mean(axis=1, keepdims=True)
    assert np.abs(gaps).mean() == pytest.approx(np.abs(wanted).mean(), rel=0.15)


def test_pairs_that_are_two_kinds_of_sound_do_not_rule() -> None:
    rng = np.random.default_rng(5)
    tilt = np.linspace(-1.0, 1.0, 128)
    alike = rng.standard_normal((40, 1)) * tilt
    strange = 30.0 * np.sign(rng.standard_normal((4, 1))) * np.sin(np.linspace(0.0, 12.0, 128))
    individuals = fit_individuals(np.vstack([alike, strange]), np.ones(128))
    assert np.abs(individuals.components).max() < 4.0


def test_a_colour_makes_the_usual_sound_no_louder() -> None:
    rng = np.random.default_rng(6)
    weights = np.exp(-np.arange(128) / 20.0)
    individuals = fit_individuals(rng.standard_normal((50, 1)) * np.linspace(-2.0, 4.0, 128), weights)
    level_db = (individuals.components * weights).sum(axis=1) / weights.sum()
    np.testing.assert_allclose(level_db, 0.0, atol=0.01)


def test_they_are_read_as_they_were_written(tmp_path: Path) -> None:
    individuals = read_individuals(SHIPPED)
    assert individuals is not None
    individuals.write(tmp_path / "made.json")
    assert (tmp_path / "made.json").read_bytes() == SHIPPED.read_bytes()
    assert read_individuals(tmp_path / "none.json") is None


def test_the_octaves_of_a_bass_keep_their_balance() -> None:
    individuals = read_individuals(SHIPPED)
    assert individuals is not None
    hertz = mel_matrix(PITCHED).numpy().argmax(axis=0) * RATE / PITCHED.n_fft
    low = individuals.draw(np.ones(32, dtype=np.float32))[hertz < 200.0]
    assert len(low) > 4
    assert np.ptp(low) < 0.05


def test_no_colour_goes_far() -> None:
    individuals = read_individuals(SHIPPED)
    assert individuals is not None
    far = individuals.draw(np.full(32, 50.0, dtype=np.float32))
    assert np.abs(far).max() <= 8.0


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def _draw(seed: int, *shape: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def _play(pipeline: ScorePipeline, seed: int, take: int = 0) -> NDArray[np.float32]:
    """Return the mean levels of a phrase of a clarinet, (n_mels,), in dB."""
    starts = np.arange(6) * RATE // 2
    notes = NoteTable(
        starts, starts + 2 * RATE // 5, np.array([60, 64, 67, 72, 67, 64]), np.full(6, 90, dtype=np.int64)
    )
    made = pipeline(
        notes,
        3 * RATE,
        "clarinet",
        latents=torch.from_numpy(_draw(100 + take, *pipeline.latent_shape(3 * RATE))),
        timbre_latents=torch.from_numpy(_draw(seed, *pipeline.timbre_shape)),
    )
    return measure_colour(log_mel(torch.from_numpy(made.audio), PITCHED).numpy())


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_heard_has_the_colour_of_its_seed_in_every_take(pipeline: ScorePipeline, seed: int) -> None:
    coloured = [_play(pipeline, seed, take) for take in (0, 1)]
    individuals, pipeline.individuals = pipeline.individuals, None
    try:
        plain = [_play(pipeline, seed, take) for take in (0, 1)]
    finally:
        pipeline.individuals = individuals
    assert individuals is not None
    wanted = individuals.draw(_draw(seed, *pipeline.timbre_shape))
    for take in (0, 1):
        heard = coloured[take] - plain[take]
        assert np.corrcoef(heard, wanted)[0, 1] > 0.9
        assert np.abs(heard - wanted).mean() < 0.4 * np.abs(wanted).mean()
