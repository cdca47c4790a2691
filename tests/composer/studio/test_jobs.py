"""Jobs go on without a page, one after the other, and end when they are told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.testclient import TestClient

from composer.studio.app import Studio, make_app
from composer.studio.jobs import Jobs, Work
from composer.studio.messages.notices import Notices
from composer.studio.security import Doorkeeper
from structure.base.progress import ProgressEvent
from tests.composer.songmaker import names_in
from tests.composer.studio.conftest import TOKEN, open_page, render, state_of, wait_for_job, wait_until


def test_jobs_wait_for_each_other_and_can_be_cancelled(tmp_path: Path) -> None:
    jobs = Jobs(Notices(), tmp_path)
    go_on = threading.Event()

    def wait(work: Work) -> dict[str, object]:
        for done in range(1000):
            work.progress(ProgressEvent("clips", done, 1000))
            if go_on.wait(0.01):
                return {"done": done}
        raise AssertionError

    first, second, third = (jobs.add("render", name, wait) for name in "abc")
    wait_until(lambda: jobs.get(first.id).state == "running")
    assert [job.state for job in jobs.list()] == ["running", "queued", "queued"]
    assert jobs.cancel(second.id).state == "cancelled"
    jobs.cancel(first.id)
    wait_until(lambda: jobs.get(first.id).state == "cancelled")
    wait_until(lambda: jobs.get(third.id).state == "running")
    go_on.set()
    wait_until(lambda: jobs.get(third.id).state == "done")
    assert [job.state for job in jobs.list()] == ["cancelled", "cancelled", "done"]
    jobs.close()


def test_a_job_that_fails_says_why_and_the_next_one_is_done(tmp_path: Path) -> None:
    jobs = Jobs(Notices(), tmp_path)

    def fail(work: Work) -> None:
        raise ZeroDivisionError("no such bar")

    first, second = jobs.add("render", "a", fail), jobs.add("render", "b", lambda work: {})
    wait_until(lambda: jobs.get(second.id).state == "done")
    fault = jobs.get(first.id).fault
    assert fault is not None and "no such bar" in fault.message
    jobs.close()


@pytest.mark.slow
def test_a_cancelled_render_leaves_the_song_as_it_was(
    page: TestClient, studio: Studio, folder: Path
) -> None:
    render(page)
    before = page.get("/api/audio/master").content
    edit = {"edit": "set", "path": ["seed"], "value": 77}
    page.post("/api/edits", json={"revision": state_of(page)["revision"], "edit": edit})
    key = page.post("/api/render").json()["id"]
    page.delete(f"/api/jobs/{key}")
    assert wait_for_job(page, key)["state"] == "cancelled"
    assert page.get("/api/audio/master").content == before
    assert names_in(folder) == [".ritornello", "small", "small.yaml"]
    assert [job["state"] for job in open_page(studio).get("/api/jobs").json()] == ["done", "cancelled"]
    assert page.delete("/api/jobs/none").status_code == 404


@contextmanager
def serving(studio: Studio) -> Iterator[str]:
    config = uvicorn.Config("", port=0, log_level="error", lifespan="off", timeout_graceful_shutdown=1)
    with config.bind_socket() as socket:
        port = socket.getsockname()[1]
        config.app = make_app(studio, Doorkeeper.at("127.0.0.1", port, TOKEN))
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([socket],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


@pytest.mark.slow
def test_pages_hear_of_each_change_and_of_each_step(studio: Studio) -> None:
    heard: list[tuple[str, dict[str, object]]] = []
    with serving(studio) as url, httpx.Client(base_url=url, headers={"origin": url}, timeout=30) as page:
        page.get(f"/?token={TOKEN}")
        with page.stream("GET", "/api/events") as stream:
            lines = stream.iter_lines()
            asked = False
            for line in lines:
                if line.startswith("event: "):
                    kind = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    heard.append((kind, json.loads(line.removeprefix("data: "))))
                if heard and not asked:
                    asked = True
                    page.post("/api/render", json={})
                if any(k == "job" and d["job"]["state"] == "done" for k, d in heard):  # type: ignore[index]
                    break
            studio.close()
            assert any("bye" in line for line in lines)
    kinds = [kind for kind, _ in heard]
    assert kinds[0] == "hello" and heard[0][1]["revision"]
    assert sorted(data["section"] for kind, data in heard if kind == "section_ready") == [0, 1, 2]
    assert "state" in kinds
    versions = [data["job"]["version"] for kind, data in heard if kind == "job"]  # type: ignore[index]
    assert len(versions) > 2 and versions == sorted(set(versions))
