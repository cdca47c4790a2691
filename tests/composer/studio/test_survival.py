"""A server that is killed while somebody edits has lost no change that it acknowledged."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from composer.project import Project
from tests.composer.songmaker import SHORT_SPEC


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SHORT_SPEC)
    return path


@pytest.fixture
def start(spec: Path) -> Iterator[Callable[[], tuple[int, str]]]:
    """Start a server; gives its process and its address."""
    command = [sys.executable, "-m", "tests.composer.studio.killable", str(spec)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        stdin, stdout = parent.stdin, parent.stdout

        def one() -> tuple[int, str]:
            stdin.write("\n")
            stdin.flush()
            number, url = stdout.readline().split()
            return int(number), url

        yield one
        stdin.close()


def open_page(page: httpx.Client, url: str, patience_s: float = 20.0) -> None:
    """Open the page of a server that has said its address, and may listen a little later."""
    until = time.monotonic() + patience_s
    while True:
        try:
            page.get(url)
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.mark.slow
def test_a_server_that_is_killed_at_any_moment_loses_no_acknowledged_change(
    spec: Path, start: Callable[[], tuple[int, str]]
) -> None:
    moments = random.Random(11)
    tempo, acknowledged = 60, 0
    for _ in range(10):
        process, url = start()
        origin = url.partition("/?")[0]
        with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=20) as page:
            open_page(page, url)
            state = page.get("/api/state").json()
            found = re.search(r"tempo: (\d+)", state["text"])
            assert found is not None
            if acknowledged:  # what was acknowledged is there; at most the change under way came after it
                assert tempo <= int(found[1]) <= tempo + 1
                assert acknowledged <= len(state["history"]) <= acknowledged + 1
                tempo = int(found[1])
            killer = threading.Timer(moments.uniform(0.0, 0.4), os.kill, (process, signal.SIGKILL))
            killer.start()
            try:
                while True:
                    edit = {"edit": "set", "path": ["tempo"], "value": tempo + 1}
                    answer = page.post("/api/edits", json={"revision": state["revision"], "edit": edit})
                    assert answer.status_code == 200, answer.text
                    state, tempo = answer.json(), tempo + 1
                    acknowledged = len(state["history"])
            except httpx.TransportError:
                pass  # it was killed
            killer.join()
    project = Project.open(spec)
    assert acknowledged > 3 and acknowledged <= len(project.history) <= acknowledged + 1
    while project.history:
        project.undo()
    assert spec.read_text() == SHORT_SPEC
