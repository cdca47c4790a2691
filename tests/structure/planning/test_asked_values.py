"""Wishes as values, drawn over kinds, places, styles and seeds, are heard in the plan."""

from __future__ import annotations

import pytest

from structure.plans.plan import SongPlan
from structure.presets.mixes import load_mix
from structure.specs.wishes import LAST, When, Wish
from tests.benchmarks.asking import drawn, misses, outcomes_of
from tests.structure.planning.wished import START, force, place, planned, visits_of

SONGS = 40
"""Songs with one wish each; four in five of all that can be drawn were obeyed before they were measured."""


@pytest.mark.slow
def test_nearly_all_that_is_asked_is_played() -> None:
    results = [
        (asked, outcomes_of(asked)) for asked in (drawn(n, most=1) for n in range(1000, 1000 + SONGS))
    ]
    lost = list(misses(results))
    assert len(lost) <= 0.08 * SONGS, "\n".join(lost)


def test_draws_are_the_same_each_time_and_differ() -> None:
    assert drawn(7) == drawn(7)
    assert len({drawn(number).wishes for number in range(40)}) > 30


@pytest.mark.slow
def test_a_bridge_after_a_loud_chorus_is_as_quiet_as_asked() -> None:
    plain = planned("rock", Wish(kind="section", what="bridge"))
    hushed = planned("rock", Wish(kind="energy", what="quiet", where=place("bridge")))
    bridges = [visits_of(plan, "bridge")[0] for plan in (plain, hushed)]
    loud, quiet = (
        force(plan, range(v.place.start_bar, v.end_bar))
        for plan, v in zip((plain, hushed), bridges, strict=True)
    )
    assert quiet < 0.8 * loud


@pytest.mark.parametrize(
    ("style", "seed"),
    [("ambient", 1), ("pop", 1), *(pytest.param("rock", n, marks=pytest.mark.slow) for n in (1, 2))],
)
def test_four_loud_bars_at_the_start_stand_out_of_the_intro(style: str, seed: int) -> None:
    plan = planned(style, Wish(kind="energy", what="loud", when=START), seed=seed)
    intro = plan.visits[0].end_bar
    assert force(plan, range(4)) > force(plan, range(4, intro + 8))
    if intro > 8:
        assert force(plan, range(4)) > 1.15 * force(plan, range(4, intro))


@pytest.mark.slow
def test_the_last_verse_stands_in_its_own_key() -> None:
    plan = planned("folk", Wish(kind="key", what="Eb major", where=place("verse", LAST)))
    verses = visits_of(plan, "verse")
    assert verses[-1].music.key == "Eb major"
    assert {verse.music.key for verse in verses[:-1]} == {plan.key} != {"Eb major"}


@pytest.mark.slow
def test_a_mix_is_toned_as_asked() -> None:
    heavy = planned("pop", Wish(kind="mix", what="bass heavy")).mix
    usual = load_mix(heavy.preset)
    assert heavy.target[63] > usual.target[63] and heavy.target[1000] == usual.target[1000]
    narrow = planned("pop", Wish(kind="mix", what="narrow"))
    wide = planned("pop", Wish(kind="mix", what="wide"))
    assert max(abs(stem.pan) for stem in narrow.stems) < 0.25 < max(abs(stem.pan) for stem in wide.stems)


@pytest.mark.slow
def test_a_fermata_before_a_chorus_makes_time_wait() -> None:
    wish = Wish(kind="event", what="fermata", when=When(relation="before", place=place("chorus", LAST)))
    plain, held = planned("soul"), planned("soul", wish)
    line = visits_of(held, "chorus")[-1].place.start_bar

    def last_bar_s(plan: SongPlan, bar: int) -> float:
        grid = plan.grid
        return grid.seconds_at(grid.quarters_at_bar(bar)) - grid.seconds_at(grid.quarters_at_bar(bar - 1))

    assert last_bar_s(held, line) > 1.2 * last_bar_s(held, line - 1)
    assert last_bar_s(plain, line) == pytest.approx(last_bar_s(plain, line - 1), rel=1e-3)
