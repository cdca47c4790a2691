"""Files that are given as recordings: what is taken, what is refused, and why."""

import os
import pickle
import shutil
import stat
from pathlib import Path

import numpy as np
import pytest
import soundfile

from render.listening.recording import read_recording
from structure.base.errors import AudioFileError

RATE = 44_100


def tone(seconds: float = 1.0, rate: int = RATE, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 330 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def written(folder: Path, audio: np.ndarray, rate: int = RATE, name: str = "take.wav") -> Path:
    path = folder / name
    soundfile.write(path, audio, rate, subtype="FLOAT" if name.endswith("wav") else None)
    return path


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"hello there, this is text and no sound", "cannot be read as audio"),
        (pickle.dumps({"a": [1] * 100}), "cannot be read as audio"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "cannot be read as audio"),
    ],
)
def test_what_is_no_audio_is_refused_with_its_name(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "take.wav"
    path.write_bytes(data)
    with pytest.raises(AudioFileError, match=said) as caught:
        read_recording(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("level", [0.0, 0.5])
def test_silence_is_refused_also_with_an_offset(tmp_path: Path, level: float) -> None:
    path = written(tmp_path, np.full(RATE, level, np.float32))
    with pytest.raises(AudioFileError, match="silent"):
        read_recording(path)


def test_samples_that_are_no_numbers_are_refused_with_their_place(tmp_path: Path) -> None:
    audio = tone()
    audio[22_050] = np.nan
    with pytest.raises(AudioFileError, match=r"0\.500 s"):
        read_recording(written(tmp_path, audio))


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioFileError, match="no such recording"):
        read_recording(tmp_path / "none.wav")
    with pytest.raises(AudioFileError, match="not a file"):
        read_recording(tmp_path)


def test_only_the_first_seconds_are_read_and_the_rest_is_said(tmp_path: Path) -> None:
    path = written(tmp_path, tone(3.0))
    read = read_recording(path, longest_s=1.0)
    assert read.audio.shape == (1, RATE)
    assert any("0:03" in one for one in read.left_out)
    assert read_recording(path).left_out == ()


def test_what_is_wrong_with_its_sound_is_said(tmp_path: Path) -> None:
    clipped = np.clip(tone(level=3.0), -1, 1)
    assert any("clipped" in fault for fault in read_recording(written(tmp_path, clipped)).faults)
    assert any("DC" in fault for fault in read_recording(written(tmp_path, tone() + 0.2)).faults)
    low = read_recording(written(tmp_path, tone(rate=8000), 8000))
    assert any("8000" in fault for fault in low.faults)
    assert read_recording(written(tmp_path, tone())).faults == ()


def test_more_than_two_channels_are_said_and_the_first_two_taken(tmp_path: Path) -> None:
    read = read_recording(written(tmp_path, np.stack([tone(), tone(), tone()], axis=1)))
    assert len(read.audio) == 2
    assert any("channels" in one for one in read.left_out)


def test_flac_and_mp3_are_read(tmp_path: Path) -> None:
    for name in ("take.flac", "take.mp3", "take.ogg"):
        assert read_recording(written(tmp_path, tone(), name=name)).seconds == pytest.approx(1.0, abs=0.1)


def test_the_wrong_ending_does_not_matter_to_what_can_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, tone())
    renamed = path.rename(tmp_path / "take.m4a")
    assert read_recording(renamed).seconds == pytest.approx(1.0)


def test_m4a_without_ffmpeg_says_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "memo.m4a"
    path.write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(100))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(AudioFileError, match="ffmpeg") as caught:
        read_recording(path)
    assert "WAV" in str(caught.value)


def test_m4a_is_read_by_ffmpeg_where_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = written(tmp_path, tone())
    fake = tmp_path / "bin" / "ffmpeg"
    fake.parent.mkdir()
    fake.write_text(f'#!/bin/sh\nfor last; do :; done\ncp "{made}" "$last"\n')
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    path = tmp_path / "memo.m4a"
    path.write_bytes(b"\x00\x00\x00\x20ftypM4A " + bytes(100))
    assert read_recording(path).seconds == pytest.approx(1.0)
    fake.write_text("#!/bin/sh\necho moov atom not found >&2\nexit 1\n")
    with pytest.raises(AudioFileError, match="moov atom not found"):
        read_recording(path)
