"""What leaves for editors of film and for games, read by others."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import mido
import numpy as np
import opentimelineio
import pytest
import rpp
import soundfile
import wavinfo

import composer
from composer.handover.layout import Layout
from render.export.game import game_document, game_sections
from structure.base.errors import LockError, UsageError
from structure.notation.midi import write_midi
from structure.plans.plan import SongPlan
from structure.plans.planfile import read_plan
from structure.specs.spec import HandOverSpec
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

pytestmark = pytest.mark.slow

RATE = 48_000
HITS = "hits: ['0:02.1 logo', '0:04.05 door']\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a rendered song for a picture."""
    song = composer.compose(HITS + SHORT_SPEC, backend=ToneBackend(), cache=False)
    return song.save(tmp_path_factory.mktemp("picture") / "song")


@pytest.fixture(scope="module")
def plan(folder: Path) -> SongPlan:
    return read_plan(folder / "plan.json")


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("picture") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
        formats = ["wav", "aaf", "otio", "reaper", "game"]
        composer.export(folder, formats, out=target, sample_rate=RATE, mono=True, cache=False)
    return target


@pytest.fixture(scope="module")
def game(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "Game" / "music.json").read_text())
    return found


def hit_samples(plan: SongPlan) -> dict[int, str]:
    return {round(float(hit.seconds) * RATE): hit.label for hit in plan.hits}


def test_pyaaf2_reads_tracks_files_and_markers(plan: SongPlan, out: Path) -> None:
    aaf2 = pytest.importorskip("aaf2", reason="pip install pyaaf2")
    length = round(plan.total_samples * RATE / 44_100)
    with aaf2.open(str(out / "Small Song.aaf")) as file:
        (song,) = file.content.toplevel()
        sound = [slot for slot in song.slots if slot.media_kind == "Sound"]
        assert [slot.name for slot in sound] == ["01 Kit", "02 Low"]
        for slot in sound:
            (clip,) = slot.segment.components
            assert (int(slot.edit_rate), clip.start, clip.length) == (RATE, 0, length)
            source = clip.mob.slots[0].segment.mob
            (locator,) = source.descriptor["Locator"].value
            assert (out / locator["URLString"].value.replace("%20", " ")).is_file()
            assert source.descriptor["QuantizationBits"].value == 24
        (markers,) = [slot for slot in song.slots if slot.name == "Markers"]
        found = [(one["Position"].value, one["Comment"].value) for one in markers.segment.components]
        assert set(hit_samples(plan).items()) <= set(found)
        assert [visit.place.label for visit in plan.visits] == [
            name for _, name in found if name not in hit_samples(plan).values()
        ]


def test_opentimelineio_opens_the_aaf(plan: SongPlan, out: Path) -> None:
    pytest.importorskip("otio_aaf_adapter", reason="pip install otio-aaf-adapter")
    timeline = opentimelineio.adapters.read_from_file(str(out / "Small Song.aaf"))
    tracks = timeline.audio_tracks()
    assert [track.name for track in tracks] == ["01 Kit", "02 Low"]
    seconds = plan.total_samples / 44_100
    for track in tracks:
        assert abs(track.duration().to_seconds() - seconds) < 1e-3


def test_the_same_song_gives_the_same_aaf(folder: Path, out: Path, tmp_path: Path) -> None:
    pytest.importorskip("aaf2", reason="pip install pyaaf2")
    composer.export(folder, ["aaf"], out=tmp_path / "again", sample_rate=RATE, cache=False)
    assert (tmp_path / "again" / "Small Song.aaf").read_bytes() == (out / "Small Song.aaf").read_bytes()


def test_moments_of_a_picture_are_markers(plan: SongPlan, out: Path) -> None:
    timeline = opentimelineio.adapters.read_from_file(str(out / "Small Song.otio"))
    marked = {int(one.marked_range.start_time.value): one.name for one in timeline.tracks.markers}
    assert {at: marked[at] for at in hit_samples(plan)} == hit_samples(plan)
    project = rpp.loads((out / "Small Song.rpp").read_text("utf-8"))
    named = {line[3]: float(line[2]) for line in project.findall("MARKER") if line[3]}
    assert {name: round(named[name] * RATE) for name in ("logo", "door")} == {
        name: at for at, name in hit_samples(plan).items()
    }
    assert "logo" in (out / "Small Song Labels.txt").read_text()


def test_midi_has_them_at_their_time(plan: SongPlan, tmp_path: Path) -> None:
    write_midi(plan, tmp_path / "score.mid")
    at, found = 0.0, {}
    for message in mido.MidiFile(tmp_path / "score.mid"):
        at += message.time
        if message.type == "marker":
            found[message.text] = at
    for hit in plan.hits:
        assert abs(found[hit.label] - float(hit.seconds)) < 0.001


def test_mono_stems_are_both_sides_in_one(out: Path) -> None:
    for path in (out / "Stems Mono").glob("*.wav"):
        mono = soundfile.read(path, always_2d=True)[0]
        stereo = soundfile.read(out / "Stems" / path.name, always_2d=True)[0]
        assert mono.shape[1] == 1
        assert np.abs(mono[:, 0] - stereo.mean(axis=1)).max() < 2**-22
    assert len(list((out / "Stems Mono").glob("*.wav"))) == 2


def test_mono_stems_belong_to_wav(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="add wav"):
        composer.export(folder, ["mp3"], out=tmp_path / "x", mono=True)


def test_layers_of_a_section_are_of_one_length_and_sum_to_its_mix(out: Path, game: dict[str, Any]) -> None:
    assert len(game["sections"]) >= 2
    for section in game["sections"]:
        mix = soundfile.read(out / "Game" / section["mix"], always_2d=True)[0]
        layers = [
            soundfile.read(out / "Game" / one["file"], always_2d=True)[0] for one in section["layers"]
        ]
        assert {len(layer) for layer in layers} == {len(mix)} == {section["length_samples"]}
        assert np.abs(sum(layers) - mix).max() < 1e-4 * np.abs(mix).max()


def test_sections_loop_from_bar_line_to_bar_line_and_ring_on(out: Path, game: dict[str, Any]) -> None:
    for section in game["sections"]:
        seconds = section["bars"] * 4 * 60 / section["quarters_per_minute"]
        assert abs(section["exit_sample"] - seconds * RATE) <= 1
        assert section["length_samples"] > section["exit_sample"]
        mix = soundfile.read(out / "Game" / section["mix"], always_2d=True)[0]
        tail = mix[section["exit_sample"] :]
        assert np.abs(tail).max() > 0
        assert np.abs(tail[-RATE // 100 :]).max() < 0.01 * np.abs(mix).max()
        data = (out / "Game" / section["mix"]).read_bytes()
        at = data.index(b"smpl") + 8
        first, last = struct.unpack_from("<2I", data, at + 36 + 8)
        assert (first, last) == (0, section["exit_sample"] - 1)
        cues = {cue.position for cue in wavinfo.WavInfoReader(str(out / "Game" / section["mix"])).cues.cues}
        assert cues == {0, section["exit_sample"]}


def test_sections_are_as_loud_as_in_the_song(plan: SongPlan, out: Path, game: dict[str, Any]) -> None:
    chorus = next(one for one in game["sections"] if one["section"] == "chorus")
    visit = next(one for one in plan.visits if one.place.label == chorus["name"])
    start, end = (round(at * RATE / 44_100) for at in plan.bounds(visit))
    for layer in chorus["layers"]:
        song = soundfile.read(out / "Stems" / Path(layer["file"]).name, always_2d=True)[0][start:end]
        alone = soundfile.read(out / "Game" / layer["file"], always_2d=True)[0][: end - start]
        quarter = (end - start) // 4
        rms = [float(np.sqrt(np.mean(np.square(one[quarter:])))) for one in (song, alone)]
        assert abs(20 * np.log10(rms[1] / rms[0])) < 0.1


def test_exits_and_transitions_are_those_of_the_song(plan: SongPlan, game: dict[str, Any]) -> None:
    names = {section["name"] for section in game["sections"]}
    assert game["start"] in names
    assert {step["from"] for step in game["transitions"]} == names
    assert sum(step["count"] for step in game["transitions"]) == len(plan.visits) - 1
    for section in game["sections"]:
        assert section["exits"][-1] == {
            "after_bar": section["bars"],
            "sample": section["exit_sample"],
            "kind": "end",
        }
        assert [one["intensity"] for one in section["layers"]] == sorted(
            one["intensity"] for one in section["layers"]
        )


def test_visits_that_are_the_same_music_are_written_once() -> None:
    plan = composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False).plan
    sections = game_sections(plan)
    assert sum(len(section.visits) for section in sections) == len(plan.visits)
    assert len(sections) < len(plan.visits)
    layout = Layout.of(plan, HandOverSpec(to=("game",)))
    files = {one.label: {stem.name: "x" for stem in one.plan.stems} for one in sections}
    document = game_document(plan, sections, files, {one.label: "y" for one in sections}, 44_100)
    assert len([name for name in layout.files() if name.endswith("Mix.wav")]) == len(document["sections"])


def test_another_backend_is_not_taken_for_the_song_s_own(folder: Path, tmp_path: Path) -> None:
    lock = json.loads((folder / "song.lock").read_text())
    place = next(iter(lock["clips"]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("render.backends.load_backend", lambda name, options=None: ToneBackend())
        patch.setattr(
            "composer.folder.song.SongFolder.lock",
            property(lambda self: {**lock, "clips": {**lock["clips"], place: "0" * 64}}),
            raising=False,
        )
        with pytest.raises(LockError, match="a section alone cannot be made"):
            composer.export(folder, ["game"], out=tmp_path / "x", cache=False)
    assert not (tmp_path / "x").exists()
