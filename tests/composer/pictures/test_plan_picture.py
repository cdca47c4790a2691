"""The plan's picture: its labels are legible and apart, its colours can be told apart, its bytes repeat."""

import struct
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.text import Text

from composer.pictures.page import PAPER, SECTION_COLOURS, Page, section_colours
from composer.pictures.plan import fifths_colour, plan_page, write_plan_picture
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.specs.spec import SongSpec
from tests.builders import nonempty
from tests.composer.songmaker import small_plan

ROLES = ["drums", "bass", "chords", "chords", "pad", "pad", "arpeggio", "arpeggio", "lead", "lead"]
FORTY = ["intro", *["verse", "prechorus", "chorus", "postchorus"] * 9, "bridge", "chorus", "outro"]


def spec(**fields: object) -> SongSpec:
    return SongSpec.model_validate({"description": "a song", **fields})


def of_stems(count: int) -> list[dict[str, str]]:
    return [{"name": f"{role}-{i}", "role": role} for i, role in enumerate(ROLES[:count])]


SPECS = {
    "20 seconds": spec(genre="ballad", length="0:20", stems=[{"name": "piano", "role": "chords"}]),
    "15 minutes": spec(genre="rock", meter="7/8", length="15:00"),
    "40 sections": spec(genre="pop", tempo=120, stems=of_stems(10), form=FORTY),
    "5/4": spec(genre="jazz", meter="5/4", length="1:30", stems=of_stems(4) + of_stems(10)[-1:]),
    "many names": spec(genre="ambient", tempo=70, form=[f"part{i}" for i in range(16)]),
}


@pytest.fixture(scope="module", params=SPECS)
def page(request: pytest.FixtureRequest) -> Page:
    """The page of a plan, laid out."""
    drawn = plan_page(plan_song(SPECS[request.param]))
    drawn.canvas.draw()
    return drawn


def texts(axes: Iterable[Axes]) -> list[Text]:
    return [text for one in axes for text in one.texts if text.get_text()]


@pytest.mark.slow
def test_no_label_overlaps_another_or_leaves_the_page(page: Page) -> None:
    labels = texts(page.figure.axes) + list(page.figure.texts)
    labels += [label for axes in page.figure.axes for label in axes.get_yticklabels() if label.get_text()]
    labels += [axes.yaxis.label for axes in page.figure.axes if axes.yaxis.label.get_text()]
    boxes = [(label.get_text(), label.get_window_extent()) for label in labels]
    assert len(boxes) > 10
    width, height = page.figure.bbox.width, page.figure.bbox.height
    for text, box in boxes:
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, text
    assert [(a[0], b[0]) for a, b in combinations(boxes, 2) if a[1].overlaps(b[1])] == []


@pytest.mark.slow
def test_labels_can_be_read_at_1600_pixels(page: Page) -> None:
    smallest = min(text.get_fontsize() for text in texts(page.figure.axes))
    assert smallest * page.figure.dpi / 72 * 1600 / page.figure.bbox.width >= 10


@pytest.mark.slow
def test_every_section_and_transition_is_there(page: Page) -> None:
    plan = page.plan
    graph, strip = page.figure.axes[:2]
    shown = [text.get_text() for text in strip.texts]
    for visit in plan.visits:
        width = page.inches(page.seconds_at_bar(visit.end_bar) - page.seconds_at_bar(visit.place.start_bar))
        assert width < 0.13 or any(text.startswith(visit.place.label) for text in shown)
    numbers = [text.get_text() for text in graph.texts]
    once = [edge.orders for edge in plan.graph.transitions if len(edge.orders) == 1]
    assert all(str(order + 1) in numbers for (order,) in once)


def lanes_of(page: Page) -> dict[str, list[tuple[float, float]]]:
    """Seconds between which each stem's lane has a band."""
    axes = next(
        axes
        for axes in page.figure.axes
        if len(axes.get_yticks()) and axes.get_ylim()[1] == len(page.plan.stems)
    )
    found: dict[str, list[tuple[float, float]]] = {stem.name: [] for stem in page.plan.stems}
    names = [stem.name for stem in page.plan.stems][::-1]
    for patch in axes.patches:
        x, y = patch.get_xy()  # type: ignore[attr-defined]
        found[names[int(y)]].append((x, x + patch.get_width()))  # type: ignore[attr-defined]
    return found


@pytest.mark.slow
def test_a_band_shows_when_a_stem_plays(page: Page) -> None:
    lanes = lanes_of(page)
    for stem in page.plan.stems:
        playing = [visit for visit in page.plan.visits if stem.name in visit.music.score.parts]
        wanted = [(page.seconds_at_bar(v.place.start_bar), page.seconds_at_bar(v.end_bar)) for v in playing]
        assert np.allclose(lanes[stem.name], wanted)


@pytest.mark.slow
def test_a_lift_and_a_return_are_told() -> None:
    form = ["verse", "chorus", {"section": "chorus", "lift": 2}]
    drawn = plan_page(plan_song(spec(genre="pop", form=form)))
    shown = [text.get_text() for text in drawn.figure.axes[1].texts]
    assert "Chorus 2 ↑2" in shown


def simulated(colour: str | tuple[float, float, float], matrix: np.ndarray) -> np.ndarray:
    """A colour as a dichromat sees it, in linear light."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return np.clip(matrix @ linear, 0, 1)


DICHROMATS = {
    # Machado, Oliveira and Fernandes, IEEE TVCG 15(6), 2009, severity 1.
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def lab(linear: np.ndarray) -> np.ndarray:
    """CIE L*a*b* under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ linear / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("kind", DICHROMATS)
def test_colours_of_sections_differ_for_the_colour_blind(kind: str) -> None:
    matrix = np.array(DICHROMATS[kind])
    seen = [lab(simulated(colour, matrix)) for colour in SECTION_COLOURS[:6]]
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) > 9
    flat, tonic, sharp = (lab(simulated(fifths_colour(step), matrix)) for step in (-4, 0, 4))
    assert min(np.linalg.norm(a - b) for a, b in combinations((flat, tonic, sharp), 2)) > 15


def luminance(colour: str | tuple[float, float, float]) -> float:
    return float(np.dot([0.2126, 0.7152, 0.0722], simulated(colour, np.eye(3))))


def test_dark_letters_stand_out_on_every_colour() -> None:
    backgrounds = [*SECTION_COLOURS, *(fifths_colour(step) for step in range(-5, 7))]
    for colour in nonempty(backgrounds):
        assert (luminance(colour) + 0.05) / (luminance(PAPER) + 0.05) >= 4.5


def test_identities_have_colours_of_their_own_and_kinds_the_usual() -> None:
    colours = section_colours(small_plan(tuple((f"part{'abcdefghi'[i]}", 1) for i in range(9))))
    assert len(set(colours.values())) == 9
    song = section_colours(small_plan((("verse", 1), ("chorus", 1), ("verse", 1))))
    other = section_colours(small_plan((("intro", 1), ("chorus", 1), ("bridge", 1))))
    assert song["chorus"] == other["chorus"]


@pytest.mark.slow
def test_the_same_plan_gives_the_same_bytes_1920_pixels_wide(tmp_path: Path) -> None:
    plan: SongPlan = small_plan()
    for name in ("one", "two"):
        write_plan_picture(tmp_path / f"{name}.png", plan)
    data = (tmp_path / "one.png").read_bytes()
    assert data == (tmp_path / "two.png").read_bytes()
    assert struct.unpack(">I", data[16:20])[0] == 1920
    assert b"tEXt" not in data


@pytest.mark.filterwarnings("ignore:Glyph .* missing:UserWarning")
def test_long_names_and_odd_titles_stay_on_the_page() -> None:
    plan = small_plan((("verse", 1),), tempo=240.0)
    object.__setattr__(plan, "title", "$x_ 夜 " * 12)
    object.__setattr__(plan.stems[0], "name", "a-very-long-name-of-a-stem-indeed")
    drawn = plan_page(plan)
    drawn.canvas.draw()
    labels = [label for axes in drawn.figure.axes for label in axes.get_yticklabels()]
    assert all(label.get_window_extent().x0 >= 0.0 for label in [*labels, *drawn.figure.texts])
