"""``ritornello render --engine ray``, as users run it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.composer.engine.conftest import Machines
from tests.composer.songmaker import SHORT_SPEC, names_in

pytestmark = pytest.mark.slow


def start(machines: Machines, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    (folder / "small.yaml").write_text(SHORT_SPEC)
    words = ["render", "small.yaml", "--out", "song", "--engine", "ray", "--address", machines.address]
    environment = {**os.environ, "RITORNELLO_CACHE": str(folder / "cache")}
    return subprocess.Popen(
        [sys.executable, "-m", "composer", *words, *arguments],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_song_is_rendered_by_a_cluster_and_shared(machines: Machines, tmp_path: Path) -> None:
    done = start(machines, tmp_path, "--cache", f"file://{tmp_path}/shared")
    out, err = done.communicate(timeout=300)
    assert done.returncode == 0, err
    assert "Ray: 2 machines, 2 processors" in err
    assert "from the cache" in out
    assert "a second, on 2 machines" in err
    lock = json.loads((tmp_path / "song/song.lock").read_text())
    assert "made_on" not in lock
    shared = {path.stem for path in (tmp_path / "shared/clips").rglob("*.clip")}
    assert shared == set(lock["clips"].values())


def test_an_interrupt_leaves_nothing_half_made(machines: Machines, tmp_path: Path) -> None:
    process = start(machines, tmp_path)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("Clips"):
            break
    assert process.poll() is None, "".join(said)
    time.sleep(1.0)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 143, err
    assert set(names_in(tmp_path)) <= {"small.yaml", "cache"}
