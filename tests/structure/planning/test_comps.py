"""What a visit has of its own, and stems that have their bars from several takes."""

from __future__ import annotations

import json
from functools import cache

import pytest

from structure.base.errors import RitornelloError
from structure.base.exact import Fraction
from structure.loading.loader import parse_spec
from structure.planning.planner import plan_song
from structure.plans.comps import join_parts, split_held_notes
from structure.plans.plan import SongPlan
from structure.plans.planfile import plan_document, read_plan_document
from structure.plans.score import Note, Part

SONG = """
genre: pop
seed: 5
stems:
  - {name: kit, role: drums}
  - {name: low, role: bass}
  - {name: keys, role: chords}
  - {name: tune, role: lead}
form:
  - chorus
  - VISIT
  - {section: chorus, variation: 0}
sections:
  chorus: {bars: 8, energy: 0.8, prompt: big, SECTION}
"""
PLAIN = "{section: chorus, variation: 0}"


@cache
def planned(visit: str = PLAIN, section: str = "variation: 0") -> SongPlan:
    return plan_song(parse_spec(SONG.replace("VISIT", visit).replace("SECTION", section), "song.yaml"))


def test_a_visit_has_chords_of_its_own() -> None:
    visits = planned("{section: chorus, variation: 0, chords: C | F}").visits
    assert [chord.symbol for chord in visits[1].music.score.chords] == ["C", "F"] * 4
    assert visits[0] == planned().visits[0]
    assert visits[2].music.score == visits[0].music.score


def test_chords_of_a_visit_stand_in_its_own_key_and_over_its_own_bars() -> None:
    chords = "I | IV | V | I | vi | ii | V | I | IV | IV | V | I"
    visit = planned(f"{{section: chorus, bars: 12, key: D major, chords: {chords}}}").visits[1]
    assert (visit.bars, visit.music.key, visit.music.lift) == (12, "D major", 0)
    assert [chord.symbol for chord in visit.music.score.chords][:5] == ["D", "G", "A", "D", "Bm"]
    assert planned(f"{{section: chorus, bars: 12, chords: {chords}}}").graph.section("chorus").bars == 8


def test_a_visit_with_a_seed_plays_something_else_over_the_same_chords() -> None:
    first, other, last = planned("{section: chorus, variation: 0, seed: 9}").visits
    assert other.music.score.chords == first.music.score.chords
    assert all(
        other.music.score.parts[name] != part
        for name, part in first.music.score.parts.items()
        if part.role != "drums"
    )
    assert other.sound.seed != first.sound.seed == last.sound.seed
    assert last.music.score == first.music.score


def test_a_visit_has_words_for_its_sound() -> None:
    first, other, _ = planned("{section: chorus, variation: 0, prompt: small}").visits
    assert "big" in first.sound.prompts["tune"]
    assert "small" in other.sound.prompts["tune"] and "big" not in other.sound.prompts["tune"]
    assert other.music.score == first.music.score


def test_a_comp_has_the_notes_of_its_takes() -> None:
    plans = [planned(section=f"variation: 0, take: {{tune: {take}}}") for take in (2, 3)]
    comp = planned(section="variation: 0, comp: {tune: {1-4: 2, 5-8: {notes: 3, sound: 1}}}")
    mine, two, three = (p.visits[0].music.score.parts["tune"].notes for p in (comp, *plans))
    assert [n for n in mine if n.onset < 16] == [n for n in two if n.onset < 16]
    assert [n for n in mine if n.onset >= 16] == [n for n in three if n.onset >= 16]
    assert two != three != mine
    for name, part in planned().visits[0].music.score.parts.items():
        assert name == "tune" or comp.visits[0].music.score.parts[name] == part
    taken = comp.visits[0].sound.comp["tune"]
    assert [(b.first, b.end, b.notes, b.sound) for b in taken] == [(0, 4, 2, 2), (4, 8, 3, 1)]
    assert read_plan_document(json.loads(json.dumps(plan_document(comp)))) == comp


def test_a_comp_of_one_take_is_that_take() -> None:
    comp = planned(section="variation: 0, comp: {tune: {1-4: 2, 5-8: 2}}")
    assert comp == planned(section="variation: 0, take: {tune: 2}")


def test_a_visit_takes_the_comp_of_its_section_bar_by_bar() -> None:
    section = "variation: 0, comp: {tune: {1-4: 2, 5-8: 3}}"
    longer = planned("{section: chorus, bars: 12}", section).visits[1].sound.comp["tune"]
    assert [(b.first, b.end, b.notes) for b in longer] == [(0, 4, 2), (4, 12, 3)]
    own = planned("{section: chorus, variation: 0, take: {tune: 4}}", section).visits[1]
    assert (own.sound.comp, own.sound.takes) == ({}, {"tune": 4})


def test_what_is_held_over_a_join_ends_there_and_begins_again() -> None:
    held = Note(Fraction(14), Fraction(4), 60, 90)
    one, other = (
        Part("lead", (held,)),
        split_held_notes(Part("lead", (held.transpose_by(2),)), Fraction(16)),
    )
    joined = join_parts([(Fraction(0), Fraction(16), one), (Fraction(16), Fraction(32), other)])
    assert [(n.onset, n.end, n.pitch) for n in joined.notes] == [(14, 16, 60), (16, 18, 62)]
    drums = split_held_notes(Part("drums", (held,)), Fraction(16))
    assert [(n.onset, n.end) for n in drums.notes] == [(14, 16)]


@pytest.mark.parametrize(
    ("visit", "section", "said"),
    [
        (PLAIN, "comp: {tune: {1-4: 2, 4-8: 3}}", "bar 4 is in two takes (begin the later one at bar 5)"),
        (PLAIN, "comp: {tune: {1-3: 2, 5-8: 3}}", "bar 4 is in no take (add `4: 1`)"),
        (PLAIN, "comp: {tune: {1-4: 2, 5-6: 3}}", "bars 7 to 8 are in no take (add `7-8: 1`)"),
        (PLAIN, "comp: {tune: {1-4: 2, 5-9: 3}}", "there is no bar 9 (allowed: 1 to 8)"),
        (PLAIN, "comp: {tune: {1-8: 2}}, take: {tune: 3}", "tune has a take and a comp"),
        (PLAIN, "comp: {tuen: {1-8: 2}}", "did you mean 'tune'?"),
        (PLAIN, "comp: {tune: 3}", "write the bars of each take: {1-4: 2, 5-8: 3}"),
        ("{section: chorus, chords: C | Q9}", "variation: 0", "song.yaml:11: form[2].chords: bar 2: 'Q9'"),
        ("{section: chorus, bars: 1, chords: C | F}", "variation: 0", "give the visit bars: 2"),
        ("{section: chorus, sead: 3}", "variation: 0", "did you mean 'seed'?"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(visit: str, section: str, said: str) -> None:
    with pytest.raises(RitornelloError) as caught:
        planned(visit, section)
    assert said in str(caught.value)
