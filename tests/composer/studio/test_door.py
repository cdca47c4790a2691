"""Only the studio's own page, with the token, is let in; nothing outside the studio's folder is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from composer.studio.app import Studio, make_app
from composer.studio.security import LARGEST_REQUEST, Doorkeeper
from structure.base.errors import RitornelloError
from tests.composer.studio.conftest import ADDRESS, TOKEN, open_page, state_of

EDIT = {"revision": 0, "edit": {"edit": "set", "path": ["tempo"], "value": 90}}


def test_the_token_becomes_a_cookie_that_no_other_page_can_use(studio: Studio) -> None:
    app = make_app(studio, Doorkeeper.at("127.0.0.1", 8000, TOKEN))
    stranger = TestClient(app, ADDRESS, follow_redirects=False)
    assert stranger.get("/").status_code == 403
    assert stranger.get("/api/state").status_code == 403
    assert stranger.get("/?token=wrong").status_code == 403
    entered = stranger.get(f"/?token={TOKEN}")
    assert (entered.status_code, entered.headers["location"]) == (303, "/")
    assert {"HttpOnly", "SameSite=strict"} <= set(entered.headers["set-cookie"].split("; "))
    assert stranger.get("/").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example:8000"}, 421),  # a name that was led to this machine
        ({"host": "127.0.0.1:9000"}, 421),
        ({"host": "localhost:8000"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://127.0.0.1:9000"}, 403),
        ({"cookie": "ritornello_8000=guess"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"content-length": "-1"}, 413),
        ({"content-length": str(LARGEST_REQUEST + 1)}, 413),
    ],
)
def test_a_hostile_request_changes_nothing(
    page: TestClient, studio: Studio, headers: dict[str, str], status: int
) -> None:
    before = studio.desk.text
    asked = {**EDIT, "revision": studio.desk.revision}
    if "cookie" in headers:
        page.cookies.clear()
    assert page.post("/api/edits", json=asked, headers=headers).status_code == status
    assert studio.desk.text == before


def test_a_change_needs_an_origin(studio: Studio) -> None:
    page = open_page(studio)
    del page.headers["origin"]
    assert page.post("/api/undo", json={"revision": 0}).status_code == 403
    assert page.delete("/api/jobs/x").status_code == 403


def test_a_body_that_is_longer_than_it_says_is_cut_off(page: TestClient) -> None:
    parts = (b"x" * 65536 for _ in range(LARGEST_REQUEST // 65536 + 2))
    assert page.post("/api/check", content=parts).status_code == 413


def test_every_answer_says_what_a_browser_may_do(page: TestClient) -> None:
    for path in ("/", "/api/state", "/api/nothing"):
        headers = page.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "*" not in policy
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "../secret.yaml",
        "/etc/passwd",
        "link.yaml",
        "a/../../secret.yaml",
        "..\\secret.yaml",
        "",
        "small.yaml\0",
    ],
)
def test_no_path_leads_out_of_the_folder(
    tmp_path: Path, studio: Studio, page: TestClient, path: str
) -> None:
    secret = tmp_path.parent / "secret.yaml"
    secret.write_text("description: my secret song\n")
    (tmp_path / "link.yaml").symlink_to(secret)
    try:
        answer = page.post("/api/begin", json={"path": path})
        assert answer.status_code == 422 and "my secret song" not in answer.text
        for url in (f"/api/audio/{path}", f"/api/files/{path}", f"/api/peaks/{path}", f"/{path}"):
            assert "my secret song" not in page.get(url.replace("\0", "%00")).text
    finally:
        secret.unlink()


@pytest.mark.parametrize("name", ["%2e%2e%2fsmall", "..%2f..%2fsmall", "%2e%2e", "kit.wav%00"])
def test_no_name_of_a_stem_is_a_path(page: TestClient, name: str) -> None:
    assert page.get(f"/api/audio/{name}").status_code in (404, 422)


def test_others_are_let_in_by_a_token_of_the_users_own_alone() -> None:
    with pytest.raises(RitornelloError, match="lets others on the network change your songs"):
        Doorkeeper.at("0.0.0.0", 80)
    with pytest.raises(RitornelloError, match="16 letters"):
        Doorkeeper.at("0.0.0.0", 80, "short")
    keeper = Doorkeeper.at("0.0.0.0", 80, TOKEN)
    assert keeper.knows_host("192.168.0.7:80") and not keeper.knows_host("evil.example:80")
    assert Doorkeeper.at("127.0.0.1", 80).token != Doorkeeper.at("127.0.0.1", 80).token


def test_an_upload_is_checked_before_it_is_kept(page: TestClient, folder: Path) -> None:
    before = sorted(folder.iterdir())

    def upload(name: str, data: bytes) -> int:
        return page.post("/api/upload", content=data, headers={"x-filename": name}).status_code

    assert upload("../../evil.sh", b"#!/bin/sh") == 422
    assert upload("broken.yaml", b"form: [") == 422
    assert upload("huge.yaml", b"# " + b"x" * 300_000) == 422
    assert sorted(folder.iterdir()) == before
    assert upload("../../good.yaml", b"description: slow waltz\nlength: 8 bars\n") == 200
    assert (folder / "good.yaml").is_file() and state_of(page)["file"] == "good.yaml"


def test_music_that_is_dropped_begins_a_song_as_new_from_does(page: TestClient, folder: Path) -> None:
    def drop(name: str, data: bytes) -> int:
        return page.post("/api/upload", content=data, headers={"x-filename": name}).status_code

    assert drop("tune.abc", b"X:1\nT:Reel\nM:4/4\nL:1/4\nK:D\nDEFG|ABcd|dcBA|GFED|\n") == 200
    text = (folder / "tune.yaml").read_text("utf-8")
    assert "track:" in text and "from_bar: 1" in text and (folder / "tune.abc").is_file()
    before = set(folder.iterdir())
    assert drop("take.wav", b"no sound") in (400, 422)
    assert set(folder.iterdir()) == before
    (folder / "reel.abc").write_text("mine")
    assert drop("reel.abc", b"X:1\nT:Reel\nM:4/4\nL:1/4\nK:D\nDEFG|\n") >= 400
    assert (folder / "reel.abc").read_text() == "mine" and not (folder / "reel.yaml").exists()
