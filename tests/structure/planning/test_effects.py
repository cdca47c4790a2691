"""Risers, impacts and rain are in the plan where they are written, wished for, or usual in the style."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from structure.base.errors import PlanError
from structure.base.types import EffectName
from structure.loading.loader import parse_spec
from structure.outcomes.check import check_wishes
from structure.planning.planner import plan_song
from structure.plans.plan import SongPlan, Visit
from structure.presets.effects import effect_of_key
from structure.specs.spec import SongSpec
from structure.specs.wishes import Outcome, When, Wish, Wishes
from tests.structure.planning.wished import after, at, before, place, planned, visits_of

WRITTEN = """
title: Effects
description: a techno track
seed: 4
stems:
  - {name: drums, role: drums}
  - {name: pad, role: pad}
  - {name: fx, role: effects}
form: [intro, build, drop, build, drop]
sections:
  intro: {bars: 4, stems: [pad]}
  build: {bars: 8, events: [{bar: 5, do: riser, stem: fx, bars: 4}]}
  drop: {bars: 8, events: [{bar: 1, do: impact, stem: fx}, {bar: 8, beat: 3, do: sweep}]}
"""


def spec_plan(text: str = WRITTEN, *, seed: int | None = None) -> SongPlan:
    return plan_song(parse_spec(text), seed=seed)


def played(visit: Visit, stem: str = "fx") -> list[tuple[str, float, float]]:
    """The effects of a stem in a visit: name, start and end in bars from 1."""
    part = visit.music.score.parts.get(stem)
    bar = visit.music.score.chords[-1].end / visit.bars
    found = []
    for note in part.notes if part else ():
        effect = effect_of_key(note.pitch)
        assert effect is not None
        found.append((effect.name, float(note.onset / bar) + 1, float(note.end / bar) + 1))
    return found


def names(plan: SongPlan) -> set[str]:
    return {
        name
        for visit in plan.visits
        for stem in plan.stems
        for name, *_ in played_if(visit, stem.name, plan)
    }


def played_if(visit: Visit, stem: str, plan: SongPlan) -> list[tuple[str, float, float]]:
    role = next(one.role for one in plan.stems if one.name == stem)
    return played(visit, stem) if role == "effects" else []


def effect_stems(plan: SongPlan) -> list[str]:
    return [stem.name for stem in plan.stems if stem.role == "effects"]


def outcome(plan: SongPlan, wish: Wish) -> Outcome:
    return check_wishes(plan, Wishes("", (wish,)))[0]


def wished(what: EffectName, **other: object) -> Wish:
    return Wish(kind="event", what=what, **other)  # type: ignore[arg-type]


# What the user writes


def test_written_events_are_where_they_are_written() -> None:
    plan = spec_plan()
    assert [played(visit) for visit in plan.visits] == [
        [],
        [("riser", 5, 9)],
        [("impact", 1, 2), ("sweep", 8.5, 9)],
        [("riser", 5, 9)],
        [("impact", 1, 2), ("sweep", 8.5, 9)],
    ]
    assert [stem.role for stem in plan.stems] == ["drums", "pad", "effects"]


def test_a_riser_without_bars_lasts_to_the_end_of_its_section() -> None:
    plan = spec_plan(WRITTEN.replace("do: riser, stem: fx, bars: 4", "do: riser"))
    assert played(plan.visits[1]) == [("riser", 5, 9)]


def test_effects_keep_their_keys_where_the_music_is_lifted() -> None:
    plan = spec_plan(WRITTEN.replace("drop]", "{section: drop, lift: 3}]"))
    assert plan.visits[-1].music.lift == 3
    assert played(plan.visits[-1])[0] == ("impact", 1, 2)


def test_the_band_plays_as_without_an_impact_that_is_for_effects_alone() -> None:
    with_it = spec_plan()
    without = spec_plan(WRITTEN.replace("{bar: 1, do: impact, stem: fx}, ", ""))
    for one, other in zip(with_it.visits, without.visits, strict=True):
        assert {k: v for k, v in one.music.score.parts.items() if k != "fx"} == {
            k: v for k, v in other.music.score.parts.items() if k != "fx"
        }


def test_what_stays_sounds_in_every_bar_that_is_open_to_it() -> None:
    text = WRITTEN.replace("role: effects}", "role: effects, prompt: rain on the window}")
    plan = spec_plan(
        text.replace("bars: 8, events: [{bar: 5, do: riser, stem: fx, bars: 4}]", "bars: 8, mute: [fx]")
    )
    assert played(plan.visits[0]) == []
    assert played(plan.visits[1]) == []
    rain = [one for one in played(plan.visits[2]) if one[0] == "rain"]
    assert [(start, end) for _, start, end in rain] == [(n, n + 1) for n in range(1, 9)]


def test_what_stays_enters_and_leaves_as_its_events_say() -> None:
    text = WRITTEN.replace("role: effects}", "role: effects, prompt: vinyl crackle}")
    text = text.replace("{bar: 5, do: riser, stem: fx, bars: 4}", "{bar: 3, do: enter, stem: fx, bars: 4}")
    heard = played(spec_plan(text).visits[1])
    assert [start for _, start, _ in heard] == [3, 4, 5, 6]


def test_a_fade_of_the_song_fades_what_stays() -> None:
    text = WRITTEN.replace("role: effects}", "role: effects, prompt: ocean waves}")
    plan = spec_plan(text.replace("{bar: 1, do: impact, stem: fx}", "{bar: 1, do: fade}"))
    waves = [n.velocity for n in plan.visits[-1].music.score.parts["fx"].notes if n.duration == 4]
    assert all(a > b for a, b in pairwise(waves))


def test_an_effect_that_nobody_plays_is_a_fault_of_its_field() -> None:
    text = WRITTEN.replace("  - {name: fx, role: effects}\n", "").replace(", stem: fx", "")
    with pytest.raises(PlanError, match="no stem of effects plays the riser") as caught:
        spec_plan(text)
    assert caught.value.field == "sections.build.events[1].stem"
    assert "role: effects" in (caught.value.hint or "")
    with pytest.raises(PlanError, match="no stem of effects plays the riser"):
        spec_plan(WRITTEN.replace("do: riser, stem: fx", "do: riser, stem: pad"))


def test_effects_alone_are_no_song() -> None:
    text = "title: T\ndescription: rain\nstems:\n  - {name: rain, role: effects, prompt: rain}\n"
    with pytest.raises(PlanError, match="nobody plays"):
        spec_plan(text)


# What wishes ask for


@pytest.mark.parametrize("what", ["riser", "sweep", "reverse_cymbal"])
def test_what_leads_to_a_place_ends_on_its_downbeat(what: EffectName) -> None:
    wish = wished(what, when=before("chorus"))
    plan = planned("synthwave", wish)
    for visit in visits_of(plan, "chorus"):
        (earlier,) = [v for v in plan.visits if v.end_bar == visit.place.start_bar] or [None]
        if earlier is not None:
            assert any(name == what and end == earlier.bars + 1 for name, _, end in played(earlier))
    assert outcome(plan, wish).result == "obeyed"


def test_a_fall_begins_where_its_place_ends() -> None:
    wish = wished("fall", when=after("chorus", 1))
    plan = planned("pop", wish)
    first = visits_of(plan, "chorus")[0]
    following = next(visit for visit in plan.visits if visit.place.start_bar == first.end_bar)
    assert any(name == "fall" and start == 1 for name, start, _ in played(following))
    assert outcome(plan, wish).result == "obeyed"


def test_a_sub_drop_is_on_the_downbeat_of_its_place() -> None:
    wish = wished("sub_drop", where=place("chorus", 1))
    plan = planned("house", wish)
    assert outcome(plan, wish).result == "obeyed"


@pytest.mark.slow
def test_an_effect_that_is_not_wanted_is_left_out() -> None:
    wish = wished("riser", polarity="avoid")
    for seed in range(6):
        plan = planned("house", wish, seed=seed)
        assert "riser" not in names(plan)
        assert outcome(plan, wish).result == "obeyed"


def test_rain_is_where_it_is_wanted_and_nowhere_else() -> None:
    wish = Wish(kind="sound", what="rain", where=place("intro"))
    plan = planned("synthwave", wish)
    rained = [visit.place.name for visit in plan.visits if "rain" in visit.music.score.parts]
    assert set(rained) == {"intro"}
    assert outcome(plan, wish).result == "obeyed"


@pytest.mark.slow
def test_rain_from_a_bar_on() -> None:
    wish = Wish(kind="sound", what="rain", when=When(relation="after", bar=7))
    plan = planned("folk", wish)
    bars = {
        visit.place.start_bar + round(start)
        for visit in plan.visits
        for name, start, _ in played(visit, "rain")
        if name == "rain"
    }
    assert bars == set(range(7, plan.bars + 1))


@pytest.mark.slow
def test_an_exact_ensemble_has_the_effects_that_are_asked_for_and_no_other() -> None:
    duo = Wish(kind="ensemble", what="piano, violin, rain")
    plan = planned("techno", duo)
    assert effect_stems(plan) == ["rain"]
    assert outcome(plan, Wish(kind="ensemble", what="piano, violin")).result == "obeyed"
    for seed in range(4):
        assert not effect_stems(planned("techno", Wish(kind="ensemble", what="piano, violin"), seed=seed))


def test_an_unmet_wish_for_an_effect_is_said() -> None:
    plan = planned("jazz")
    assert outcome(plan, wished("riser", when=at("solo"))).result == "impossible"
    assert outcome(plan, Wish(kind="part", what="rain")).result == "impossible"


# What is usual in a style


def a_minute(genre: str, seed: int) -> SongPlan:
    return planned(genre, seed=seed, spec=SongSpec(description=f"{genre} song", length=60))


@pytest.mark.slow
def test_electronic_styles_rise_into_their_refrains_and_others_do_not() -> None:
    genres = ("house", "techno", "drum and bass")
    found = [names(a_minute(genre, seed)) for genre in genres for seed in range(8)]
    assert sum("riser" in one for one in found) >= 8
    assert sum(bool({"impact", "sub_drop"} & one) for one in found) >= 8
    assert len({frozenset(one) for one in found}) >= 8
    for genre in ("jazz", "folk", "classical", "metal"):
        assert not any(effect_stems(a_minute(genre, seed)) for seed in range(3))


@pytest.mark.slow
def test_a_riser_of_a_style_leads_to_something_stronger_at_each_visit_of_its_section() -> None:
    for seed in range(6):
        plan = planned("house", seed=seed)
        for visit, following in pairwise(plan.visits):
            for name, _, end in played(visit):
                if name in ("riser", "reverse_cymbal", "sweep"):
                    assert end == visit.bars + 1
                    assert following.music.energy > visit.music.energy
        assert not any(name == "riser" for name, *_ in played(plan.visits[-1]))


@pytest.mark.slow
def test_a_section_that_returns_has_the_same_effects() -> None:
    plan = planned("techno", seed=3)
    by_name: dict[tuple[str, int], list[object]] = {}
    for visit in plan.visits:
        by_name.setdefault((visit.place.name, visit.bars), []).append(played(visit))
    assert effect_stems(plan)
    assert all(one == visits[0] for visits in by_name.values() for one in visits)


@pytest.mark.slow
def test_listed_stems_are_all_that_a_song_has() -> None:
    text = "title: T\ndescription: a house track\nstems:\n  - {name: pad, role: pad}\n"
    assert all(not effect_stems(spec_plan(text, seed=seed)) for seed in range(4))


@pytest.mark.slow
def test_a_section_whose_stems_are_listed_has_no_effects() -> None:
    text = "title: T\ndescription: a house track\nsections:\n  drop: {stems: [drums, bass]}\n"
    plans = [spec_plan(text, seed=seed) for seed in range(4)]
    assert any(effect_stems(plan) for plan in plans)
    for plan in plans:
        for visit in plan.visits:
            if visit.place.name == "drop":
                assert set(visit.music.score.parts) <= {"drums", "bass"}


def test_an_effects_stem_without_events_has_risers_and_impacts() -> None:
    text = WRITTEN.partition("sections:")[0] + "sections:\n  intro: {bars: 4}\n"
    assert {"riser", "impact"} <= names(spec_plan(text))


@pytest.mark.slow
def test_the_same_seed_has_the_same_effects() -> None:
    asked = Wishes("", (Wish(kind="genre", what="house"),))
    again = plan_song(SongSpec(description="house song"), seed=1, wishes=asked)
    assert planned("house", seed=1) == again


@pytest.mark.slow
def test_effects_change_no_note_of_the_players() -> None:
    plan, plain = (
        planned("house", seed=1),
        planned("house", Wish(kind="part", what="fx", polarity="avoid"), seed=1),
    )
    assert effect_stems(plan)
    assert not effect_stems(plain)
    for one, other in zip(plan.visits, plain.visits, strict=True):
        players = {k: v for k, v in one.music.score.parts.items() if v.role != "effects"}
        assert players == other.music.score.parts


def test_a_riser_reaches_over_a_bar_of_another_metre() -> None:
    text = WRITTEN.replace(
        "events: [{bar: 5, do: riser, stem: fx, bars: 4}]",
        "events: [{bar: 5, do: riser, stem: fx, bars: 4}, {bar: 6, do: meter, meter: 2/4, bars: 1}]",
    )
    plan = spec_plan(text)
    visit = plan.visits[1]
    (riser,) = visit.music.score.parts["fx"].notes
    assert riser.end == plan.grid.quarters_at_bar(visit.end_bar) - plan.position_quarters(visit)
    assert riser.onset == Fraction(16)
