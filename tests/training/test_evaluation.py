"""The measures of the evaluation, on signals whose figures are known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfilt

from render.model.features import DRUMS, PITCHED, log_mel, mel_matrix, unscale_power
from render.model.playing.notes import NoteTable
from training.evaluation.control import colour, distance_db
from training.evaluation.griffin_lim import griffin_lim, spectrum_of
from training.evaluation.listeners import DrumListener
from training.evaluation.spectral import (
    attack_delays_ms,
    high_band_db,
    log_spectral_distance_db,
    mel_error_db,
    multi_resolution_distance,
    pre_echo_db,
    rest_floor_db,
)

RATE = 44_100
RNG = np.random.default_rng(0)
NOISE = (0.1 * RNG.standard_normal(2 * RATE)).astype(np.float32)


def test_distances_of_a_clip_to_itself_are_none() -> None:
    assert log_spectral_distance_db(NOISE, NOISE) == 0.0
    assert multi_resolution_distance(NOISE, NOISE) == 0.0
    assert mel_error_db(NOISE, NOISE, PITCHED) == 0.0


def test_distances_of_a_clip_to_its_half() -> None:
    """Half the amplitude is 6.02 dB less in every bin."""
    half = NOISE * np.float32(0.5)
    assert log_spectral_distance_db(half, NOISE) == pytest.approx(6.02, abs=0.05)
    assert mel_error_db(half, NOISE, PITCHED) == pytest.approx(6.02, abs=0.05)
    assert multi_resolution_distance(half, NOISE) == pytest.approx(0.5 + np.log(2.0), abs=0.01)
    assert distance_db(colour(half, PITCHED), colour(NOISE, PITCHED)) == pytest.approx(6.02, abs=0.2)


def test_the_high_band_is_measured_against_the_whole() -> None:
    time = np.arange(RATE) / RATE
    low, high = np.sin(2 * np.pi * 500 * time), np.sin(2 * np.pi * 9000 * time)
    assert high_band_db((low + 0.1 * high).astype(np.float32)) == pytest.approx(-20.04, abs=0.1)


def test_rests_are_where_the_reference_is_silent() -> None:
    wanted = NOISE.copy()
    wanted[RATE:] = 0.0
    made = wanted.copy()
    made[RATE:] = 0.001 * RNG.standard_normal(RATE)
    assert rest_floor_db(made, wanted) == pytest.approx(-60.0, abs=0.5)
    assert rest_floor_db(made, NOISE) is None


def _struck(delay_s: float, before: float) -> tuple[np.ndarray, NoteTable]:
    """Four notes, half a second apart, each a burst that begins ``delay_s`` after its onset over a noise of
    ``before`` times its amplitude."""
    onsets = [RATE // 2 * k for k in range(1, 5)]
    audio = before * RNG.standard_normal(3 * RATE)
    for onset in onsets:
        begin = onset + int(delay_s * RATE)
        audio[begin : begin + RATE // 5] += RNG.standard_normal(RATE // 5)
    notes = NoteTable.of([(onset, onset + RATE // 5, 60, 100) for onset in onsets])
    return audio.astype(np.float32), notes


@pytest.mark.parametrize("delay_ms", [0.0, 10.0, 25.0])
def test_attacks_are_found_where_they_are(delay_ms: float) -> None:
    delays = attack_delays_ms(*_struck(delay_ms / 1000.0, 0.001))
    assert len(delays) == 4
    assert np.median(list(delays.values())) == pytest.approx(delay_ms, abs=2.0)


def test_what_sounds_before_an_attack_is_its_echo() -> None:
    assert pre_echo_db(*_struck(0.0, 0.1)) == pytest.approx(-20.0, abs=1.0)
    assert pre_echo_db(*_struck(0.0, 0.0)) == pytest.approx(-60.0, abs=0.1)


@pytest.mark.slow
def test_the_inverted_spectrum_has_the_mel() -> None:
    mel = log_mel(torch.from_numpy(NOISE), PITCHED)
    power = spectrum_of(mel, PITCHED).square() @ mel_matrix(PITCHED)
    gap_db = 10.0 * torch.log10(power / unscale_power(mel))
    assert float(gap_db[5:-5].abs().median()) < 0.5


@pytest.mark.slow
def test_griffin_lim_keeps_a_tone() -> None:
    tone = (0.3 * np.sin(2 * np.pi * 440.0 * np.arange(RATE) / RATE)).astype(np.float32)
    back = griffin_lim(log_mel(torch.from_numpy(tone), PITCHED), PITCHED, RATE)
    peak = np.argmax(np.abs(np.fft.rfft(back[8192:24_576])))
    assert peak * RATE / 16_384 == pytest.approx(440.0, abs=15.0)


def _drum_clip(seed: int) -> tuple[np.ndarray, NoteTable]:
    """Kick, snare and hat in turn and together, as a low tone and two bands of noise."""
    rng = np.random.default_rng(seed)
    fade = np.exp(-np.arange(6000) / 1500)
    tone = np.sin(2 * np.pi * 60 * np.arange(6000) / RATE)
    audio, rows = np.zeros(6 * RATE), []
    for k in range(40):
        start = RATE // 2 + k * 5513
        for key in {36, 38, 42} if k % 7 == 0 else {int(rng.choice([36, 38, 42]))}:
            rows.append((start, start + 4000, key, 100))
            noise = rng.standard_normal(6000)
            band = {38: [200, 1500], 42: [6000, 16_000]}.get(key)
            sound = tone if band is None else sosfilt(butter(2, band, "band", fs=RATE, output="sos"), noise)
            audio[start : start + 6000] += 0.3 * fade * sound
    return audio.astype(np.float32), NoteTable.of(rows)


@pytest.mark.slow
def test_kick_snare_and_hat_are_told_apart() -> None:
    clips = [_drum_clip(seed) for seed in range(12)]
    mels = np.stack([log_mel(torch.from_numpy(audio), DRUMS).numpy() for audio, _ in clips])

    class Clips(SimpleNamespace):
        def __len__(self) -> int:
            return len(self.notes)

    listener = DrumListener(Clips(mel=mels, notes=[notes for _, notes in clips]), bins=24)
    fresh = [_drum_clip(seed) for seed in range(20, 24)]
    assert min(listener.measure_balanced_accuracy(fresh).values()) > 0.95
    deaf = [(np.roll(audio, 2756), notes) for audio, notes in fresh]
    assert max(listener.measure_balanced_accuracy(deaf).values()) < 0.8


def test_the_evaluation_reads_what_the_dataset_writes(tmp_path: Path) -> None:
    from training.captions import Label, unseen_caption
    from training.dataset import _Set
    from training.evaluation.takes import read_test_clips, spread

    made = _Set(PITCHED, keeps_audio=True)
    notes = NoteTable.of([(1000, 20_000, 60, 90)])
    for patch, family in (("0", "piano"), ("73", "flute"), ("56", "brass")):
        made.add(NOISE, notes, Label(family, patch, "test", "m", "dry", ""))
    made.save(tmp_path, unseen_caption, 3)
    clips = read_test_clips(tmp_path, PITCHED)
    assert [clip.family for clip in clips] == ["piano", "flute", "brass"]
    assert np.abs(clips[1].audio - NOISE[: len(clips[1].audio)]).max() < 1e-4
    assert [clip.family for clip in spread(clips, 2)] == ["piano", "brass"]
