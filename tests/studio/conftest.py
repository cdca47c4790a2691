"""A browser, and a studio whose song the embedded model has rendered. Without a browser, tests skip."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

SPEC = """\
# A song for the tests of the studio.
title: Small Hours
genre: synthwave
tempo: 120
key: A minor
seed: 7

stems:
  - {name: drums, role: drums, prompt: gated drum machine}
  - {name: bass, role: bass, prompt: analog synth bass}
  - {name: lead, role: lead, prompt: sawtooth lead} # the tune

form:
  - verse
  - chorus
  - verse
  - {section: chorus, variation: 0.3}

sections:
  verse: {bars: 2, chords: Am | F, energy: 0.5}
  chorus: {bars: 2, chords: F | G, energy: 0.9, variation: 0}
"""
TOKEN = "0123456789abcdef"
SIZE: ViewportSize = {"width": 1440, "height": 900}
ROOT = Path(__file__).parents[2]
WEB = ROOT / "composer" / "studio" / "web"
STATIC = ROOT / "composer" / "studio" / "static"


def _missing(what: str) -> None:
    """Skip; on a machine that is there to run all tests, fail."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


def need_packages() -> None:
    """Skip where the packages of the page's sources are not installed."""
    if not (WEB / "node_modules" / "vite").is_dir():
        _missing("no packages for the page: npm install --no-save in composer/studio/web")


def launch(playwright: Playwright) -> Browser | None:
    """Start the browser of this machine; None where there is none."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        return None
    flags = ["--autoplay-policy=no-user-gesture-required", "--js-flags=--expose-gc"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        flags.append("--no-sandbox")
    return playwright.chromium.launch(executable_path=found, args=flags)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = launch(playwright)
        if started is None:
            _missing("no browser: apt-get install chromium")
        assert started is not None
        yield started
        started.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the studio works."""
    made = tmp_path_factory.mktemp("studio")
    (made / "small.yaml").write_text(SPEC, encoding="utf-8")
    return made


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """A studio's address, with the token."""
    with started(folder) as said:
        yield said


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[str]:
    """Run a studio on ``small.yaml`` of a folder, and give its address."""
    command = [sys.executable, "-m", "composer", "studio", "small.yaml", "--no-browser", "--token", TOKEN]
    paths = {"PYTHONPATH": str(ROOT), "RITORNELLO_CACHE": str(folder / "cache")}
    server = subprocess.Popen(
        [*command, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, env=os.environ | paths
    )
    try:
        assert server.stdout is not None
        said = re.search(r"http://\S+", server.stdout.readline())
        assert said, "the studio did not start"
        yield said.group()
    finally:
        server.kill()
        server.communicate()


class Window:
    """A window of the browser, which the tests use one after the other: to open one takes a second."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._page: Page | None = None
        self._faults: list[str] = []

    def begin(self, address: str) -> Page:
        """Open an address as a new user's window does: nothing is kept of what was there before."""
        if self._page is None or self._page.is_closed():
            context = self._browser.new_context(viewport=SIZE, color_scheme="dark")
            self._page = context.new_page()
            self._page.on("pageerror", lambda error: self._faults.append(str(error)))
        page = self._page
        self._faults.clear()
        page.context.clear_cookies()
        page.context.clear_permissions()
        session = page.context.new_cdp_session(page)
        parts = urlsplit(address)
        origin = f"{parts.scheme}://{parts.netloc}"
        session.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": "all"})
        session.detach()
        page.set_viewport_size(SIZE)
        page.emulate_media(color_scheme="dark")
        page.mouse.move(0, 0)
        page.goto(address)
        return page

    def end(self, *, with_it: bool) -> list[str]:
        """Leave the page, and the window ``with_it``. Gives the errors that it had."""
        assert self._page is not None
        context = self._page.context
        if with_it:
            context.close()
            self._page = None
        else:
            self._page.unroute_all(behavior="ignoreErrors")
            for other in context.pages:
                if other is not self._page:
                    other.close()
            # A page of the same server is left without another process of the browser.
            self._page.goto(urljoin(self._page.url, "/nothing-here"))
        return self._faults


@pytest.fixture(scope="session")
def window(browser: Browser) -> Window:
    return Window(browser)


@pytest.fixture
def page(window: Window, address: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The page of a song that is rendered, and stands as it was written."""
    failed = request.session.testsfailed
    opened = window.begin(address)
    opened.wait_for_selector(".timeline")
    put_back(opened)
    yield opened
    # What a test that failed may have left goes with its window.
    assert not window.end(with_it=request.session.testsfailed > failed)


def put_back(page: Page) -> None:
    """Write the song as it was, and render it where it is not."""
    now = state(page)
    if now["text"] != SPEC:
        send(page, "/api/text", {"revision": now["revision"], "text": SPEC})
        wait_for(page, f"(s) => s.text === {SPEC!r}")
    if not state(page)["render"]["is_current"]:
        send(page, "/api/render", {})
    wait_for(page, f"(s) => s.text === {SPEC!r} && s.render.is_current", seconds=180)


def send(page: Page, path: str, body: dict[str, Any]) -> Any:
    """Post as another window would."""
    return page.evaluate(
        "([path, body]) => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify(body)}).then((answer) => answer.json())",
        [path, body],
    )


def until(page: Page, expression: str, seconds: float = 30) -> None:
    """Wait until an expression is true. Playwright's own waiting evaluates text, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"it did not come to be: {expression}"
        page.wait_for_timeout(40)


def wait_for(page: Page, state_is: str, seconds: float = 30) -> None:
    """Wait until a function of the page's state is true."""
    until(page, f"({state_is})(ritornello.state.value)", seconds)


def state(page: Page) -> dict[str, Any]:
    return dict(page.evaluate("ritornello.state.value"))


def sections(page: Page) -> list[str]:
    return [section["section"] for section in state(page)["song"]["sections"]]
