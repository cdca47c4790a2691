"""A piano's stiff strings: where their partials lie, that they sound nearer, and which words ask for it."""

from pathlib import Path

import librosa
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from render.model.decoder import decode
from render.model.excitation import comb, find_stiffness, note_hz, stiff_comb
from render.model.features import PITCHED, log_mel
from render.model.pianos import fit_piano_words, read_piano_words
from render.model.playing.notes import NoteTable

pytestmark = pytest.mark.usefixtures("librosa_loaded")

RATE = 44_100


@settings(deadline=None, max_examples=12)
@given(st.integers(24, 100))
def test_partials_lie_ever_higher_than_harmonics(pitch: int) -> None:
    audio = stiff_comb(pitch, 4 * RATE)
    spectrum = np.abs(np.fft.rfft(audio * np.hanning(len(audio))))
    hertz, b, f0 = np.fft.rfftfreq(len(audio), 1 / RATE), find_stiffness(pitch), note_hz(pitch)
    for number in (1, 2, 5, 12):
        wanted = number * f0 * np.sqrt((1 + b * number**2) / (1 + b))
        if wanted > 17_000:
            break
        near = np.abs(hertz - wanted) < 0.3 * f0
        assert hertz[near][np.argmax(spectrum[near])] == pytest.approx(wanted, abs=0.4)


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 127), st.integers(1, 300_000))
def test_both_combs_are_as_long_and_as_loud(pitch: int, n_samples: int) -> None:
    stiff, plain = stiff_comb(pitch, n_samples), comb(pitch, n_samples)
    assert stiff.shape == plain.shape
    assert stiff.dtype == plain.dtype == np.float32
    if n_samples > RATE and pitch > 20:
        assert np.std(stiff) == pytest.approx(np.std(plain), rel=0.25)


def _strings(notes: NoteTable, n_samples: int) -> np.ndarray:
    """Struck stiff strings, of which nothing but the score and the stiffness is the decoder's."""
    audio, rng = np.zeros(n_samples), np.random.default_rng(4)
    for start, end, pitch in zip(notes.start, notes.end, notes.pitch, strict=True):
        f0, b, time = note_hz(int(pitch)), find_stiffness(int(pitch)), np.arange(end - start) / RATE
        for k in range(1, int(7000 / f0)):
            hertz = k * f0 * np.sqrt((1 + b * k * k) / (1 + b))
            wave = np.sin(2 * np.pi * hertz * time + rng.uniform(0, 6.28))
            audio[start:end] += 0.1 / k * np.exp(-time * (1 + 0.4 * k)) * wave
    return audio.astype(np.float32)


def test_a_piano_is_decoded_nearer_by_its_own_partials() -> None:
    notes = NoteTable.of(
        [(4410 + 26_460 * i, 26_460 * (i + 1), p, 100) for i, p in enumerate((38, 69, 81))]
    )
    n_samples = 2 * RATE
    wanted = _strings(notes, n_samples)
    mel = log_mel(torch.from_numpy(wanted), PITCHED)
    plain, stiff = (decode(mel, notes, PITCHED, n_samples, 0, make_comb=c) for c in (comb, stiff_comb))

    def distance(audio: np.ndarray) -> float:
        sound, other = (librosa.stft(a, n_fft=8192) for a in (audio, wanted))
        gap = np.abs(np.abs(sound) - np.abs(other))
        return float(np.linalg.norm(gap) / np.linalg.norm(other))

    assert distance(stiff) < 0.75 * distance(plain)


def test_pianos_are_known_by_a_line_through_sentences(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pianos = rng.random(900) < 0.1
    way = rng.standard_normal(64) / 8
    texts = rng.standard_normal((900, 64)) / 8 + np.where(pianos, 0.6, -0.6)[:, None] * way
    words = fit_piano_words(texts, pianos)
    known = [words.ask_for_piano(torch.from_numpy(text)[None]) for text in texts]
    assert np.mean(known == pianos) > 0.99

    words.write(tmp_path / "pianos.json")
    again = read_piano_words(tmp_path / "pianos.json")
    assert again is not None
    assert [again.ask_for_piano(torch.from_numpy(text)) for text in texts] == known
    # what turns from one into the other is what it is in the mean
    assert again.ask_for_piano(torch.from_numpy(np.stack([4 * way, -way])))
    assert not again.ask_for_piano(torch.from_numpy(np.stack([way, -4 * way])))


def test_a_model_without_the_file_knows_no_pianos(tmp_path: Path) -> None:
    assert read_piano_words(tmp_path / "pianos.json") is None
