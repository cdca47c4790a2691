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
from pathlib import Path

import httpx
import pytest

from composer.project import Project
from tests.composer.songmaker import SHORT_SPEC


def start(spec: Path) -> tuple[subprocess.Popen[str], str]:
    command = [sys.executable, "-m", "composer", "studio", str(spec), "--no-browser"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ})
    assert server.stdout is not None
    found = re.search(r"http\S+", server.stdout.readline())
    assert found is not None
    return server, found[0]


@pytest.mark.slow
def test_a_server_that_is_killed_at_any_moment_loses_no_acknowledged_change(tmp_path: Path) -> None:
    spec = tmp_path / "small.yaml"
    spec.write_text(SHORT_SPEC)
    moments = random.Random(11)
    tempo, acknowledged = 60, 0
    for _ in range(10):
        server, url = start(spec)
        origin = url.partition("/?")[0]
        with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=20) as page:
            page.get(url)
            state = page.get("/api/state").json()
            found = re.search(r"tempo: (\d+)", state["text"])
            assert found is not None
            if acknowledged:  # what was acknowledged is there; at most the change under way came after it
                assert tempo <= int(found[1]) <= tempo + 1
                assert acknowledged <= len(state["history"]) <= acknowledged + 1
                tempo = int(found[1])
            killer = threading.Timer(moments.uniform(0.0, 0.4), os.kill, (server.pid, signal.SIGKILL))
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
        server.wait()
        time.sleep(0.01)
    project = Project.open(spec)
    assert acknowledged > 3 and acknowledged <= len(project.history) <= acknowledged + 1
    while project.history:
        project.undo()
    assert spec.read_text() == SHORT_SPEC
