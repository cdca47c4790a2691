"""A studio on a small song, rendered with tones, and a page that talks to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from composer.studio.app import Studio, make_app
from composer.studio.security import Doorkeeper
from render.clips.caching.cache import ClipCache
from tests.composer.songmaker import SHORT_SPEC
from tests.tones import ToneBackend

ADDRESS = "http://127.0.0.1:8000"
TOKEN = "0123456789abcdef0123"


def open_page(studio: Studio, **headers: str) -> TestClient:
    """Return a client that has come in by the token, and sends what a page would send."""
    app = make_app(studio, Doorkeeper.at("127.0.0.1", 8000, TOKEN))
    page = TestClient(app, ADDRESS, headers={"origin": ADDRESS, **headers}, follow_redirects=False)
    assert page.get(f"/?token={TOKEN}").status_code == 303
    return page


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "small.yaml").write_text(SHORT_SPEC)
    return tmp_path


@pytest.fixture
def studio(folder: Path) -> Iterator[Studio]:
    made = Studio(folder, ClipCache(), ToneBackend(), static=folder / "static")
    made.desk.open(folder / "small.yaml")
    yield made
    made.close()


@pytest.fixture
def page(studio: Studio) -> TestClient:
    return open_page(studio)


def state_of(page: TestClient) -> dict[str, Any]:
    return dict(page.get("/api/state").json())


def wait_for_job(page: TestClient, key: str, seconds: float = 60.0) -> dict[str, Any]:
    """Wait until a job has ended."""

    def find() -> dict[str, Any]:
        return next(job for job in page.get("/api/jobs").json() if job["id"] == key)

    wait_until(lambda: find()["state"] not in ("queued", "running"), seconds)
    return find()


def wait_until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def render(page: TestClient) -> dict[str, Any]:
    """Render the song, and return the job that did."""
    job = wait_for_job(page, page.post("/api/render").json()["id"])
    assert job["state"] == "done", job
    return job
