"""Measure the studio's page: its size, how soon it can be used, and what scrolling a long song costs.

``python -m tests.benchmarks.studio`` starts a studio and the machine's Chromium, shows a song of ten
minutes and twelve stems, scrolls it at rest and while it plays, and prints a table. Memory is that of the
page's whole process (its part of what is shared), not of its scripts alone. While the song plays, up to
200 MB of it are copies that the browser's debugger keeps of what was fetched; nobody else has them.
"""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from tests.studio.conftest import SPEC, STATIC, launch, started, until
from tests.studio.long_song import show_long_song
from tests.studio.tracing import Work, record

Row = tuple[str, float, str, float]
"""What, how much, its unit, and how much it may be."""

_STEPS, _STEP_PX, _STEP_MS = 120, 60, 16


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        (folder / "small.yaml").write_text(SPEC, encoding="utf-8")
        browser = launch(playwright)
        if browser is None:
            raise SystemExit("no browser: apt-get install chromium")
        with started(folder) as address:
            rows = [*sizes(), *speed(browser, address), *scrolling(browser, address, folder)]
        browser.close()
    for what, value, unit, limit in rows:
        verdict = "" if value <= limit else "TOO MUCH"
        print(f"{what:<66} {value:>8.1f} {unit:<4} at most {limit:g}  {verdict}")


def sizes() -> Iterator[Row]:
    """Measure what is sent."""
    files = [path for path in STATIC.rglob("*") if path.is_file()]
    yield "all assets", sum(path.stat().st_size for path in files) / 2**20, "MiB", 2.0
    at_once = [path for path in files if path.suffix == ".js" and not path.name.startswith("editor")]
    packed = sum(len(gzip.compress(path.read_bytes())) for path in at_once)
    yield "script before the editor is loaded, gzip", packed / 1000, "kB", 400.0


def speed(browser: Browser, address: str) -> Iterator[Row]:
    """Measure how soon the page can be used, the second time that it is opened."""
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector(".timeline")
    page.reload()
    page.wait_for_selector(".timeline")
    until(page, "performance.getEntriesByName('interactive').length > 0")
    yield (
        "page interactive",
        page.evaluate("performance.getEntriesByName('interactive')[0].startTime"),
        "ms",
        1000.0,
    )
    page.close()


def scrolling(browser: Browser, address: str, folder: Path) -> Iterator[Row]:
    """Measure frames, tasks and memory while a long song is scrolled, at rest and while it plays."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    show_long_song(page)
    page.goto(address)
    page.wait_for_selector("[data-section=part0]")
    for _ in range(6):
        page.keyboard.press("+")
    page.wait_for_timeout(2000)
    page.mouse.move(700, 500)
    yield from _told("scrolling", record(browser, page, folder / "rest.json", _scroll(page, 1)))
    yield "memory of the page's process while it scrolls", _memory(browser) / 1e6, "MB", 400.0
    page.keyboard.press("2")  # stems, not the master
    page.keyboard.press("Space")
    until(page, "ritornello.position() > 1")
    played = record(browser, page, folder / "play.json", _scroll(page, -1))
    yield from _told("scrolling while it plays", played)
    until(page, "ritornello.position() > 45", seconds=120)
    yield "memory after 45 s of twelve stems", _memory(browser) / 1e6, "MB", 600.0
    page.close()


def _scroll(page: Page, direction: int) -> Callable[[], None]:
    def scroll() -> None:
        for _ in range(_STEPS):
            page.mouse.wheel(direction * _STEP_PX, 0)
            page.wait_for_timeout(_STEP_MS)

    return scroll


def _told(what: str, work: Work) -> Iterator[Row]:
    often = float(np.percentile(work.frames, 95))
    yield f"{what}: scripting and layout in a frame, 95 %", often, "ms", 8.0
    yield f"{what}: longest task, waiting for a processor too", work.tasks.max(), "ms", 50.0
    yield f"{what}: longest task, its own time", work.own_tasks.max(), "ms", 50.0


def _memory(browser: Browser) -> float:
    """Return the bytes of the largest process that shows a page, with its part of what it shares."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [int(one["id"]) for one in found if one["type"] == "renderer"]
    return max(map(_proportional_bytes, pages))


def _proportional_bytes(process: int) -> float:
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return float(line.split()[1]) * 1024
    raise SystemExit(f"the memory of process {process} cannot be read")


if __name__ == "__main__":
    main()
