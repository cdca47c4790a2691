"""From a plan to a folder: complete, repeatable to the byte, and nothing left where it fails."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

import composer
from composer.folder.lock import check_lock
from composer.folder.verify import verify_folder
from composer.rendering.song import song_files
from composer.sources.source import yaml_source
from render.clips.caching.cache import ClipCache
from structure.base.errors import RitornelloError
from structure.base.progress import ProgressEvent
from structure.loading.loader import load_spec
from tests.builders import nonempty
from tests.composer.songmaker import FULL_SPEC, SHORT_SPEC, names_in
from tests.tones import ToneBackend


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.fixture(scope="module")
def song() -> composer.Song:
    return composer.compose(FULL_SPEC, backend=ToneBackend(), cache=False)


@pytest.fixture(scope="module")
def lean() -> composer.Song:
    """The same song, quick to save."""
    return composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False)


@pytest.fixture(scope="module")
def folder(song: composer.Song, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return song.save(tmp_path_factory.mktemp("pipeline") / "song")


@pytest.mark.slow
def test_every_promised_file_is_there_and_no_other(song: composer.Song, folder: Path) -> None:
    assert sorted(digests(folder)) == song_files(song.plan)


@pytest.mark.slow
def test_wavs_are_stereo_24_bit_and_as_long_as_planned(song: composer.Song, folder: Path) -> None:
    for path in nonempty(folder.rglob("*.wav")):
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (44_100, 2, "PCM_24")
        assert info.frames == song.plan.total_samples == song.master.shape[1]


def test_the_stems_on_disk_sum_to_the_premaster(folder: Path) -> None:
    stems = [soundfile.read(path, dtype="float64")[0] for path in sorted((folder / "stems").iterdir())]
    premaster = soundfile.read(folder / "premaster.wav", dtype="float64")[0]
    assert np.abs(sum(stems) - premaster).max() < 10 ** (-90 / 20)


@pytest.mark.slow
def test_two_renders_differ_in_the_report_alone(folder: Path, tmp_path: Path) -> None:
    again = composer.compose(FULL_SPEC, backend=ToneBackend(), cache=False).save(tmp_path / "again")
    one, two = digests(folder), digests(again)
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= {"report.json"}


@pytest.mark.slow
def test_cached_clips_change_no_file(tmp_path: Path) -> None:
    cache = ClipCache(tmp_path / "cache")
    for name in ("cold", "warm"):
        composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=cache).save(tmp_path / name)
    cold, warm = digests(tmp_path / "cold"), digests(tmp_path / "warm")
    assert {name for name in cold if cold[name] != warm[name]} == {"report.json"}
    report = json.loads((tmp_path / "warm" / "report.json").read_text())
    assert all(clip["reused"] for clip in report["clips"])


@pytest.mark.slow
def test_another_seed_is_another_song_and_is_written_down(folder: Path, tmp_path: Path) -> None:
    other = composer.compose(SHORT_SPEC, backend=ToneBackend(), seed=6, cache=False).save(
        tmp_path / "other"
    )
    assert digests(other)["master.wav"] != digests(folder)["master.wav"]
    assert load_spec(other / "song.yaml").seed == 6
    again = composer.compose(other / "song.yaml", backend=ToneBackend(), cache=False).save(
        tmp_path / "again"
    )
    assert digests(other)["master.wav"] == digests(again)["master.wav"]


def test_the_spec_is_kept(folder: Path) -> None:
    spec = load_spec(folder / "song.yaml")
    expected = yaml_source(FULL_SPEC, "x").spec
    assert spec.model_copy(update={"render": expected.render}) == expected
    assert spec.render.backend == "tones"


def test_the_report_tells_hashes_clips_and_figures(song: composer.Song, folder: Path) -> None:
    report = json.loads((folder / "report.json").read_text())
    found = digests(folder)
    assert {name: entry["sha256"] for name, entry in report["files"].items()} == {
        name: digest for name, digest in found.items() if name != "report.json"
    }
    assert report["backend"] == {"name": "tones", "fingerprint": "tones-1"}
    assert len(report["clips"]) == sum(len(visit.music.score.parts) for visit in song.plan.visits)
    assert report["loudness"]["integrated_lufs"] == pytest.approx(-14.0, abs=0.5)
    assert report["loudness"]["true_peak_dbtp"] <= -1.0
    assert report["timings"]["song_s"] == pytest.approx(song.plan.total_samples / 44_100, abs=1e-3)
    assert {"plan", "load", "clips", "mix", "master", "verify", "export"} <= report["timings"][
        "stages_s"
    ].keys()
    assert {"ritornello", "numpy", "torch", "pedalboard"} <= report["versions"].keys()


def test_the_lock_holds_no_time_and_no_path(folder: Path, tmp_path: Path) -> None:
    lock = json.loads((folder / "song.lock").read_text())
    assert sorted(lock["written"]) == sorted(digests(folder))
    assert lock["files"]["master.wav"] == digests(folder)["master.wav"]
    assert str(folder.parent) not in (folder / "song.lock").read_text()


def test_returning_sections_share_their_clips(folder: Path) -> None:
    clips = json.loads((folder / "song.lock").read_text())["clips"]
    assert clips["chorus/1/kit"] == clips["chorus/2/kit"]
    assert clips["chorus/1/low"] == clips["chorus/2/low"] != clips["verse/1/low"]
    assert "verse/1/kit" not in clips


@pytest.mark.slow
def test_a_folder_verifies_and_a_changed_one_does_not(lean: composer.Song, tmp_path: Path) -> None:
    folder = lean.save(tmp_path / "song")
    checks = composer.verify(folder)
    assert [check.name for check in checks if check.passed is False] == []
    assert json.loads((folder / "verify.json").read_text())["passed"] is True
    audio, rate = soundfile.read(folder / "stems" / "low.wav", dtype="float32")
    soundfile.write(folder / "stems" / "low.wav", 0.5 * audio, rate, subtype="PCM_24")
    failed = {check.name for check in verify_folder(folder) if check.passed is False}
    assert {"stems sum to premaster", "files match the lock"} <= failed
    assert json.loads((folder / "verify.json").read_text())["passed"] is False
    assert check_lock(folder).detail == "stems/low.wav"


@pytest.mark.slow
def test_what_cannot_be_verified_is_named(lean: composer.Song, tmp_path: Path) -> None:
    with pytest.raises(RitornelloError, match="is not a folder"):
        verify_folder(tmp_path / "none")
    folder = lean.save(tmp_path / "song")
    (folder / "stems" / "low.wav").write_bytes(b"RIFF")
    assert unreadable(folder) == "stems/low.wav is not a WAV file that can be read"
    (folder / "stems" / "low.wav").unlink()
    assert unreadable(folder) == "stems/low.wav does not exist"
    soundfile.write(folder / "stems" / "low.wav", np.zeros((9, 1)), 8000)
    assert unreadable(folder) == "stems/low.wav has 1 channels at 8000 Hz; planned: 2 at 44100 Hz"
    (folder / "plan.json").unlink()
    with pytest.raises(RitornelloError, match=r"plan\.json does not exist"):
        verify_folder(folder)


def unreadable(folder: Path) -> str:
    """What the check of the files says of a song of which one cannot be read."""
    checks = {check.name: check for check in verify_folder(folder)}
    assert checks["files can be read"].passed is checks["stems are there"].passed is False
    return checks["files can be read"].detail


@pytest.mark.slow
def test_export_switches_are_honoured(tmp_path: Path) -> None:
    lean = SHORT_SPEC.replace(
        "export: {midi: false, musicxml: false, overview: false}",
        "export: {musicxml: false, midi: false, stems: false, overview: false, bit_depth: 16}",
    )
    folder = composer.compose(lean, backend=ToneBackend(), cache=False).save(tmp_path / "lean")
    assert names_in(folder) == [
        "master.wav", "plan.json", "premaster.wav", "report.json", "song.lock", "song.yaml",
    ]  # fmt: skip
    assert soundfile.info(folder / "master.wav").subtype == "PCM_16"
    assert all(check.passed is not False for check in verify_folder(folder))


def test_progress_tells_every_stage_in_order_and_comes_to_its_end() -> None:
    events: list[ProgressEvent] = []
    composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False, progress=events.append)
    stages = list(dict.fromkeys(event.stage for event in events))
    assert stages == ["plan", "load", "clips", "mix", "master"]
    last = [event for event in events if event.stage == "clips"][-1]
    assert last.done == last.total
    assert last.work == pytest.approx(last.total_work)


@pytest.mark.slow
def test_a_song_is_saved_over_only_when_asked(lean: composer.Song, tmp_path: Path) -> None:
    lean.save(tmp_path / "song")
    with pytest.raises(RitornelloError, match="holds a song already"):
        lean.save(tmp_path / "song")
    lean.save(tmp_path / "song", replace=True)
    assert names_in(tmp_path) == ["song"]


def test_the_api_gives_what_it_promises(song: composer.Song) -> None:
    assert song.sample_rate == 44_100
    assert song.master.dtype == np.float32
    assert set(song.stems) == {"kit", "low"}
    assert song.premaster.shape == song.master.shape == song.stems["kit"].shape
    assert song.report["title"] == "Small Song"
    assert composer.plan(SHORT_SPEC).visits == song.plan.visits
    assert {name for name in composer.__all__ if not name.endswith("Error")} == {
        "Backend",
        "Check",
        "ClipCache",
        "Fault",
        "HandOver",
        "MadeClip",
        "MasterSpec",
        "ProgressEvent",
        "Remaster",
        "Song",
        "SongPlan",
        "SongSpec",
        "Understanding",
        "__version__",
        "clip",
        "compose",
        "export",
        "morph",
        "new_spec",
        "plan",
        "radio",
        "remaster",
        "schema",
        "songs",
        "understand",
        "vary",
        "verify",
        "style",
        "check_style",
        "styles",
        "StyleCard",
        "StyleCheck",
        "StyleSummary",
    }
    assert all(getattr(composer, name) for name in composer.__all__)
    assert composer.schema()["properties"]["tempo"]
    assert len(composer.songs()) >= 6
    assert "tempo" in composer.new_spec("a quiet folk song in 3/4, one minute")
    with pytest.raises(AttributeError, match="no attribute 'sing'"):
        composer.sing  # noqa: B018
