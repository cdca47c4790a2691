"""Songs from recordings: notes that are heard, and recordings that play as stems."""

from fractions import Fraction
from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from composer.sources.heard import hear_recording
from composer.sources.imported import begin_from
from composer.sources.source import plan_source, read_source
from render.clips.wanted import ClipPlan
from render.renderer import render_song
from structure.base.errors import RitornelloError, SpecError
from structure.base.jsonfile import write_json
from structure.imports.reading import import_song
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document, read_plan
from tests.hums import RATE, hummed, played
from tests.tones import ToneBackend

TUNE = [(0, 1, 67), (1, 1, 69), (2, 1, 71), (3, 1, 67), (4, 2, 72), (6, 1, 71), (7, 1, 69), (8, 4, 67)]


def given_notes(plan: SongPlan) -> list[tuple[Fraction, int]]:
    """Onsets and pitches of the first visit's notes that are the user's own."""
    music = plan.visits[0].music
    (stem,) = music.given
    return [(note.onset, note.pitch) for note in music.score.parts[stem].notes]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RITORNELLO_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def hum(tmp_path: Path) -> Path:
    soundfile.write(tmp_path / "hum.wav", hummed(played(TUNE, 100, 0.7), 3), RATE)
    return tmp_path / "hum.wav"


def test_a_song_begins_from_a_hum_whose_notes_lie_beside_it_as_midi(hum: Path, tmp_path: Path) -> None:
    begun = begin_from(hum, "folk song", 1.0)
    assert begun.name == "hum.mid"
    folder = tmp_path / "song"
    folder.mkdir()
    (folder / begun.name).write_bytes(begun.data)
    (folder / "song.yaml").write_text(begun.text)
    heard = hear_recording(hum, 1.0)
    read = import_song(folder / begun.name)
    assert [part.notes for part in read.parts] == [
        tuple(type(note)(note.start, note.pitch, note.length, note.velocity) for note in part.notes)
        for part in heard.parts
    ]
    assert "# Guessed: notes: 8" in begun.text
    assert "% sure" in begun.text
    plan = plan_source(read_source(folder / "song.yaml"))
    assert given_notes(plan) == [(at, pitch) for at, _, pitch in TUNE]


def test_what_was_heard_is_kept_and_read_again(hum: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = hear_recording(hum, 0.5)
    monkeypatch.setattr("render.listening.hearing.hear", lambda *args: pytest.fail("heard twice"))
    assert hear_recording(hum, 0.5) == heard


def test_parts_take_their_notes_from_a_recording(hum: Path) -> None:
    text = "description: folk song\nform: [verse]\nsections: {verse: {parts: {lead: hum.wav}}}\n"
    (hum.parent / "song.yaml").write_text(text)
    plan = plan_source(read_source(hum.parent / "song.yaml"))
    assert given_notes(plan) == [(at, pitch) for at, _, pitch in TUNE]
    assert plan.part_files["hum.wav"].sha256


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("{lead: {file: tune.mid, quantise: 0.5}}", "no recording"),
        ("{lead: {file: hum.wav, quantise: 0.5}, bass: {file: hum.wav, quantise: 1}}", "same `quantise`"),
        ("{lead: empty.wav}", "empty"),
    ],
)
def test_faults_of_recordings_have_their_line(hum: Path, parts: str, said: str) -> None:
    (hum.parent / "empty.wav").touch()
    mido.MidiFile().save(hum.parent / "tune.mid")
    (hum.parent / "song.yaml").write_text(f"description: folk song\nparts: {parts}\n")
    with pytest.raises(SpecError, match=said) as caught:
        read_source(hum.parent / "song.yaml")
    assert any(fault.line == 2 for fault in caught.value.faults)


STEMS = """description: pop song
tempo: 120
form: [verse, chorus, verse]
sections: {verse: {bars: 2}, chorus: {bars: 1}}
stems:
  - {name: drums, role: drums}
  - {name: guitar, role: audio, audio: take.wav, at: verse, offset: 0, stretch: 0}
"""


@pytest.mark.slow
def test_a_recording_is_a_stem_as_it_was_and_returns_to_the_sample(tmp_path: Path) -> None:
    take = np.random.default_rng(0).normal(0.0, 0.1, (4 * RATE, 2)).astype(np.float32)
    take[-4000:] *= np.linspace(1, 0, 4000, dtype=np.float32)[:, None]
    soundfile.write(tmp_path / "take.wav", take, RATE, subtype="FLOAT")
    (tmp_path / "song.yaml").write_text(STEMS)
    plan = plan_source(read_source(tmp_path / "song.yaml"))
    assert [stem.role for stem in plan.stems] == ["drums", "audio"]
    assert plan.own_files["take.wav"].sha256
    result = render_song(plan, ToneBackend())
    stem = result.stems["guitar"]
    gain = np.float32(np.abs(stem).max() / np.abs(take).max())
    again = plan.bounds(plan.visits[2])[0]
    assert np.allclose(stem[:, : len(take)], take.T * gain, atol=1e-7)
    assert np.array_equal(stem[:, : len(take)], stem[:, again : again + len(take)])
    keys = {key for place, key in result.clip_keys.items() if place.endswith("guitar")}
    assert len(keys) == 1
    assert np.allclose(sum(result.stems.values()), result.premaster, atol=1e-6)


def test_a_plan_that_is_read_from_its_folder_finds_its_recording_there(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "take.wav", np.full((RATE, 2), 0.1) * np.hanning(RATE)[:, None], RATE)
    (tmp_path / "song.yaml").write_text(STEMS)
    plan = plan_source(read_source(tmp_path / "song.yaml"))
    write_json(tmp_path / "plan.json", plan_document(plan))
    read = read_plan(tmp_path / "plan.json")
    assert read.recordings["take.wav"].path == tmp_path / "take.wav"
    assert {clip.key for clip in ClipPlan.of(read, ToneBackend()).all_clips} == {
        clip.key for clip in ClipPlan.of(plan, ToneBackend()).all_clips
    }


def test_a_recording_that_cannot_be_read_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "take.wav").write_text("no sound")
    (tmp_path / "song.yaml").write_text(STEMS)
    with pytest.raises(RitornelloError, match=r"song.yaml:7: stems\[2\]"):
        plan_source(read_source(tmp_path / "song.yaml"))
