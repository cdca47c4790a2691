"""The decoder: given the mel of a real sound and its score, the sound comes back."""

import librosa
import numpy as np
import pytest
import torch
from scipy.signal import butter, sosfilt

from render.checks.timing import HOP_S, attack_rises
from render.model import decoder
from render.model.decoder import decode, gains, shape
from render.model.excitation import make_pitched_excitation
from render.model.features import DRUMS, PITCHED, log_mel, mel_power, stft
from render.model.playing.notes import NoteTable

pytestmark = pytest.mark.usefixtures("librosa_loaded")

RATE = 44_100


def plucked(notes: NoteTable, n_samples: int) -> np.ndarray:
    """A damped-string sound that shares nothing with the excitation but the score."""
    rng = np.random.default_rng(5)
    audio = np.zeros(n_samples)
    for start, end, pitch, _ in zip(notes.start, notes.end, notes.pitch, notes.velocity, strict=True):
        f0 = librosa.midi_to_hz(float(pitch))
        time = np.arange(end - start) / RATE
        for k in range(1, int(9000 / f0) + 1):
            decay = np.exp(-time * (1.5 + 0.8 * k))
            audio[start:end] += 0.2 / k * decay * np.sin(2 * np.pi * k * f0 * time + rng.uniform(0, 6.28))
    return audio.astype(np.float32)


NOTES = NoteTable.of(
    [
        (4410 + 13_230 * i, 4410 + 13_230 * i + 12_000, p, 100)
        for i, p in enumerate((57, 60, 64, 69, 52, 45))
    ]
)
SAMPLES = 2 * RATE + 4410


@pytest.fixture(scope="module")
def rebuilt() -> tuple[np.ndarray, np.ndarray]:
    audio = plucked(NOTES, SAMPLES)
    mel = log_mel(torch.from_numpy(audio), PITCHED)
    return audio, decode(mel, NOTES, PITCHED, SAMPLES, seed=1)


def test_the_mel_comes_back(rebuilt: tuple[np.ndarray, np.ndarray]) -> None:
    audio, back = rebuilt
    wanted, made = (
        10 * torch.log10(mel_power(stft(torch.from_numpy(a), PITCHED), PITCHED).clamp_min(1e-8))
        for a in (audio, back)
    )
    loud = wanted > -60
    assert float((wanted - made).abs()[loud].mean()) < 2.0


def test_pitches_come_back(rebuilt: tuple[np.ndarray, np.ndarray]) -> None:
    _, back = rebuilt
    for start, pitch in zip(NOTES.start, NOTES.pitch, strict=True):
        f0 = librosa.yin(back[start + 1000 : start + 11_000], fmin=60, fmax=800, sr=RATE)
        assert float(np.median(librosa.hz_to_midi(f0))) == pytest.approx(float(pitch), abs=0.3)


def test_attacks_come_back_within_ten_milliseconds(rebuilt: tuple[np.ndarray, np.ndarray]) -> None:
    """Each rises most where the same attack of the original does."""
    steepest = []
    for audio in rebuilt:
        rises = attack_rises(np.stack([audio, audio]), RATE)
        hops = [round(start / RATE / HOP_S) for start in NOTES.start]
        steepest.append(np.array([hop + int(rises[hop - 25 : hop + 26].argmax()) - 25 for hop in hops]))
    original, back = steepest
    assert len(NOTES.start) == 6
    assert np.abs(back - original).max() * HOP_S <= 0.010


def test_silence_before_the_first_note(rebuilt: tuple[np.ndarray, np.ndarray]) -> None:
    _, back = rebuilt
    first = int(NOTES.start[0])
    assert np.abs(back[: first - PITCHED.n_fft // 2]).max() < 1.5e-3 * np.abs(back).max()


def test_decoding_is_repeatable_and_its_noise_has_a_seed() -> None:
    mel = log_mel(torch.from_numpy(plucked(NOTES, SAMPLES)), PITCHED)
    one, same, other = (decode(mel, NOTES, PITCHED, SAMPLES, seed=s) for s in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def snare_hits() -> tuple[NoteTable, np.ndarray]:
    """Four bursts of noise, band-limited and dying away, and their score."""
    rng = np.random.default_rng(3)
    notes = NoteTable.of([(22_050 * i + 3000, 22_050 * i + 6000, 38, 110) for i in range(4)])
    audio = np.zeros(4 * 22_050, dtype=np.float32)
    for start in notes.start:
        burst = rng.standard_normal(8000) * np.exp(-np.arange(8000) / 1500)
        audio[start : start + 8000] += (
            0.2 * sosfilt(butter(2, [300, 6000], "band", fs=RATE, output="sos"), burst)
        ).astype(np.float32)
    return notes, audio


def test_a_drum_hit_stays_where_it_is() -> None:
    notes, audio = snare_hits()
    back = decode(log_mel(torch.from_numpy(audio), DRUMS), notes, DRUMS, len(audio), seed=0)
    envelope = np.abs(back)
    for start in notes.start:
        before = envelope[start - 1500 : start - 600].max()
        after = envelope[start : start + 600].max()
        assert after > 10 * before


@pytest.mark.slow
def test_a_drums_phases_come_to_agree_with_its_spectrum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds bring the mel nearer, and nothing more is heard before the hits."""
    notes, audio = snare_hits()
    mel = log_mel(torch.from_numpy(audio), DRUMS)
    misses, early = [], []
    for rounds, mel_rounds in ((0, 0), (4, 0), (24, 0), (24, 2)):
        monkeypatch.setattr(decoder, "_ROUNDS", {"drums": rounds})
        monkeypatch.setattr(decoder, "_MEL_ROUNDS", mel_rounds)
        back = decode(mel, notes, DRUMS, len(audio), seed=0)
        loud = mel > 0.0
        made = log_mel(torch.from_numpy(back), DRUMS, len(mel))
        misses.append(float((made - mel).abs()[loud].mean() * 25.0))
        spans = [back[start - 900 : start - 64] for start in notes.start]
        early.append(float(np.sqrt(np.mean(np.square(spans)))))
    assert misses[1] < 0.75 * misses[0]
    assert misses[2] < 0.9 * misses[1]
    assert misses[3] < 0.95 * misses[2]
    assert max(early) < 1.2 * early[0]


def test_an_attack_is_not_heard_before_it() -> None:
    """A loud note after a soft one that is still held: just before the attack the soft one stays soft."""
    rows = [(4410, 80_000, 50, 127), (44_100, 80_000, 69, 127)]
    seconds = np.arange(2 * RATE) / RATE
    soft, loud = (
        sum(np.sin(2 * np.pi * k * librosa.midi_to_hz(p) * seconds) / k for k in range(1, 12))
        for p in (50.0, 69.0)
    )
    audio = 0.003 * soft * (seconds > 0.1) + 0.2 * loud * (seconds >= 1.0)
    mel = log_mel(torch.from_numpy(audio.astype(np.float32)), PITCHED)
    notes = NoteTable.of(rows)
    source = stft(torch.from_numpy(make_pitched_excitation(notes, 2 * RATE, 0)), PITCHED, mel.shape[0])
    back = decode(mel, notes, PITCHED, 2 * RATE, 0)
    blind = shape(source, gains(source, mel, PITCHED), PITCHED, 2 * RATE).numpy()
    before = slice(44_100 - 900, 44_100 - 64)
    wanted, made, smeared = (float(np.sqrt(np.mean(a[before] ** 2))) for a in (audio, back, blind))
    assert smeared > 10.0 * wanted
    assert made < 0.3 * smeared
    assert float(np.sqrt(np.mean(back[44_100:46_000] ** 2))) > 10.0 * made


@pytest.mark.slow
def test_the_number_of_threads_does_not_change_a_bit() -> None:
    mel = log_mel(torch.from_numpy(plucked(NOTES, SAMPLES)), PITCHED)
    before = torch.get_num_threads()
    try:
        made = []
        for threads in (1, 2):
            torch.set_num_threads(threads)
            made.append(decode(mel, NOTES, PITCHED, SAMPLES, seed=0))
    finally:
        torch.set_num_threads(before)
    assert np.array_equal(*made)


def test_a_room_sounds_on_long_after_the_last_hit() -> None:
    """Two seconds later, 40 dB below the hit, where a drum's own sound has gone."""
    notes = NoteTable.of([(4410, 8000, 38, 110)])
    rng = np.random.default_rng(1)
    seconds = np.arange(3 * RATE) / RATE
    audio = 0.2 * rng.standard_normal(3 * RATE) * np.exp(-2.3 * (seconds - 0.1)) * (seconds >= 0.1)
    mel = log_mel(torch.from_numpy(audio.astype(np.float32)), DRUMS)
    back = decode(mel, notes, DRUMS, len(audio), seed=0)
    late = slice(int(2.1 * RATE), int(2.9 * RATE))
    wanted, made = (20.0 * np.log10(np.sqrt(np.mean(a[late] ** 2))) for a in (audio, back))
    assert abs(made - wanted) < 1.5


@pytest.mark.parametrize(("stretch", "most_db"), [(0.0, 1.0), (0.003, 1.3)])
def test_partials_that_are_not_harmonic_come_back_as_loud(stretch: float, most_db: float) -> None:
    """A stiff string's partials k lie at k sqrt(1 + stretch k²) (Fletcher, "Normal vibration frequencies of
    a stiff piano string", JASA 1964), between the excitation's harmonics."""
    notes = NoteTable.of([(4410, 80_000, 45, 110)])
    seconds = np.arange(2 * RATE) / RATE
    held = np.exp(-1.5 * (seconds - 0.1)) * (seconds >= 0.1)
    partials = sum(
        np.sin(2 * np.pi * 110.0 * k * np.sqrt(1 + stretch * k**2) * seconds + k) / k for k in range(1, 12)
    )
    mel = log_mel(torch.from_numpy((0.1 * partials * held).astype(np.float32)), PITCHED)
    made = log_mel(torch.from_numpy(decode(mel, notes, PITCHED, 2 * RATE, seed=0)), PITCHED, len(mel))
    loud = mel > mel.max() - 40.0 / 25.0
    assert float((made - mel).abs()[loud].mean() * 25.0) < most_db
