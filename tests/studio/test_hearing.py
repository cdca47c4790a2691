"""What is heard: every sample of it against the files."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.studio.conftest import Window, until, wait_for

pytestmark = pytest.mark.slow

RATE = 44100

NULL = """async ({from, frames, loop, stems, skip, listening}) => {
  const studio = globalThis.ritornello, files = studio.state.value.render.now.files;
  const heard = await studio.capture({from, frames, loop, listening});
  const wanted = (stems ?? studio.state.value.song.stems.map((stem) => stem.name))
    .map((name) => files.find((file) => file.name === name));
  let worst = 0, loudest = 0, at = skip ?? 0;
  const place = (frame) => (loop && frame >= loop.to
    ? loop.from + (frame - loop.from) % (loop.to - loop.from) : frame);
  while (at < frames) {
    const begin = place(from + at);
    const count = Math.min(frames - at, 65536, loop ? loop.to - begin : Infinity);
    const parts = await Promise.all(wanted.map((file) =>
      studio.readFrames(studio.audioFile(file), begin, count)));
    for (const channel of [0, 1]) {
      const samples = heard.getChannelData(channel);
      for (let i = 0; i < count; i++) {
        const sum = parts.reduce((total, part) => total + (part[channel] ?? part[0])[i], 0);
        worst = Math.max(worst, Math.abs(samples[at + i] - sum));
        loudest = Math.max(loudest, Math.abs(samples[at + i]));
      }
    }
    at += count;
  }
  return [worst, loudest];
}"""
SILENCE = 1e-6


def null(page: Page, **wish: object) -> tuple[float, float]:
    """Return the largest difference between what is heard and the files, and the loudest sample."""
    worst, loudest = page.evaluate(NULL, {"loop": None, "stems": None, "listening": "stems", **wish})
    return worst, loudest


def test_stems_are_heard_as_they_lie_in_their_files(page: Page) -> None:
    worst, loudest = null(page, **{"from": 1001}, frames=5 * RATE)
    assert worst < SILENCE
    assert loudest > 0.01


def test_the_master_is_heard_as_it_lies_in_its_file(page: Page) -> None:
    worst, loudest = null(page, **{"from": 0}, frames=3 * RATE, stems=["master"], listening="master")
    assert worst < SILENCE
    assert loudest > 0.1


def test_a_muted_stem_is_gone_to_the_sample(page: Page) -> None:
    page.get_by_role("button", name="Mute bass").click()
    assert null(page, **{"from": 777}, frames=4 * RATE, stems=["drums", "lead"])[0] < SILENCE


def test_a_stem_alone_is_heard_alone(page: Page) -> None:
    page.get_by_role("button", name="Solo lead").click()
    worst, loudest = null(page, **{"from": 777}, frames=4 * RATE, stems=["lead"])
    assert worst < SILENCE
    assert loudest > 0.001


def test_a_loop_has_no_seam(page: Page) -> None:
    loop = {"from": 88200, "to": 176399}
    assert null(page, **{"from": 100000}, frames=6 * RATE, loop=loop)[0] < SILENCE


def test_stems_are_in_step_after_ten_minutes(page: Page) -> None:
    loop = {"from": 44100, "to": 44100 + 7 * RATE + 13}
    seconds = 601
    assert null(page, **{"from": 44100}, frames=seconds * RATE, loop=loop, skip=600 * RATE)[0] < SILENCE


def test_first_sound_comes_within_half_a_second(window: Window, page: Page, address: str) -> None:
    """Of some times: a machine may be busy with something else just then."""
    took: list[float] = []
    while not took or (took[-1] >= 500 and len(took) < 8):
        if took:
            window.begin(address)
        page.get_by_role("button", name="Play", exact=True).click()
        until(page, "ritornello.firstSound.value !== null")
        took.append(page.evaluate("ritornello.firstSound.value"))
    assert took[-1] < 500, took
    until(page, "ritornello.position() > 0.5")


def test_a_stem_is_muted_while_the_song_plays_on(page: Page) -> None:
    page.keyboard.press("Space")
    until(page, "ritornello.position() > 0.3")
    page.get_by_role("button", name="Mute drums").click()
    before = page.evaluate("ritornello.position()")
    until(page, f"ritornello.position() > {before} + 0.4")
    page.keyboard.press("Space")
    page.wait_for_selector("role=button[name='Play']")


def test_a_section_that_is_not_rendered_is_played_from_its_score(page: Page) -> None:
    page.get_by_role("radio", name="Score").click()
    _, loudest = page.evaluate(
        NULL, {"from": 0, "frames": 2 * RATE, "loop": None, "stems": [], "listening": "score"}
    )
    assert loudest > 0.01


READY = """async (index) => {
  const studio = globalThis.ritornello, section = studio.state.value.song.sections[index];
  const url = `/api/audio/master?section=${index}`;
  const answer = await fetch(url, {method: "HEAD"});
  if (!answer.ok) return null;
  const samples = Number(answer.headers.get("X-Samples"));
  const file = {url, key: answer.headers.get("ETag"), channels: 2, samples};
  const frames = Math.min(40000, samples);
  const heard = await studio.capture({from: section.start_sample, frames, listening: "master"});
  const planes = await studio.readFrames(file, 0, frames);
  const differences = planes[0].map((sample, i) => Math.abs(sample - heard.getChannelData(0)[i]));
  return [Math.max(...differences), Math.max(...planes[0])];
}"""


def test_a_section_whose_clips_are_made_is_heard_before_the_render(page: Page) -> None:
    page.locator("#section-1").focus()
    page.keyboard.press("d")
    wait_for(page, "(s) => s.song.sections.length === 5 && s.song.sections[2].is_ready")
    assert not page.evaluate("ritornello.state.value.song.sections[2].is_rendered")
    page.wait_for_timeout(1500)
    worst, loudest = page.evaluate(READY, 2)
    assert loudest > 0.05
    assert worst < SILENCE
