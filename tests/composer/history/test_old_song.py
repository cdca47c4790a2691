"""A song that version 0.1.0 wrote: a plan and a lock in their older forms."""

import json
import shutil
from pathlib import Path

import pytest

import composer
from composer.folder.lock import read_lock
from composer.history.diff import changes, read_compared
from composer.history.reproduce import plan_locked_song, read_locked_song
from structure.base.files import sha256
from structure.base.jsonfile import write_json
from structure.base.versions import own_version
from structure.plans.planfile import read_plan
from tests.composer.songmaker import Run
from tests.tones import ToneBackend

OLD = Path(__file__).parents[2] / "data" / "old_song"
"""Made from ``SHORT_SPEC`` with tones for a backend; its audio is left out."""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OLD, tmp_path / "old"))


def test_the_fixture_is_of_the_older_forms() -> None:
    assert json.loads((OLD / "plan.json").read_text())["format"] == 1
    lock = read_lock(OLD)
    assert (lock["format"], lock["ritornello"]) == (2, "0.1.0")
    assert sha256(OLD / "plan.json") == lock["plan_sha256"]


def test_its_plan_has_what_its_spec_says() -> None:
    """The arranger of today lets more happen in its sections; all that the spec settles is as it was."""
    read, planned = read_plan(OLD / "plan.json"), composer.plan(OLD / "song.yaml")
    assert (read.grid, read.stems) == (planned.grid, planned.stems)
    assert [visit.place for visit in read.visits] == [visit.place for visit in planned.visits]
    assert [visit.sound for visit in read.visits] == [visit.sound for visit in planned.visits]
    for old, new in zip(read.visits, planned.visits, strict=True):
        assert old.music.score.chords == new.music.score.chords
        assert old.music.score.parts.keys() == new.music.score.parts.keys()


def test_it_is_compared_with_its_spec_and_with_another_song(old: Path, tmp_path: Path) -> None:
    spec = tmp_path / "other.yaml"
    text = (old / "song.yaml").read_text()
    spec.write_text(text)
    before = read_compared(str(old))
    changed = {change.kind for change in changes(before, read_compared(str(old / "song.yaml")))}
    assert "spec" not in changed
    spec.write_text(text.replace("tempo: 240", "tempo: 200"))
    told = {(change.kind, change.what) for change in changes(before, read_compared(str(spec)))}
    assert {("spec", "tempo"), ("plan", "tempo")} <= told


@pytest.mark.slow
def test_it_is_verified_by_its_old_plan(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composer.sources.source.plan_source", lambda _: read_plan(OLD / "plan.json"))
    song = composer.compose(old / "song.yaml", backend=ToneBackend(), cache=False)
    new = song.save(old.parent / "new")
    lock = json.loads((old / "song.lock").read_text())
    (old / "stems").mkdir()
    for name in lock["files"]:
        shutil.copy(new / name, old / name)
        lock["files"][name] = sha256(old / name)  # the audio is of today, all else is as it was written
    write_json(old / "song.lock", lock)
    checks = {check.name: check for check in composer.verify(old)}
    assert all(check.passed is not False for check in checks.values())
    assert checks["files match the lock"].passed
    (old / "stems" / "low.wav").write_bytes((old / "stems" / "kit.wav").read_bytes())
    failed = {check.name for check in composer.verify(old) if check.passed is False}
    assert {"stems sum to premaster", "files match the lock"} <= failed


@pytest.mark.parametrize("number", [1, 2])
def test_it_cannot_be_proved_to_be_made_again(old: Path, number: int) -> None:
    lock = json.loads((old / "song.lock").read_text())
    write_json(old / "song.lock", {**lock, "format": number})
    with pytest.raises(composer.LockError) as caught:
        plan_locked_song(read_locked_song(old))
    error = caught.value
    assert (error.path, error.field) == (old / "song.lock", "format")
    assert "version 0.1.0 of ritornello" in error.message and own_version() in error.message
    assert error.hint == f"render {old / 'song.yaml'}, or install version 0.1.0"


@pytest.mark.slow
def test_its_lock_says_by_whom_it_was_made_and_nothing_is_written(
    run: Run, backend: ToneBackend, old: Path
) -> None:
    code, out, err = run("render", "--lock", str(old), "-q")
    assert (code, out) == (2, "")
    assert "version 0.1.0 of ritornello" in err and "install version 0.1.0" in err
    assert backend.made == 0 and list(Path().iterdir()) == []
    assert run("render", str(old / "song.yaml"), "-q", "--out", "anew")[0] == 0


def test_a_lock_of_a_later_version_is_refused(old: Path) -> None:
    lock = json.loads((old / "song.lock").read_text())
    write_json(old / "song.lock", {**lock, "format": 99})
    with pytest.raises(composer.LockError, match="not a lock that this version can read"):
        read_lock(old)
