"""What a lock holds, what of it must be there, and that every change of a song's files is told."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from composer.folder.lock import (
    check_lock,
    find_changed_files,
    lock_document,
    read_lock,
    read_locked_style,
    spec_data,
    spec_hash,
)
from composer.sources.source import Source, read_source
from render.clips.make import ClipRecord
from render.mixing.master import Master
from render.renderer import RenderResult
from structure.base.errors import LockError, RitornelloError
from structure.loading.loader import load_spec, parse_spec
from tests.composer.songmaker import SHORT_SPEC

FILES = ("master.wav", "stems/kit.wav", "init/loop.wav", "plan.json", "report.json", "song.lock")
DIGESTS = {
    "master.wav": "1" * 64,
    "stems/kit.wav": "2" * 64,
    "init/loop.wav": "3" * 64,
    "plan.json": "4" * 64,
    "unlisted.wav": "5" * 64,
}
SILENCE = np.zeros((2, 10), np.float32)


def clip(section: str, visit: int, stem: str, key: str) -> ClipRecord:
    return ClipRecord(
        section=section, visit=visit, stem=stem, key=key, reused=False, seconds=1.0, variation=0.0
    )


def result() -> RenderResult:
    clips = (clip("verse", 1, "low", "a" * 64), clip("chorus", 2, "kit", "b" * 64))
    master = Master(audio=SILENCE, loudness_lufs=-14.0, true_peak_dbtp=-1.0, limited_db=0.0)
    return RenderResult(
        stems={},
        premaster=SILENCE,
        master=master,
        clips=clips,
        backend="tones",
        backend_fingerprint="tones-1",
        timings_s={},
    )


def document(source: Source | None = None) -> dict[str, Any]:
    """The lock of a song of some files, as it is read back."""
    source = source or read_source(SHORT_SPEC)
    made = lock_document(FILES, DIGESTS, source, result(), {"init/loop.wav": "3" * 64})
    return dict(json.loads(json.dumps(made)))


def test_a_lock_names_the_wavs_that_were_rendered_and_apart_from_them_what_they_began_from() -> None:
    lock = document()
    assert lock["files"] == {"master.wav": "1" * 64, "stems/kit.wav": "2" * 64}
    assert lock["init_audio"] == {"init/loop.wav": "3" * 64}
    assert lock["plan_sha256"] == "4" * 64
    assert lock["written"] == list(FILES)


def test_a_lock_says_what_made_the_song() -> None:
    lock = document()
    assert lock["backend"] == {"name": "tones", "fingerprint": "tones-1"}
    assert lock["clips"] == {"verse/1/low": "a" * 64, "chorus/2/kit": "b" * 64}
    assert lock["packages"]["numpy"] == version("numpy")
    assert lock["packages"]["torch"] == version("torch")
    assert (lock["ritornello"], lock["seed"]) == (version("ritornello"), 5)
    assert (lock["only"], lock["style"]) == ([], None)
    assert "style_file" not in lock
    part = document(Source(read_source(SHORT_SPEC).spec, SHORT_SPEC, "small", only=("chorus", "verse:1")))
    assert part["only"] == ["chorus", "verse:1"]


def test_a_lock_holds_the_spec_itself_and_no_more_than_it_says() -> None:
    lock = document()
    spec = parse_spec(json.dumps(lock["spec"]), "song.lock")
    assert spec == read_source(SHORT_SPEC).spec
    assert lock["spec_sha256"] == spec_hash(spec)
    assert "render" not in lock["spec"] and "mix" not in lock["spec"]
    assert lock["spec"]["form"][2]["variation"] == 0.0
    assert spec_data(parse_spec("description: a calm song", "x")) == {"description": "a calm song"}


def test_layout_and_comments_do_not_change_a_spec_and_words_do() -> None:
    spec = read_source(SHORT_SPEC).spec
    lines = SHORT_SPEC.splitlines()
    shuffled = "\n".join(["# mine", lines[3].replace("240", "240.0"), *lines[1:3], *lines[4:]])
    assert spec_hash(parse_spec(shuffled, "x")) == spec_hash(spec)
    others = [
        ("Small Song", "Small song"),
        ("tempo: 240", "tempo: 241"),
        ("Am | F", "Am | G"),
        ("seed: 5\n", ""),
    ]
    hashes = {spec_hash(parse_spec(SHORT_SPEC.replace(*change), "x")) for change in others}
    assert len(hashes | {spec_hash(spec)}) == len(others) + 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A song's folder whose files are those of its lock."""
    contents = {
        "master.wav": b"one",
        "stems/kit.wav": b"two",
        "init/loop.wav": b"three",
        "plan.json": b"{}",
    }
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in contents.items()}
    for name, data in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    init = {"init/loop.wav": digests["init/loop.wav"]}
    lock = lock_document(FILES, digests, read_source(SHORT_SPEC), result(), init)
    (tmp_path / "song.lock").write_text(json.dumps(lock))
    return tmp_path


def test_a_folder_as_it_was_written_matches_its_lock(folder: Path) -> None:
    check = check_lock(folder)
    assert (check.passed, check.value, check.detail) == (True, 0.0, "")
    assert read_lock(folder) == read_lock(folder / "song.lock")


@pytest.mark.parametrize("name", ["master.wav", "stems/kit.wav", "init/loop.wav", "plan.json"])
def test_a_file_that_was_changed_or_is_missing_is_named(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"another")
    check = check_lock(folder)
    assert (check.passed, check.value, check.detail) == (False, 1.0, name)
    assert (check.name, check.value_text, check.limit_text) == (
        "files match the lock",
        "1 files",
        "≤ 0 files",
    )
    (folder / name).unlink()
    assert check_lock(folder).detail == name
    (folder / name).mkdir()
    assert check_lock(folder).detail == name


def test_all_that_changed_is_named_in_the_order_of_the_lock(folder: Path) -> None:
    for name in ("plan.json", "master.wav"):
        (folder / name).write_bytes(b"another")
    check = check_lock(folder)
    assert (check.value, check.detail) == (2.0, "master.wav, plan.json")
    assert find_changed_files(folder, {"stems/kit.wav": "0" * 64}) == ["stems/kit.wav"]


def test_a_lock_that_was_taken_away_is_noticed(tmp_path: Path) -> None:
    check = check_lock(tmp_path)
    assert check.passed is False and check.detail == "there is no song.lock"


def test_a_lock_of_the_first_version_which_lists_no_init_audio_can_be_checked(folder: Path) -> None:
    rewrite(folder, lambda lock: (lock.pop("init_audio"), lock.pop("written"), lock.update(format=1)))
    (folder / "init" / "loop.wav").unlink()
    assert check_lock(folder).passed is True


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "song.lock"
    lock = json.loads(path.read_text())
    change(lock)
    path.write_text(json.dumps(lock))


@pytest.mark.parametrize("number", [0, 99, None, "2", [2]])
def test_a_lock_of_another_format_cannot_be_read(folder: Path, number: object) -> None:
    rewrite(folder, lambda lock: lock.update(format=number))
    with pytest.raises(LockError, match=r"song\.lock") as caught:
        read_lock(folder)
    assert (caught.value.path, caught.value.field) == (folder / "song.lock", "format")


def test_what_is_no_lock_cannot_be_read(tmp_path: Path) -> None:
    for text in ("[]", "7", '"format"', "{}"):
        (tmp_path / "song.lock").write_text(text)
        with pytest.raises(RitornelloError, match="is not a lock that this version can read"):
            read_lock(tmp_path)
    with pytest.raises(RitornelloError, match=r"none\.lock"):
        read_lock(tmp_path / "none.lock")


@pytest.mark.parametrize("key", ["files", "clips", "backend", "packages", "plan_sha256"])
@pytest.mark.parametrize("damage", ["missing", "null", "list"])
def test_a_lock_without_what_is_needed_to_make_its_song_is_damaged(
    folder: Path, key: str, damage: str
) -> None:
    def change(lock: dict[str, Any]) -> None:
        lock[key] = {"null": None, "list": [1]}.get(damage)
        if damage == "missing":
            del lock[key]

    rewrite(folder, change)
    with pytest.raises(LockError, match="is damaged") as caught:
        read_lock(folder)
    assert (caught.value.path, caught.value.field) == (folder / "song.lock", key)


@pytest.mark.parametrize(
    ("key", "value", "field"),
    [
        ("only", 128, "only"),
        ("backend", "embedded", "backend"),
        ("only", [["chorus"]], "only.0"),
        ("players", [{"name": "x", "fingerprint": "y", "places": []}], "players.0.places"),
        ("players", {"a": 1}, "players"),
        ("backend", {"name": 3}, "backend.name"),
        ("packages", {"torch": [2]}, "packages.torch"),
        ("documents", {"score.mid": 1}, "documents.score.mid"),
        ("made_on", ["here"], "made_on"),
        ("ritornello", 1, "ritornello"),
        ("spec", "song.yaml", "spec"),
        ("report_sha256", {}, "report_sha256"),
    ],
)
def test_what_a_lock_says_is_of_its_kind(folder: Path, key: str, value: Any, field: str) -> None:
    rewrite(folder, lambda lock: lock.update({key: value}))
    with pytest.raises(LockError, match="is damaged") as caught:
        read_lock(folder)
    assert caught.value.field == field
    assert not re.search("Input should|instance of", str(caught.value))


@pytest.mark.parametrize("key", ["files", "init_audio", "clips"])
def test_a_lock_that_names_a_file_outside_of_its_folder_is_damaged(folder: Path, key: str) -> None:
    rewrite(folder, lambda lock: lock[key].update({"../mine.wav": "0" * 64}))
    with pytest.raises(RitornelloError, match=r"is damaged.*leads out of the folder"):
        read_lock(folder)


def own_style_lock(tmp_path: Path) -> dict[str, Any]:
    """The lock of a song in a style of the user's own."""
    (tmp_path / "mine.yaml").write_text("like: techno\ntempo: [150, 151]\n# loud\n")
    (tmp_path / "small.yaml").write_text(SHORT_SPEC.replace("genre: pop", "genre: mine.yaml"))
    spec = load_spec(tmp_path / "small.yaml")
    return document(Source(spec, "", "small"))


def test_a_style_of_ones_own_comes_back_with_the_file_that_it_was_written_in(tmp_path: Path) -> None:
    lock = own_style_lock(tmp_path)
    assert lock["style_file"] == {"name": "mine.yaml", "text": "like: techno\ntempo: [150, 151]\n# loud\n"}
    own = read_locked_style(lock)
    spec = load_spec(tmp_path / "small.yaml")
    assert own == spec.own_style
    assert own is not None and own.file is not None
    assert (own.style.tempo, own.file.name) == ((150, 151), "mine.yaml")
    del lock["style_file"]
    older = read_locked_style(lock)
    assert older is not None
    assert (older.style, older.file) == (own.style, None)
    assert read_locked_style({"style": None}) is None
    assert read_locked_style({}) is None


@pytest.mark.parametrize(
    "name", ["../mine.yaml", "/tmp/mine.yaml", "a/mine.yaml", "..\\mine.yaml", "mine.txt", "", "mine"]
)
def test_the_file_of_a_style_lies_beside_the_spec_and_nowhere_else(tmp_path: Path, name: str) -> None:
    lock = own_style_lock(tmp_path)
    lock["style_file"]["name"] = name
    with pytest.raises(RitornelloError, match="the style in the lock cannot be read"):
        read_locked_style(lock)


def test_a_style_that_this_version_does_not_know_is_told(tmp_path: Path) -> None:
    lock = own_style_lock(tmp_path)
    for damaged in (
        {**lock, "style": {"name": 1}},
        {**lock, "style_file": {"name": "mine.yaml"}},
        {**lock, "style_file": 7},
    ):
        with pytest.raises(
            LockError, match="the style in the lock cannot be read by this version"
        ) as caught:
            read_locked_style(damaged)
        assert caught.value.field == "style"
