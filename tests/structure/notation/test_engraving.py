"""Engraved pages hold the whole score, need no fonts, and nothing on them collides."""

import re
from functools import cache
from itertools import combinations, groupby
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from structure.base.grid import Meter
from structure.engraving.engraving import PAPERS, Heading, Page, engrave
from structure.engraving.outlines import Box, box_of
from structure.engraving.sheetfiles import pdf_of, svg_of
from structure.notation.leadsheet import lead_sheet
from structure.notation.leadsheet_musicxml import lead_sheet_musicxml
from structure.notation.sheet import write_lead_sheet
from structure.plans.plan import SongPlan
from tests.builders import nonempty
from tests.readers.songs import song_in
from tests.structure.notation.sheetmaker import section, sheet_plan

HEADING = Heading("Ärger & <Ruhm> ♭", (("Pop   ", True), ("\ue1d5", False), (" = 120", False)), "C major")
CHORDS = "Cmaj7 F#m7b5 | Bb7sus4b9 Ebmaj7#11 | Am7/G D7#9 | Fm6 G13"


def song(n_sections: int = 3, meter: str = "4/4") -> SongPlan:
    """Sections of busy melody under long chord symbols, and some of chords alone."""
    metre = Meter.parse(meter)
    eighths = int(4 * metre.bar_quarters / Meter().beat_quarters * 2)
    tune = [(f"{i}/2", "1/2", 60 + (i * 7) % 19) for i in range(eighths)]
    busy, plain = section(CHORDS, metre, flute=tune), section(CHORDS, metre)
    return sheet_plan([(f"part{i}", plain if i % 3 == 2 else busy) for i in range(n_sections)], meter=meter)


@cache
def pages(n_sections: int = 3, meter: str = "4/4", *, one_page: bool = False) -> tuple[Page, ...]:
    music = lead_sheet_musicxml(lead_sheet(song(n_sections, meter)), for_engraving=True)
    return engrave(music, HEADING, one_page=one_page)


def signs(page: Page, *kinds: str) -> list[Box]:
    """The boxes of all signs of some kinds, line by line."""
    found = groupby(page.shapes, key=lambda shape: (shape.kind, shape.group))
    return [box_of(list(run)) for (kind, _), run in found if kind in kinds]


@pytest.mark.slow
@pytest.mark.parametrize("meter", ["4/4", "3/4", "6/8", "7/8"])
def test_no_chord_and_no_mark_touches_another_or_a_note(meter: str) -> None:
    for page in pages(4, meter):
        texts = signs(page, "harm", "reh")
        assert len(texts) > 16
        assert not [pair for pair in combinations(texts, 2) if pair[0].overlaps(pair[1])]
        notes = nonempty(signs(page, "note"))
        assert not [1 for text in texts for note in notes if text.overlaps(note)]


@pytest.mark.slow
def test_everything_lies_on_its_page_within_the_margins() -> None:
    for page in (*pages(16), *pages(4, one_page=True)):
        assert page.width == PAPERS["a4"].width
        box = box_of(page.shapes)
        assert box.left >= 1000 and box.right <= page.width - 1000
        assert box.top >= 500 and box.bottom <= page.height - 1000


@pytest.mark.slow
def test_long_songs_take_several_pages_and_short_ones_one() -> None:
    assert len(pages(2)) == 1
    many = pages(16)
    assert len(many) >= 2
    assert all(page.height == PAPERS["a4"].height for page in many)
    assert sum(len(signs(page, "reh")) for page in many) == 16


@pytest.mark.slow
def test_no_section_begins_on_the_last_line_of_a_page_alone() -> None:
    two_lines = section("C | F | Dm | G | Am | Em | F | G", Meter())
    plan = sheet_plan([(f"part{i}", two_lines) for i in range(16)])
    made = engrave(lead_sheet_musicxml(lead_sheet(plan), for_engraving=True), HEADING)
    assert len(made) > 1
    for page in made[:-1]:
        lowest_mark = max(mark.bottom for mark in signs(page, "reh"))
        below = {round(chord.bottom) for chord in signs(page, "harm") if chord.top > lowest_mark - 600}
        assert len(below) >= 2


@pytest.mark.slow
def test_svg_is_outlines_alone_and_holds_the_title() -> None:
    text = svg_of(pages(4, one_page=True)[0], HEADING.title).decode()
    assert set(re.findall(r"<(\w+)", text)) == {"svg", "title", "rect", "path"}
    assert "<title>Ärger &amp; &lt;Ruhm&gt; ♭</title>" in text


@pytest.mark.slow
def test_the_same_score_gives_the_same_bytes() -> None:
    def files() -> tuple[bytes, bytes]:
        music = lead_sheet_musicxml(lead_sheet(song(2)), for_engraving=True)
        return pdf_of(engrave(music, HEADING), "A"), svg_of(engrave(music, HEADING, one_page=True)[0], "A")

    first, second = files(), files()
    assert first == second
    assert first[0].startswith(b"%PDF")
    assert b"CreationDate" not in first[0]


@pytest.mark.slow
def test_a_pdf_has_a_page_a_page() -> None:
    data = pdf_of(pages(16), "A")
    assert len(re.findall(rb"/Type /Page\b", data)) == len(pages(16))


@settings(max_examples=12)
@given(st.text(max_size=40))
@example("\ue005")  # set aside for a sign that the font lacks
def test_titles_of_any_letters_can_be_drawn(title: str) -> None:
    heading = Heading(title, (("x", False),))
    music = lead_sheet_musicxml(lead_sheet(sheet_plan([("a", section("C", Meter()))])), for_engraving=True)
    page = engrave(music, heading, one_page=True)[0]
    assert box_of(page.shapes).right <= PAPERS["a4"].width


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "points"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_a_pdf_is_on_the_paper_that_is_asked_for_and_can_be_searched(
    tmp_path: Path, paper: str, points: tuple[int, int]
) -> None:
    pypdf = pytest.importorskip("pypdf", reason="pip install pypdf")
    write_lead_sheet(tmp_path / "a.pdf", song_in("latin"), paper)
    document = pypdf.PdfReader(tmp_path / "a.pdf")
    page = document.pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == points
    text = page.extract_text()
    for wanted in ("Été – à Paris & <b>", "E♭ major", "Verse", "Chorus"):
        assert wanted in text
    chords = {
        chord.symbol.replace("b", "♭") for v in song_in("latin").visits for chord in v.music.score.chords
    }
    assert sum(chord in text for chord in chords) > 0.8 * len(chords)
