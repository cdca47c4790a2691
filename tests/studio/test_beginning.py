"""Where a song comes from, and that it is still there when the studio was killed."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from mido import Message, MetaMessage, MidiFile, MidiTrack
from playwright.sync_api import Browser, Page

from tests.studio.conftest import SPEC, started, state, until, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def own_page(browser: Browser, tmp_path: Path) -> Page:
    """A page of a studio whose folder belongs to one test."""
    (tmp_path / "small.yaml").write_text(SPEC, encoding="utf-8")
    with started(tmp_path) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.wait_for_selector(".timeline")
        yield page
        page.context.close()


def test_a_song_begins_from_a_sentence_a_bundled_song_and_a_file(own_page: Page, tmp_path: Path) -> None:
    own_page.keyboard.press("o")
    own_page.get_by_label("Say what you want to hear").fill("slow blues in E, one minute, no drums")
    own_page.get_by_role("button", name="Plan it").click()
    _wait_for_song(own_page, "(s) => s.song?.genre === 'blues'")
    assert "drums" not in [stem["role"] for stem in state(own_page)["song"]["stems"]]
    own_page.get_by_role("button", name="Genre blues").wait_for()
    own_page.locator(".title").click()
    own_page.get_by_role("button", name="Morning Sting").click()
    _wait_for_song(own_page, "(s) => s.title === 'Morning Sting'")
    own_page.keyboard.press("o")
    file = {
        "name": "brought.yaml",
        "mimeType": "text/yaml",
        "buffer": SPEC.replace("Small", "Late").encode(),
    }
    own_page.locator("input[type=file]").set_input_files(file)
    _wait_for_song(own_page, "(s) => s.title === 'Late Hours'")
    own_page.keyboard.press("o")
    tune = {"name": "tune.mid", "mimeType": "audio/midi", "buffer": _tune()}
    own_page.locator("input[type=file]").set_input_files(tune)
    _wait_for_song(own_page, "(s) => s.file === 'tune.yaml'")
    lead = state(own_page)["song"]["lead"]
    notes = own_page.evaluate("(stem) => fetch(`/api/notes/${stem}`).then((answer) => answer.json())", lead)
    given = [note[2] for note in notes["notes"] if note[5]]
    assert given[:8] == _PITCHES


def _wait_for_song(page: Page, is_there: str) -> None:
    """Wait until a song is there and its answer has closed the page where songs begin."""
    wait_for(page, is_there, seconds=60)
    page.get_by_label("Say what you want to hear").wait_for(state="hidden")


_PITCHES = [69, 71, 72, 74, 76, 74, 72, 71]


def _tune() -> bytes:
    """Return a MIDI file of eight quarters, and as many again."""
    file = MidiFile(ticks_per_beat=480)
    track = MidiTrack([MetaMessage("set_tempo", tempo=500_000)])
    for pitch in 2 * _PITCHES:
        track.append(Message("note_on", note=pitch, velocity=90, time=0))
        track.append(Message("note_off", note=pitch, velocity=0, time=480))
    file.tracks.append(track)
    stream = io.BytesIO()
    file.save(file=stream)
    return stream.getvalue()


def test_a_killed_studio_comes_back_with_every_change_that_was_made(
    browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "small.yaml").write_text(SPEC, encoding="utf-8")
    with started(tmp_path) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.wait_for_selector(".timeline")
        page.get_by_role("button", name="Bars: more").click()
        wait_for(page, "(s) => s.song.sections[0].bars === 3")
    page.get_by_text("The connection to the studio is lost").wait_for()
    with started(tmp_path, "--port", str(urlsplit(address).port)):
        until(page, "!document.body.textContent.includes('is lost')")
        assert state(page)["song"]["sections"][0]["bars"] == 3
        page.keyboard.press("Control+z")
        wait_for(page, f"(s) => s.text === {SPEC!r}")
    page.context.close()
