"""What moves in a mix comes to DAWs as automation of stems without it, and both make the stem again."""

from __future__ import annotations

import math
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
import rpp
import soundfile
from lxml import etree

import composer
from composer.handover.material import RenderedMaterial
from render.export.reaper import filter_code
from structure.base.errors import LockError
from structure.plans.curves import Curve, song_curves
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

RATE = 48_000
QUARTERS_A_SECOND = 4
MOVES = """mix:
  moves:
    - {do: lift, stem: low, section: chorus, amount: -6}
    - {do: fade_out, stem: low, section: Chorus 2, bars: 1}
    - {do: throw, stem: low, section: verse}
    - {do: wash, stem: low, section: Chorus 1, amount: 0.8}
    - {do: widen, stem: kit}
    - {do: sweep, stem: kit, section: Chorus 1, bars: 1}
    - {do: rise, stem: kit, section: Chorus 2}
"""
SCHEMA = Path(__file__).parents[2] / "data" / "dawproject" / "project.xsd"

Moves = dict[str, np.ndarray]
"""What a project moves of a track: (points, 2) of seconds and values, by what it is."""


@pytest.fixture(scope="module")
def song() -> composer.Song:
    return composer.compose(SHORT_SPEC + MOVES, backend=ToneBackend(), cache=False)


@pytest.fixture(scope="module")
def out(song: composer.Song, tmp_path_factory: pytest.TempPathFactory) -> Path:
    to = ["wav", "reaper", "dawproject", "otio"]
    return song.export(
        tmp_path_factory.mktemp("moves") / "out", to, sample_rate=RATE, drum_parts=False
    ).folder


def read_reaper(out: Path) -> dict[str, Moves]:
    """What REAPER would move of each file."""
    project = rpp.loads((out / "Small Song.rpp").read_text())
    tracks = project.findall("TRACK")
    files: list[str] = []
    found: dict[str, Moves] = {}
    for track in tracks:
        source = track.find("ITEM/SOURCE")
        is_audio = source is not None and source.attrib[0] == "WAVE"
        files.append(source.find("FILE")[1] if is_audio else "")
        mine = found.setdefault(files[-1], {}) if is_audio else {}
        for what, envelope in (
            ("volume", track.find("VOLENV2")),
            *(
                (("low_pass", "high_pass")[int(env.attrib[0])], env)
                for env in track.findall("FXCHAIN/PARMENV")
            ),
        ):
            if envelope is not None:
                assert list(envelope.find("ACT"))[1] == "1"
                mine[what] = points_of(envelope)
        if not is_audio and track.find("AUXRECV") is not None:
            name = track.find("NAME")[1].split()[0]
            assert list(track.find("MUTESOLO"))[1] == "1", "what sends gave is audio already"
            senders = [line[1] for line in track if isinstance(line, list) and line[0] == "AUXRECV"]
            for place, envelope in zip(senders, track.findall("AUXVOLENV"), strict=True):
                found[files[int(place)]][name] = points_of(envelope)
    return found


def points_of(envelope: rpp.Element) -> np.ndarray:
    return np.array([[float(point[1]), float(point[2])] for point in envelope.findall("PT")])


def read_dawproject(out: Path) -> dict[str, Moves]:
    """What a program that reads DAWproject would move of each file."""
    with zipfile.ZipFile(out / "Small Song.dawproject") as archive:
        root = etree.fromstring(archive.read("project.xml"))
    etree.XMLSchema(etree.parse(SCHEMA)).assertValid(root)
    found: dict[str, Moves] = {}
    for lane in root.iterfind(".//Lanes[@track]"):
        file = lane.find(".//File")
        for points in lane.iterfind("Points"):
            (target,) = root.findall(f".//*[@id='{points.find('Target').get('parameter')}']")
            assert target.get("unit") == points.get("unit")
            assert f"channel-{lane.get('track')}" in [one.get("id") for one in target.iterancestors()]
            what = {"Volume": "volume", "Freq": target.getparent().get("type")}[target.tag]
            if target.getparent().tag == "Send":
                effect = target.getparent().get("destination")
                (channel,) = root.findall(f".//Channel[@id='{effect}']")
                assert channel.find("Mute").get("value") == "true"
                what = channel.getparent().get("name")
            what = {"lowPass": "low_pass", "highPass": "high_pass"}.get(what, what)
            values = [[float(p.get("time")), float(p.get("value"))] for p in points.iterfind("RealPoint")]
            moves = found.setdefault(file.get("path").replace("audio/", "Stems Unmoved/"), {})
            moves[what] = np.array(values) / [QUARTERS_A_SECOND, 1]
    return {
        name.replace("Unmoved", "Thrown") if "(sends)" in name else name: m for name, m in found.items()
    }


@pytest.fixture(scope="module", params=[read_reaper, read_dawproject])
def project(request: pytest.FixtureRequest, out: Path) -> dict[str, Moves]:
    return {file: moves for file, moves in request.param(out).items() if moves}


def curve(song: composer.Song, stem: str, parameter: str, number: int = 0) -> Curve:
    found = [one for one in song_curves(song.plan) if (one.stem, one.parameter) == (stem, parameter)]
    return found[number]


@pytest.mark.slow
def test_levels_and_sends_make_the_stem_again(out: Path, project: dict[str, Moves]) -> None:
    files = ["Stems Unmoved/02 Low.wav", "Stems Thrown/02 Low (sends).wav"]
    assert set(project) == {*files, "Stems Unmoved/01 Kit.wav"}
    stem = soundfile.read(out / "Stems/02 Low.wav")[0].T
    rebuilt = np.zeros_like(stem)
    for file in files:
        gains = np.interp(np.arange(stem.shape[1]) / RATE, *project[file]["volume"].T)
        rebuilt += soundfile.read(out / file)[0].T * gains
    assert 20 * np.log10(np.abs(stem - rebuilt).max() / np.abs(stem).max()) <= -90
    thrown = soundfile.read(out / files[1])[0]
    assert np.abs(thrown).max() > 0.01 * np.abs(stem).max(), "moving sends give something"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "parameter"), [("low_pass", "low_pass_hz"), ("high_pass", "high_pass_hz")]
)
def test_filters_move_as_planned(
    song: composer.Song, project: dict[str, Moves], what: str, parameter: str
) -> None:
    planned = curve(song, "kit", parameter)
    seconds, hertz = project["Stems Unmoved/01 Kit.wav"][what].T
    (first, low), (last, high) = (
        (float(song.plan.grid.seconds_at(at)), value) for at, value in planned.points[:2]
    )
    inside = (seconds > first + 0.011) & (seconds < last - 0.011)
    assert inside.sum() > 5
    share = (seconds[inside] - first) / (last - first)
    octaves = np.log2(hertz[inside] / (low * (high / low) ** share))
    assert np.abs(octaves).max() < 0.01
    neutral = max(low, high) if what == "low_pass" else min(low, high)
    assert np.allclose(hertz[seconds < first], neutral)
    if len(planned.points) == 2:
        assert np.allclose(hertz[seconds > last], neutral)


@pytest.mark.slow
@pytest.mark.parametrize(("what", "parameter"), [("Echo", "delay"), ("Reverb", "reverb")])
def test_sends_move_as_planned(
    song: composer.Song, project: dict[str, Moves], what: str, parameter: str
) -> None:
    planned = curve(song, "low", parameter)
    usual = float(getattr(song.plan.stems[1], parameter))
    seconds, levels = project["Stems Unmoved/02 Low.wav"][what].T
    (first, low), (last, high) = (
        (float(song.plan.grid.seconds_at(at)), value) for at, value in planned.points[:2]
    )
    middle = 0.5 * (first + last)
    assert np.interp(middle, seconds, levels) == pytest.approx(0.5 * (low + high) - usual, abs=0.01)
    assert np.interp(first - 0.001, seconds, levels) == 0
    assert levels.max() <= max(low, high) - usual + 1e-9


@pytest.mark.slow
def test_what_is_gone_leaves_moves_in_the_sound(
    song: composer.Song, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: RenderedMaterial) -> None:
        raise LockError("another model")

    monkeypatch.setattr(RenderedMaterial, "unmoved_stems", refuse)
    out = song.export(tmp_path / "out", ["reaper", "dawproject"], sample_rate=RATE, drum_parts=False).folder
    for project in (read_reaper(out), read_dawproject(out)):
        assert {file: [*moves] for file, moves in project.items() if moves} == {
            "Stems Unmoved/02 Low.wav": ["volume"]
        }


@pytest.mark.slow
def test_a_timeline_has_the_stems_as_they_are_mixed(out: Path) -> None:
    text = (out / "Small Song.otio").read_text()
    assert "Unmoved" not in text
    assert "Low.wav" in text


@pytest.mark.parametrize(("low", "high"), [(500.0, 20.0), (18_000.0, 2000.0), (18_000.0, 20.0)])
def test_the_filter_for_reaper_is_flat_where_it_lets_through(low: float, high: float) -> None:
    """Its code, read as Python, filters an impulse as a Butterworth filter of second order does."""
    parts = re.split(r"^@(\w+)$", filter_code().decode(), flags=re.MULTILINE)
    code = dict(zip(parts[1::2], parts[2::2], strict=True))
    run = {
        name: compile(
            re.sub(r"(\w+) \? (.+?);", r"if \1: \2;", text.replace("$pi", "pi")).replace("; ", ";\n"),
            name,
            "exec",
        )
        for name, text in code.items()
    }
    state: dict[str, object] = {"srate": RATE, "slider1": low, "slider2": high, "min": min}
    state |= {"pi": math.pi, "sqrt": math.sqrt, "tan": math.tan}
    exec(run["init"], state)
    exec(run["slider"], state)
    heard = []
    for k in range(2048):
        state |= {"spl0": float(k == 0), "spl1": float(k == 0)}
        exec(run["sample"], state)
        assert state["spl0"] == state["spl1"]
        heard.append(state["spl0"])
    hertz = np.fft.rfftfreq(2048, 1 / RATE)[10:750]
    warped = np.tan(np.pi * hertz / RATE)
    wanted = np.ones(len(hertz))
    if low < 18_000:
        wanted /= np.sqrt(1 + (warped / np.tan(np.pi * low / RATE)) ** 4)
    if high > 20:
        wanted /= np.sqrt(1 + (np.tan(np.pi * high / RATE) / warped) ** 4)
    assert np.abs(np.fft.rfft(heard))[10:750] == pytest.approx(wanted, abs=2e-3)
