"""Clips that keep their own time come onto the grid, into key and to the score's level."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import librosa
import numpy as np
import pytest

from render.audio.types import Audio
from render.backends.latents import LatentRecipe
from render.backends.request import ClipRequest
from render.clips.conform import conform, expect_chroma, find_transposition, measure_chroma, track_beats
from render.clips.guide import measure_level_db, play_plainly
from structure.base.grid import Grid, Meter
from structure.plans.score import Note

pytestmark = pytest.mark.usefixtures("librosa_loaded")

RATE = 44_100
TEMPO = 104.0
BEAT = 60 / TEMPO * RATE
CHORDS = ((57, 60, 64), (53, 57, 60), (48, 52, 55), (55, 59, 62))


def asked(role: str, notes: tuple[Note, ...], tempo: float = TEMPO) -> ClipRequest:
    return ClipRequest(
        role=role,  # type: ignore[arg-type]
        prompt="",
        negative_prompt="",
        notes=notes,
        grid=Grid.steady(tempo, Meter()),
        body_quarters=Fraction(16),
        pre_roll_samples=4410,
        tail_samples=22_050,
        latent=LatentRecipe(1),
    )


def kit() -> ClipRequest:
    backbeat = [Note(Fraction(b), Fraction(1, 4), 36 if b % 2 == 0 else 38, 110) for b in range(16)]
    hats = [Note(Fraction(k, 2), Fraction(1, 8), 42, 70) for k in range(32)]
    return asked("drums", tuple(sorted([*backbeat, *hats])))


def piano() -> ClipRequest:
    notes = [
        Note(Fraction(4 * bar + k), Fraction(1), p, 90)
        for bar in range(4)
        for k in range(4)
        for p in CHORDS[bar]
    ]
    return asked("chords", tuple(notes))


@lru_cache(maxsize=8)
def played(role: str, tempo: float, semitones: int = 0, seconds_more: float = 5.0) -> Audio:
    """The part at another tempo and pitch, with silence after it."""
    request = kit() if role == "drums" else piano()
    notes = tuple(note.transpose_by(semitones) for note in request.notes)
    audio = play_plainly(replace(request, grid=Grid.steady(tempo, Meter()), notes=notes))
    return np.pad(audio, ((0, 0), (0, round(seconds_more * RATE))))


def onset_error_ms(audio: Audio, request: ClipRequest) -> float:
    """How far the attacks are from those of the score on the grid, in the quarter of the clip where that is
    most: the lag at which their onset envelopes agree best."""
    reference = play_plainly(request)
    size = min(audio.shape[1], reference.shape[1]) // 4
    reach = round(0.12 * RATE / 64)
    lags = np.arange(-reach, reach + 1)
    worst = 0.0
    for quarter in range(4):
        span = slice(quarter * size, (quarter + 1) * size)
        made, wanted = (
            librosa.onset.onset_strength(y=one[0, span], sr=RATE, hop_length=64)
            for one in (audio, reference)
        )
        likeness = [
            float(np.dot(np.roll(made, -lag) - made.mean(), wanted - wanted.mean())) for lag in lags
        ]
        worst = max(worst, 1000.0 * abs(int(lags[int(np.argmax(likeness))])) * 64 / RATE)
    return worst


@pytest.mark.slow
@pytest.mark.parametrize("tempo", [TEMPO * 0.93, TEMPO, TEMPO * 1.08])
def test_beats_are_tracked_at_the_tempo_that_is_played(tempo: float) -> None:
    beats = track_beats(played("drums", tempo), kit())
    assert beats.steady
    assert beats.period == pytest.approx(60 / tempo * RATE, rel=0.002)


@pytest.mark.slow
@pytest.mark.parametrize("tempo", [TEMPO * 0.93, TEMPO * 1.08])
def test_drums_at_another_tempo_are_stretched_onto_the_grid(tempo: float) -> None:
    made = conform(played("drums", tempo), kit(), [kit()], guided=True)
    assert made.audio.shape[1] == kit().total_samples
    assert any("time-stretched" in note for note in made.notes) and not made.doubts
    assert track_beats(made.audio, kit()).period == pytest.approx(BEAT, rel=0.004)
    assert onset_error_ms(made.audio, kit()) < 15.0


@pytest.mark.slow
def test_what_is_on_the_grid_stays_sample_by_sample() -> None:
    audio = played("drums", TEMPO)
    made = conform(audio, kit(), [kit()], guided=True)
    expected = play_plainly(kit())
    assert np.abs(made.audio - expected).max() < 0.01 * np.abs(expected).max()


@pytest.mark.slow
def test_what_comes_late_is_moved_onto_the_beat() -> None:
    late = round(0.09 * RATE)
    audio = np.pad(played("drums", TEMPO), ((0, 0), (late, 0)))
    assert onset_error_ms(audio[:, : kit().total_samples], kit()) == pytest.approx(90.0, abs=2.0)
    made = conform(audio, kit(), [kit()], guided=True)
    assert onset_error_ms(made.audio, kit()) < 8.0


@pytest.mark.slow
def test_a_clip_without_a_guide_begins_on_its_strongest_beat() -> None:
    accents = [
        Note(Fraction(b), Fraction(1, 4), 36 if b % 4 == 0 else 42, 127 if b % 4 == 0 else 60)
        for b in range(16)
    ]
    request = asked("drums", tuple(accents))
    audio = np.pad(play_plainly(request), ((0, 0), (round(2 * BEAT), round(6 * BEAT))))
    made = conform(audio, request, [request], guided=False)
    assert onset_error_ms(made.audio, request) < 20.0


@pytest.mark.slow
def test_a_tempo_too_far_off_is_told_and_left() -> None:
    """Five beats where there should be four are neither the beat nor a multiple of it."""
    tempo = TEMPO * 1.42
    made = conform(played("drums", tempo), kit(), [kit()], guided=True)
    told = any("BPM instead of" in doubt for doubt in made.doubts)
    assert told or any("time-stretched" in note for note in made.notes)


@pytest.mark.slow
@pytest.mark.parametrize("semitones", [-2, -1, 1, 2])
def test_a_small_transposition_is_undone(semitones: int) -> None:
    made = conform(played("chords", TEMPO, semitones), piano(), [piano()], guided=True)
    assert f"shifted by {-semitones:+d} semitones into key" in made.notes
    high, likeness, _ = find_transposition(measure_chroma(made.audio, RATE), expect_chroma([piano()]))
    assert high == 0 and likeness > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("semitones", "words"), [(5, "5 semitones too high"), (-4, "4 semitones too low")])
def test_a_large_one_is_told_and_left(semitones: int, words: str) -> None:
    made = conform(played("chords", TEMPO, semitones), piano(), [piano()], guided=True)
    assert any(words in doubt for doubt in made.doubts)
    assert not any("semitones" in note for note in made.notes)


def test_drums_have_no_key() -> None:
    assert not expect_chroma([kit()]).any()


@pytest.mark.slow
@pytest.mark.parametrize("gain", [0.02, 0.5, 8.0])
def test_the_level_is_the_scores_whatever_the_pipeline_made_of_it(gain: float) -> None:
    made = conform(played("chords", TEMPO) * np.float32(gain), piano(), [piano()], guided=True)
    body = slice(4410, 4410 + piano().body_samples)
    level = measure_level_db(made.audio[:, body], RATE)
    assert level == pytest.approx(measure_level_db(play_plainly(piano())[:, body], RATE), abs=0.1)


@pytest.mark.slow
def test_softer_notes_stay_softer() -> None:
    soft = replace(piano(), notes=tuple(replace(note, velocity=40) for note in piano().notes))
    loud_level, soft_level = (
        measure_level_db(conform(played("chords", TEMPO), one, [one], guided=True).audio, RATE)
        for one in (piano(), soft)
    )
    assert loud_level - soft_level == pytest.approx(20 * math.log10((90 / 40) ** 1.5), abs=1.0)


def test_silence_is_told() -> None:
    made = conform(np.zeros((2, 50_000), dtype=np.float32), piano(), [piano()], guided=True)
    assert made.audio.shape == (2, piano().total_samples) and made.doubts == ("it is silent",)
