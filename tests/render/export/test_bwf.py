"""Broadcast WAV files say where they begin, how loud they are and where their sections are."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
import wavinfo
from hypothesis import given
from hypothesis import strategies as st

from render.audio.r128 import Loudness
from render.audio.shape import resample
from render.export.bwf import Region, Wave, write_bwf
from render.export.names import number_names, safe_name
from structure.base.grid import count_resampled

RATE = 44_100
WAVE = Wave("Größe: Lead", 0, (Region(0, 20_001, "Intro"), Region(20_001, 24_101, "Verse 1")))


def music(count: int = 44_102, channels: int = 2) -> np.ndarray:
    audio = np.random.default_rng(3).standard_normal((channels, count)) * 0.1
    return audio.astype(np.float32)


def chunks(path: Path) -> list[tuple[bytes, bytes]]:
    """Every chunk of a RIFF file, by hand."""
    data = path.read_bytes()
    assert (data[:4], data[8:12]) == (b"RIFF", b"WAVE")
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
    found, at = [], 12
    while at < len(data):
        name, size = struct.unpack("<4sI", data[at : at + 8])
        found.append((name, data[at + 8 : at + 8 + size]))
        at += 8 + size + size % 2
    assert at == len(data)
    return found


@pytest.mark.parametrize(("bits", "subtype", "step"), [(24, "PCM_24", 2.0**-24), (32, "FLOAT", 0.0)])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_read_back(tmp_path: Path, bits: int, subtype: str, step: float, channels: int) -> None:
    audio = music(33_333, channels)
    write_bwf(tmp_path / "a.wav", audio, 48_000, bits, WAVE)
    info = soundfile.info(tmp_path / "a.wav")
    assert (info.samplerate, info.frames, info.channels) == (48_000, 33_333, channels)
    assert info.subtype == subtype
    back = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)[0].T
    assert np.abs(back - audio).max() <= step


def test_the_chunks_are_those_of_the_standards(tmp_path: Path) -> None:
    write_bwf(tmp_path / "a.wav", music(33_333, 1), RATE, 24, WAVE)  # an odd number of bytes
    found = chunks(tmp_path / "a.wav")
    assert [name for name, _ in found] == [b"bext", b"fmt ", b"data", b"cue ", b"LIST"]
    write_bwf(tmp_path / "b.wav", music(), RATE, 32, Wave())
    assert [name for name, _ in chunks(tmp_path / "b.wav")] == [b"bext", b"fmt ", b"fact", b"data"]
    bext = dict(chunks(tmp_path / "b.wav"))[b"bext"]
    assert struct.unpack("<I", dict(chunks(tmp_path / "b.wav"))[b"fact"]) == (44_102,)
    assert len(bext) > 602
    assert bext[602:].startswith(b"A=FLOAT,F=44100,W=32,M=stereo")


def test_another_reader_finds_the_sections_and_the_place_in_time(tmp_path: Path) -> None:
    loudness = Loudness(-14.02, 5.5, -11.25, -12.5, -1.07)
    wave = Wave("Song", 5_000_000_000, WAVE.regions, loudness)
    write_bwf(tmp_path / "a.wav", music(), RATE, 24, wave)
    read = wavinfo.WavInfoReader(str(tmp_path / "a.wav"))
    assert (read.bext.description, read.bext.originator) == ("Song", "Ritornello")
    assert (read.bext.time_reference, read.bext.version) == (5_000_000_000, 2)
    assert (read.bext.loudness_value, read.bext.loudness_range) == (-14.02, 5.5)
    assert (read.bext.max_true_peak, read.bext.max_shortterm_loudness) == (-1.07, -12.5)
    assert read.bext.max_momentary_loudness == -11.25
    assert read.cues.to_dict() == {
        1: {"frame": 0, "label": "Intro", "length": 20_001},
        2: {"frame": 20_001, "label": "Verse 1", "length": 24_101},
    }


def test_the_same_audio_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_bwf(tmp_path / name, music(), RATE, 24, WAVE)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize(("bits", "bad"), [(24, 1.5), (24, np.nan), (32, np.inf)])
def test_what_cannot_be_written_leaves_no_file(tmp_path: Path, bits: int, bad: float) -> None:
    audio = music()
    audio[1, 7] = bad
    with pytest.raises(ValueError, match="samples"):
        write_bwf(tmp_path / "a.wav", audio, RATE, bits, WAVE)
    assert list(tmp_path.iterdir()) == []


def test_resampling_keeps_sums_lengths_and_places() -> None:
    parts = [music(100_001), music(100_001)[::-1] * 0.5]
    total = resample((parts[0] + parts[1]).astype(np.float32), RATE, 48_000)
    assert total.shape[1] == count_resampled(100_001, RATE, 48_000) == 108_845
    apart = sum(resample(part, RATE, 48_000).astype(np.float64) for part in parts)
    assert np.abs(apart - total).max() < 10 ** (-120 / 20)
    click = np.zeros((1, RATE), np.float32)
    click[0, 22_050] = 1.0
    assert np.abs(resample(click, RATE, 48_000)).argmax() == 24_000
    assert resample(click, RATE, RATE) is click


@given(st.text(max_size=300))
def test_any_title_is_a_name_that_stays_in_its_folder(text: str) -> None:
    name = safe_name(text)
    assert name
    assert name == name.strip(" .")
    assert not set(name) & set('<>:"/\\|?*\0\n\r\t')
    assert Path("folder", name).resolve().parent == Path("folder").resolve()
    assert len((name + ".dawproject").encode()) < 255
    assert name.encode().decode() == name
    assert safe_name(name) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("C:\\Windows\\win.ini", "C Windows win.ini"),
        (".hidden", "hidden"),
        ("con", "con_"),
        ("NUL.txt", "NUL_.txt"),
        ("", "Song"),
        ("…/…", "… …"),
        ("Été à Paris?", "Été à Paris"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert safe_name(text) == name


def test_stems_are_numbered_and_named_for_people() -> None:
    assert number_names(["drums", "lead_guitar", "pad2"]) == ["01 Drums", "02 Lead Guitar", "03 Pad2"]
    assert number_names([f"s{k}" for k in range(100)])[0] == "001 S0"
