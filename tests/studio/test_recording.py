"""A microphone that hears what the page plays: recordings lie where they were played, and are kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page
from scipy.signal import correlate

from tests.studio.conftest import SPEC, put_back, state, until, wait_for

pytestmark = pytest.mark.slow

LOOPBACK = Path(__file__).with_name("loopback.js")


@pytest.fixture
def heard_page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that hears itself, of a song that is rendered."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(path=LOOPBACK)
    page.goto(address)
    page.wait_for_selector(".timeline")
    put_back(page)
    yield page
    context.close()


def test_a_recording_lies_where_it_was_played_and_becomes_a_stem(heard_page: Page, folder: Path) -> None:
    page = heard_page
    page.locator("#section-1").click()
    page.get_by_role("tab", name="Takes").click()
    page.get_by_role("button", name="Clap test").click()
    page.get_by_role("button", name="ms late").wait_for(timeout=30_000)
    page.get_by_role("button", name="Record chorus").click()
    page.get_by_text("4.0 s in chorus, visit 1.").wait_for(timeout=60_000)
    page.get_by_role("button", name="Hear it").click()
    until(page, "ritornello.position() > ritornello.state.value.song.sections[1].start_s + 0.3")
    page.get_by_role("radio", name="This visit").click()
    page.get_by_role("button", name="Keep as a stem").click()
    wait_for(page, "(s) => s.text.includes('role: audio')")
    assert "at: chorus:1" in state(page)["text"].replace("'", "").replace('"', "")
    (file,) = (folder / "recordings").glob("*.wav")
    recorded, rate = soundfile.read(file)
    master, _ = soundfile.read(folder / "small" / "master.wav")
    start = state(page)["song"]["sections"][1]["start_sample"]
    played = master[start : start + len(recorded)].mean(axis=1)
    likeness = np.abs(correlate(recorded, played))
    late_s = (int(likeness.argmax()) - (len(played) - 1)) / rate
    assert abs(late_s) < 0.012
    assert likeness.max() > 0.6 * np.sqrt((recorded**2).sum() * (played**2).sum())
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {SPEC!r}")
    assert file.is_file()


def test_a_new_song_begins_from_a_recording(heard_page: Page) -> None:
    page = heard_page
    page.keyboard.press("o")
    page.get_by_role("button", name="Record", exact=True).click()
    stop = page.get_by_role("button", name="Stop and take it")
    stop.wait_for()
    sent: list[bytes] = []
    page.route(
        "**/api/upload", lambda route: (sent.append(route.request.post_data_buffer or b""), route.abort())
    )
    page.wait_for_timeout(4000)  # it is the length of the recording
    stop.click()
    page.get_by_role("alert").get_by_text("does not answer").wait_for()
    assert sent[0][:4] == b"RIFF" and len(sent[0]) > 44100


def test_a_microphone_that_is_refused_is_told(page: Page) -> None:
    page.evaluate("void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')))")
    page.get_by_role("tab", name="Takes").click()
    page.get_by_role("button", name="Record verse").click()
    page.get_by_role("alert").get_by_text("microphone cannot be heard").wait_for()
    assert page.get_by_role("button", name="Record verse").is_enabled()
