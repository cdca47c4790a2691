"""Bells and bars that are struck: where their partials lie, and that they sound nearer to their own."""

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render.model.decoder import decode
from render.model.excitation import STRUCK, comb, note_hz, struck_comb
from render.model.features import PITCHED, log_mel
from render.model.playing.notes import NoteTable

pytestmark = pytest.mark.usefixtures("librosa_loaded")

RATE = 44_100


@settings(deadline=None, max_examples=10)
@given(st.sampled_from(sorted(STRUCK)), st.integers(50, 90))
def test_partials_lie_where_the_struck_thing_has_them(kind: str, pitch: int) -> None:
    audio = struck_comb(kind)(pitch, 4 * RATE)
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    hertz, f0 = np.fft.rfftfreq(len(audio), 1 / RATE), note_hz(pitch)
    # the harmonic that is no partial is far below the partial beside it
    own = [ratio for ratio in STRUCK[kind] if ratio * f0 < 17_000]
    for ratio in own:
        near = np.abs(hertz - ratio * f0) < 0.15 * f0
        assert hertz[near][np.argmax(spectrum[near])] == pytest.approx(ratio * f0, abs=0.5)
    between = spectrum[np.abs(hertz - 3 * f0) < 0.02 * f0].max()
    beside = spectrum[np.abs(hertz - own[3 if kind == "tubes" else 1] * f0) < 0.02 * f0].max()
    assert between < 0.25 * beside


def test_a_tubular_bell_is_heard_an_octave_below_its_fourth_mode() -> None:
    # modes 4, 5 and 6 are nearly 2 : 3 : 4, of which the ear makes 1
    two, three, four = STRUCK["tubes"][2:5]
    assert two == 2.0
    assert (three, four) == pytest.approx((3.0, 4.0), rel=0.025)
    assert STRUCK["tubes"] == tuple(sorted(STRUCK["tubes"]))


def test_bars_follow_the_squares_of_odd_numbers_a_little_flat() -> None:
    free = np.array([3.0112, 5.0, 7.0, 9.0, 11.0, 13.0]) ** 2 / 3.0112**2  # of a thin bar
    cents = 1200 * np.log2(np.array(STRUCK["bars"]) / free)
    assert np.all(cents <= 0.0)
    assert np.all(np.diff(cents[:5]) < 0.0)  # the higher, the flatter
    assert np.all(cents > -150.0)


def _bell(notes: NoteTable, n_samples: int, kind: str) -> np.ndarray:
    """Struck sounds, of which nothing but the score and the ratios is the decoder's."""
    audio, rng = np.zeros(n_samples), np.random.default_rng(4)
    for start, end, pitch in zip(notes.start, notes.end, notes.pitch, strict=True):
        time = np.arange(end - start) / RATE
        for k, ratio in enumerate(STRUCK[kind], start=1):
            if (hertz := ratio * note_hz(int(pitch))) < 12_000:
                wave = np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6.28))
                audio[start:end] += 0.1 / k * np.exp(-time * (1 + 0.8 * k)) * wave
    return audio.astype(np.float32)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "pitches"), [("tubes", (60, 67, 72)), ("bars", (74, 79, 86))])
def test_a_struck_sound_is_decoded_nearer_by_its_own_partials(kind: str, pitches: tuple[int, ...]) -> None:
    notes = NoteTable.of([(4410 + 26_460 * i, 26_460 * (i + 1), p, 100) for i, p in enumerate(pitches)])
    n_samples = 2 * RATE
    wanted = _bell(notes, n_samples, kind)
    mel = log_mel(torch.from_numpy(wanted), PITCHED)
    plain, own = (decode(mel, notes, PITCHED, n_samples, 0, make_comb=c) for c in (comb, struck_comb(kind)))

    def distance(audio: np.ndarray) -> float:
        sound, other = (librosa.stft(a, n_fft=8192) for a in (audio, wanted))
        gap = np.abs(np.abs(sound) - np.abs(other))
        return float(np.linalg.norm(gap) / np.linalg.norm(other))

    assert distance(own) < 0.75 * distance(plain)
