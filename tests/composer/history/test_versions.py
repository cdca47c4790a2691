"""A render over an older song says what it left alone, proves it, and keeps the older one."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from composer.folder.song import SongFolder
from composer.history.certificate import check_certificate, describe_certificate, read_certificate
from composer.history.flac import from_flac, to_flac
from composer.history.kept import find_equal_bars
from composer.history.versions import (
    disk_use,
    keep_version,
    list_versions,
    prune_versions,
    restore_version,
    song_or_version,
    version_folder,
)
from composer.project import Project, RemoveField, SetField
from composer.project.edits import Edit
from render.clips.caching.cache import ClipCache
from structure.base.errors import FolderError, UsageError
from structure.base.files import write_atomically
from tests.composer.songmaker import SHORT_SPEC, Run
from tests.tones import ToneBackend

WAIT_S = 120
LONGER = SHORT_SPEC.replace("bars: 2", "bars: 4")


def contents(folder: Path) -> dict[str, str]:
    """Digests of the files of a song, without what is hidden."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ritornello" not in path.parts
    }


def render(project: Project, cache: ClipCache) -> SongFolder:
    return project.render(backend=ToneBackend(), cache=cache).result(WAIT_S)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A song before and after an edit of its last chorus: a copy of the first, and the folder."""
    folder = tmp_path_factory.mktemp("versions")
    (folder / "small.yaml").write_text(LONGER)
    project, cache = Project.open(folder / "small.yaml"), ClipCache(folder / "cache")
    first = render(project, cache)
    shutil.copytree(first.path, folder / "first")
    project.apply(SetField(("form", 2, "variation"), 0.5))
    return folder / "first", render(project, cache).path


@pytest.fixture
def pair(made: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """Copies that a test may change."""
    return tuple(Path(shutil.copytree(one, tmp_path / one.name)) for one in made)  # type: ignore[return-value]


def checks(folder: Path, against: Path) -> list[bool | None]:
    found = check_certificate(SongFolder.open(folder), SongFolder.open(against))
    return [check.passed for check in found]


@pytest.mark.slow
def test_the_certificate_has_the_bars_that_are_the_same_samples(made: tuple[Path, Path]) -> None:
    old, new = map(SongFolder.open, made)
    told = read_certificate(new.path)
    for stem in ("kit", "low"):
        runs = tuple((run.first, run.last) for run in told.kept[f"stems/{stem}.wav"])
        assert runs == find_equal_bars(old.plan, new.plan, old.read_stem(stem), new.read_stem(stem))
        assert runs[0] == (1, 7)
    assert [change["what"] for change in told.asked] == ["form[3].variation"]
    assert [change["what"] for change in told.made] == ["chorus:2"]
    assert set(told.moved["chorus:2"]) == {"stems/kit.wav", "stems/low.wav", "premaster.wav", "master.wav"}
    lines = list(describe_certificate(told, new.plan))
    assert lines[0].startswith("asked: form[3].variation 0 -> 0.5")
    assert [line.split(":")[0] for line in lines[1:]] == ["verse", "chorus"]
    assert "byte-identical: low" in lines[1] and "made anew: kit, low" in lines[2]


def test_a_first_render_has_no_certificate(made: tuple[Path, Path]) -> None:
    with pytest.raises(FolderError, match=r"has no changes\.json; it is written by a render that replaces"):
        read_certificate(made[0])
    assert list_versions(made[0]) == []


def test_a_certificate_is_checked_from_the_files_alone(pair: tuple[Path, Path]) -> None:
    old, new = pair
    assert checks(new, old) == [True] * 5
    with song_or_version("1", new) as version:
        assert checks(new, version) == [True] * 5
    path = new / "stems" / "low.wav"
    audio, rate = soundfile.read(path, dtype="int32")
    audio[rate] += 256
    soundfile.write(path, audio, rate, "PCM_24")
    assert checks(new, old) == [True, False, True, True, True]
    shutil.copy(path, old / "stems" / "low.wav")  # the same in both: only the older lock tells
    assert checks(new, old)[4] is False
    document = json.loads((new / "changes.json").read_text())
    document["moved"]["chorus:2"]["master.wav"] += 3
    document["asked"][0]["after"] = 0.25
    document["before"] = "0" * 64
    (new / "changes.json").write_text(json.dumps(document))
    assert checks(new, old) == [False] * 5
    document["kept"]["master.wav"] = [{"first": 0}]
    (new / "changes.json").write_text(json.dumps(document))
    with pytest.raises(FolderError, match=r"changes\.json is damaged: kept\.master\.wav\.0\.first"):
        read_certificate(new)


def test_a_certificate_may_not_leave_anything_out(pair: tuple[Path, Path]) -> None:
    old, new = pair
    document = json.loads((new / "changes.json").read_text())
    for change in ("moved", "kept", "made"):
        less = json.loads(json.dumps(document))
        if change == "moved":
            del less["moved"]["chorus:2"]["stems/low.wav"]
        elif change == "kept":
            del less["kept"]["stems/kit.wav"]
        else:
            less["made"] = []
        (new / "changes.json").write_text(json.dumps(less))
        assert False in checks(new, old), change
    document["kept"]["../old.wav"] = []
    (new / "changes.json").write_text(json.dumps(document))
    assert checks(new, old)[1] is False


@pytest.mark.slow
def test_bars_that_moved_with_their_section_are_kept(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(LONGER)
    project, cache = Project.open(tmp_path / "small.yaml"), ClipCache(tmp_path / "cache")
    render(project, cache)
    project.apply(SetField(("form",), ["verse", "verse", "chorus", "chorus"]))
    new = render(project, cache)
    runs = read_certificate(new.path).kept["stems/kit.wav"]
    assert any(run.was == run.first - 4 for run in runs)
    for run in runs:
        assert run.was >= 1 and run.last <= new.plan.bars


def test_an_older_version_comes_back_to_the_byte(pair: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = pair
    before, now = contents(old), contents(new)
    (version,) = list_versions(new)
    assert version.number == 1 and version.title == "Small Song" and version.bars == 12
    assert contents(restore_version(new, 1, tmp_path / "out")) == before
    assert contents(new) == now
    with version_folder(new, 1, audio=False) as folder:
        assert {"song.lock", "plan.json"} <= set(contents(folder)) and "master.wav" not in contents(folder)
    (new / "notes.txt").write_text("mine")
    assert restore_version(new, 1) == new
    assert contents(new) == before | {"notes.txt": contents(new)["notes.txt"]}
    assert [one.number for one in list_versions(new)] == [1, 2]
    restore_version(new, 2)
    assert contents(new) == now | {"notes.txt": contents(new)["notes.txt"]}
    assert [one.number for one in list_versions(new)] == [1, 2, 3]
    with pytest.raises(FolderError):
        restore_version(new, 1, old)
    with pytest.raises(UsageError, match=r"has no version 9; there are 1, 2"):
        restore_version(new, 9)


def test_shared_sound_is_stored_once(pair: tuple[Path, Path]) -> None:
    new = pair[1]
    alone = disk_use(new)
    assert alone < list_versions(new)[0].size
    assert keep_version(new) == 2
    assert keep_version(new) is None, "it is there already"
    first, second = list_versions(new)
    assert first.own + second.own < disk_use(new) < 2 * alone
    assert first.own < first.size / 2


def test_old_versions_are_removed_and_the_others_stay_whole(
    pair: tuple[Path, Path], tmp_path: Path
) -> None:
    new = pair[1]
    now = contents(new)
    keep_version(new)
    own = list_versions(new)[0].own
    gone, freed = prune_versions(new, 1)
    assert gone == [1] and freed >= own
    assert contents(restore_version(new, 2, tmp_path / "out")) == now
    assert prune_versions(new, 1) == ([], 0)
    prune_versions(new, 0)
    assert list_versions(new) == [] and contents(new) == now
    assert not any(path.is_file() for path in (new / ".ritornello" / "versions").rglob("*"))


@pytest.mark.parametrize("after", [0, 1, 7])
def test_keeping_or_pruning_that_is_cut_short_loses_nothing(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    old, new = pair
    now, before = contents(new), contents(old)

    def dying(does: Callable[..., None]) -> Callable[..., None]:
        left = [after]

        def once(*args: Any, **options: Any) -> None:
            if left[0] == 0:
                raise KeyboardInterrupt
            left[0] -= 1
            does(*args, **options)

        return once

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr("composer.history.versions.write_atomically", dying(write_atomically))
        keep_version(new)
    assert contents(new) == now and [one.number for one in list_versions(new)] == [1]
    assert keep_version(new) == 2
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "unlink", dying(Path.unlink))
        prune_versions(new, 1)
    for one in list_versions(new):
        with version_folder(new, one.number) as back:
            assert contents(back) == (before if one.number == 1 else now)
    prune_versions(new, 1)
    assert contents(restore_version(new, 2, tmp_path / "out")) == now


def test_a_spec_that_was_edited_since_is_a_version_of_its_own(pair: tuple[Path, Path]) -> None:
    new = pair[1]
    assert keep_version(new) == 2
    edited = (new / "song.yaml").read_text() + "# mine\n"
    (new / "song.yaml").write_text(edited)
    restore_version(new, 1)
    with version_folder(new, 3, audio=False) as back:
        assert (back / "song.yaml").read_text() == edited


def test_a_damaged_version_is_told_and_nothing_is_written(pair: tuple[Path, Path], tmp_path: Path) -> None:
    new = pair[1]
    store = new / ".ritornello" / "versions"
    largest = max(
        (store / "objects").rglob("*"), key=lambda path: path.stat().st_size if path.is_file() else 0
    )
    largest.write_bytes(largest.read_bytes()[:-20])
    now = contents(new)
    for out in (tmp_path / "out", None):
        with pytest.raises(FolderError, match="damaged"):
            restore_version(new, 1, out)
    assert contents(new) == now and not (tmp_path / "out").exists()
    (store / "1.json").write_text('{"format": 1}')
    with pytest.raises(FolderError, match=r"1\.json is damaged: title"):
        list_versions(new)


@pytest.mark.slow
def test_the_command_line_lists_restores_compares_and_prunes(
    run: Run, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    old, new = map(str, pair)
    code, out, _ = run("versions", new)
    assert code == 0 and "Small Song" in out and "in all" in out
    assert json.loads(run("versions", new, "--json")[1])["versions"][0]["number"] == 1
    code, out, _ = run("diff", f"{new}@1", new)
    assert code == 0 and "form[3].variation" in out
    assert run("diff", f"{new}@1", old, "--exit-code")[0] == 0
    code, out, _ = run("verify", new, "--against", "1")
    assert code == 0 and "bars said to be kept" in out
    assert run("versions", new, "--restore", "1", "--out", str(tmp_path / "out"))[0] == 0
    assert contents(tmp_path / "out") == contents(pair[0])
    assert run("verify", new, "--against", str(tmp_path / "out"))[0] == 0
    assert "removed 1 version," in run("versions", new, "--prune", "--keep", "0")[1]
    assert "no older versions" in run("versions", new)[1]
    assert run("verify", new, "--against", "1")[0] == 2


def _edits(draw: random.Random, project: Project) -> list[Edit | None]:
    """One of each of the things that a user does to a song; None where there is no room for it."""
    visits = len(project.spec.form or ())
    place = draw.randrange(visits)
    return [
        SetField(("sections", "chorus", "chords"), draw.choice(["F | G", "C | Am", "Am | F | C | G"])),
        SetField(("stems", draw.randrange(2), "gain_db"), draw.choice([-3, -1, 2])),
        SetField(("sections", draw.choice(["verse", "chorus"]), "seed"), draw.randrange(99)),
        SetField(("form", place), draw.choice(["verse", "chorus"])),
        SetField(("form", place), {"section": "chorus", "variation": draw.choice([0, 0.3])}),
        SetField(("form", visits), draw.choice(["verse", "chorus"])),
        SetField(("sections", "verse", "bars"), draw.choice([2, 3, 4])),
        SetField(("stems", 1, "prompt"), draw.choice(["double bass", "synth bass"])),
        SetField(("sections", "verse", "energy"), draw.choice([0.3, 0.8])),
        RemoveField(("form", place)) if visits > 2 else None,
    ]


@pytest.mark.slow
def test_edits_of_every_kind_and_undos_are_certified_and_come_back(tmp_path: Path) -> None:
    draw = random.Random(20)
    (tmp_path / "small.yaml").write_text(SHORT_SPEC)
    project, cache = Project.open(tmp_path / "small.yaml"), ClipCache(tmp_path / "cache")
    song = render(project, cache).path
    states = [contents(song)]
    locks = {states[0]["song.lock"]}
    left = [*range(len(_edits(draw, project)))]
    draw.shuffle(left)
    undone = 0
    while left or (undone < 6 and project.history):
        if project.history and (not left or draw.random() < 0.3):
            project.undo()
            undone += 1
            told = None
        else:
            kind = next(kind for kind in left if _edits(draw, project)[kind] is not None)
            edit = _edits(draw, project)[kind]
            assert edit is not None
            told = project.preview(edit, backend=ToneBackend(), cache=cache)
            text = project.text
            project.apply(edit)
            if project.text == text:
                continue
            left.remove(kind)
        # The song alone: the versions that it keeps are looked at in the end.
        alone = shutil.ignore_patterns(".ritornello")
        older = SongFolder.open(Path(shutil.copytree(song, tmp_path / "older", ignore=alone)))
        new = render(project, cache)
        found = check_certificate(new, older)
        assert all(check.passed for check in found), [check for check in found if not check.passed]
        if told is not None:
            for stem, bars in told.kept_bars.items():
                proved = {
                    bar
                    for one in read_certificate(song).kept[f"stems/{stem}.wav"]
                    if one.was == one.first
                    for bar in one.bars
                }
                assert proved >= {bar for first, last in bars for bar in range(first, last + 1)}
        shutil.rmtree(older.path)
        states.append(contents(song))
        locks.add(states[-1]["song.lock"])
    assert undone >= 5
    # An edit of what no file says, such as an energy that is the planner's anyway, makes no other song.
    numbers = {one.lock_sha256: one.number for one in list_versions(song)}
    assert len(numbers) >= len(locks) - 1
    for state in states[:-1]:
        with version_folder(song, numbers[state["song.lock"]]) as back:
            again = contents(back)
        assert all(again[name] == digest for name, digest in state.items() if name.endswith(".wav"))
    assert disk_use(song) < 0.5 * sum(one.size for one in list_versions(song))
    audio = SongFolder.open(song).read("master.wav")
    assert np.isfinite(audio).all()


@given(st.binary(min_size=6, max_size=6 * 400).map(lambda data: data[: len(data) // 6 * 6]))
def test_samples_come_back_from_flac_to_the_byte(data: bytes) -> None:
    assert from_flac(to_flac(data)) == data
