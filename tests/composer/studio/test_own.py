"""Notes, recordings and events of the user's own, in all visits of a section or in one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from composer.studio.app import Studio
from composer.studio.sound.audio import AudioFile
from composer.studio.sound.loudness import loudness_of
from render.audio.wav import write_wav
from tests.composer.songmaker import SHORT_SPEC
from tests.composer.studio.conftest import state_of


def wav_bytes(samples: np.ndarray) -> bytes:
    """Return a WAV file of one channel."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, 44100, format="WAV")
    return stream.getvalue()


def test_the_loudness_of_a_tone_is_what_the_meter_says(tmp_path: Path) -> None:
    rate = 48000
    tone = 0.1 * np.sin(2 * np.pi * 997 * np.arange(10 * rate) / rate).astype(np.float32)
    write_wav(tmp_path / "tone.wav", np.stack([tone, tone]), rate)
    levels = loudness_of(AudioFile.open(tmp_path / "tone.wav"), tmp_path)
    assert len(levels) == 100
    assert levels == pytest.approx(-20.0, abs=0.15)  # BS.1770: 997 Hz at -20 dBFS in both channels


@pytest.mark.parametrize(
    ("reach", "others", "written"),
    [
        ("all", "same", "parts: {low: {file: parts/"),
        ("this", "old", "{section: chorus, variation: 0, parts: {low: {file: parts/"),
    ],
)
def test_drawn_notes_are_those_of_all_visits_or_of_one(
    page: TestClient, reach: str, others: str, written: str
) -> None:
    def notes_of(section: int) -> list[Any]:
        found = page.get("/api/notes/low").json()
        notes = enumerate(found["notes"])
        return [(*found["written"][k], note[2]) for k, note in notes if note[4] == section]

    before = notes_of(1)
    assert before == notes_of(2)
    drawn = {"section": 2, "reach": reach, "notes": [[0, 1, 48, 90], [2.5, 0.5, 50, 80]]}
    asked = {"revision": state_of(page)["revision"], **drawn}
    text = page.post("/api/notes/low", json=asked).json()["text"]
    assert written in text
    assert notes_of(2) == [("0", "1", 48), ("5/2", "1/2", 50)]
    assert notes_of(1) == (notes_of(2) if others == "same" else before)


@pytest.mark.parametrize("entry", ["chorus: {lift: 3}", "{section: chorus, lift: 3}"])
def test_notes_that_are_drawn_in_a_lifted_visit_sound_as_they_were_drawn(
    studio: Studio, page: TestClient, folder: Path, entry: str
) -> None:
    spec = SHORT_SPEC.replace("{section: chorus, variation: 0}", entry)
    assert spec != SHORT_SPEC
    (folder / "lifted.yaml").write_text(spec)
    studio.desk.open(folder / "lifted.yaml")
    drawn = {"section": 2, "reach": "this", "notes": [[0, 1, 48, 90], [1, 1, 51, 90]]}
    state = page.post("/api/notes/low", json={"revision": state_of(page)["revision"], **drawn}).json()
    assert "lift: 3" in state["text"]
    notes = page.get("/api/notes/low").json()["notes"]
    assert [note[2] for note in notes if note[4] == 2] == [48, 51]


def test_notes_of_one_visit_need_a_form_that_is_written(
    studio: Studio, page: TestClient, folder: Path
) -> None:
    (folder / "planned.yaml").write_text("description: slow ambient piece\nlength: 8 bars\n")
    studio.desk.open(folder / "planned.yaml")
    stem = state_of(page)["song"]["stems"][0]["name"]
    drawn = {"section": 0, "reach": "this", "notes": [[0, 1, 48, 90]]}
    asked = {"revision": state_of(page)["revision"], **drawn}
    answer = page.post(f"/api/notes/{stem}", json=asked)
    assert answer.status_code == 422 and "form is planned" in answer.json()["message"]


def test_a_recording_becomes_a_stem_that_begins_with_its_section(page: TestClient, folder: Path) -> None:
    take = wav_bytes(np.random.default_rng(3).normal(0, 0.1, 44100).astype(np.float32))

    def keep(data: bytes, **wish: str | int) -> httpx.Response:
        asked = {"revision": state_of(page)["revision"], "section": 2, "stem": "voice", "use": "stem"}
        return page.post("/api/recordings", params={**asked, **wish}, content=data)

    assert keep(b"no sound at all").json()["message"] == "a recording is a WAV file"
    assert keep(take, section=9).status_code == 404
    assert keep(take, use="notes", stem="horn").status_code == 404
    assert not list(folder.glob("recordings/*"))
    made = keep(take, reach="this").json()
    assert "role: audio" in made["text"] and "chorus:2" in made["text"]
    again = keep(take, reach="all").json()
    assert [stem["name"] for stem in again["song"]["stems"]][-2:] == ["voice", "voice_2"]
    assert len(list(folder.glob("recordings/*.wav"))) == 1
    undone = page.post("/api/undo", json={"revision": again["revision"]}).json()
    assert page.post("/api/undo", json={"revision": undone["revision"]}).json()["text"] == SHORT_SPEC


def test_what_happens_is_written_with_the_section(page: TestClient) -> None:
    event = {"bar": 2, "do": "stop", "stem": "low"}
    edit = {"edit": "set", "path": ["sections", "chorus", "events"], "value": [event]}
    asked = {"revision": state_of(page)["revision"], "edit": edit}
    song = page.post("/api/edits", json=asked).json()["song"]
    shown = {
        "bar": 2,
        "beat": 1.0,
        "what": "stop",
        "stem": "low",
        "bars": None,
        "tempo": None,
        "meter": None,
    }
    assert shown in song["sections"][1]["events"]
    assert "stop" in song["happenings"] and song["singers"] == []
