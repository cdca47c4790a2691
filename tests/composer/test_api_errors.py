"""A caller tells by class and fields what went wrong, in Python and by the exit code."""

import json
from concurrent import futures
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import composer
from structure.base import errors
from tests.composer.songmaker import SHORT_SPEC, Run
from tests.tones import ToneBackend


@pytest.fixture(scope="module")
def song() -> composer.Song:
    return composer.compose(SHORT_SPEC, backend=ToneBackend(), cache=False)


@pytest.fixture
def folder(song: composer.Song, tmp_path: Path) -> Path:
    return song.save(tmp_path / "song")


@pytest.fixture(autouse=True)
def empty_hub_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))


def test_every_error_has_its_public_name() -> None:
    names = {name for name in vars(errors) if name.endswith("Error")}
    assert composer.CancelledError is futures.CancelledError
    assert names | {"CancelledError"} == {name for name in composer.__all__ if name.endswith("Error")}
    assert all(getattr(composer, name) is getattr(errors, name) for name in names)


@pytest.mark.slow
def test_a_folder_of_the_users_own_is_told_from_a_song_of_ours(song: composer.Song, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(composer.FolderError) as not_ours:
        song.save(tmp_path / "mine", replace=True)
    assert not isinstance(not_ours.value, composer.ExistsError)
    assert not_ours.value.path == tmp_path / "mine"
    assert not_ours.value.hint == "name another folder"
    song.save(tmp_path / "song")
    with pytest.raises(composer.ExistsError) as ours:
        song.save(tmp_path / "song")
    assert ours.value.path == tmp_path / "song"


def test_a_folder_without_a_song_is_named(tmp_path: Path) -> None:
    with pytest.raises(composer.FolderError) as caught:
        composer.verify(tmp_path / "none")
    assert caught.value.path == tmp_path / "none"
    with pytest.raises(composer.FolderError) as caught:
        composer.export(tmp_path, "wav")
    assert caught.value.path == tmp_path
    with pytest.raises(composer.FolderError, match=r"plan\.json does not exist") as caught:
        composer.verify(tmp_path)
    assert caught.value.path == tmp_path


def test_missing_weights_are_told_from_a_device_that_is_not_there() -> None:
    with pytest.raises(composer.MissingWeightsError) as missing:
        composer.compose(SHORT_SPEC, backend="stable-audio")
    assert isinstance(missing.value, composer.BackendError)
    assert "hf download" in missing.value.hint
    with pytest.raises(composer.BackendError) as unknown:
        composer.clip("house", backend="stable-audoi")
    assert not isinstance(unknown.value, composer.WeightsError)
    assert (unknown.value.field, unknown.value.hint) == ("backend", "did you mean 'stable-audio'?")


@pytest.mark.slow
def test_a_damaged_lock_is_named_with_its_field(folder: Path) -> None:
    lock = json.loads((folder / "song.lock").read_text())
    (folder / "song.lock").write_text(json.dumps({**lock, "clips": []}))
    with pytest.raises(composer.LockError) as caught:
        composer.verify(folder)
    assert (caught.value.path, caught.value.field) == (folder / "song.lock", "clips")


def test_a_damaged_plan_is_named_with_its_place(folder: Path) -> None:
    text = (folder / "plan.json").read_text()
    (folder / "plan.json").write_text(text.replace('"tail_s"', '"tale_s"'))
    with pytest.raises(composer.PlanFileError) as caught:
        composer.verify(folder)
    assert caught.value.path == folder / "plan.json"
    assert caught.value.field.startswith("tail_s") or caught.value.field == "tale_s"
    assert "song.yaml" in caught.value.hint
    (folder / "plan.json").write_text(text[:200])
    with pytest.raises(composer.PlanFileError) as caught:
        composer.verify(folder)
    assert caught.value.line is not None and caught.value.line > 1


def test_audio_that_cannot_be_read_is_named(folder: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.wav"
    text.write_text("not audio")
    with pytest.raises(composer.AudioFileError) as caught:
        composer.clip("house", init=str(text))
    assert (caught.value.path, caught.value.field) == (text, "init")
    silence = tmp_path / "silence.wav"
    soundfile.write(silence, np.zeros((44_100 * 12, 2)), 44_100)
    with pytest.raises(composer.AudioFileError) as caught:
        composer.remaster(folder, reference=silence)
    assert (caught.value.path, caught.value.field) == (silence, "master.reference")


@pytest.mark.slow
def test_an_export_that_fails_its_checks_is_told_from_one_of_bad_options(folder: Path) -> None:
    with pytest.raises(composer.UsageError) as usage:
        composer.export(folder, ["wav", "flac"], sample_rate=12_345)
    assert usage.value.field == "sample_rate"
    low = folder / "stems" / "low.wav"
    audio, rate = soundfile.read(low)
    soundfile.write(low, 0.99 * audio, rate, "PCM_24")
    with pytest.raises(composer.CheckError) as check:
        composer.export(folder, "wav")
    assert check.value.field == "stems sum to premaster"


@pytest.mark.parametrize(
    ("kind", "wishes", "field"),
    [
        (composer.UsageError, {"seconds": 900.0}, "seconds"),
        (composer.UsageError, {"tempo": 5000.0}, "tempo"),
        (composer.PlanError, {"key": "H sharp"}, "key"),
    ],
)
def test_a_clip_names_the_argument_that_is_wrong(
    kind: type[composer.RitornelloError], wishes: dict[str, Any], field: str
) -> None:
    with pytest.raises(kind) as caught:
        composer.clip("house", **wishes)
    assert caught.value.field == field


def test_a_spec_error_names_its_file_line_and_field(tmp_path: Path) -> None:
    spec = tmp_path / "bad.yaml"
    spec.write_text("title: T\ntempo: fast\n")
    with pytest.raises(composer.SpecError) as caught:
        composer.plan(spec)
    assert (caught.value.path, caught.value.line, caught.value.field) == (spec, 2, "tempo")


@pytest.mark.slow
def test_exit_codes_tell_bad_input_from_failed_checks(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q", "--out", "song")[0] == 0
    assert run("render", "../small.yaml", "-q", "--out", "song")[0] == 2  # holds a song
    code, _, err = run("render", "../small.yaml", "--cache", "c", "--no-cache")
    assert (code, err) == (2, "error: --cache and --no-cache exclude each other\n")
    low = Path("song/stems/low.wav")
    audio, rate = soundfile.read(low)
    soundfile.write(low, 0.99 * audio, rate, "PCM_24")
    code, _, err = run("export", "song", "--to", "wav", "-q")
    assert code == 3 and err.startswith("error: stems sum to premaster")
    assert not Path("song/export").exists()
    assert run("verify", "song")[0] == 3
    Path("song/song.lock").write_text("{}")
    assert run("verify", "song")[0] == 2
