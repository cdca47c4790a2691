"""What a user changes on the page, and how the spec, the song and other windows follow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.studio.conftest import SPEC, sections, state, until, wait_for

pytestmark = pytest.mark.slow


SIDE = """async (side) => {
  const studio = globalThis.ritornello, render = studio.state.value.render, frames = 3 * 44100;
  const file = render[side].files.find((one) => one.name === "master");
  const gain = side === "now" ? 1 : 10 ** ((render.now.loudness_lufs - render.before.loudness_lufs) / 20);
  const heard = await studio.capture({from: 0, frames, listening: "master", side});
  const planes = await studio.readFrames(studio.audioFile(file, side), 0, frames);
  const samples = heard.getChannelData(0);
  let worst = 0, loudest = 0;
  for (let i = 0; i < frames; i++) {
    worst = Math.max(worst, Math.abs(samples[i] - gain * planes[0][i]));
    loudest = Math.max(loudest, Math.abs(samples[i]));
  }
  return [worst, loudest];
}"""


def test_dragging_an_edge_makes_a_section_longer_and_says_what_is_made_anew(page: Page) -> None:
    block = page.locator("#section-0")
    box = block.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 1.5 * box["width"] - 4, box["y"] + 20, steps=6)
    until(page, "document.querySelector('.block-cost')?.textContent.includes('clip')")
    page.mouse.up()
    wait_for(page, "(s) => s.song.sections[0].bars === 3")
    assert "verse: {bars: 3, chords: Am | F, energy: 0.5}" in state(page)["text"]
    assert "# the tune" in state(page)["text"]


def test_a_section_is_dragged_to_another_place_and_back_by_undo(page: Page) -> None:
    box, last = page.locator("#section-0").bounding_box(), page.locator("#section-3").bounding_box()
    assert box is not None and last is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(last["x"] + 0.4 * last["width"], box["y"] + 20, steps=8)
    page.mouse.up()
    wait_for(
        page, "(s) => s.song.sections.map((one) => one.section).join() === 'chorus,verse,chorus,verse'"
    )
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {SPEC!r}")


def test_the_keyboard_changes_the_form(page: Page) -> None:
    page.locator("#section-1").focus()
    page.keyboard.press("d")
    wait_for(page, "(s) => s.song.sections.length === 5")
    assert sections(page) == ["verse", "chorus", "chorus", "verse", "chorus"]
    page.keyboard.press("Control+z")
    wait_for(page, "(s) => s.song.sections.length === 4")
    page.keyboard.press("Control+Shift+Z")
    wait_for(page, "(s) => s.song.sections.length === 5")
    page.keyboard.press("Delete")
    wait_for(page, "(s) => s.song.sections.length === 4")
    page.keyboard.press("Alt+ArrowRight")
    wait_for(page, "(s) => s.song.sections[2].section === 'chorus'")


def test_a_chord_is_changed_in_its_place(page: Page) -> None:
    place = page.locator(".chord-places").bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 12, place["y"] + 8)
    page.get_by_label("Chord", exact=True).fill("Dm7")
    page.get_by_role("button", name="Set").click()
    wait_for(page, "(s) => s.song.chords[0].symbol === 'Dm7'")
    assert "chords: Dm7 | F" in state(page)["text"]


def test_who_plays_is_chosen_for_one_visit(page: Page) -> None:
    page.get_by_role("radio", name="This visit").click()
    page.get_by_role("button", name="bass plays").click()
    wait_for(page, "(s) => !s.song.sections[0].playing.includes('bass')")
    assert "bass" in state(page)["song"]["sections"][2]["playing"]


def test_a_chip_changes_the_tempo(page: Page) -> None:
    page.get_by_role("button", name="Tempo 120").click()
    page.get_by_role("dialog", name="Tempo").get_by_role("textbox").fill("96")
    page.keyboard.press("Enter")
    wait_for(page, "(s) => s.song.tempo === 96")
    assert "tempo: 96" in state(page)["text"]


def test_levels_that_were_moved_are_written_in_one_step(page: Page) -> None:
    page.get_by_role("slider", name="Level of bass").fill("-6")
    page.get_by_role("slider", name="Place of bass").fill("0.5")
    page.get_by_role("button", name="Keep this mix").click()
    wait_for(page, "(s) => s.text.includes('gain_db: -6')")
    assert "pan: 0.5" in state(page)["text"]
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {SPEC!r}")


def test_the_spec_is_typed_and_the_timeline_follows(page: Page) -> None:
    page.get_by_role("tab", name="Spec").click()
    editor = page.get_by_role("textbox", name="The spec, in YAML")
    editor.get_by_text("tempo").click()
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("4")
    wait_for(page, "(s) => s.song?.tempo === 124")
    page.get_by_role("tab", name="Section").click()
    page.get_by_role("button", name="Bars: more").click()
    wait_for(page, "(s) => s.song.sections[0].bars === 3")
    page.get_by_role("tab", name="Spec").click()
    until(page, "document.querySelector('.cm-content')?.textContent.includes('bars: 3')")


def test_a_fault_stands_on_its_line_and_nothing_is_lost(page: Page) -> None:
    page.get_by_role("tab", name="Spec").click()
    page.get_by_role("textbox", name="The spec, in YAML").get_by_text("tempo").click()
    page.keyboard.press("End")
    page.keyboard.type("fast")
    until(page, "document.querySelector('.cm-lintRange-error') !== null")
    assert state(page)["song"]["tempo"] == 120


def test_keys_of_the_schema_are_offered(page: Page) -> None:
    page.get_by_role("tab", name="Spec").click()
    page.get_by_role("textbox", name="The spec, in YAML").get_by_text("tempo").click()
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.keyboard.type("mast")
    until(page, "document.querySelector('.cm-tooltip-autocomplete')?.textContent.includes('master')")


def test_two_windows_lose_no_change(page: Page, browser: Browser, address: str) -> None:
    other = page.context.new_page()
    other.goto(address)
    other.wait_for_selector(".timeline")
    page.get_by_role("button", name="Bars: more").click()
    wait_for(other, "(s) => s.song.sections[0].bars === 3")
    other.locator("#section-1").click()
    other.get_by_role("button", name="Bars: more").click()
    wait_for(page, "(s) => s.song.sections[1].bars === 3")
    assert state(page)["song"]["sections"][0]["bars"] == 3


def test_a_change_is_rendered_and_heard_beside_the_one_before(page: Page) -> None:
    page.get_by_role("slider", name="Level of bass").fill("-9")
    page.get_by_role("button", name="Keep this mix").click()
    wait_for(page, "(s) => s.text.includes('gain_db: -9') && !s.render.is_current")
    page.get_by_role("button", name="Render", exact=True).click()
    wait_for(page, "(s) => s.render.is_current", seconds=120)
    page.get_by_role("radio", name="Master").click()
    page.get_by_role("radio", name="Before").click()
    assert page.get_by_role("radio", name="Before").get_attribute("aria-checked") == "true"
    for side in ("now", "before"):
        worst, loudest = page.evaluate(SIDE, side)
        assert worst < 1e-6 and loudest > 0.1
    levels = state(page)["render"]
    assert abs(levels["now"]["loudness_lufs"] - levels["before"]["loudness_lufs"]) < 1
    page.keyboard.press("Space")
    until(page, "ritornello.position() > 0.3")
    page.keyboard.press("a")  # both sides run all the time, one of them silent: none waits
    before = page.evaluate("ritornello.position()")
    until(page, f"ritornello.position() > {before} + 0.3")
    assert page.get_by_role("radio", name="New").get_attribute("aria-checked") == "true"
    page.keyboard.press("Escape")


def test_a_render_is_cancelled_and_the_song_is_as_it_was(page: Page) -> None:
    before = [file["etag"] for file in state(page)["render"]["now"]["files"]]
    page.get_by_role("button", name="Another seed").click()
    wait_for(page, f"(s) => s.text !== {SPEC!r} && !s.render.is_current")
    edited = state(page)["text"]
    page.get_by_role("tab", name="Render").click()
    page.get_by_role("button", name="Render now").click()
    wait_for(page, "(s) => s.jobs.some((one) => one.kind === 'render' && one.state === 'running')")
    page.get_by_role("button", name="Cancel Render Small Hours").last.click()
    wait_for(
        page, "(s) => s.jobs.findLast((one) => one.kind === 'render').state === 'cancelled'", seconds=60
    )
    page.get_by_text("cancelled").first.wait_for()
    assert [file["etag"] for file in state(page)["render"]["now"]["files"]] == before
    assert state(page)["text"] == edited
    page.get_by_role("button", name="Render now").wait_for()


def test_news_of_a_job_that_comes_too_late_is_not_shown(page: Page) -> None:
    job = state(page)["jobs"][-1]
    assert job["state"] in ("done", "cancelled") and job["version"] > 1
    older = job | {"state": "running", "version": job["version"] - 1}
    page.evaluate("(job) => ritornello.onNotice({kind: 'job', job})", older)
    assert state(page)["jobs"][-1] == job
    newer = job | {"state": "running", "version": job["version"] + 1}
    page.evaluate("(job) => ritornello.onNotice({kind: 'job', job})", newer)
    assert state(page)["jobs"][-1]["state"] == "running"


def test_a_tune_is_drawn_in_the_piano_roll(page: Page) -> None:
    page.keyboard.press("p")
    until(page, "document.querySelector('.roll-bar').textContent.includes('notes')")
    canvas = page.locator(".roll canvas")
    box = page.locator(".roll-grid").bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + 90, box["y"] + 12)  # drawn, and taken away again
    page.mouse.click(box["x"] + 90, box["y"] + 12)
    canvas.press("ArrowUp")
    canvas.press("]")
    wait_for(page, "(s) => s.text.includes('parts:')", seconds=60)
    drawn = page.evaluate("fetch('/api/notes/lead').then((answer) => answer.json())")
    first = [note for note in drawn["notes"] if note[4] == 0]
    again = [note for note in drawn["notes"] if note[4] == 2]
    assert [note[2] for note in first] == [note[2] for note in again]
    assert any(drawn["written"][k] == ["0", "1/2"] for k, note in enumerate(drawn["notes"]) if note[4] == 0)
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {SPEC!r}")


def test_a_section_is_renamed(page: Page) -> None:
    page.locator("#section-1").focus()
    page.keyboard.press("F2")
    page.get_by_label("New name of chorus").fill("hook")
    page.keyboard.press("Enter")
    wait_for(page, "(s) => s.song.sections[1].section === 'hook'")
    assert state(page)["text"] == SPEC.replace("chorus", "hook")
