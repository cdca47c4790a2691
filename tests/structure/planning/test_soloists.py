"""Solos that sentences ask for: who has them, and where."""

from itertools import pairwise

import pytest

from structure.description.reading import read_wishes
from structure.forms.section_lengths import section_kind
from structure.outcomes.check import check_wishes
from structure.plans.plan import SongPlan, Visit
from structure.specs.spec import SongSpec
from tests.structure.planning.plan_once import plan_once


def planned(description: str) -> SongPlan:
    return plan_once(SongSpec(description=description))


def unmet(description: str, kind: str) -> list[str]:
    outcomes = check_wishes(planned(description), read_wishes(description))
    return [f"{one.wish.what}: {one.why}" for one in outcomes if one.wish.kind == kind and one.why]


def solos(plan: SongPlan) -> list[Visit]:
    return [visit for visit in plan.visits if section_kind(visit.place.name) == "solo"]


def soloist(visit: Visit) -> list[str]:
    return [event.stem for event in visit.music.events if event.do == "solo"]


def test_two_soloists_have_a_section_each_in_the_order_of_the_sentence() -> None:
    plan = planned("rock with a guitar solo and later an organ solo")
    prompts = {stem.name: stem.prompt for stem in plan.stems}
    first, second = (prompts[name] for visit in solos(plan)[:2] for name in soloist(visit))
    assert "guitar" in first
    assert "organ" in second


@pytest.mark.parametrize(
    "description",
    [
        "jazz quartet: tenor sax, piano, bass, drums. sax solo then piano solo",
        "jazz: bass solo, then drum solo",
        "funk with a bass solo, a sax solo and a drum solo",
    ],
)
def test_everybody_who_is_to_have_a_solo_has_one(description: str) -> None:
    assert unmet(description, "event") == []


def test_a_pianist_has_a_line_over_the_left_hand_in_a_solo() -> None:
    plan = planned("jazz quartet: tenor sax, piano, bass, drums. sax solo then piano solo")
    role = {stem.name: stem.role for stem in plan.stems}
    visit = next(v for v in solos(plan) if soloist(v) == ["piano"])
    assert role["piano"] == "chords"
    tops: dict[float, int] = {}
    for note in visit.music.score.parts["piano"].notes:
        tops[float(note.onset)] = max(tops.get(float(note.onset), 0), note.pitch)
    line = [tops[onset] for onset in sorted(tops)]
    moves = sum(one != other for one, other in pairwise(line))
    assert moves >= 0.7 * (len(line) - 1)
    assert not {name for name in visit.music.score.parts if role[name] == "lead"}


@pytest.mark.parametrize("style", ["jazz", "blues"])
def test_who_has_the_tune_rests_where_another_can_have_the_solo(style: str) -> None:
    plan = plan_once(SongSpec(description="a song", genre=style, seed=0))
    leads = [stem.name for stem in plan.stems if stem.role == "lead"]
    singer = next(name for visit in plan.visits for name in visit.music.score.parts if name in leads)
    played = [visit for visit in solos(plan) if soloist(visit)]
    assert played
    for visit in played:
        assert soloist(visit) != [singer]
        assert singer not in visit.music.score.parts


def test_soloists_take_turns_before_the_bass_and_the_drums_do() -> None:
    song = planned("jazz quartet: tenor sax, piano, bass, drums, a song of twelve minutes in AABA form")
    turns = list(dict.fromkeys(name for visit in solos(song) for name in soloist(visit)))
    assert turns[:2] == ["piano", "saxophone"]


@pytest.mark.parametrize(
    ("description", "stem"),
    [("deep house, the bass comes in late", "bass"), ("trailer, a choir joins for the finale", "choir")],
)
def test_who_comes_in_late_is_not_there_from_the_start(description: str, stem: str) -> None:
    plan = planned(description)
    there = [stem in visit.music.score.parts for visit in plan.visits]
    assert any(there)
    assert not there[0]
    if stem == "choir":
        assert not any(there[:-2])


def test_a_sudden_silence_in_the_middle_is_a_bar_in_which_nobody_plays() -> None:
    assert unmet("horror film music, sudden silence in the middle", "event") == []
