"""WAV files give back what was written, to the bit depth, and are whole or absent."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from render.audio.wav import as_written, quantise, write_wav

RATE = 44_100
SAMPLES = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=60),
    elements=st.floats(-1.0, 1.0, width=32),
)


def music(seconds: float = 1.0) -> np.ndarray:
    audio = np.random.default_rng(3).standard_normal((2, round(seconds * RATE))) * 0.1
    audio[:, : RATE // 4] = 0.0
    return audio.astype(np.float32)


@given(SAMPLES)
def test_24_bits_round_to_half_a_step(audio: np.ndarray) -> None:
    back = quantise(audio, 24) / 2.0**31
    assert np.abs(back - np.minimum(audio, 1 - 2.0**-23)).max() <= 0.5 * 2.0**-23


@given(SAMPLES, st.integers(0, 1000))
def test_16_bits_dither_by_a_step_and_a_half_at_most_and_keep_silence(audio: np.ndarray, seed: int) -> None:
    back = quantise(audio, 16, seed) / 2.0**31
    assert np.abs(back - np.minimum(audio, 1 - 2.0**-15)).max() <= 1.5 * 2.0**-15
    assert not back[audio == 0.0].any()


def test_dither_keeps_what_lies_below_a_step() -> None:
    """A tone of a third of a step would be silence without dither."""
    time = np.arange(RATE) / RATE
    tone = (2.0**-15 / 3 * np.sin(2 * np.pi * 1000 * time)).astype(np.float32)[None]
    spectrum = np.abs(np.fft.rfft(quantise(tone, 16)[0] / 2.0**31))
    assert np.argmax(spectrum) == 1000


@pytest.mark.parametrize("bit_depth", [16, 24])
def test_a_file_reads_back_and_the_same_audio_gives_the_same_bytes(tmp_path: Path, bit_depth: int) -> None:
    audio = music()
    write_wav(tmp_path / "a.wav", audio, RATE, bit_depth)
    write_wav(tmp_path / "b.wav", audio, RATE, bit_depth)
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.frames, info.channels) == (RATE, audio.shape[1], 2)
    assert info.subtype == f"PCM_{bit_depth}"
    back = soundfile.read(tmp_path / "a.wav", dtype="float32")[0].T
    assert np.abs(back - audio).max() <= 1.5 * 2.0 ** (1 - bit_depth)
    assert not back[:, : RATE // 4].any()
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


@pytest.mark.parametrize("bad", [1.01, -1.01, np.nan, np.inf])
def test_what_would_clip_is_refused_and_leaves_no_file(tmp_path: Path, bad: float) -> None:
    audio = music(0.1)
    audio[0, 5] = bad
    with pytest.raises(ValueError, match="beyond full scale"):
        write_wav(tmp_path / "song.wav", audio, RATE)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    write_wav(path, music(0.1), RATE)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="beyond full scale"):
        write_wav(path, music(0.1) + 5, RATE)
    assert path.read_bytes() == before


@pytest.mark.parametrize("bit_depth", [16, 24])
def test_what_will_be_read_back_is_known_beforehand(tmp_path: Path, bit_depth: int) -> None:
    audio = np.tile(music(), 25)  # longer than a block
    write_wav(tmp_path / "a.wav", audio, RATE, bit_depth)
    back = soundfile.read(tmp_path / "a.wav", dtype="float32")[0].T
    assert np.array_equal(as_written(audio, bit_depth), back)
