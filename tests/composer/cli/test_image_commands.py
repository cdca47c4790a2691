"""audio2image and image2audio as a user types them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from composer.cli.main import app
from structure.base.errors import RitornelloError


def run(*words: object) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=True)
    if result.exception is not None:
        raise result.exception
    return result.output


@pytest.mark.slow
def test_there_and_back(tmp_path: Path) -> None:
    time = np.arange(22_050) / 44_100
    tone = 0.3 * np.sin(2 * np.pi * 500 * time)
    soundfile.write(tmp_path / "tone.wav", np.stack([tone, 0.5 * tone], axis=1), 44_100)
    assert "51 × 512" in run("audio2image", tmp_path / "tone.wav", tmp_path / "tone.png", "--stereo")
    with Image.open(tmp_path / "tone.png") as image:
        assert image.getexif()[11005] == 1
    assert "0.50 s, stereo" in run("image2audio", tmp_path / "tone.png", tmp_path / "back.wav")
    back, rate = soundfile.read(tmp_path / "back.wav")
    assert rate == 44_100 and back.shape == (22_050, 2)
    loudest = np.abs(np.fft.rfft(back[:, 0])).argmax() * 44_100 / 22_050
    assert abs(loudest - 500) <= 4
    left, right = np.sqrt((back**2).mean(axis=0))
    assert right / left == pytest.approx(0.5, abs=0.05)


def test_nothing_is_overwritten_unasked_and_mistakes_are_named(tmp_path: Path) -> None:
    (tmp_path / "here.png").write_bytes(b"mine")
    with pytest.raises(RitornelloError, match=r"exists already; --force"):
        run("audio2image", tmp_path / "a.wav", tmp_path / "here.png")
    with pytest.raises(RitornelloError, match=r"write to a \.wav file"):
        run("image2audio", tmp_path / "here.png", tmp_path / "out.mp3")
    with pytest.raises(RitornelloError, match="the folder is missing"):
        run("image2audio", tmp_path / "here.png", tmp_path / "none" / "out.wav")
    with pytest.raises(RitornelloError, match="frequencies rise"):
        run("audio2image", tmp_path / "a.wav", tmp_path / "b.png", "--min-hz", 9000, "--max-hz", 100)
    assert (tmp_path / "here.png").read_bytes() == b"mine"
