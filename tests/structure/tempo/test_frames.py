"""Tempo, metre and key of sections and visits, and what happens to them inside, become the song's map."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from structure.base.errors import SpecError
from structure.base.grid import Grid, Meter
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.tempo.frames import frame_tempo
from tests.builders import nonempty

SONG = """
title: Map
tempo: 100
meter: 4/4
key: C major
stems:
  - {name: kit, role: drums, prompt: drums}
  - {name: low, role: bass, prompt: bass}
form: [verse, FORM]
sections:
  verse: {bars: 4, stems: [kit, low], SECTION}
"""


def planned(*, section: str = "", visit: str = "verse") -> SongPlan:
    text = SONG.replace(", SECTION", f", {section}" if section else "").replace("FORM", visit)
    return plan_song(parse_spec(text, "map.yaml"))


def tempi(plan: SongPlan) -> list[tuple[float, float]]:
    """Quarters from bar 1, and the quarters a minute from there on."""
    return [(float(span.start), float(span.quarters_per_minute)) for span in plan.grid.spans]


def test_a_song_without_changes_has_one_span() -> None:
    assert planned().grid == Grid.steady(100, Meter())


def test_a_visit_has_its_own_tempo_before_that_of_its_section() -> None:
    assert tempi(planned(section="tempo: 90", visit="{section: verse, tempo: 120}")) == [(0, 90), (16, 120)]


def test_a_ritardando_is_a_stair_of_eighths_to_its_tempo_and_the_old_tempo_comes_back() -> None:
    plan = planned(visit="{section: verse, events: [{bar: 2, do: ritardando, bars: 1, tempo: 60}]}, verse")
    stairs = [(20 + step / 2, 100 - 5 * (step + 1)) for step in range(8)]
    assert tempi(plan) == [(0, 100), *stairs, (24, 100)]


def test_an_accelerando_without_a_tempo_goes_faster_to_the_end_of_its_section() -> None:
    steps = tempi(planned(section="events: [{bar: 4, do: accelerando}]"))
    assert steps[0] == (0, 100)
    assert steps[8][0] == 15.5
    assert steps[8][1] == pytest.approx(135)
    assert steps[9] == (16, 100)


def test_a_fermata_makes_its_beat_twice_as_long() -> None:
    plan = planned(section="events: [{bar: 2, beat: 3, do: fermata}]")
    assert tempi(plan)[:3] == [(0, 100), (6, 50), (7, 100)]
    steady = planned()
    longer = plan.grid.seconds_at(16) - steady.grid.seconds_at(16)
    assert longer == pytest.approx(0.6)


def test_under_a_fermata_what_sounds_is_held_and_nothing_is_struck() -> None:
    plan = planned(section="events: [{bar: 2, beat: 3, do: fermata}]")
    for part in plan.visits[0].music.score.parts.values():
        struck = [note.onset for note in part.notes if Fraction(61, 10) < note.onset < Fraction(69, 10)]
        assert struck == []
    low = plan.visits[0].music.score.parts["low"].notes
    assert any(note.onset < 7 <= note.end for note in low)


def test_a_bar_of_another_metre_lasts_as_long_as_it_says_and_the_rest_follows() -> None:
    plain, odd = planned(), planned(section="events: [{bar: 2, do: meter, meter: 2/4}]")
    assert [odd.grid.quarters_at_bar(bar) for bar in range(6)] == [0, 4, 6, 10, 14, 18]
    wanted, found = (p.visits[0].music.score.parts["kit"].notes for p in (plain, odd))
    later = [note for note in wanted if note.onset >= Fraction(79, 10)]
    assert found[-len(later) :] == tuple(replace(note, onset=note.onset - 2) for note in later)
    chords = odd.visits[0].music.score.chords
    assert [chord.end for chord in chords[:-1]] == [chord.onset for chord in chords[1:]]
    assert chords[-1].end == 14


def test_a_longer_bar_goes_on() -> None:
    odd = planned(section="events: [{bar: 2, do: meter, meter: 6/4}]")
    kit = odd.visits[0].music.score.parts["kit"].notes
    assert nonempty(note for note in kit if Fraction(79, 10) < note.onset < 10)
    assert max(note.end for note in kit) <= odd.grid.quarters_at_bar(4)


def test_a_section_in_another_metre_is_arranged_in_it() -> None:
    plan = planned(visit="bridge", section="tempo: 100").grid
    assert plan.is_steady
    text = SONG.replace(", SECTION", "").replace("FORM", "bridge")
    text += "  bridge: {bars: 4, meter: 6/8, tempo: 60, stems: [kit, low]}\n"
    song = plan_song(parse_spec(text, "map.yaml"))
    assert [(str(s.meter), int(s.tempo_bpm)) for s in song.grid.spans] == [("4/4", 100), ("6/8", 60)]
    bridge = song.visits[1]
    assert sum(chord.duration for chord in bridge.music.score.chords) == 12
    assert all(note.onset < 12 for note in bridge.music.score.parts["kit"].notes)


def test_a_visit_in_another_key_has_the_same_notes_moved() -> None:
    one, other = planned(visit="{section: verse, key: D major, prepared: false, variation: 0}").visits
    assert (other.music.key, other.music.lift) == ("D major", 2)
    assert one.music.score.parts["low"].notes[0].pitch + 2 == other.music.score.parts["low"].notes[0].pitch


def test_a_visit_in_another_mode_is_harmonised_in_it() -> None:
    one, other = planned(visit="{section: verse, key: C minor, variation: 0}").visits
    assert (one.music.key, other.music.key) == ("C major", "C minor")
    assert {3, 8, 10} & {pc for chord in other.music.score.chords for pc in chord.pitch_classes}


@pytest.mark.parametrize(
    ("song", "section", "quarters"),
    [
        ("4/4", "6/8", 150),
        ("6/8", "4/4", 100),
        ("4/4", "7/8", 100),
        ("4/4", "3/4", 100),
        ("6/8", "9/8", 150),
    ],
)
def test_a_beat_goes_on_between_plain_and_dotted_quarters_and_else_a_quarter(
    song: str, section: str, quarters: int
) -> None:
    grid = Grid.steady(100, Meter.parse(song))
    assert frame_tempo(grid, Meter.parse(section), None) == quarters


@pytest.mark.parametrize(
    ("section", "field", "said"),
    [
        ("meter: 4/5", "sections.verse.meter", "not supported"),
        ("tempo: 900", "sections.verse.tempo", "300"),
        ("events: [{bar: 2, do: meter}]", "sections.verse.events[1]", "write `meter: 2/4`"),
        ("events: [{bar: 2, do: stop, meter: 2/4}]", "sections.verse.events[1]", "nothing else has"),
        ("events: [{bar: 2, do: rest, tempo: 90}]", "sections.verse.events[1]", "ritardando"),
        ("events: [{bar: 2, do: fermata, stem: kit}]", "sections.verse.events[1]", "whole band"),
        ("events: [{bar: 9, do: ritardando}]", "sections.verse.events[1].bar", "allowed: 1 to 4"),
        (
            "meter: 3/4, events: [{bar: 1, beat: 4, do: fermata}]",
            "sections.verse.events[1].beat",
            "3/4",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_field(section: str, field: str, said: str) -> None:
    with pytest.raises(SpecError) as raised:
        planned(section=section)
    text = str(raised.value)
    assert f"map.yaml:11: {field}" in text
    assert said in text


def test_a_visit_has_a_key_or_a_lift() -> None:
    with pytest.raises(SpecError, match="a key or a lift, not both"):
        planned(visit="{section: verse, key: D major, lift: 2}")


def test_a_length_in_seconds_counts_the_tempi_of_sections() -> None:
    text = "description: a pop song\ntempo: 120\nmeter: 4/4\nlength: '2:00'\n"
    text += "sections:\n  chorus: {tempo: 60}\n"
    plan = plan_song(parse_spec(text, "map.yaml"))
    assert not plan.grid.is_steady
    assert plan.total_samples / plan.grid.sample_rate == pytest.approx(120, abs=12)
