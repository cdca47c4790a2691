"""A piano's stiff strings: where their partials lie, that they sound nearer, and by what they are known."""

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
from render.model.notes import NoteTable
from render.model.strings import fit_strings, read_strings

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
    plain, stiff = (decode(mel, notes, PITCHED, n_samples, 0, stiff_strings=s) for s in (False, True))

    def distance(audio: np.ndarray) -> float:
        sound, other = (librosa.stft(a, n_fft=8192) for a in (audio, wanted))
        gap = np.abs(np.abs(sound) - np.abs(other))
        return float(np.linalg.norm(gap) / np.linalg.norm(other))

    assert distance(stiff) < 0.75 * distance(plain)


def test_strings_are_known_by_a_line_through_timbres(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    stiff = rng.random(900) < 0.1
    way = rng.standard_normal(32)
    timbres = rng.standard_normal((900, 32)) + np.where(stiff, 1.0, -1.0)[:, None] * way
    listener = fit_strings(timbres, stiff)
    heard = [listener.hears_stiff(torch.from_numpy(timbre)[None]) for timbre in timbres]
    assert np.mean(heard == stiff) > 0.99

    listener.write(tmp_path / "strings.json")
    again = read_strings(tmp_path / "strings.json")
    assert again is not None
    assert [again.hears_stiff(torch.from_numpy(timbre)) for timbre in timbres] == heard
    # a timbre that changes on the way is heard as a whole
    path = torch.from_numpy(np.stack([4 * way, -way, -way])[None])
    assert again.hears_stiff(path)
    assert not again.hears_stiff(-path)


def test_a_model_without_the_file_knows_no_stiff_strings(tmp_path: Path) -> None:
    assert read_strings(tmp_path / "strings.json") is None
