"""A lock is enough to make a song again, and says why where that cannot be."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import composer
import composer.history.reproduce
from composer.history.reproduce import read_locked_song
from structure.base.errors import RitornelloError
from structure.base.jsonfile import write_json
from tests.composer.songmaker import SHORT_SPEC, Run, names_in
from tests.tones import ToneBackend

Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def song(render_once: Callable[..., Path]) -> Path:
    return render_once("../small.yaml", "--seed", "9", out="song")


def edit(song: Path, change: Edit) -> None:
    lock = json.loads((song / "song.lock").read_text())
    change(lock)
    write_json(song / "song.lock", lock)


@pytest.mark.slow
def test_the_lock_alone_makes_the_same_song(run: Run, backend: ToneBackend, song: Path) -> None:
    alone = Path("alone.lock")
    alone.write_bytes((song / "song.lock").read_bytes())
    code, out, err = run("render", "--lock", str(alone), "--no-cache", "--out", "again")
    assert code == 0, err
    assert "the same, bit for bit, as in alone.lock: 4 WAV files and the plan" in out
    assert Path("again/song.lock").read_bytes() == alone.read_bytes()
    assert Path("again/master.wav").read_bytes() == (song / "master.wav").read_bytes()


@pytest.mark.slow
def test_a_folder_names_its_lock_and_the_new_one(run: Run, backend: ToneBackend, song: Path) -> None:
    assert run("render", "--lock", "song", "-q") == (0, "", "")
    assert names_in(Path()) == ["song", "song-again"]


@pytest.mark.slow
def test_a_part_of_a_song_is_made_again(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q", "--only", "chorus:1")[0] == 0
    assert names_in(Path()) == ["small-chorus_1"]
    lock = json.loads(Path("small-chorus_1/song.lock").read_text())
    assert lock["only"] == ["chorus:1"]
    assert sorted(lock["clips"]) == ["chorus/1/kit", "chorus/1/low"]
    assert run("render", "--lock", "small-chorus_1", "-q", "--out", "again", "--no-cache")[0] == 0
    assert Path("again/song.lock").read_text() == Path("small-chorus_1/song.lock").read_text()


@pytest.mark.slow
def test_a_part_asks_for_the_clips_of_the_whole(run: Run, backend: ToneBackend) -> None:
    assert run("render", "../small.yaml", "-q", "--out", "whole", "--cache", "c")[0] == 0
    made = backend.made
    code, out, err = run("render", "../small.yaml", "--only", "chorus", "--out", "part", "--cache", "c")
    assert (code, backend.made) == (0, made), err
    assert "0 made, 2 from the cache" in out
    assert run("verify", "part")[0] == 0
    whole, part = (json.loads(Path(f"{name}/song.lock").read_text())["clips"] for name in ("whole", "part"))
    assert part == {place: key for place, key in whole.items() if place.startswith("chorus/")}


def other_plan(lock: dict[str, Any]) -> None:
    lock["plan_sha256"] = "0" * 64


def other_weights(lock: dict[str, Any]) -> None:
    lock["backend"]["fingerprint"] = "tones-0"


def other_torch(lock: dict[str, Any]) -> None:
    lock["backend"]["fingerprint"] = "tones-0"
    lock["packages"]["torch"] = "1.0.0"


def other_backend(lock: dict[str, Any]) -> None:
    lock["backend"]["name"] = "riffusion"


def other_requests(lock: dict[str, Any]) -> None:
    lock["clips"]["verse/1/low"] = "0" * 64


def other_spec(lock: dict[str, Any]) -> None:
    lock["spec"]["tempo"] = 200


def older_format(lock: dict[str, Any]) -> None:
    lock["format"] = 99


def no_files(lock: dict[str, Any]) -> None:
    del lock["files"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_plan, "plans another song from the same spec"),
        (other_weights, "the weights or the code of the backend 'tones' are not those of then (tones-0"),
        (other_torch, "torch was 1.0.0 and is"),
        (other_backend, "it was made by the backend 'riffusion', not 'tones'"),
        (other_requests, "asks for clips in another way"),
        (other_spec, "its spec is not the one that was locked"),
        (older_format, "is not a lock that this version can read"),
        (no_files, "is damaged"),
    ],
)
def test_what_makes_it_impossible_is_said_before_anything_is_made(
    run: Run,
    backend: ToneBackend,
    song: Path,
    change: Edit,
    message: str,
) -> None:
    edit(song, change)
    made = backend.made
    code, out, err = run("render", "--lock", "song", "--out", "again", "--no-cache")
    assert (code, out, backend.made) == (2, "", made)
    assert message in err
    assert names_in(Path()) == ["song"]


@pytest.mark.slow
def test_an_old_plan_beside_the_lock_will_do(
    run: Run,
    backend: ToneBackend,
    song: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A newer version plans another song; what was planned then lies beside the lock."""
    plan = composer.history.reproduce.plan_source
    monkeypatch.setattr(
        composer.history.reproduce, "plan_source", lambda source: replace(plan(source), title="Another")
    )
    assert run("render", "--lock", "song", "--out", "again", "--no-cache")[0] == 0
    assert Path("again/song.lock").read_bytes() == (song / "song.lock").read_bytes()
    (song / "plan.json").unlink()
    code, _, err = run("render", "--lock", "song", "--out", "third")
    assert code == 2 and "no plan.json of the old one beside the lock" in err


@pytest.mark.slow
def test_other_libraries_are_told_and_a_difference_is_an_error(
    run: Run,
    backend: ToneBackend,
    song: Path,
) -> None:
    def other_scipy(lock: dict[str, Any]) -> None:
        lock["packages"]["scipy"] = "0.1"
        lock["packages"]["matplotlib"] = "0.1"

    edit(song, other_scipy)
    code, _, err = run("render", "--lock", "song", "--out", "again")
    assert code == 0
    assert "note: it may not come out the same to the bit: scipy was 0.1, and is" in err
    assert "matplotlib" not in err

    def other_bass(lock: dict[str, Any]) -> None:
        lock["files"]["stems/low.wav"] = "0" * 64

    edit(song, other_bass)
    code, _, err = run("render", "--lock", "song", "--out", "third", "-q")
    assert code == 1
    assert "not the same as in song/song.lock: stems/low.wav (scipy was 0.1" in err


@pytest.mark.slow
def test_a_lock_goes_with_nothing_else(run: Run, backend: ToneBackend, song: Path) -> None:
    for extra in (["../small.yaml"], ["--seed", "1"], ["--backend", "embedded"], ["--only", "chorus"]):
        code, _, err = run("render", *extra, "--lock", "song")
        assert code == 2 and "--lock says it all" in err
    code, _, err = run("render", "--lock", "none.lock")
    assert code == 2 and "does not exist" in err


@pytest.mark.slow
def test_a_style_of_ones_own_is_in_the_lock(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("like: pop\ntempo: [240, 240]\n")
    (tmp_path / "small.yaml").write_text(SHORT_SPEC.replace("genre: pop", "genre: mine.yaml"))
    folder = composer.compose(tmp_path / "small.yaml", backend=ToneBackend(), cache=False).save(
        tmp_path / "a"
    )
    with pytest.raises(RitornelloError, match="no style"):
        composer.plan((tmp_path / "small.yaml").read_text().replace("mine.yaml", "mine"))
    locked = read_locked_song(folder)
    assert locked.source.spec.genre == "mine"
    assert composer.history.reproduce.plan_locked_song(locked).genre == "mine"
