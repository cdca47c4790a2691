"""Levels that move come to DAWs as automation of stems without them, and both make the stem again."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import rpp
import soundfile
from lxml import etree

import composer
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

RATE = 48_000
MOVES = """mix:
  moves:
    - {do: lift, stem: low, section: chorus, amount: -6}
    - {do: fade_out, stem: low, section: Chorus 2, bars: 1}
    - {do: widen, stem: kit}
"""
SCHEMA = Path(__file__).parents[2] / "data" / "dawproject" / "project.xsd"


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    song = composer.compose(SHORT_SPEC + MOVES, backend=ToneBackend(), cache=False)
    to = ["wav", "reaper", "dawproject", "otio"]
    return song.export(
        tmp_path_factory.mktemp("moves") / "out", to, sample_rate=RATE, drum_parts=False
    ).folder


def read(path: Path) -> np.ndarray:
    return soundfile.read(path, dtype="float64", always_2d=True)[0].T


def null_db(out: Path, seconds: np.ndarray, gains: np.ndarray) -> float:
    """What is left of the stem after the unmoved one with an automation is taken away."""
    stem, unmoved = (read(out / folder / "02 Low.wav") for folder in ("Stems", "Stems Unmoved"))
    envelope = np.interp(np.arange(stem.shape[1]) / RATE, seconds, gains)
    return float(20 * np.log10(np.abs(stem - unmoved * envelope).max() / np.abs(stem).max()))


@pytest.mark.slow
def test_reaper_moves_the_level_of_the_unmoved_stem(out: Path) -> None:
    project = rpp.loads((out / "Small Song.rpp").read_text())
    moved = [track for track in project.iterfind(".//TRACK") if track.find("VOLENV2") is not None]
    assert [track.find(".//SOURCE").find("FILE")[1] for track in moved] == ["Stems Unmoved/02 Low.wav"]
    envelope = moved[0].find("VOLENV2")
    assert list(envelope.find("ACT"))[1] == "1"
    points = np.array([[float(p[1]), float(p[2])] for p in envelope.findall("PT")])
    assert null_db(out, *points.T) <= -90
    assert 1.9 < points[:, 1].max() / points[np.abs(points[:, 0] - 3.0).argmin(), 1] < 2.1, "6 dB lower"


@pytest.mark.slow
def test_a_dawproject_moves_it_too_and_is_valid(out: Path) -> None:
    with zipfile.ZipFile(out / "Small Song.dawproject") as archive:
        root = etree.fromstring(archive.read("project.xml"))
        assert "Stems Unmoved/02 Low.wav" in str(archive.namelist()) or len(archive.namelist()) > 3
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    (points,) = root.findall(".//Points[@unit='linear']")
    target = points.find("Target").get("parameter")
    volume = root.find(f".//Volume[@id='{target}']")
    assert volume is not None
    assert volume.getparent().getparent().get("name") == "02 Low"
    # 240 quarters a minute
    places = np.array(
        [[float(p.get("time")) / 4, float(p.get("value"))] for p in points.findall("RealPoint")]
    )
    assert null_db(out, *places.T) <= -90


@pytest.mark.slow
def test_a_timeline_has_the_stems_as_they_are_mixed(out: Path) -> None:
    text = (out / "Small Song.otio").read_text()
    assert "Unmoved" not in text
    assert "Low.wav" in text
