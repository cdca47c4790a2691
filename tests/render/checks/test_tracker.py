"""The beat tracker hears what librosa's hears, which is the same method by other hands."""

import numpy as np
import pytest

from render.checks.tracker import find_beats, find_tempo, hear_onsets, track_beats

RATE = 44_100


def hits(seed: int) -> np.ndarray:
    """Eight seconds of hits of noise on most eighths of a drawn tempo, with a tone between: (samples,)."""
    rng = np.random.default_rng(seed)
    audio = np.zeros(8 * RATE, dtype=np.float32)
    eighth = round(RATE * 30.0 / rng.uniform(60.0, 200.0))
    fall = np.exp(-np.arange(4000) / 800)
    for at in range(0, len(audio) - 4000, eighth):
        if rng.random() < 0.7:
            audio[at : at + 4000] += rng.random() * fall * rng.standard_normal(4000)
    audio += 0.1 * np.sin(2 * np.pi * rng.uniform(80.0, 800.0) * np.arange(len(audio)) / RATE)
    return audio


@pytest.mark.slow
@pytest.mark.usefixtures("librosa_loaded")
@pytest.mark.parametrize("seed", range(6))
def test_onsets_tempo_and_beats_are_those_of_librosa(seed: int) -> None:
    import librosa

    audio = hits(seed)
    onsets = librosa.onset.onset_strength(y=audio, sr=RATE, aggregate=np.median)
    np.testing.assert_allclose(hear_onsets(audio, RATE), onsets, atol=2e-3)
    tempo = float(librosa.feature.tempo(onset_envelope=onsets, sr=RATE)[0])
    # one window in eight of librosa's, so that a neighbour may win
    assert find_tempo(onsets, RATE) == pytest.approx(tempo, rel=0.03)
    _, beats = librosa.beat.beat_track(onset_envelope=onsets, bpm=tempo, sr=RATE, trim=False)
    assert list(find_beats(onsets, RATE, tempo)) == list(beats)


def test_silence_has_no_beats_and_a_metronome_has_its_own() -> None:
    tempo, beats = track_beats(np.zeros(4 * RATE, dtype=np.float32), RATE)
    assert (tempo, len(beats)) == (0.0, 0)
    audio = np.zeros(12 * RATE, dtype=np.float32)
    noise = np.random.default_rng(0).standard_normal(800) * np.exp(-np.arange(800) / 150)
    audio[np.arange(24)[:, None] * (RATE // 2) + np.arange(800)] = noise
    tempo, beats = track_beats(audio, RATE)
    assert tempo == pytest.approx(120.0, rel=0.02)
    assert np.abs(np.diff(beats) - 0.5).max() < 0.02
    assert np.abs(beats / 0.5 - np.rint(beats / 0.5)).max() < 0.1
