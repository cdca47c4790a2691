"""Audio files of other rates and widths become what the renderer wants."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from render.audio.files import read_audio, read_whole
from structure.base.errors import AudioFileError, RitornelloError


def test_a_file_of_another_rate_keeps_its_pitch_and_its_length(tmp_path: Path) -> None:
    time = np.arange(48_000) / 48_000
    soundfile.write(tmp_path / "tone.flac", 0.5 * np.sin(2 * np.pi * 440 * time), 48_000)
    audio = read_audio(tmp_path / "tone.flac")
    assert audio.shape == (1, 44_100) and audio.dtype == np.float32
    wanted = 0.5 * np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100)
    assert np.abs(audio[0] - wanted)[2000:-2000].max() < 1e-3


def test_channels_are_doubled_averaged_or_kept(tmp_path: Path) -> None:
    left, right = np.full(100, 0.5), np.full(100, -0.25)
    soundfile.write(tmp_path / "two.wav", np.stack([left, right], axis=1), 44_100)
    soundfile.write(tmp_path / "one.wav", left, 44_100)
    assert read_audio(tmp_path / "two.wav").shape == (2, 100)
    assert read_audio(tmp_path / "two.wav", channels=1) == pytest.approx(0.125, abs=1e-4)
    assert (read_audio(tmp_path / "one.wav", channels=2) == np.float32(0.5)).all()


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="no such audio file"):
        read_audio(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("not audio")
    with pytest.raises(RitornelloError, match=r"text\.wav: cannot be read as audio"):
        read_audio(tmp_path / "text.wav")
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 44_100)
    with pytest.raises(RitornelloError, match="holds no samples"):
        read_audio(tmp_path / "empty.wav")
    soundfile.write(tmp_path / "nan.wav", np.full(10, np.nan), 44_100, "FLOAT")
    with pytest.raises(RitornelloError, match="not numbers"):
        read_audio(tmp_path / "nan.wav")


@pytest.mark.parametrize("width", [3, 6])
def test_surround_is_refused_where_it_would_be_measured(tmp_path: Path, width: int) -> None:
    soundfile.write(tmp_path / "a.wav", np.full((100, width), 0.1), 44_100)
    with pytest.raises(AudioFileError, match=f"has {width} channels.*mix it down"):
        read_whole(tmp_path / "a.wav", most_channels=2)
    assert read_audio(tmp_path / "a.wav", channels=2).shape == (2, 100)


def test_a_file_that_claims_to_last_for_hours_is_refused_unread(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(8000 * 100, "i2"), 8000)
    data = bytearray((tmp_path / "a.wav").read_bytes())
    data[24:28] = (1000).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    assert read_whole(tmp_path / "a.wav")[1] == 1000
    data[24:28] = (10).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioFileError, match="10 samples a second; allowed"):
        read_whole(tmp_path / "a.wav")


@pytest.mark.parametrize("place", [4, 12, 18, 20, 40])
def test_a_broken_flac_header_is_refused_in_words(tmp_path: Path, place: int) -> None:
    soundfile.write(tmp_path / "a.flac", np.full((5000, 2), 0.1), 44_100)
    data = (tmp_path / "a.flac").read_bytes()
    (tmp_path / "a.flac").write_bytes(data[:place] + b"\xff" * 8 + data[place + 8 :])
    with pytest.raises(AudioFileError, match=r"a\.flac: (cannot be read as audio|has \d+ samples)"):
        read_audio(tmp_path / "a.flac")


def test_a_pointer_of_git_lfs_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 1\n")
    with pytest.raises(AudioFileError, match="pointer of git-lfs"):
        read_audio(tmp_path / "a.wav")
