"""What the timeline shows is what the song is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.studio.conftest import state

pytestmark = pytest.mark.slow

PEAKS = """async ([first, count, per]) => {
  const studio = globalThis.ritornello;
  const file = studio.audioFile(studio.state.value.render.now.files.find((one) => one.name === "drums"));
  let seen = null;
  for (let tries = 0; tries < 200 && !seen; tries++) {
    seen = new studio.Peaks("/api/peaks/drums", file.key, per, () => {}).range(first, first + count);
    await new Promise((done) => setTimeout(done, 20));
  }
  const planes = await studio.readFrames(file, first * per, count * per);
  return [seen, Math.min(...planes.map((one) => Math.min(...one))) * 127,
    Math.max(...planes.map((one) => Math.max(...one))) * 127];
}"""


@pytest.mark.parametrize(("first", "count", "per"), [(0, 40, 256), (2500, 60, 64), (1030, 7, 512)])
def test_a_waveform_reaches_as_far_as_the_sound(page: Page, first: int, count: int, per: int) -> None:
    seen, low, high = page.evaluate(PEAKS, [first, count, per])
    assert seen[0] == pytest.approx(low, abs=1.5)
    assert seen[1] == pytest.approx(high, abs=1.5)


def test_blocks_are_as_long_as_their_bars_and_as_high_as_their_energy(page: Page) -> None:
    page.locator("#section-0").click()
    page.get_by_role("button", name="Bars: more").click()
    page.get_by_text("3 bars").first.wait_for()
    boxes = [page.locator(f"#section-{k}").bounding_box() for k in range(4)]
    bars = [section["bars"] for section in state(page)["song"]["sections"]]
    assert bars == [3, 2, 3, 2]
    widths = [box["width"] + 2 for box in boxes if box is not None]
    assert [width / widths[1] for width in widths] == pytest.approx([1.5, 1, 1.5, 1], rel=0.02)
    heights = [box["height"] for box in boxes if box is not None]
    assert heights[1] > heights[0]


def test_the_song_is_zoomed_from_all_of_it_to_a_beat(page: Page) -> None:
    def beat_px() -> float:
        width = page.locator("#section-0").evaluate("(block) => block.offsetWidth")
        return float(width) / 8

    for _ in range(20):
        page.keyboard.press("+")
    page.wait_for_timeout(300)
    assert beat_px() > 300
    page.keyboard.press("f")
    page.wait_for_timeout(300)
    box = page.locator("#section-3").bounding_box()
    scroller = page.locator(".scroller").bounding_box()
    assert box is not None and scroller is not None
    assert box["x"] + box["width"] <= scroller["x"] + scroller["width"]


def test_returns_have_one_colour(page: Page) -> None:
    colours = page.eval_on_selector_all(
        ".block", "(all) => all.map((one) => getComputedStyle(one).borderTopColor)"
    )
    assert colours[0] == colours[2] != colours[1] == colours[3]
