"""What is heard: ranges are exact samples, waveforms hold every peak, and the render before is kept."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from composer.studio.app import Studio
from composer.studio.sound.audio import AudioFile, read_range
from composer.studio.sound.peaks import STRETCH, Peaks
from tests.composer.studio.conftest import render, state_of, wait_for_job

FRAMES = 70_001
"""More than a block, and no whole number of stretches."""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> AudioFile:
    path = tmp_path_factory.mktemp("sound") / "noise.wav"
    samples = np.random.default_rng(3).uniform(-1, 1, (FRAMES, 2)).astype(np.float32)
    soundfile.write(path, samples, 44_100, subtype="PCM_24")
    return AudioFile.open(path)


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, FRAMES * 8), (8 * 65_530, 8 * 65_545), (13, 8 * 66_000 + 3), (FRAMES * 8 - 1, FRAMES * 8)],
)
def test_bytes_of_a_range_are_the_samples_of_the_file(file: AudioFile, start: int, end: int) -> None:
    whole = soundfile.read(file.path, dtype="float32", always_2d=True)[0].astype("<f4").tobytes()
    assert b"".join(file.read(start, end)) == whole[start:end]
    assert file.size == len(whole)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-7", (0, 8)),
        ("bytes=8-", (8, 100)),
        ("bytes=-4", (96, 100)),
        ("bytes=0-999", (0, 100)),
        ("bytes=0-1,4-5", None),
        ("samples=1-2", None),
    ],
)
def test_ranges_are_read(header: str | None, expected: tuple[int, int] | None) -> None:
    assert read_range(header, 100) == expected


@pytest.mark.parametrize("per", [STRETCH, 4 * STRETCH, 100])
def test_a_waveform_holds_each_lowest_and_highest_sample(file: AudioFile, tmp_path: Path, per: int) -> None:
    samples = soundfile.read(file.path, dtype="float32", always_2d=True)[0]
    start = 2 * per
    pairs = np.frombuffer(Peaks(tmp_path).pairs(file, start, 60, per), np.int8).reshape(-1, 2)
    assert len(pairs) == 60
    for k, (low, high) in enumerate(pairs):
        stretch = samples[start + k * per : start + (k + 1) * per]
        assert low / 127 <= stretch.min() < low / 127 + 1 / 127
        assert high / 127 >= stretch.max() > high / 127 - 1 / 127


def test_the_last_pair_of_a_waveform_ends_with_the_file(file: AudioFile, tmp_path: Path) -> None:
    pairs = Peaks(tmp_path).pairs(file, 0, 60_000, STRETCH)
    assert len(pairs) == 2 * -(-FRAMES // STRETCH)


@pytest.mark.slow
def test_a_render_is_heard_and_compared_with_the_one_before(page: TestClient, folder: Path) -> None:
    assert page.get("/api/audio/master").status_code == 404
    render(page)
    answer = page.get("/api/audio/master", headers={"range": "bytes=800-1599"})
    assert (answer.status_code, len(answer.content)) == (206, 800)
    master = soundfile.read(folder / "small" / "master.wav", dtype="float32", always_2d=True)[0]
    assert answer.content == master[100:200].astype("<f4").tobytes()
    assert answer.headers["x-samples"] == str(len(master)) and answer.headers["x-channels"] == "2"
    assert page.get("/api/audio/master", headers={"range": "bytes=99999999-"}).status_code == 416
    tag = answer.headers["etag"]
    assert page.get("/api/audio/master", headers={"if-none-match": tag}).status_code == 304
    assert page.get("/api/audio/master?of=before").status_code == 404

    edit = {"edit": "set", "path": ["stems", 0, "gain_db"], "value": -6.0}
    page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": edit})
    render(page)
    before = page.get("/api/audio/kit?of=before")
    assert before.content != page.get("/api/audio/kit").content
    assert page.get("/api/audio/master?of=before").content == master.astype("<f4").tobytes()
    stale = page.get("/api/audio/master", headers={"range": "bytes=0-7", "if-match": tag})
    assert stale.status_code == 412  # no page mixes two renders
    shown = state_of(page)["render"]
    assert shown["before"]["loudness_lufs"] and shown["now"]["loudness_lufs"]


@pytest.mark.slow
def test_a_section_is_heard_alone_as_soon_as_its_clips_are_there(page: TestClient, studio: Studio) -> None:
    early = page.get("/api/audio/master?section=1")
    assert early.status_code == 404 and "not made yet" in early.json()["message"]
    render(page)
    made = studio.backend.made  # type: ignore[union-attr]
    heard = page.get("/api/audio/master?section=1")
    section = state_of(page)["song"]["sections"][1]
    assert int(heard.headers["x-samples"]) >= section["end_sample"] - section["start_sample"]
    assert np.abs(np.frombuffer(heard.content, "<f4")).max() > 0.05
    assert studio.backend.made == made  # type: ignore[union-attr]
    assert page.get("/api/audio/master?section=9").status_code == 404


@pytest.mark.slow
def test_takes_are_made_heard_and_one_is_kept(page: TestClient, folder: Path) -> None:
    asked = {"section": "chorus", "stem": "low", "count": 2, "what": "both"}
    assert wait_for_job(page, page.post("/api/takes", json=asked).json()["id"])["state"] == "done"
    (made,) = page.get("/api/takes").json()["takes"]
    assert [take["is_current"] for take in made["takes"]] == [True, False, False]
    heard = {page.get(take["audio"]).content for take in made["takes"]}
    assert len(heard) == 3 and min(map(len, heard)) > 1000
    choice = {"section": "chorus", "stem": "low", "take": 2, "what": "both"}
    kept = page.post("/api/keep", json={"revision": state_of(page)["revision"], **choice}).json()
    assert "take: {low: 2}" in kept["text"]
    (after,) = page.get("/api/takes").json()["takes"]
    assert [take["number"] for take in after["takes"] if take["is_current"]] == [2]
    assert page.post("/api/takes", json={**asked, "stem": "horn"}).json()["field"] == "stem"


@pytest.mark.slow
def test_a_song_is_taken_away(page: TestClient) -> None:
    assert page.post("/api/exports/flac", json={}).status_code == 422  # it is not rendered
    render(page)
    names = [kind["name"] for kind in page.get("/api/exports").json()["formats"]]
    assert "wav" in names and "lead-sheet" in names

    def take(name: str, **options: str) -> httpx.Response:
        job = page.post(f"/api/exports/{name}", json={"options": options}).json()
        made = wait_for_job(page, job["id"])
        assert made["state"] == "done" and made["total"] > 0, made
        file = page.get(f"/api/exports/{job['id']}/file")
        assert made["result"] == {"file": made["result"]["file"], "bytes": len(file.content)}
        return file

    flac = take("flac", sample_rate="48000")
    assert flac.content[:4] == b"fLaC" and ".flac" in flac.headers["content-disposition"]
    assert take("ableton-midi").content[:2] == b"PK"
    wrong = page.post("/api/exports/flac", json={"options": {"sample_rate": "1"}})
    assert wrong.json()["field"] == "sample_rate"
    assert page.post("/api/exports/aiff", json={}).status_code == 404
    assert page.get("/api/exports/nothing/file").status_code == 404
    render_job = page.get("/api/jobs").json()[0]
    assert page.get(f"/api/exports/{render_job['id']}/file").status_code == 404
    levels = page.get("/api/loudness").json()
    assert len(levels["lufs"]) == pytest.approx(state_of(page)["song"]["length_s"] * 10, abs=2)
    assert -40 < max(levels["lufs"]) < 0
    checks = page.get("/api/verify").json()
    assert checks["checks"] and checks["is_current"]
    again = wait_for_job(page, page.post("/api/verify").json()["id"])
    assert again["result"] == {"passed": checks["passed"]}
    assert page.get("/api/report").json()["title"] == "Small Song"
