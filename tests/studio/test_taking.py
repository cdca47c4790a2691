"""Takes that are made, heard and kept, and what leaves the studio."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.studio.conftest import state, until, wait_for

pytestmark = pytest.mark.slow


def test_takes_are_made_heard_and_one_is_kept(page: Page) -> None:
    page.locator("#section-1").click()
    page.get_by_role("tab", name="Takes").click()
    page.get_by_role("button", name="Takes: less").click()
    page.get_by_role("button", name="Takes: less").click()
    page.get_by_role("button", name="Make takes").click()
    take = page.get_by_role("button", name="Hear take 2")
    take.wait_for(timeout=120_000)
    take.click()
    until(page, "ritornello.position() > ritornello.state.value.song.sections[1].start_s + 0.3")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Keep take 2").click()
    wait_for(page, "(s) => s.text.includes('take: {lead: 2}')")
    assert state(page)["song"]["sections"][1]["takes"]["lead"] == 2
    page.locator(".take[aria-current=true]").get_by_text("2", exact=True).wait_for()


def test_a_song_is_taken_away_as_files_of_a_daw(page: Page, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Take away").click()
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("button", name="Take Reaper project").click()
    waiting.value.save_as(tmp_path / "song.zip")
    job = next(one for one in state(page)["jobs"] if one["kind"] == "export")
    assert job["state"] == "done" and job["total"] > 0
    with page.expect_download() as again:
        page.get_by_role("link", name="small-reaper.zip").first.click()
    again.value.save_as(tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "song.zip").read_bytes()
    names = zipfile.ZipFile(io.BytesIO((tmp_path / "song.zip").read_bytes())).namelist()
    assert any(name.endswith(".rpp") for name in names)


def test_checks_and_the_lead_sheet_are_shown(page: Page) -> None:
    page.get_by_role("tab", name="Take away").click()
    page.get_by_role("radio", name="Checks").click()
    page.get_by_text("The song passes all its checks").wait_for(timeout=60_000)
    assert page.locator(".checks tbody tr").count() > 5
    page.get_by_role("radio", name="Lead sheet").click()
    until(page, "document.querySelector('.sheet img')?.naturalWidth > 100", seconds=60)
