"""What counts for a section that returns: all that the plan says of it, but for what is said here."""

from collections.abc import Mapping
from dataclasses import fields, make_dataclass, replace
from fractions import Fraction
from typing import Any

import pytest

from render.checks.likeness import COUNTED_BY_STEM, returns_unchanged
from render.mixing.mix import level_key
from structure.base.grid import Span
from structure.plans.events import Event
from structure.plans.plan import SongPlan, Visit, VisitMusic, VisitSound
from structure.plans.score import Control, Note, Part
from tests.builders import change_visit
from tests.render.support import plan_of

KINDS = {"music": VisitMusic, "sound": VisitSound}
FIELDS = [(part, field.name) for part, kind in KINDS.items() for field in fields(kind)]


@pytest.fixture(scope="module")
def plan() -> SongPlan:
    """Two verses that are the same in all that counts, and differ in their place and variation seed."""
    return plan_of((("verse", 6, 0.0), ("chorus", 4, 0.0), ("verse", 6, 0.0)))


def is_same(
    plan: SongPlan,
    stem: str,
    first: Mapping[str, Any] | None = None,
    again: Mapping[str, Any] | None = None,
) -> bool:
    """Return whether a stem returns unchanged in the last verse, with fields of both verses changed."""
    one, other = change_visit(plan.visits[0], **first or {}), change_visit(plan.visits[2], **again or {})
    planned = next(s for s in plan.stems if s.name == stem)
    return returns_unchanged(plan, planned, one, other)


def test_a_visit_returns_as_it_was(plan: SongPlan) -> None:
    assert plan.visits[0] != plan.visits[2]
    assert all(is_same(plan, stem.name) for stem in plan.stems)


@pytest.mark.parametrize(("part", "name"), [row for row in FIELDS if row[1] not in COUNTED_BY_STEM])
def test_every_other_value_of_every_field_counts(plan: SongPlan, part: str, name: str) -> None:
    """No value equals a new object; the plan's classes take any."""
    visit = plan.visits[2]
    changed = replace(visit, **{part: replace(getattr(visit, part), **{name: object()})})
    assert not any(returns_unchanged(plan, stem, plan.visits[0], changed) for stem in plan.stems)


def test_the_table_of_exceptions_names_fields_of_a_visit() -> None:
    assert COUNTED_BY_STEM.keys() <= {name for _, name in FIELDS}


@pytest.mark.parametrize("part", KINDS)
def test_a_field_that_is_added_to_a_visit_counts_by_itself(plan: SongPlan, part: str) -> None:
    wider = make_dataclass(
        "Wider", [("mood", str)], bases=(KINDS[part],), frozen=True, slots=True, kw_only=True
    )

    def with_mood(visit: Visit, mood: str) -> Visit:
        old = getattr(visit, part)
        values = {field.name: getattr(old, field.name) for field in fields(old)}
        return replace(visit, **{part: wider(**values, mood=mood)})

    bass = plan.stems[1]
    one, same, other = (
        with_mood(plan.visits[place], mood) for place, mood in ((0, "calm"), (2, "calm"), (2, "wild"))
    )
    assert returns_unchanged(plan, bass, one, same)
    assert not returns_unchanged(plan, bass, one, other)


@pytest.mark.parametrize("name", ["prompts", "negative_prompts", "morph_prompts", "fades"])
def test_what_is_said_by_stem_counts_for_that_stem(plan: SongPlan, name: str) -> None:
    visit = plan.visits[2]
    again = {name: {**getattr(visit.sound, name), "bass": "in"}}
    assert not is_same(plan, "bass", again=again)
    assert is_same(plan, "drums", again=again) is (name != "fades")  # which move the whole visit's level


def test_a_stems_own_part_counts_and_not_the_others(plan: SongPlan) -> None:
    score = plan.visits[2].music.score
    bass = score.parts["bass"]
    moved = replace(bass, notes=(bass.notes[0].transpose_by(1), *bass.notes[1:]))
    pedal = replace(bass, controls=(Control(64, ((Fraction(0), 127),)),))
    for part in (moved, pedal):
        again = {"score": replace(score, parts={**score.parts, "bass": part})}
        assert not is_same(plan, "bass", again=again)
        assert is_same(plan, "drums", again=again)


def test_the_kick_counts_for_a_stem_that_gives_way_to_it(plan: SongPlan) -> None:
    score = plan.visits[2].music.score
    kick = Part("drums", (Note(Fraction(0), Fraction(1), 36, 100),))
    again = {"score": replace(score, parts={**score.parts, "drums": kick})}
    ducked = replace(plan, stems=tuple(replace(stem, duck=0.5) for stem in plan.stems))
    assert is_same(plan, "bass", again=again)
    assert not is_same(ducked, "bass", again=again)


def test_other_players_and_other_energies_count_for_all(plan: SongPlan) -> None:
    score = plan.visits[2].music.score
    fewer = replace(score, parts={name: part for name, part in score.parts.items() if name != "chords"})
    for again in ({"score": fewer}, {"energy": 0.9}, {"name": "bridge"}):
        assert not is_same(plan, "drums", again=again)


def test_events_count_for_their_stem_and_those_of_the_band_for_all(plan: SongPlan) -> None:
    fill, stop = Event(4, "fill", "drums"), Event(4, "stop")
    assert not is_same(plan, "drums", again={"events": (fill,)})
    assert is_same(plan, "bass", again={"events": (fill,)})
    assert not any(is_same(plan, stem.name, again={"events": (stop,)}) for stem in plan.stems)


def test_drums_return_the_same_in_another_key(plan: SongPlan) -> None:
    assert is_same(plan, "drums", again={"key": "D major", "lift": 2})


def test_seeds_count_where_something_is_drawn_with_them(plan: SongPlan) -> None:
    assert is_same(plan, "bass", {"variation_seed": 1}, {"variation_seed": 2})
    assert is_same(plan, "bass", {"repaint_seed": 1}, {"repaint_seed": 2})
    for drawn in ({"variation": 0.3}, {"timbre_variation": 0.3}):
        assert is_same(plan, "bass", drawn | {"variation_seed": 1}, drawn | {"variation_seed": 1})
        assert not is_same(plan, "bass", drawn | {"variation_seed": 1}, drawn | {"variation_seed": 2})
    painted = {"repaint": ((1, 2),)}
    assert is_same(plan, "bass", painted | {"repaint_seed": 1}, painted | {"repaint_seed": 1})
    assert not is_same(plan, "bass", painted | {"repaint_seed": 1}, painted | {"repaint_seed": 2})


def test_the_tempo_of_the_bars_counts(plan: SongPlan) -> None:
    """The last verse is faster."""
    (steady,) = plan.grid.spans
    faster = Span(plan.position_quarters(plan.visits[2]), steady.quarters_per_minute + 20, steady.meter)
    assert not is_same(replace(plan, grid=replace(plan.grid, spans=(steady, faster))), "bass")


def test_visits_that_return_unchanged_have_one_level(plan: SongPlan) -> None:
    """Else the ride would move a stem that is to be the same."""
    assert level_key(plan.visits[0]) == level_key(plan.visits[2])
    fading = change_visit(plan.visits[2], fades={"bass": "in"})
    assert level_key(fading) != level_key(plan.visits[0])
