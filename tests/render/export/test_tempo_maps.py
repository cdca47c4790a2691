"""Project files for DAWs say where tempo and metre change, and lie in time as the song's audio does."""

import os
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import rpp
import soundfile
from lxml import etree

from render.export.dawproject import write_dawproject
from render.export.project import Track, note_clips, song_project
from render.export.reaper import write_reaper
from tests.builders import changing_plan

RATE = 48_000
SCHEMAS = Path(__file__).parents[2] / "data" / "dawproject"
COLOURS = ((1, 2, 3), (4, 5, 6))
TEMPI = {0: 120, 8: 120, 11: 90, 14: 85, 14.5: 80, 15: 75, 15.5: 400 / 7, 16: 50, 16.5: 40}
"""Quarters a minute, by the quarter from which on they hold."""

SECONDS = {0: 0.0, 8: 4.0, 11: 5.5, 14: 7.5}
LENGTH_S = 7.5 + sum(30 / tempo for start, tempo in TEMPI.items() if start >= 14) + 2.5
"""Up to the double bar, and 2.5 s in which the song rings out."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Project files of a song whose tempo and metre change."""
    folder = tmp_path_factory.mktemp("projects")
    plan = changing_plan()
    soundfile.write(folder / "lead.wav", np.zeros((10, 2)), RATE)
    project = song_project(plan, (Track("Lead", "lead.wav", (1, 2, 3), stem="lead"),), COLOURS, RATE)
    clips = {"lead": list(note_clips(plan, "lead", COLOURS))}
    write_reaper(folder / "song.rpp", project, clips, frozenset())
    write_dawproject(folder / "song.dawproject", project, clips, frozenset(), folder)
    return folder


def dawproject(folder: Path) -> etree._Element:
    with zipfile.ZipFile(folder / "song.dawproject") as archive:
        return etree.fromstring(archive.read("project.xml"))


@pytest.mark.parametrize(
    "schemas", [SCHEMAS, *map(Path, filter(None, [os.environ.get("RITORNELLO_DAWPROJECT_SCHEMAS")]))]
)
def test_the_dawproject_with_changes_is_valid(folder: Path, schemas: Path) -> None:
    found = {path.name.lower(): path for path in schemas.glob("*.xsd")}
    etree.XMLSchema(etree.parse(found["project.xsd"])).assertValid(dawproject(folder))


def test_the_dawproject_holds_each_tempo_and_metre_from_its_quarter(folder: Path) -> None:
    root = dawproject(folder)
    points = root.findall("Arrangement/TempoAutomation/RealPoint")
    assert {float(p.get("time")): float(p.get("value")) for p in points} == pytest.approx(TEMPI)
    assert {point.get("interpolation") for point in points} == {"hold"}
    meters = {
        float(p.get("time")): (p.get("numerator"), p.get("denominator"))
        for p in root.findall("Arrangement/TimeSignatureAutomation/TimeSignaturePoint")
    }
    assert (meters[0], meters[8], meters[11]) == (("4", "4"), ("3", "4"), ("6", "8"))
    targets = {target.get("parameter") for target in root.iter("Target")}
    assert targets == {
        root.find("Transport/Tempo").get("id"),
        root.find("Transport/TimeSignature").get("id"),
    }


def test_audio_in_the_dawproject_ends_at_the_quarter_that_its_last_sample_lies_at(folder: Path) -> None:
    root = dawproject(folder)
    audio = root.find(".//Audio")
    assert float(audio.get("duration")) == pytest.approx(LENGTH_S, abs=1e-4)
    warps = audio.getparent()
    assert float(warps.getparent().get("duration")) == pytest.approx(17 + 2.5 * 40 / 60, abs=1e-4)
    clips = root.findall(".//Clips[@id='clips-1-notes']/Clip")
    assert [(float(c.get("time")), float(c.get("duration"))) for c in clips] == [(0, 11), (11, 6)]
    assert [float(m.get("time")) for m in root.iter("Marker")] == [0, 11]


def test_reaper_has_a_tempo_map_in_seconds(folder: Path) -> None:
    project = rpp.loads((folder / "song.rpp").read_text())
    points = [line[1:] for line in project.find("TEMPOENVEX").children if line[0] == "PT"]
    assert [float(point[1]) for point in points] == pytest.approx(list(TEMPI.values()))
    assert [float(point[0]) for point in points][:4] == pytest.approx(list(SECONDS.values()))
    assert {point[2] for point in points} == {"1"}
    meters = [(int(point[3]) % 65536, int(point[3]) // 65536) for point in points if len(point) > 3]
    assert meters == [(4, 4), (3, 4), (6, 8)]
    for (start, end), (one, other) in zip(pairwise(TEMPI), pairwise(points), strict=True):
        lasted = float(other[0]) - float(one[0])
        assert lasted * float(one[1]) / 60 == pytest.approx(end - start)


def test_reaper_has_its_items_where_the_sections_sound(folder: Path) -> None:
    project = rpp.loads((folder / "song.rpp").read_text())
    (notes,) = [track for track in project.findall("TRACK") if track.find("ITEM/SOURCE").attrib == ["MIDI"]]
    places = [
        [float(line[1]) for line in item.children if line[0] in ("POSITION", "LENGTH")]
        for item in notes.findall("ITEM")
    ]
    assert places[0] == pytest.approx([0, 5.5])
    assert places[1] == pytest.approx([5.5, LENGTH_S - 2.5 - 5.5])
    markers = [line for line in project.children if isinstance(line, list) and line[0] == "MARKER"]
    assert sorted({float(marker[2]) for marker in markers})[:2] == pytest.approx([0, 5.5], abs=1 / RATE)


def test_a_song_of_one_tempo_has_no_map(tmp_path: Path) -> None:
    plan = changing_plan()
    steady = changing_plan(grid=plan.grid.part(0, 8), bars=2)
    soundfile.write(tmp_path / "lead.wav", np.zeros((10, 2)), RATE)
    project = song_project(steady, (Track("Lead", "lead.wav", (1, 2, 3)),), COLOURS, RATE)
    write_reaper(tmp_path / "song.rpp", project, {}, frozenset())
    write_dawproject(tmp_path / "song.dawproject", project, {}, frozenset(), tmp_path)
    tempi = rpp.loads((tmp_path / "song.rpp").read_text()).find("TEMPOENVEX")
    assert [line[0] for line in tempi.children] == ["ACT", "DEFSHAPE"]
    assert dawproject(tmp_path).find("Arrangement/TempoAutomation") is None
