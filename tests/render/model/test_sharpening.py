"""Attacks get the level that the sketch draws, and rests are silent."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.model import pipeline as pipeline_module
from render.model.decoder import decode
from render.model.features import CENTRE_DB, DRUMS, PITCHED, SCALE_DB, MelLayout
from render.model.notes import NoteTable
from render.model.pipeline import ScorePipeline, load_pipeline, text_vector
from render.model.sharpening import find_attack_frames, find_rests, sharpen_attacks, silence_rests
from training.evaluation.spectral import attack_delays_ms

RATE = 44_100
SAMPLES = 2 * RATE
LAYOUTS = st.sampled_from([PITCHED, DRUMS])


@st.composite
def tables(draw: st.DrawFn) -> NoteTable:
    """Up to six notes, some of them outside of the clip."""
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(-5000, SAMPLES + 5000))
        rows.append((start, start + draw(st.integers(1, 30_000)), draw(st.integers(30, 90)), 90))
    return NoteTable.of(rows)


def random_mel(layout: MelLayout, seed: int) -> np.ndarray:
    """Frames of all levels, some of them silent."""
    rng = np.random.default_rng(seed)
    frames = layout.frames_for(SAMPLES)
    mel = rng.uniform(-1.8, 0.5, (frames // layout.patch, 1)).repeat(layout.patch, axis=0)
    mel = mel + rng.normal(0.0, 0.1, (frames, layout.n_mels))
    mel[rng.random(frames // 40 + 1).repeat(40)[:frames] < 0.6] = -1.8
    return mel.astype(np.float32)


def measure_level_db(mel: np.ndarray) -> np.ndarray:
    decibels = mel.astype(np.float64) * SCALE_DB + CENTRE_DB
    return np.asarray(10.0 * np.log10((10.0 ** (decibels / 10.0)).sum(axis=1)))


@given(tables(), LAYOUTS, st.integers(0, 99))
def test_rests_never_touch_what_sounds_or_is_asked_for(
    notes: NoteTable, layout: MelLayout, seed: int
) -> None:
    mel, rng = random_mel(layout, seed), np.random.default_rng(seed)
    audio = rng.standard_normal(SAMPLES).astype(np.float32)
    before = audio.copy()
    rests = find_rests(mel, notes, layout, SAMPLES)
    silence_rests(audio, rests, RATE)
    assert np.all(np.abs(audio) <= np.abs(before))
    changed = audio != before
    for start, end in zip(notes.start.clip(0), notes.end.clip(0), strict=True):
        assert not changed[start:end].any()
    loud = np.flatnonzero(measure_level_db(mel) > -65.9) * layout.hop
    assert not changed[loud[loud < SAMPLES]].any()
    for begin, end in rests:
        assert not audio[begin + 900 : end - 900].any()


@given(tables(), LAYOUTS, st.integers(0, 99))
def test_an_attack_has_the_level_of_the_sketch_and_the_colour_of_the_paint(
    notes: NoteTable, layout: MelLayout, seed: int
) -> None:
    painted = random_mel(layout, seed)
    sketch = painted + np.random.default_rng(seed).uniform(-0.5, 0.5, painted.shape).astype(np.float32)
    shares, before = find_attack_frames(notes, layout, len(painted))
    made = sharpen_attacks(painted, sketch, shares, before)
    whole, none = (shares == 1.0) & ~before, shares == 0.0
    assert np.array_equal(made[none], painted[none])
    loud = whole & (measure_level_db(sketch) > -80.0)
    assert np.allclose(measure_level_db(made)[loud], measure_level_db(sketch)[loud], atol=0.1)
    assert np.allclose(np.diff(made, axis=1), np.diff(painted, axis=1), atol=1e-5)
    assert np.all(made[before] <= painted[before])
    for onset in notes.start[(notes.start >= 0) & (notes.start < SAMPLES)] // layout.hop:
        assert (shares[max(0, onset - 5) : onset + 8] == 1.0).all()
        assert before[max(0, onset - 5) : onset].all()


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def read_levels_db(audio: np.ndarray, notes: NoteTable) -> np.ndarray:
    """Return the levels of the nine blocks of 10 ms after each onset, (notes, 9)."""
    blocks = [audio[start : start + 9 * 441].reshape(9, 441) for start in notes.start]
    return np.asarray(10.0 * np.log10(np.square(blocks, dtype=np.float64).mean(axis=2) + 1e-9))


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["grand piano", "marimba", "string section"])
def test_attacks_come_when_and_as_loud_as_asked_for_and_the_rest_after_the_last_is_silent(
    pipeline: ScorePipeline, prompt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Quick notes, and four seconds of rest: what is asked for is the sketch."""
    rng = np.random.default_rng(1)
    notes = NoteTable.of(
        (at := 8820 + 11_025 * k, at + 8820, int(rng.integers(55, 80)), int(rng.integers(70, 110)))
        for k in range(16)
    )
    n_samples = int(notes.end[-1]) + 4 * RATE
    latents, noise = (
        torch.from_numpy(rng.standard_normal(shape, dtype=np.float32))
        for shape in (pipeline.latent_shape(n_samples), pipeline.timbre_shape)
    )
    timbre = pipeline.imagine(text_vector(prompt), latents=noise)
    sharp = pipeline.paint(notes, n_samples, timbre, latents=latents)
    monkeypatch.setattr(pipeline_module, "SHARPENED", frozenset())
    plain = pipeline.paint(notes, n_samples, timbre, latents=latents)
    drawn = pipeline.draw_sketch(notes, PITCHED.frames_for(n_samples), timbre)
    made, before, asked = (decode(mel, notes, PITCHED, n_samples, 0) for mel in (sharp, plain, drawn))

    wanted = read_levels_db(asked, notes)
    off, off_before = (np.abs(read_levels_db(audio, notes) - wanted).mean() for audio in (made, before))
    assert off < min(1.0, 0.4 * off_before)
    heard, times = attack_delays_ms(made, notes), attack_delays_ms(asked, notes)
    late = np.array([heard[onset] - times[onset] for onset in heard.keys() & times.keys()])
    assert np.mean(np.abs(late) <= 10.0) >= 0.85 if len(late) else prompt == "string section"
    rest = made[-RATE:]
    assert 10.0 * np.log10(np.mean(np.square(rest, dtype=np.float64)) + 1e-12) <= -60.0
