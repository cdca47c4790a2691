"""M4A files have tags, cover and chapters, and sound as the master; without PyAV the error says why not."""

from __future__ import annotations

import importlib.util
import io
from pathlib import Path

import av
import numpy as np
import pytest
from mutagen.mp4 import MP4, MP4Cover
from PIL import Image

from render.audio.types import Audio
from render.export.aac import read_m4a, write_m4a
from render.export.bwf import Region
from render.export.encode import Tags
from structure.base.errors import MissingPackageError
from structure.specs.credits import CreditsSpec

RATE = 44_100
LENGTH = 3 * RATE + 17
CREDITS = CreditsSpec(
    artist="Ada Lark",
    album="Öde & Wald",
    composer="A. Lark",
    label="Own",
    year=2026,
    track=3,
    copyright="2026 Ada Lark",
    isrc="QZ-ABC-26-00001",
)
CHAPTERS = (Region(0, RATE, "Intro"), Region(RATE, RATE, "Refrain 夜"), Region(2 * RATE, RATE + 17, "🎵"))


def audio() -> Audio:
    time = np.arange(LENGTH) / RATE
    sides = (0.5 * np.sin(2 * np.pi * 440 * time), 0.3 * np.sin(2 * np.pi * 660 * time))
    return np.array(sides, dtype=np.float32)


def cover() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 10, 10)).save(file, "PNG")
    return file.getvalue()


def tags(**changes: object) -> Tags:
    usual = {
        "title": "Nacht",
        "genre": "techno",
        "key": "A minor",
        "bpm": 120.4,
        "comment": "Slow & low",
        "sample_rate": RATE,
        "chapters": CHAPTERS,
        "credits": CREDITS,
        "cover": cover(),
    }
    return Tags(**(usual | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("m4a") / "a.m4a"
    write_m4a(path, audio(), tags())
    return path


def test_m4a_has_credits_and_cover(path: Path) -> None:
    found = MP4(path).tags
    assert (found["\xa9nam"], found["\xa9ART"], found["\xa9alb"]) == (
        ["Nacht"],
        ["Ada Lark"],
        ["Öde & Wald"],
    )
    assert (found["\xa9day"], found["trkn"], found["tmpo"]) == (["2026"], [(3, 0)], [120])
    assert (found["cprt"], found["\xa9wrt"]) == (["2026 Ada Lark"], ["A. Lark"])
    own = {name: bytes(found[f"----:com.apple.iTunes:{name}"][0]) for name in ("ISRC", "initialkey")}
    assert own == {"ISRC": b"QZABC2600001", "initialkey": b"Am"}
    (picture,) = found["covr"]
    assert picture.imageformat == MP4Cover.FORMAT_PNG
    with Image.open(io.BytesIO(bytes(picture))) as image:
        assert image.size == (40, 30)


def test_m4a_has_a_chapter_at_each_section(path: Path) -> None:
    nero = [(chapter.start, chapter.title) for chapter in MP4(path).chapters]
    assert nero == [(0.0, "Intro"), (1.0, "Refrain 夜"), (2.0, "🎵")]
    with av.open(str(path)) as file:
        found = [
            (float(chapter["start"] * chapter["time_base"]), chapter["metadata"]["title"])
            for chapter in file.chapters()
        ]
    assert found == nero


def test_ffmpeg_decodes_an_m4a_as_the_master(path: Path) -> None:
    heard, rate = read_m4a(path)
    assert rate == RATE
    # the last frame is filled up; nothing is before the first sample
    assert 0 <= heard.shape[1] - LENGTH < 1024
    gap = np.abs(heard[:, :LENGTH] - audio())
    # both tones begin and end at once, which is the hardest
    assert 20 * np.log10(gap.max() / 0.5) < -25
    assert 20 * np.log10(gap[:, 4096:-4096].max() / 0.5) < -55
    assert MP4(path).info.codec == "mp4a.40.2"


def test_the_same_song_gives_the_same_m4a(path: Path, tmp_path: Path) -> None:
    write_m4a(tmp_path / "b.m4a", audio(), tags())
    assert (tmp_path / "b.m4a").read_bytes() == path.read_bytes()


def test_a_jpeg_is_said_to_be_one_and_what_is_empty_is_left_out(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "JPEG")
    write_m4a(tmp_path / "a.m4a", audio(), tags(cover=file.getvalue(), credits=CreditsSpec(), chapters=()))
    found = MP4(tmp_path / "a.m4a")
    assert found.tags["covr"][0].imageformat == MP4Cover.FORMAT_JPEG
    assert not {"\xa9ART", "trkn", "cprt"} & set(found.tags)
    assert not found.chapters


def test_without_pyav_the_error_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("render.export.aac.find_spec", lambda name: None)
    assert importlib.util.find_spec("av")
    with pytest.raises(MissingPackageError, match="AAC needs av") as caught:
        write_m4a(tmp_path / "a.m4a", audio(), tags())
    assert "ritornello[coders]" in str(caught.value.hint)
    assert list(tmp_path.iterdir()) == []
