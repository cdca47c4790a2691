"""``ritornello cache`` tells what is there and makes room."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from render.backends.request import Clip
from render.clips.caching.cache import ClipCache
from tests.composer.songmaker import run_command


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, with three clips of 40 kB."""
    monkeypatch.setenv("RITORNELLO_CACHE", str(tmp_path))
    for age, key in enumerate("abc", 1):
        ClipCache(tmp_path).put(key * 64, Clip(np.zeros((1, 10_000), np.float32), 44_100, 0))
        os.utime(tmp_path / "clips" / f"{key * 64}.clip", (age, age))
    return tmp_path


def test_it_shows_what_is_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run_command(capsys, "cache")
    assert code == 0
    assert str(folder) in out.replace("\n", "") and "120.6 kB" in out and "4.3 GB" in out and "1970" in out
    found = json.loads(run_command(capsys, "cache", "--json")[1])
    assert (found["entries"], found["oldest_s"], found["newest_s"]) == (3, 1.0, 3.0)
    assert found["limit_bytes"] == 4 * 1024**3


def test_it_prunes_and_clears(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(capsys, "cache", "prune", "--to", "90 kB") == (0, "dropped 1 clip, 40.2 kB\n", "")
    assert run_command(capsys, "cache", "prune") == (0, "dropped 0 clips, 0 bytes\n", "")
    assert sorted(path.name for path in folder.rglob("*.clip")) == ["b" * 64 + ".clip", "c" * 64 + ".clip"]
    assert run_command(capsys, "cache", "clear")[1] == "dropped 2 clips, 80.4 kB\n"
    assert (
        run_command(capsys, "cache", "clear", "--cache", str(folder / "none"))[1]
        == "dropped 0 clips, 0 bytes\n"
    )
    assert not (folder / "none").exists()


def test_wrong_sizes_and_folders_are_messages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run_command(capsys, "cache", "prune", "--to", "lots")
    assert code == 2 and "--to: 'lots' is not a size" in err
    code, _, err = run_command(capsys, "cache", "clear", "--cache", __file__)
    assert code == 2 and "is a file" in err
    code, _, err = run_command(capsys, "render", "x", "--cache-limit", "lots")
    assert code == 2 and "--cache-limit: 'lots' is not a size" in err
    assert len(list(folder.rglob("*.clip"))) == 3
