"""A visit that is shorter or longer than its section plays the section's own bars, and ends as it does."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structure.base.errors import PlanError, SpecError
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.events import Event
from structure.plans.lengths import move_events, windows
from structure.plans.plan import SongPlan, Visit
from structure.plans.planfile import plan_document, read_plan_document
from structure.plans.score import Note

SONG = """
description: a pop song
seed: 4
genre: pop
tempo: 120
key: C major
meter: 4/4
stems:
  - {name: drums, role: drums}
  - {name: bass, role: bass}
  - {name: chords, role: chords}
  - {name: lead, role: lead}
form:
  - {section: chorus, variation: 0, events: []}
  - {section: chorus, variation: 0, bars: 4, events: []}
  - {section: verse, events: []}
  - {section: chorus, variation: 0, bars: 12, events: []}
  - {section: chorus, variation: 0, events: []}
  - {section: chorus, variation: 0, bars: 4, events: []}
  - {section: chorus, variation: 0, bars: 16, events: []}
  - {section: verse, events: []}
sections:
  chorus: {bars: 8, chords: "C | G | Am | F"}
  verse: {bars: 8}
"""


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    return plan_song(parse_spec(SONG))


def _notes(visit: Visit, first: int, last: int) -> dict[str, list[tuple[Fraction, int, int]]]:
    """Onsets from the first bar on, pitches and velocities of what begins in some bars, from 0."""
    bar = Fraction(4)
    return {
        name: [
            (note.onset - first * bar, note.pitch, note.velocity)
            for note in part.notes
            if first * bar <= note.onset < last * bar
        ]
        for name, part in visit.music.score.parts.items()
    }


@given(st.integers(1, 64), st.integers(1, 200))
def test_what_is_played_adds_up_and_ends_with_the_section(section: int, bars: int) -> None:
    found = windows(section, bars)
    assert sum(stop - start for start, stop in found) == bars
    assert found[-1][1] == section
    assert all(0 <= start < stop <= section for start, stop in found)


def test_a_shorter_visit_plays_the_last_bars_of_its_section(plan: SongPlan) -> None:
    whole, short = plan.visits[0], plan.visits[1]
    assert short.bars == 4
    assert _notes(short, 0, 4) == _notes(whole, 4, 8)


def test_a_longer_visit_plays_its_section_again(plan: SongPlan) -> None:
    whole, half_more, double = plan.visits[0], plan.visits[3], plan.visits[6]
    assert _notes(half_more, 0, 8) == _notes(whole, 0, 8)
    assert _notes(half_more, 8, 12) == _notes(whole, 4, 8)
    assert _notes(double, 0, 8) == _notes(whole, 0, 8)
    assert _notes(double, 8, 16) == _notes(whole, 0, 8)


def test_returns_of_one_length_are_the_same(plan: SongPlan) -> None:
    visits = plan.visits
    assert visits[4].music.score == visits[0].music.score
    assert visits[5].music.score == visits[1].music.score


def test_chords_go_on_without_a_gap_and_loops_are_whole(plan: SongPlan) -> None:
    for visit in plan.visits:
        chords = visit.music.score.chords
        assert chords[0].onset == 0
        assert chords[-1].end == visit.bars * 4
        assert all(one.end == other.onset for one, other in itertools.pairwise(chords))
        if visit.place.name == "chorus":
            assert [chord.symbol for chord in chords][:4] == ["C", "G", "Am", "F"]


def test_no_note_sounds_beyond_its_visit(plan: SongPlan) -> None:
    notes: list[tuple[Visit, Note]] = [
        (visit, note)
        for visit in plan.visits
        for part in visit.music.score.parts.values()
        for note in part.notes
    ]
    assert all(note.onset >= 0 and note.end <= visit.bars * 4 for visit, note in notes)


def test_visits_follow_each_other_and_the_file_keeps_their_bars(plan: SongPlan) -> None:
    assert [visit.bars for visit in plan.visits] == [8, 4, 8, 12, 8, 4, 16, 8]
    assert plan.bars == 68
    assert all(a.end_bar == b.place.start_bar for a, b in zip(plan.visits, plan.visits[1:], strict=False))
    again = read_plan_document(plan_document(plan))
    assert again.visits == plan.visits


def test_events_of_a_section_come_where_its_bars_come() -> None:
    events = (Event(2, "fill"), Event(5, "leave", "drums"))
    assert move_events(events, 8, 8) == events
    assert move_events(events, 8, 4) == (Event(1, "leave", "drums"),)
    assert move_events(events, 8, 16) == (
        Event(2, "fill"),
        Event(5, "leave", "drums", bars=4),
        Event(10, "fill"),
        Event(13, "leave", "drums"),
    )


def test_an_ending_is_held_once() -> None:
    text = SONG.replace("  - {section: verse, events: []}\nsections", "sections").replace(
        ", variation: 0", ""
    )
    plan = plan_song(parse_spec(text))
    last, whole = plan.visits[-1], plan.visits[0]
    bass = last.music.score.parts["bass"].notes
    assert _notes(last, 0, 8)["bass"] == _notes(whole, 0, 8)["bass"]
    assert max(note.duration for note in bass if note.onset >= 48) >= 4


def test_bars_of_visits_count_in_the_length_of_the_form() -> None:
    with pytest.raises(SpecError, match="the form has 68 bars"):
        parse_spec("length: 64 bars\n" + SONG)
    assert plan_song(parse_spec("length: 68 bars\n" + SONG)).bars == 68


def test_a_form_lasts_no_longer_than_a_length_may_ask() -> None:
    form = ", ".join(["verse"] * 8)
    text = f"description: a song\ntempo: 120\nform: [{form}]\nsections: {{verse: {{bars: 512}}}}"
    with pytest.raises(PlanError, match="4096 bars last 2:16:32, but a song lasts 30:00 at most"):
        plan_song(parse_spec(text))
