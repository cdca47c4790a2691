"""Scores of songs whose metre and tempo change: each bar is full, each note where it sounds."""

from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structure.notation.leadsheet import lead_sheet
from structure.notation.leadsheet_musicxml import lead_sheet_musicxml
from structure.notation.musicxml import write_musicxml
from structure.plans.score import Note, Part
from tests.builders import change_visit, changing_plan, grids


def measures_of(path):
    (part,) = ElementTree.parse(path).getroot().findall("part")
    return part.findall("measure")


def signatures(path):
    """The metre of every bar, as it holds on from bar to bar."""
    now, found = "", []
    for measure in measures_of(path):
        time = measure.find("attributes/time")
        now = f"{time.findtext('beats')}/{time.findtext('beat-type')}" if time is not None else now
        found.append(now)
    return found


def lengths(path):
    """Quarters of sound and silence in each bar."""
    found, divisions = [], Fraction(1)
    for measure in measures_of(path):
        divisions = Fraction(measure.findtext("attributes/divisions") or divisions)
        notes = [note for note in measure.findall("note") if note.find("chord") is None]
        found.append(sum(Fraction(note.findtext("duration")) for note in notes) / divisions)
    return found


def test_each_bar_has_its_metre_and_is_full(tmp_path):
    write_musicxml(changing_plan(), tmp_path / "song.musicxml")
    assert signatures(tmp_path / "song.musicxml") == ["4/4", "4/4", "3/4", "6/8", "6/8"]
    assert lengths(tmp_path / "song.musicxml") == [4, 4, 3, 3, 3]


def test_tempi_stand_in_the_bars_in_which_they_begin(tmp_path):
    write_musicxml(changing_plan(), tmp_path / "song.musicxml")
    tempi = [
        [float(sound.get("tempo")) for sound in measure.iter("sound") if sound.get("tempo")]
        for measure in measures_of(tmp_path / "song.musicxml")
    ]
    assert tempi[:4] == [[120], [], [], [90]]
    assert tempi[4] == pytest.approx([85, 80, 75, 400 / 7, 50, 40], abs=0.01)


def test_music21_reads_notes_and_tempi_at_their_quarters(tmp_path):
    from music21 import converter, harmony

    write_musicxml(changing_plan(), tmp_path / "song.musicxml")
    flat = converter.parse(tmp_path / "song.musicxml").flatten()
    onsets = [
        float(note.offset)
        for note in flat.notes
        if not isinstance(note, harmony.ChordSymbol) and (note.tie is None or note.tie.type == "start")
    ]
    assert onsets == [*range(11), 11, 12.5, 14, 15.5]
    marks = [float(mark.offset) for mark in flat.getElementsByClass("MetronomeMark")]
    assert marks == [0, 11, 14, 14.5, 15, 15.5, 16, 16.5]


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(
    grids(), st.lists(st.tuples(st.integers(0, 95), st.integers(1, 40), st.integers(60, 63)), max_size=12)
)
def test_whatever_is_held_over_a_change_every_bar_is_full(tmp_path, drawn, wanted):
    grid, bars = drawn
    plan = changing_plan(grid, bars)
    visits = []
    for visit in plan.visits:
        length = grid.quarters_at_bar(visit.end_bar) - plan.position_quarters(visit)
        notes = sorted(
            Note(length * at / 96, Fraction(held, 6), pitch, 90)
            for at, held, pitch in wanted
            if length * at / 96 + Fraction(held, 6) <= length
        )
        score = replace(visit.music.score, parts={"lead": Part("lead", tuple(notes))})
        visits.append(change_visit(visit, score=score))
    write_musicxml(replace(plan, visits=tuple(visits)), tmp_path / "song.musicxml")
    meters = [grid.span_at(grid.quarters_at_bar(bar)).meter for bar in range(bars)]
    assert signatures(tmp_path / "song.musicxml") == [str(meter) for meter in meters]
    assert lengths(tmp_path / "song.musicxml") == [meter.bar_quarters for meter in meters]


def test_a_note_is_tied_over_a_change_of_metre(tmp_path):
    plan = changing_plan()
    verse, chorus = plan.visits
    held = Part("lead", (Note(Fraction(6), Fraction(4), 60, 90),))
    verse = change_visit(verse, score=replace(verse.music.score, parts={"lead": held}))
    write_musicxml(replace(plan, visits=(verse, chorus)), tmp_path / "song.musicxml")
    second, third = measures_of(tmp_path / "song.musicxml")[1:3]
    assert [tie.get("type") for tie in second.iter("tie")] == ["start"]
    assert [tie.get("type") for tie in third.iter("tie")] == ["stop"]
    assert [note.findtext("type") for note in third.findall("note")] == ["half", "quarter"]


def test_a_lead_sheet_has_the_metre_of_each_bar_and_words_for_a_ramp():
    sheet = lead_sheet(changing_plan())
    assert [str(bar.meter) for bar in sheet.bars] == ["4/4", "4/4", "3/4", "6/8", "6/8"]
    assert [tone.start for tone in sheet.bars[2].tones] == [0, 1, 2]
    marks = [
        [(mark.onset, mark.words or float(mark.tempo_bpm)) for mark in bar.tempi] for bar in sheet.bars
    ]
    assert marks == [[], [], [], [(0, 60.0)], [(0, "rit.")]]


def test_a_lead_sheet_as_musicxml_has_full_bars_of_several_metres(tmp_path):
    path = tmp_path / "lead.musicxml"
    path.write_text(lead_sheet_musicxml(lead_sheet(changing_plan())))
    assert signatures(path) == ["4/4", "4/4", "3/4", "6/8", "6/8"]
    assert lengths(path) == [4, 4, 3, 3, 3]
    words = [[text.text for text in measure.iter("words")] for measure in measures_of(path)]
    assert "rit." in words[4]


def test_bars_that_differ_in_metre_alone_are_not_folded(tmp_path):
    plan = changing_plan()
    verse = plan.visits[0]
    steady = changing_plan(plan.grid.part(0, 8), bars=2)
    assert len(lead_sheet(steady).bars) == 2
    assert len({bar.meter for bar in lead_sheet(plan).bars[: verse.bars]}) == 2
