"""Drums, strings and voices are heard from left to right, and both channels add up to the part in mono."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import torch

from render.model import placing
from render.model.features import DRUMS
from render.model.pipeline import GeneratedClip, ScorePipeline, load_pipeline
from render.model.placing import list_places, make_side
from render.model.playing.notes import NoteTable
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

RATE = 44_100
SAMPLES = 3 * RATE


@pytest.fixture(scope="module")
def drums() -> ScorePipeline:
    return load_pipeline("drums")


def play(drums: ScorePipeline, rows: list[tuple[float, int]], n_samples: int = SAMPLES) -> GeneratedClip:
    """Hits of (seconds, key)."""
    notes = NoteTable.of([(round(at * RATE), round((at + 0.1) * RATE), key, 100) for at, key in rows])
    noise = torch.Generator().manual_seed(1)
    return drums(
        notes,
        n_samples,
        "rock drum kit",
        latents=torch.randn(drums.latent_shape(n_samples), generator=noise),
        timbre_latents=torch.randn(drums.timbre_shape, generator=noise),
    )


def lean_db(made: GeneratedClip, at: float, long: float = 0.15) -> float:
    """How much louder the left channel is after a moment, in dB."""
    assert made.side is not None
    part = slice(round(at * RATE), round((at + long) * RATE))
    left, right = (made.audio + made.side)[part], (made.audio - made.side)[part]
    return float(10.0 * np.log10(np.mean(left**2) / np.mean(right**2)))


def test_each_drum_has_its_place(drums: ScorePipeline) -> None:
    rows = [(0.2, 36), (0.7, 38), (1.2, 42), (1.6, 51), (2.2, 49)]
    made = play(drums, rows)
    kick, snare, hat, ride, crash = (lean_db(made, at) for at, _ in rows)
    assert abs(kick) < 0.5
    assert abs(snare) < 1.5
    assert hat > 2.0
    assert ride < -3.0
    assert crash > 2.0


def test_toms_go_across(drums: ScorePipeline) -> None:
    keys = [50, 48, 47, 45, 43, 41]
    made = play(drums, [(0.2 + 0.4 * k, key) for k, key in enumerate(keys)])
    leans = [lean_db(made, 0.2 + 0.4 * k, 0.2) for k in range(len(keys))]
    assert leans[0] > 1.0
    assert leans[-1] < -2.0
    assert all(before > after - 0.3 for before, after in pairwise(leans))


def test_a_hat_over_a_kick_leaves_the_kick_in_the_middle(drums: ScorePipeline) -> None:
    made = play(drums, [(0.5, 36), (0.5, 42)])
    assert made.side is not None
    part = slice(round(0.5 * RATE), round(0.6 * RATE))
    hertz = np.fft.rfftfreq(part.stop - part.start, 1 / RATE)
    both = [
        np.abs(np.fft.rfft(audio[part])) ** 2 for audio in (made.audio + made.side, made.audio - made.side)
    ]
    low, high = (hertz < 150.0), (hertz > 6000.0)
    low_db, high_db = (10.0 * np.log10(both[0][band].sum() / both[1][band].sum()) for band in (low, high))
    assert abs(low_db) < 0.5
    assert high_db > 2.0


def test_a_part_at_one_place_is_panned_there(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    audio = rng.standard_normal(RATE).astype(np.float32)
    places = torch.full((DRUMS.frames_for(RATE), DRUMS.n_mels), 0.4)
    monkeypatch.setattr(placing, "_MOST_LEAN", 1.0)
    side = make_side(audio, places, DRUMS, is_kit=True)
    inside = slice(2000, -2000)
    spectra = [np.abs(np.fft.rfft(sound[inside])) for sound in (side, audio)]
    hertz = np.fft.rfftfreq(len(audio[inside]), 1 / RATE)
    heard = (hertz > 100.0) & (hertz < 20_000.0)
    assert spectra[0][heard] == pytest.approx(
        0.4 * spectra[1][heard], rel=0.02, abs=1e-3 * float(spectra[1].max())
    )


def test_percussion_by_itself_stands_about_the_middle(drums: ScorePipeline) -> None:
    rows = [(0.2, 63), (0.7, 64), (1.2, 63), (1.7, 70), (2.2, 63)]
    alone, with_kick = play(drums, rows), play(drums, [*rows, (2.6, 36)])
    assert abs(lean_db(alone, 0.0, 3.0)) < 0.05
    assert lean_db(with_kick, 0.0, 2.5) < -0.5
    conga, maraca = (lean_db(alone, at, 0.3) for at in (0.2, 1.7))
    assert conga > maraca + 0.5


def test_a_kit_does_not_lean_to_a_side(drums: ScorePipeline) -> None:
    """Rides and low toms alone are all at one side, and yet the part is no more than a decibel off."""
    made = play(drums, [(0.2 + 0.3 * k, 51 if k % 2 else 43) for k in range(8)])
    assert abs(lean_db(made, 0.0, 3.0)) < 1.0


def test_what_has_no_place_is_in_the_middle() -> None:
    places = list_places(None)
    assert places is not None
    assert places[[36, 39, 3]].tolist() == [0.0] * 3


@pytest.fixture(scope="module")
def pitched() -> ScorePipeline:
    return load_pipeline("pitched")


def play_pitched(
    pitched: ScorePipeline, prompt: str, keys: list[int], n_samples: int = SAMPLES
) -> GeneratedClip:
    """Half notes, one after the other, of 0.4 s."""
    rows = [
        (round((0.1 + 0.5 * k) * RATE), round((0.5 + 0.5 * k) * RATE), key, 95)
        for k, key in enumerate(keys)
    ]
    noise = torch.Generator().manual_seed(2)
    return pitched(
        NoteTable.of(rows),
        n_samples,
        prompt,
        latents=torch.randn(pitched.latent_shape(n_samples), generator=noise),
        timbre_latents=torch.randn(pitched.timbre_shape, generator=noise),
    )


@pytest.mark.parametrize(
    ("prompt", "low_is_left"),
    [
        ("grand piano", True),
        ("marimba", True),
        ("harp", True),
        ("string ensemble", False),
        ("choir", False),
    ],
)
def test_notes_lie_from_left_to_right(pitched: ScorePipeline, prompt: str, low_is_left: bool) -> None:
    made = play_pitched(pitched, prompt, [48, 60, 72, 80])
    low, *_, high = (lean_db(made, 0.15 + 0.5 * k, 0.3) for k in range(4))
    assert (low - high) * (1.0 if low_is_left else -1.0) > 1.5


def test_the_pipes_of_an_organ_stand_by_turns_on_two_sides(pitched: ScorePipeline) -> None:
    made = play_pitched(pitched, "church organ", [60, 61, 62, 63])
    leans = [lean_db(made, 0.2 + 0.5 * k, 0.25) for k in range(4)]
    assert min(leans[0], leans[2]) > max(leans[1], leans[3]) + 2.0


def test_a_piano_as_a_whole_stands_in_the_middle_and_so_does_its_bass(pitched: ScorePipeline) -> None:
    made = play_pitched(pitched, "grand piano", [36, 40, 76, 79])
    assert abs(lean_db(made, 0.0, 3.0)) < 0.1
    assert made.side is not None
    hertz = np.fft.rfftfreq(SAMPLES, 1 / RATE)
    side, middle = (np.abs(np.fft.rfft(sound)) ** 2 for sound in (made.side, made.audio))
    assert side[hertz < 120.0].sum() < 1e-3 * middle[hertz < 120.0].sum()


@pytest.mark.parametrize("prompt", ["flute", "electric bass", "distorted guitar", "saw lead"])
def test_what_sounds_from_one_place_stays_mono(pitched: ScorePipeline, prompt: str) -> None:
    assert play_pitched(pitched, prompt, [60], RATE).side is None


def test_a_part_is_the_same_in_mono_wherever_its_notes_lie(
    pitched: ScorePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    spread = play_pitched(pitched, "grand piano", [48, 72])
    monkeypatch.setattr("render.model.pipeline.list_places", lambda program: None)
    together = play_pitched(pitched, "grand piano", [48, 72])
    assert together.side is None
    np.testing.assert_array_equal(spread.audio, together.audio)


def test_notes_that_slide_and_bend_have_places(pitched: ScorePipeline) -> None:
    """They are sketched as several notes on their way."""
    score = [
        Note(onset=Fraction(k), duration=Fraction(1), pitch=60 + 5 * k, velocity=90, articulation="slide")
        for k in range(4)
    ]
    notes = NoteTable.from_score(score, Grid.steady(120, Meter()), 0)
    made = pitched(
        notes,
        SAMPLES,
        "harp",
        latents=torch.zeros(pitched.latent_shape(SAMPLES)),
        timbre_latents=torch.zeros(pitched.timbre_shape),
    )
    assert lean_db(made, 0.0, 0.4) > lean_db(made, 1.5, 0.4) + 1.0
