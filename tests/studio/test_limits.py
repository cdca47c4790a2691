"""How large and how fast the page is, and whether everybody can use it."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from tests.studio.conftest import STATIC, WEB, need_packages, state
from tests.studio.long_song import show_long_song
from tests.studio.tracing import record

AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"


def test_the_built_page_is_small() -> None:
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 2 * 2**20
    at_once = [path for path in files if path.suffix == ".js" and not path.name.startswith("editor")]
    assert sum(len(gzip.compress(path.read_bytes())) for path in at_once) < 400_000


def test_the_built_page_asks_nobody_else() -> None:
    index = (STATIC / "index.html").read_text()
    assert "//" not in index.replace("https://ritornello", "")
    assert "<script>" not in index


_timed = pytest.mark.skipif(
    os.environ.get("STUDIO_TIMES") != "1", reason="measures time on a quiet machine: STUDIO_TIMES=1"
)


@_timed
@pytest.mark.slow
def test_the_page_can_be_used_within_a_second(page: Page) -> None:
    page.reload()
    page.wait_for_selector("[data-section=verse]")
    assert page.evaluate("performance.now()") < 1500
    done = page.evaluate(
        "performance.getEntriesByType('navigation')[0].domInteractive"
        " && Math.max(...performance.getEntriesByName('interactive').map((mark) => mark.startTime))"
    )
    assert done < 1000


@pytest.fixture
def long_page(browser: Browser, address: str) -> Page:
    """A page that is told of a song of ten minutes and twelve stems."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    show_long_song(page)
    page.goto(address)
    page.wait_for_selector("[data-section=part0]")
    return page


@_timed
@pytest.mark.slow
def test_a_long_song_scrolls_smoothly(browser: Browser, long_page: Page, tmp_path: Path) -> None:
    for _ in range(6):
        long_page.keyboard.press("+")
    long_page.wait_for_timeout(1500)
    long_page.mouse.move(700, 500)

    def scroll() -> None:
        for _ in range(60):
            long_page.mouse.wheel(60, 0)
            long_page.wait_for_timeout(16)

    work = record(browser, long_page, tmp_path / "trace.json", scroll)
    assert len(work.frames) > 20
    assert np.percentile(work.frames, 95) <= 8, work.frames
    assert work.own_tasks.max() <= 50
    assert _memory(long_page) < 400e6


def _memory(page: Page) -> float:
    """Return the bytes of the page's heap."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("key", ["i", "e", "t", "g", "w", "p", "?", "o"])
def test_nothing_serious_is_in_the_way_of_anybody(page: Page, key: str, scheme: str) -> None:
    need_packages()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.keyboard.press(key)
    page.wait_for_timeout(400)
    look_for_hindrances(page)


def look_for_hindrances(page: Page) -> None:
    """Let axe-core look at the page as it is."""
    session = page.context.new_cdp_session(page)
    session.send("Page.setBypassCSP", {"enabled": True})
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    session.detach()  # and with it what the page was allowed
    serious = [
        f"{one['id']}: {one['nodes'][0]['html']}: {one['nodes'][0]['failureSummary']}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    assert not serious, "\n".join(serious)


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_serious_is_in_the_way_of_a_change(page: Page, scheme: str) -> None:
    need_packages()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.get_by_role("button", name="Add what happens").click()
    page.keyboard.press("Escape")
    page.locator("#wish").fill("chorus up a tone, blurb the frob")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="What would change").wait_for()
    look_for_hindrances(page)


@pytest.mark.slow
@pytest.mark.parametrize("width", [768, 1024, 1440])
@pytest.mark.parametrize("when", ["at rest", "two renders to compare", "while it renders"])
def test_nothing_sticks_out_of_the_window(page: Page, width: int, when: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    if when != "at rest":
        now = state(page)
        now["render"]["before"] = now["render"]["now"]
        page.evaluate("(now) => (ritornello.state.value = now)", now)
        page.wait_for_selector("text=Before")
    if when == "while it renders":
        now["jobs"] = [
            {"id": "9", "kind": "render", "state": "running", "done": 12, "total": 41, "seconds_left": 754}
        ]
        page.evaluate("(now) => (ritornello.state.value = now)", now)
        page.wait_for_selector(".progress")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".topbar").evaluate("(bar) => bar.scrollWidth <= bar.clientWidth + 1")
