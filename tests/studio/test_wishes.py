"""Changes in words, the history of all states, events and lanes of the song."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.studio.conftest import SPEC, state, until, wait_for

pytestmark = pytest.mark.slow


def ask(page: Page, words: str) -> None:
    page.keyboard.press("/")
    page.keyboard.insert_text(words)
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="What would change").wait_for()


def test_a_wish_in_words_is_shown_made_and_undone(page: Page) -> None:
    ask(page, "second verse without drums, chorus up a tone, more cowbell on tuesday")
    shown = page.get_by_role("dialog", name="What would change")
    assert shown.locator(".obeyed").all_text_contents() == [
        "✓will be done: second verse without drums",
        "✓will be done: chorus up a tone",
    ]
    assert "cowbell" in shown.locator(".impossible").inner_text()
    assert "mute: [drums]" in shown.locator(".added").all_text_contents()[0]
    assert "clips" in shown.locator(".sentence").inner_text()
    assert state(page)["text"] == SPEC
    page.keyboard.press("Enter")
    wait_for(page, "(s) => s.text.includes('mute: [drums]')")
    assert "chords: G | A" in state(page)["text"] and "# the tune" in state(page)["text"]
    page.get_by_text("Changed: second verse without drums; chorus up a tone.").wait_for()
    page.locator(".notice").get_by_role("button", name="Undo").click()
    wait_for(page, f"(s) => s.text === {SPEC!r}")
    until(page, "!document.body.textContent.includes('Changed: ')")


def test_words_that_nobody_understands_change_nothing(page: Page) -> None:
    ask(page, "blurb the frob")
    shown = page.get_by_role("dialog", name="What would change")
    assert shown.get_by_role("button", name="Make this change").count() == 0
    shown.get_by_text("Nothing would change").wait_for()
    page.keyboard.press("Escape")
    shown.wait_for(state="hidden")
    assert page.locator("#wish").input_value() == "blurb the frob"
    assert state(page)["text"] == SPEC


def test_an_edit_after_an_undo_loses_no_state(page: Page) -> None:
    page.locator("#section-0").focus()
    # A length that no other test comes to: a state has the name of the edit that first led to it.
    for bars in range(3, 12):
        before = state(page)["text"]
        page.keyboard.press("]")
        wait_for(page, f"(s) => s.song.sections[0].bars === {bars}")
    longer = state(page)["text"]
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {before!r}")
    page.get_by_role("tab", name="Render").click()
    page.get_by_role("tab", name="Section").click()
    page.get_by_role("button", name="bass plays").click()
    wait_for(page, "(s) => !s.song.sections[0].playing.includes('bass')")
    silent = state(page)["text"]
    page.get_by_role("tab", name="Render").click()
    aside = page.locator(".history .aside").get_by_role("button", name="verse: bars 11").first
    aside.click()
    wait_for(page, f"(s) => s.text === {longer!r}")
    page.reload()
    page.wait_for_selector(".timeline")
    page.keyboard.press("Control+z")
    wait_for(page, f"(s) => s.text === {silent!r}")
    page.keyboard.press("g")
    assert "now" in page.locator(".history [aria-current=true]").inner_text()


def test_what_happens_is_added_changed_and_taken_away(page: Page) -> None:
    page.locator("#section-1").click()
    page.get_by_role("button", name="Add what happens").click()
    form = page.get_by_role("form", name="An event")
    form.get_by_label("What").select_option("stop")
    form.get_by_label("Who").select_option("all")
    form.get_by_role("button", name="Bar: more").click()
    form.get_by_role("button", name="Set it").click()
    has_stop = "s.song.sections[1].events.some((one) => one.what === 'stop' && one.bar === 2)"
    wait_for(page, f"(s) => {has_stop}")
    assert "do: stop" in state(page)["text"] and "# the tune" in state(page)["text"]
    page.locator(".happening", has_text="stop").get_by_title("Change it").click()
    form.get_by_label("What").select_option("fermata")
    assert form.get_by_label("Who").is_disabled()
    form.get_by_role("button", name="Set it").click()
    wait_for(page, "(s) => s.song.sections[1].events.some((one) => one.what === 'fermata')")
    page.get_by_role("button", name="Take away fermata in bar 2").click()
    wait_for(page, "(s) => !s.song.sections[1].events.some((one) => one.what === 'fermata')")


def test_lyrics_are_written_in_their_lane_for_one_visit(page: Page) -> None:
    second = page.locator("#section-2").bounding_box()
    lane = page.locator(".lyrics-lane .lane-body")
    box = lane.bounding_box()
    assert second is not None and box is not None
    page.mouse.click(second["x"] + 30, box["y"] + 10)
    window = page.get_by_role("dialog", name="Lyrics of verse, visit 2")
    window.get_by_role("radio", name="This visit").click()
    window.get_by_label("Lyrics, a line to a phrase").fill("Under the quiet moon")
    until(page, "document.querySelector('.popover .cost').textContent.includes('clip')")
    window.get_by_role("button", name="Set").click()
    wait_for(page, "(s) => s.song.sections[2].lyrics === 'Under the quiet moon'")
    assert state(page)["song"]["sections"][0]["lyrics"] == ""


def test_lanes_of_the_song_are_shown_and_hidden_and_remembered(page: Page) -> None:
    page.locator(".loudness-lane").wait_for()
    drawn = "document.querySelector('.loudness-lane canvas:not([hidden])')"
    until(
        page,
        f"{drawn} && {drawn}.getContext('2d').getImageData(0, 20, 300, 60).data.some((one) => one > 0)",
    )
    page.get_by_role("button", name="Lanes").click()
    page.get_by_label("Loudness").uncheck()
    page.locator(".loudness-lane").wait_for(state="detached")
    page.reload()
    page.locator(".melody-lane").wait_for()
    assert page.locator(".loudness-lane").count() == 0


def test_notes_are_drawn_for_one_visit_alone(page: Page) -> None:
    before = notes_by_visit(page)
    page.locator("#section-2").click()
    page.keyboard.press("p")
    until(page, "document.querySelector('.roll-bar').textContent.includes('notes')")
    page.get_by_role("radiogroup", name="What is drawn is of").get_by_role(
        "radio", name="This visit"
    ).click()
    box = page.locator(".roll-grid").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 90, box["y"] + 12)
    # Another section is looked at before the notes are written: they are still those of the second verse.
    page.locator("#section-1").click()
    wait_for(page, "(s) => s.text.includes('parts:')", seconds=60)
    assert "{section: verse, parts: {lead: {file: parts/verse_lead_" in state(page)["text"]
    after = notes_by_visit(page)
    assert len(after[2]) == len(before[2]) + 1
    assert not any(note[5] for k in (0, 1, 3) for note in after[k])


def notes_by_visit(page: Page) -> list[list[Any]]:
    """The notes of the lead in each of the first four visits."""
    notes = page.evaluate("fetch('/api/notes/lead').then((answer) => answer.json())")["notes"]
    return [[note for note in notes if note[4] == k] for k in range(4)]
