"""What moves in a mix unasked: by events, by wishes and by habits; and by nothing where a spec says so."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from structure.base.labels import REFRAINS
from structure.description.reading import read_wishes
from structure.loading.loader import parse_spec
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan
from structure.presets.mixes import Move, load_habits, mix_names
from structure.specs.spec import SongSpec


@cache
def plan_of(text: str) -> SongPlan:
    return plan_song(parse_spec(text))


def moves_of(text: str, do: str) -> list[Move]:
    return [move for move in plan_of(text).mix.moves if move.do == do]


POP = "description: a pop song\ngenre: pop\nseed: 3\nform: [verse, prechorus, chorus, verse, chorus]\n"
WISHES = "a rock song, 50 seconds, with a wide chorus, a narrow verse, tape stop before the last chorus"


@cache
def wished(text: str) -> SongPlan:
    return plan_song(SongSpec(description=text, seed=5))


def test_a_pop_song_is_wider_in_its_refrains_and_a_listener_in_mono_keeps_it() -> None:
    plan = plan_of(POP)
    roles = {stem.name: stem.role for stem in plan.stems}
    wider = moves_of(POP, "widen")
    assert wider
    for move in wider:
        assert move.section in REFRAINS
        assert plan.mix.strips[roles[move.stem]].width * (1.0 + move.far) <= 0.641


def test_moves_go_by_sections_so_that_each_visit_moves_alike() -> None:
    names = {visit.place.name for visit in plan_of(POP).visits}
    for move in plan_of(POP).mix.moves:
        assert move.section in names


def test_moves_of_a_spec_take_the_place_of_habits() -> None:
    assert not plan_of(POP + "mix: {moves: []}\n").mix.moves
    mine = plan_of(POP + "mix: {moves: [{do: wash, stem: lead}]}\n").mix.moves
    assert mine == (Move(do="wash", stem="lead"),)


@pytest.mark.parametrize("word", ["wide", "narrow", "tape stop"])
def test_a_wish_for_a_move_is_planned_and_told(word: str) -> None:
    outcomes = {o.wish.what: o for o in check_wishes(wished(WISHES), read_wishes(WISHES))}
    assert outcomes[word].result == "obeyed", outcomes[word]
    unmoved = wished(WISHES).mix.model_copy(update={"moves": ()})
    without = check_wishes(replace(wished(WISHES), mix=unmoved), read_wishes(WISHES))
    assert {o.wish.what: o for o in without}[word].result == "impossible"


def test_a_tape_stops_in_the_visit_before_its_place() -> None:
    plan = wished(WISHES)
    (stop,) = [move for move in plan.mix.moves if move.do == "tape_stop"]
    last = max(i for i, visit in enumerate(plan.visits) if visit.place.name == "chorus")
    assert stop.section in (plan.visits[last - 1].place.name, plan.visits[last - 1].place.label)


def test_sweeps_that_nobody_wants_are_left_out() -> None:
    plan = wished("a house song of 50 seconds without filter sweeps")
    assert not [move for move in plan.mix.moves if move.do == "sweep"]


def test_a_sweep_of_noise_opens_a_filter_with_it() -> None:
    plan = wished("a techno track of 50 seconds with a filter sweep into the drop")
    swept = {visit.place.name for visit in plan.visits for e in visit.music.events if e.do == "sweep"}
    assert swept
    sections = {move.section for move in plan.mix.moves if move.do == "sweep"}
    labels = {
        visit.place.label: visit.place.name
        for visit in plan.visits
        if any(e.do == "sweep" for e in visit.music.events)
    }
    assert sections & (swept | set(labels))


def test_habits_of_all_presets_are_modest() -> None:
    for name in mix_names():
        for kind, far in load_habits(name).items():
            assert 0.0 < far <= (1.0 if kind == "lift" else 0.6), (name, kind)
