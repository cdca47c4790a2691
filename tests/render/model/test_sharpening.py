"""Attacks rise as the sketch draws them, and rests are silent."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from render.model import pipeline as pipeline_module
from render.model.decoder import decode
from render.model.features import CENTRE_DB, DRUMS, PITCHED, SCALE_DB, MelLayout
from render.model.pipeline import ScorePipeline, load_pipeline, text_vector
from render.model.playing.notes import NoteTable
from render.model.sharpening import find_attack_gains, find_rests, silence_rests
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
def test_only_frames_near_an_attack_change_and_those_before_it_get_no_louder(
    notes: NoteTable, layout: MelLayout, seed: int
) -> None:
    painted, sketch = random_mel(layout, seed), random_mel(layout, seed + 1000)
    gains = find_attack_gains(painted, sketch, notes, layout)
    frame = np.arange(len(painted))
    onsets = np.unique(notes.start[notes.start < SAMPLES]) // layout.hop
    before, after = np.zeros((2, len(painted)), dtype=bool)
    for onset in onsets:
        before |= (frame >= onset - 5) & (frame < onset)
        after |= (frame >= onset) & (frame <= onset + 13)
    assert np.all(gains[~after] <= 0.0)
    assert not gains[~(before | after)].any()
    assert np.abs(gains).max() <= 24.0


@pytest.mark.parametrize(("louder", "kept"), [(0.0, 0.0), (-6.0, 0.0), (8.0, 4.0)])
def test_an_attack_rises_as_it_is_drawn_and_keeps_half_of_what_it_was_painted_louder(
    louder: float, kept: float
) -> None:
    """A pluck that fades, painted late, after a soft sound that is painted too loud."""
    onset, frames = 40, 100
    level = np.full(frames, -30.0)
    level[onset:] = -10.0 - 0.2 * np.arange(frames - onset)
    late = np.roll(level, 3)
    late[:3] = -30.0
    late[: onset + 3] += 10.0
    late[onset + 3 :] += louder
    sketch, painted = (
        np.full((frames, PITCHED.n_mels), 0.0, dtype=np.float32)
        + ((values - 10.0 * np.log10(PITCHED.n_mels) - CENTRE_DB) / SCALE_DB)[:, None].astype(np.float32)
        for values in (level, late)
    )
    notes = NoteTable.of([(onset * PITCHED.hop, (onset + 50) * PITCHED.hop, 60, 90)])
    gains = find_attack_gains(painted, sketch, notes, PITCHED)
    made = measure_level_db(painted + gains[:, None] / SCALE_DB)
    assert np.allclose(made[onset : onset + 8], level[onset : onset + 8] + kept, atol=0.2)
    assert np.allclose(made[onset - 5 : onset], level[onset - 5 : onset], atol=0.2)


def test_a_sound_that_swells_is_left_as_it_was_painted() -> None:
    rng, onset = np.random.default_rng(3), 40
    level = np.concatenate([np.full(onset, -60.0), np.linspace(-30.0, -8.0, 12), np.full(48, -8.0)])
    sketch = np.tile(((level - CENTRE_DB) / SCALE_DB).astype(np.float32)[:, None], (1, PITCHED.n_mels))
    painted = sketch + rng.normal(0.0, 0.2, (100, 1)).astype(np.float32)
    notes = NoteTable.of([(onset * PITCHED.hop, (onset + 50) * PITCHED.hop, 60, 90)])
    assert not find_attack_gains(painted, sketch, notes, PITCHED).any()


@pytest.fixture(scope="module")
def pipeline() -> ScorePipeline:
    return load_pipeline("pitched")


def read_levels_db(audio: np.ndarray, notes: NoteTable) -> np.ndarray:
    """Return the levels of the nine blocks of 10 ms after each onset, (notes, 9)."""
    blocks = [audio[start : start + 9 * 441].reshape(9, 441) for start in notes.start]
    return np.asarray(10.0 * np.log10(np.square(blocks, dtype=np.float64).mean(axis=2) + 1e-9))


@pytest.mark.slow
@pytest.mark.parametrize("prompt", ["grand piano", "marimba", "string section"])
def test_attacks_come_when_they_are_asked_for_and_the_rest_after_the_last_is_silent(
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
    sharp = pipeline.paint(notes, n_samples, timbre, latents=latents).mel
    monkeypatch.setattr(pipeline_module, "SHARPENED", frozenset())
    plain = pipeline.paint(notes, n_samples, timbre, latents=latents).mel
    drawn = pipeline.draw_sketch(notes, PITCHED.frames_for(n_samples), timbre)
    made, before, asked = (decode(mel, notes, PITCHED, n_samples, 0) for mel in (sharp, plain, drawn))

    # the course of each attack, against its loudest block
    courses = [read_levels_db(audio, notes) for audio in (made, before, asked)]
    drawn_course = courses[2] - courses[2].max(axis=1, keepdims=True)
    off, off_before = (
        np.abs(course - course.max(axis=1, keepdims=True) - drawn_course).mean() for course in courses[:2]
    )
    if prompt == "string section":  # it swells, and most of it is left as it was painted
        assert off <= off_before
    else:
        assert off < min(0.5, 0.4 * off_before)
    heard, times = attack_delays_ms(made, notes), attack_delays_ms(asked, notes)
    late = np.array([heard[onset] - times[onset] for onset in heard.keys() & times.keys()])
    assert np.mean(np.abs(late) <= 10.0) >= 0.85 if len(late) else prompt == "string section"
    rest = made[-RATE:]
    assert 10.0 * np.log10(np.mean(np.square(rest, dtype=np.float64)) + 1e-12) <= -60.0
